"""Steps of culture as the protocol wants them executed: by which procedure, and what each records."""

from dataclasses import dataclass
from enum import StrEnum

from lims.core.texts import both


class StepKind(StrEnum):
    """What is done with a cord, a vessel or a harvest."""

    ISOLATION = "isolation"
    FEEDING = "feeding"
    HARVEST = "harvest"
    PASSAGE = "passage"
    FILLING = "filling"


class OutputKind(StrEnum):
    """How an output is entered."""

    NUMBER = "number"
    CHOICE = "choice"
    MOMENT = "moment"  # hours and minutes of the site's clock
    DONE = "done"  # it was done, says who did it
    PHOTO = "photo"  # a picture or a file kept with the vessel since the step was begun


@dataclass(frozen=True)
class Choice:
    """One of the answers that a step's output can have."""

    code: str
    text: str
    text_zh: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", both(self.text, self.text_zh))


@dataclass(frozen=True)
class StepOutput:
    """What a step records: a number with its unit, a choice, a time, a photo."""

    code: str
    kind: OutputKind
    text: str
    text_zh: str
    unit: str = ""
    limit: str = ""  # beyond it the step stands, and QA judges it
    possible: str = ""
    choice: tuple[Choice, ...] = ()
    required: bool = True  # the step does not end without it

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", both(self.text, self.text_zh))


@dataclass(frozen=True)
class StepRules:
    """A step, the procedure that governs it, and its outputs."""

    kind: StepKind
    procedure: str
    version: str
    output: tuple[StepOutput, ...] = ()

    @property
    def named(self) -> str:
        """The procedure with its version, as it is acknowledged."""
        return f"{self.procedure} v{self.version}"
