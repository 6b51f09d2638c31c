"""Steps of culture as the protocol wants them executed: by which procedure, and what each records."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from lims.core.entries import About
from lims.core.texts import both
from lims.protocol.possible import Positive, Share


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


class Filled(StrEnum):
    """What a harvest is filled into."""

    MASTER_BANK = "master_bank"
    WORKING_BANK = "working_bank"
    PRODUCT = "product"


@dataclass(frozen=True)
class PassageSpan:
    """From which passage to which a bank or a product is filled."""

    of: Filled
    least: Annotated[int, About(least=0, most=100)]
    most: Annotated[int, About(least=0, most=100)]


@dataclass(frozen=True)
class CultureRules:
    """How long and how far cells are grown."""

    passage_max: Annotated[int, About(least=0, most=100)]
    cumulative_doublings_max: Positive
    min_cells_counted: Annotated[int, About(least=1, most=100_000)]
    feed_every_days: Annotated[int, About(least=1, most=30)]
    yield_qc_pct: Share
    second_count_pct: Share = Decimal(0)  # how far two counts may differ; 0: one is enough
    harvest_counted_by_two: bool = False  # the second person enters blind, before the harvest
    passages: tuple[PassageSpan, ...] = ()  # of what is not named here any passage is filled
    step: tuple[StepRules, ...] = ()  # of what is not named here nothing more is recorded

    def asks(self, kind: StepKind) -> StepRules | None:
        """What a step of this kind records; None where nothing is asked."""
        return next((step for step in self.step if step.kind is kind), None)
