"""The four ways in which Funis says no."""

from collections.abc import Mapping, Sequence

from lims.core.reasons import Reason


class Refused(Exception):
    """The rules forbid it: what was asked, and every reason against it."""

    def __init__(self, sentence: str, reasons: Sequence[Reason] = ()) -> None:
        self.sentence = sentence
        self.reasons = tuple(reasons) or (Reason("refused", sentence),)
        super().__init__(" ".join([sentence, *(reason.sentence for reason in self.reasons)]))


class Invalid(Exception):
    """What was entered cannot be read: messages by the name of the field."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__("Some entries cannot be read.")
        self.fields = fields


class Missing(Exception):
    """There is no such thing, or none that this person may know of."""

    def __init__(self, what: str = "page") -> None:
        super().__init__(f"There is no such {what}.")
        self.sentence = f"There is no such {what}."


class Forbidden(Exception):
    """This person may not do this."""

    def __init__(self) -> None:
        super().__init__("Your role may not do this.")
        self.sentence = "Your role may not do this."
