"""What is read, renamed or prolonged once more: what holds of it, and what does not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lims.core.quantities import Celsius, Hours
from lims.monitoring import rules as monitoring
from lims.monitoring.rules import ExcursionKind, ExcursionStanding, Found
from lims.supplies import rules as supplies
from lims.supplies.rules import LotFacts, LotStanding
from tests.rules.test_supplies_rules import LOT

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OVER, ON = ExcursionStanding.OVER, ExcursionStanding.GOING_ON
WARM = Found(ExcursionKind.TOO_WARM, AT, AT + HOUR, Celsius(Decimal(-120)))


@pytest.mark.parametrize(
    ("standing", "since", "until", "goes_on", "known"),
    [
        (OVER, AT, AT + HOUR, False, True),
        (OVER, AT - HOUR, AT + 2 * HOUR, False, True),
        (ON, AT, AT + HOUR, False, False),
        (OVER, AT, AT + HOUR, True, False),
        (OVER, AT + HOUR / 2, AT + HOUR, False, False),
        (OVER, AT, AT + HOUR / 2, False, False),
        (OVER, AT, None, False, False),
    ],
)
def test_a_span_inside_one_that_is_over_is_known(
    standing: ExcursionStanding, since: datetime, until: datetime | None, goes_on: bool, known: bool
) -> None:
    found = replace(WARM, goes_on=goes_on)
    assert monitoring.is_known(standing, (since, until), found) is known


@pytest.mark.parametrize(
    ("kind", "worst", "before", "worse"),
    [
        (ExcursionKind.TOO_WARM, -120, -130, -120),
        (ExcursionKind.TOO_WARM, -130, -120, -120),
        (ExcursionKind.TOO_COLD, 1, 0, 0),
        (ExcursionKind.TOO_COLD, 0, 1, 0),
        (ExcursionKind.SILENT, None, -120, -120),
        (ExcursionKind.TOO_WARM, -120, None, -120),
        (ExcursionKind.SILENT, None, None, None),
    ],
)
def test_the_worse_of_two_counts(
    kind: ExcursionKind, worst: int | None, before: int | None, worse: int | None
) -> None:
    def celsius(value: int | None) -> Celsius | None:
        return None if value is None else Celsius(Decimal(value))

    found = replace(WARM, kind=kind, worst=celsius(worst))
    assert monitoring.worse(found, celsius(before)) == celsius(worse)


DAY = date(2027, 1, 1)


@pytest.mark.parametrize(
    ("standing", "days", "life", "before", "same", "refused"),
    [
        (LotStanding.RELEASED, 0, 24, 24, True, False),
        (LotStanding.RELEASED, -1, 24, 24, True, False),
        (LotStanding.RELEASED, 1, 24, 24, True, True),
        (LotStanding.RELEASED, 0, 25, 24, True, True),
        (LotStanding.RELEASED, 0, 23, 24, True, False),
        (LotStanding.RELEASED, 0, None, 24, True, True),
        (LotStanding.RELEASED, 0, 24, None, True, False),
        (LotStanding.RELEASED, 0, None, None, True, False),
        (LotStanding.RELEASED, 0, 24, 24, False, True),
        (LotStanding.HOLD, 1, None, 24, False, False),
        (LotStanding.QUARANTINE, 1, 25, 24, False, False),
    ],
)
def test_what_qa_accepted_becomes_nothing_else_and_lasts_no_longer(
    standing: LotStanding,
    days: int,
    life: int | None,
    before: int | None,
    same: bool,
    refused: bool,
) -> None:
    def hours(value: int | None) -> Hours | None:
        return None if value is None else Hours(Decimal(value))

    lot: LotFacts = replace(LOT, standing=standing, expires_on=DAY, in_use_life=hours(before))
    lasts = supplies.Lasts(DAY + timedelta(days=days), hours(life))
    codes = [reason.code for reason in supplies.loosening_reasons(lot, lasts, is_same=same)]
    assert codes == (["accepted-as-it-stood"] if refused else [])
