"""Which standing may follow which; a move that is not in the table is refused aloud."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from lims.core.errors import Refused
from lims.core.reasons import Reason


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
            now = str(self.standing).replace("_", " ")
            sentence = f"{name} is {now} and cannot become {str(to).replace('_', ' ')}."
            raise Refused(sentence, [Reason("wrong-standing", sentence)])
        self.standing = to
