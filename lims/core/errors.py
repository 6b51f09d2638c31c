"""The four ways in which Funis says no, and the one in which it says what would come of a yes."""

from collections.abc import Mapping, Sequence

from lims.core.reasons import Reason
from lims.core.texts import say


class Refused(Exception):
    """The rules forbid it: one reason, or what was asked and every reason against it."""

    def __init__(self, said: str | Reason, reasons: Sequence[Reason] = ()) -> None:
        first = [said] if isinstance(said, Reason) else []
        self.sentence = said.sentence if isinstance(said, Reason) else said
        self.reasons = (*first, *reasons) or (Reason("refused", self.sentence),)
        super().__init__(" ".join([self.sentence, *(r.sentence for r in self.reasons)]))


class Invalid(Exception):
    """What was entered cannot be read: messages by the name of the field."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__(say("some-entries-cannot-be-read"))
        self.fields = fields


class Missing(Exception):
    """There is no such thing, or none that this person may know of."""

    def __init__(self, what: str = "") -> None:
        self.sentence = say("there-is-no-such", what=what or say("thing.page"))
        super().__init__(self.sentence)


class Forbidden(Exception):
    """This person may not do this."""

    def __init__(self) -> None:
        super().__init__(say("your-role-may-not-do"))
        self.sentence = say("your-role-may-not-do")


class Looked(Exception):
    """It would be done, with this result, and was not: somebody only looked."""

    def __init__(self, result: object) -> None:
        super().__init__(say("nothing-was-kept"))
        self.result = result
