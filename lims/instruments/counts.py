"""What a counter's row says of cells, and whether its own figures agree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lims.core.quantities import CellsPerMillilitre, Percent
from lims.core.reasons import Reason, when
from lims.core.rounding import told
from lims.core.texts import Text, say
from lims.instruments.formats import Means
from lims.instruments.numbers import Read
from lims.instruments.reading import Row
from lims.supplies.equipment_rules import DilutionMeans

NOTHING = Read(Decimal(0), Decimal(0))
ROUNDED = Decimal("0.5")  # per cent: some write whole ones, with decimals that say nothing
NOISE = Decimal("0.000001")  # of a number that an instrument kept with single precision


@dataclass(frozen=True)
class CellsCounted:
    """Concentrations as the instrument gives them."""

    live: CellsPerMillilitre
    total: CellsPerMillilitre
    dilution: Decimal | None

    @property
    def viable(self) -> CellsPerMillilitre:
        """Those that live."""
        return self.live

    @property
    def viability(self) -> Percent:
        """Live of all, from the file's digits and never rounded here (F1)."""
        return Percent(100 * self.live.value / self.total.value)


def count_of(row: Row, within: Decimal = ROUNDED) -> CellsCounted | list[Text]:
    """The count of a row, or why its figures cannot be true together.

    The viability on the file may differ by so many per cent, as its instrument rounds.
    """
    live = row.numbers[Means.LIVE]
    dead, total = row.numbers.get(Means.DEAD), row.numbers.get(Means.TOTAL)
    others = dead or NOTHING
    whole = total or Read(live.value + others.value, live.half + others.half)
    if wrong := list(_disagree(live, dead, whole, row.numbers.get(Means.VIABILITY), within)):
        return wrong
    exact = live.value + dead.value if dead else whole.value
    dilution = row.number(Means.DILUTION)
    return CellsCounted(CellsPerMillilitre(live.value), CellsPerMillilitre(exact), dilution)


def undiluted(
    count: CellsCounted, means: DilutionMeans, *, is_share: bool = False
) -> CellsCounted | None:
    """The count of the sample as it was before it was diluted; None where that is not told.

    A dilution that is a share says 0.5 where others say 2.
    """
    if means is not DilutionMeans.NOT_INCLUDED:
        return count
    if count.dilution is None:
        return None
    times = 1 / count.dilution if is_share else count.dilution
    return CellsCounted(count.live.times(times), count.total.times(times), times)


def mean_of(counts: Sequence[CellsCounted]) -> CellsCounted:
    """The mean of repeated counts; at least one is needed."""
    live = sum((count.live.value for count in counts), Decimal(0)) / len(counts)
    total = sum((count.total.value for count in counts), Decimal(0)) / len(counts)
    return CellsCounted(CellsPerMillilitre(live), CellsPerMillilitre(total), None)


def taking_reasons(counts: Sequence[CellsCounted], most_apart: Decimal) -> list[Reason]:
    """Why cells cannot be taken from these counts: none lives, or repeated ones are too far apart.

    Two counts are as far apart as their difference is of their mean, in per cent (F3); nought
    says that how far they may be is not asked.
    """
    lives = [count.live.value for count in counts]
    mean = sum(lives, Decimal(0)) / len(lives) if lives else Decimal(0)
    apart = 100 * (max(lives) - min(lives)) / mean if mean else Decimal(0)
    far = most_apart > 0 and apart > most_apart
    return [
        *when(not lives, Reason("no-count")),
        *when(lives and min(lives) <= 0, Reason("no-live-cells")),
        *when(far, Reason("counts-apart", apart=told(apart, most_apart), most=most_apart)),
    ]


def _disagree(
    live: Read, dead: Read | None, total: Read, told: Read | None, within: Decimal
) -> Iterator[Text]:
    """Sums and viability may differ by what the last signs that were written can hide."""
    least, most = live.value - live.half, live.value + live.half
    if live.value < 0 or total.value <= 0 or (dead and dead.value < 0):
        yield say("count-without-cells")
        return
    others = dead or Read(total.value - live.value, total.half + live.half)
    gap = abs(live.value + others.value - total.value)
    if gap > live.half + others.half + total.half + total.value * NOISE:
        yield say("count-does-not-add-up")
        return
    if others.value + others.half < 0:
        yield say("count-more-live-than-all")
        return
    if told is not None:
        low = _share(least, others.value + others.half) - within
        high = _share(most, max(others.value - others.half, Decimal(0))) + within
        if not low <= told.value <= high:
            yield say("count-viability-differs", told=f"{told.value:f}")


def _share(live: Decimal, dead: Decimal) -> Decimal:
    return 100 * live / (live + dead) if live + dead > 0 else Decimal(100)
