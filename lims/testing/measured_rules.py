"""What an instrument's file says of tests: wells by their mean, controls told apart, what proves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from lims.core.rounding import Qualifier
from lims.core.texts import Text, say
from lims.instruments.formats import Format, Means
from lims.instruments.numbers import Read
from lims.instruments.reading import Fault, Row

LEAST_RECOVERY: Final = Decimal(50)  # per cent, USP <85>
MOST_RECOVERY: Final = Decimal(200)
WHOLE: Final = Decimal(100)


@dataclass(frozen=True)
class Reported:
    """What a file says of one test of one sample; the sample is as it was typed at the instrument."""

    line: int
    sample: str
    test: str
    qualifier: Qualifier
    value: Decimal
    recovery: Decimal | None = None  # per cent
    measured_at: datetime | None = None


def controls_of(form: Format, rows: Sequence[Row]) -> list[str]:
    """The names of a file that are of no sample: they are told, and left out."""
    names = dict.fromkeys(row.texts[Means.SAMPLE] for row in rows)
    return [name for name in names if form.is_control(name)]


def reported(form: Format, rows: Sequence[Row]) -> tuple[list[Reported], list[Fault]]:
    """Every result of a file, a sample's wells taken together; and what is wrong with some."""
    found: list[Reported] = []
    wrong: list[Fault] = []
    together: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        sample = row.texts[Means.SAMPLE]
        if not form.is_control(sample):
            together.setdefault((sample, row.test), []).append(row)
    for (sample, test), wells in together.items():
        faults = [Fault(wells[0].line, test, says) for says in _against(form, wells)]
        wrong += faults
        if not faults:
            found.append(_one(sample, test, wells))
    return found, wrong


def _against(form: Format, wells: Sequence[Row]) -> list[Text]:
    few = [
        row
        for row in wells
        if form.fewest_events and (row.number(Means.EVENTS) or Decimal(0)) < form.fewest_events
    ]
    signs = {(w.numbers[Means.RESULT].qualifier, _below(w.numbers[Means.RESULT])) for w in wells}
    told = [
        (len(wells) > 1 and not form.in_wells, say("result-twice-in-the-file")),
        (few, say("too-few-events", least=form.fewest_events)),
        (len(signs) > 1, say("wells-not-of-one-kind")),
    ]
    return [says for wrong, says in told if wrong]


def _below(read: Read) -> Decimal | None:
    return None if read.qualifier is Qualifier.EQUAL else read.value


def _one(sample: str, test: str, wells: Sequence[Row]) -> Reported:
    reads = [row.numbers[Means.RESULT] for row in wells]
    recovered = [value for row in wells if (value := row.number(Means.RECOVERY)) is not None]
    return Reported(
        wells[0].line,
        sample,
        test,
        reads[0].qualifier,
        mean_of([read.value for read in reads]),
        max(recovered, key=lambda value: abs(value - WHOLE), default=None),
        wells[0].moment,
    )


def mean_of(values: Sequence[Decimal]) -> Decimal:
    """The mean with one decimal more than its finest value: two wells lose nothing by it."""
    if len(values) == 1:
        return values[0]
    finest = min(int(value.as_tuple().exponent) for value in values)
    mean = sum(values, Decimal(0)) / len(values)
    return mean.quantize(Decimal(1).scaleb(finest - 1))


def recovery_told(recovery: Decimal | None) -> Text | None:
    """Why a result proves nothing: what was added to the sample was not found again (USP <85>)."""
    if recovery is None or LEAST_RECOVERY <= recovery <= MOST_RECOVERY:
        return None
    return say(
        "recovery-outside", recovery=f"{recovery:f}", least=LEAST_RECOVERY, most=MOST_RECOVERY
    )
