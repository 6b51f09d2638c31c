"""The choke point: every change to the database is a function under @action.

In this order, and nowhere else: permission, signature, transaction, the function, flush,
trail, commit. There is no default for `may`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar, get_type_hints

from lims.core.texts import say
from lims.trust.permissions import Permission
from lims.trust.work import Work

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True)
class Action(Generic[C, R]):
    """One thing that a person does. `second_may` is what the second person must be allowed."""

    function: Callable[[Work, C], R]
    may: Permission
    signed_as: str | None
    witnessed_as: str | None
    command: type[C]
    result: type[R]
    served: bool = True
    second_may: Permission | None = None

    @property
    def name(self) -> str:
        """The verb, as the trail has it."""
        return self.function.__name__

    @property
    def slice(self) -> str:
        """The stage that the action belongs to."""
        return self.function.__module__.split(".")[1]

    @property
    def sentence(self) -> str:
        """What it does, in a sentence."""
        return say(f"action.{self.path}.does")

    @property
    def path(self) -> str:
        """Where it is reached: slice/verb-with-hyphens."""
        return f"{self.slice}/{self.name.replace('_', '-')}"

    @property
    def title(self) -> str:
        """The verb as a person reads it."""
        return say(f"action.{self.path}")


ACTIONS: dict[str, Action[Any, Any]] = {}


def action(
    *,
    may: Permission,
    signed_as: str | None = None,
    witnessed_as: str | None = None,
    second_may: Permission | None = None,
    served: bool = True,
) -> Callable[[Callable[[Work, C], R]], Action[C, R]]:
    """Make an action of a function (work, command) -> result.

    `signed_as` is the meaning of the actor's own signature, `witnessed_as` that of a second
    person's, who signs with their own name and password on the same screen and is allowed
    `second_may`, or the same as the actor where that is left out. What is not
    `served` has a page of its own and neither a form nor an API route.
    """

    def register(function: Callable[[Work, C], R]) -> Action[C, R]:
        hints = get_type_hints(function)
        names = [name for name in hints if name not in {"work", "return"}]
        made: Action[C, R] = Action(
            function, may, signed_as, witnessed_as, hints[names[0]], hints["return"], served,
            second_may or may,
        )  # fmt: skip
        ACTIONS[made.path] = made
        return made

    return register


def request_digest(path: str, data: bytes) -> str:
    """What was asked: a repeated idempotency key must come with the same request."""
    return sha256(path.encode() + b"\0" + data).hexdigest()
