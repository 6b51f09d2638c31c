"""What the ceiling of a dose leaves for the laboratory."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Room:
    """Per cent by which a bag's actual cells may lie below and above its target."""

    low: Decimal
    high: Decimal


def room_for(ceiling_pct: Decimal, reweigh_pct: Decimal) -> Room:
    """What the ceiling leaves for the laboratory when the weight alone may use its whole interval.

    Errors multiply: a bag d % over, given to somebody for whom the ordered weight is e % over,
    is (1+d)(1+e)−1 over. With a ceiling of 20 % and ±10 % on the weight d is at most +9.09 %.
    """
    low = (100 - ceiling_pct) * 100 / (100 - reweigh_pct) - 100
    return Room(low, (100 + ceiling_pct) * 100 / (100 + reweigh_pct) - 100)
