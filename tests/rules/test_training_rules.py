"""What may be issued, signed off and delegated, and by whom."""

from datetime import date, timedelta

import pytest

from lims.training.rules import delegating_reasons, issuing_reasons, signing_off_reasons
from lims.trust.identity.roles import Permission, Side

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
P = Permission


@pytest.mark.parametrize(
    ("permission", "side", "known", "codes"),
    [
        (None, Side.LAB, False, []),
        (P.BANK_CELLS, Side.LAB, False, []),
        (P.WEIGH, Side.LAB, False, ["permission-of-another-side"]),
        (P.BREAK_CODE, Side.WARD, False, ["permission-of-another-side"]),
        (P.BANK_CELLS, Side.LAB, True, ["procedure-is-there"]),
    ],
)
def test_a_procedure_is_issued_once_and_for_ones_own_side(
    permission: Permission | None, side: Side, codes: list[str], *, known: bool
) -> None:
    found = issuing_reasons(permission, side, TODAY, TODAY, known=known)
    assert [reason.code for reason in found] == codes


@pytest.mark.parametrize(
    ("fact", "codes"),
    [
        ({}, []),
        ({"governs": False}, ["procedure-is-old"]),
        ({"has_read": False}, ["has-not-read-it"]),
        ({"same_side": False}, ["person-of-another-side"]),
        ({"same_side": False, "has_read": False}, ["person-of-another-side"]),
    ],
)
def test_who_has_read_what_governs_is_signed_off(fact: dict[str, bool], codes: list[str]) -> None:
    usual = {"has_read": True, "same_side": True, "governs": True}
    found = signing_off_reasons("tang", "quinn", **(usual | fact))
    assert [reason.code for reason in found] == codes
    own = signing_off_reasons("quinn", "quinn", **(usual | fact))
    assert [reason.code for reason in own] == [*codes, "trainer-is-somebody-else"]
    if codes == ["has-not-read-it"]:
        assert "tang" in found[0].sentence


@pytest.mark.parametrize(
    ("since", "until", "codes"),
    [
        (TODAY, TODAY, []),
        (TODAY + DAY, TODAY, ["ends-before-it-begins"]),
        (TODAY - 3 * DAY, TODAY - DAY, ["delegation-is-over"]),
        (TODAY - DAY, TODAY + DAY, []),
    ],
)
def test_a_task_is_delegated_for_days_that_are_to_come(
    since: date, until: date, codes: list[str]
) -> None:
    allowed = frozenset({P.WEIGH})
    found = delegating_reasons(P.WEIGH, allowed, since, until, TODAY)
    assert [reason.code for reason in found] == codes
    other = delegating_reasons(P.GIVE_INFUSION, allowed, since, until, TODAY)
    assert [reason.code for reason in other] == ["role-does-not-allow-it", *codes]


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (TODAY + 3653 * DAY, []),
        (TODAY - 3653 * DAY, []),
        (TODAY + 3654 * DAY, ["no-day-for-a-procedure"]),
        (date.min, ["no-day-for-a-procedure"]),
        (date.max, ["no-day-for-a-procedure"]),
    ],
)
def test_a_procedure_is_effective_on_a_day_of_these_years(day: date, codes: list[str]) -> None:
    found = issuing_reasons(None, Side.LAB, day, TODAY, known=False)
    assert [reason.code for reason in found] == codes
