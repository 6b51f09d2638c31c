"""Which standing may follow which; a move that is not in the table is refused aloud."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import named


class HasStanding:
    """A row whose standing changes only along its table of moves."""

    moves: ClassVar[Mapping[Any, frozenset[Any]]]
    standing: Any

    def may_move_to(self, to: StrEnum) -> bool:
        """Whether the table has this move."""
        return to in self.moves.get(self.standing, frozenset())

    def move_to(self, to: StrEnum) -> None:
        """Take the new standing, or refuse with the standing it has now."""
        if not self.may_move_to(to):
            name = getattr(self, "number", type(self).__name__)
            now = named(self.standing)
            raise Refused(Reason("wrong-standing", name=name, now=now, to=named(to)))
        self.standing = to


def drawing(kind: type[HasStanding]) -> str:
    """The table of moves of a kind of thing as a Mermaid state diagram."""
    pairs = sorted((str(here), str(to)) for here, after in kind.moves.items() for to in after)
    first = kind.__table__.columns["standing"].default  # type: ignore[attr-defined]
    begins = {here for here, _ in pairs} - {to for _, to in pairs}
    begins |= {str(first.arg)} if first is not None else set()
    ends = sorted({to for _, to in pairs} - {here for here, _ in pairs})
    lines = [
        *(f"    [*] --> {here}" for here in sorted(begins)),
        *(f"    {here} --> {to}" for here, to in pairs),
        *(f"    {to} --> [*]" for to in ends),
    ]
    return "\n".join(["stateDiagram-v2", *lines])
