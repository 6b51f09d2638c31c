"""Questions of the protocol that are answered by yes, by no or by a number."""

from dataclasses import dataclass
from enum import StrEnum

from lims.core.texts import both


class CriterionKind(StrEnum):
    """How a line of the eligibility rules is answered."""

    YES = "yes"
    NO = "no"
    RANGE = "range"  # a number within a limit
    MEASURE = "measure"  # a number that other lines are computed from


class Computed(StrEnum):
    """What the program computes itself instead of asking."""

    AGE = "age"  # completed years on the day of screening
    BMI = "bmi"  # kg/m², from the measures height (cm) and weight (kg)
    PER_KG = "insulin-per-kg"  # U/kg/day, from the measures daily-insulin (U) and weight (kg)


@dataclass(frozen=True)
class Criterion:
    """One line of the eligibility rules."""

    code: str
    kind: CriterionKind
    text: str
    text_zh: str
    unit: str = ""
    limit: str = ""
    possible: str = ""
    computed: Computed | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", both(self.text, self.text_zh))
