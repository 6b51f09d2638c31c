"""What the ward's later stages tell the trial."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventToJudge:
    """Something happened after which the next infusion must be judged anew."""

    participant: str
    because: str
