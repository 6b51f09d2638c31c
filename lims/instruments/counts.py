"""What a counter's row says of cells, and whether its own figures agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lims.core.quantities import WIDE, CellsPerMillilitre, Percent
from lims.core.texts import Text, say
from lims.instruments.formats import Means
from lims.instruments.numbers import Read
from lims.instruments.reading import Row

NOTHING = Read(Decimal(0), Decimal(0))
ROUNDED = Decimal("0.5")  # per cent: some write whole ones, with decimals that say nothing


@dataclass(frozen=True)
class InstrumentCount:
    """Concentrations as the instrument gives them; viability is ours, from the file's digits."""

    live: CellsPerMillilitre
    total: CellsPerMillilitre
    dilution: Decimal | None

    @property
    def viability(self) -> Percent:
        """Live of all, never rounded here (F1)."""
        return Percent(WIDE.divide(100 * self.live.value, self.total.value))


def count_of(row: Row) -> InstrumentCount | list[Text]:
    """The count of a row, or why its figures cannot be true together."""
    live = row.numbers[Means.LIVE]
    dead, total = row.numbers.get(Means.DEAD), row.numbers.get(Means.TOTAL)
    whole = total or Read(live.value + (dead or NOTHING).value, live.half + (dead or NOTHING).half)
    if wrong := list(_disagree(live, dead, whole, row.numbers.get(Means.VIABILITY))):
        return wrong
    exact = live.value + dead.value if dead else whole.value
    dilution = row.number(Means.DILUTION)
    return InstrumentCount(CellsPerMillilitre(live.value), CellsPerMillilitre(exact), dilution)


def _disagree(live: Read, dead: Read | None, total: Read, told: Read | None) -> Iterator[Text]:
    """Sums and viability may differ by what the last signs that were written can hide."""
    least, most = live.value - live.half, live.value + live.half
    if live.value < 0 or total.value <= 0 or (dead and dead.value < 0):
        yield say("count-without-cells")
        return
    others = dead or Read(total.value - live.value, total.half + live.half)
    gap = abs(live.value + others.value - total.value)
    if gap > live.half + others.half + total.half:
        yield say("count-does-not-add-up")
        return
    if others.value + others.half < 0:
        yield say("count-more-live-than-all")
        return
    if told is not None:
        low = _share(least, others.value + others.half) - ROUNDED
        high = _share(most, max(others.value - others.half, Decimal(0))) + ROUNDED
        if not low <= told.value <= high:
            yield say("count-viability-differs", told=f"{told.value:f}")


def _share(live: Decimal, dead: Decimal) -> Decimal:
    return WIDE.divide(100 * live, live + dead) if live + dead > 0 else Decimal(100)
