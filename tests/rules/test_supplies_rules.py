"""Materials and instruments: what keeps each from being used, taken in or lasting longer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims.core.days import Moment
from lims.core.quantities import Hours
from lims.core.reasons import Reason
from lims.supplies import equipment_rules, rules
from lims.supplies.equipment_rules import EquipmentFacts, EquipmentStanding
from lims.supplies.rules import LotFacts, LotKind, LotStanding

D = Decimal
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AT = Moment(NOW, ZoneInfo("Asia/Shanghai"))
YESTERDAY, TODAY, TOMORROW = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)

LOT = LotFacts(
    number="LMT260001", kind=LotKind.MATERIAL, name="Trypsin", supplier="Bench", supplier_lot="S7",
    certificate="c", gtin=None, expires_on=TODAY, in_use_life=Hours(D("1.5")),
    opened_at=NOW - timedelta(minutes=90), standing=LotStanding.RELEASED, was_released=True,
    made_by="tang", made_at=NOW - timedelta(days=9),
)  # fmt: skip
CABINET = EquipmentFacts("EQ1", "Cabinet", TODAY, EquipmentStanding.IN_SERVICE)


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


@pytest.mark.parametrize("facts", [LotFacts, EquipmentFacts])
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(LotKind) == ["material", "vehicle", "master_bank", "working_bank", "product"]
    assert list(LotStanding) == ["quarantine", "released", "hold", "recalled", "rejected"]
    assert list(EquipmentStanding) == ["in_service", "out_of_service"]


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"standing": LotStanding.QUARANTINE}, ["lot-quarantine"]),
        ({"standing": LotStanding.HOLD}, ["lot-hold"]),
        ({"standing": LotStanding.RECALLED}, ["lot-recalled"]),
        ({"standing": LotStanding.REJECTED}, ["lot-rejected"]),
        ({"was_released": False}, []),
        ({"expires_on": TOMORROW}, []),
        ({"expires_on": YESTERDAY}, ["lot-expired"]),
        ({"opened_at": NOW - timedelta(minutes=90) - SECOND}, ["opened-too-long"]),
        ({"opened_at": NOW - timedelta(minutes=90) + SECOND}, []),
        ({"in_use_life": Hours(D("1.49"))}, ["opened-too-long"]),
        ({"in_use_life": Hours(D(0))}, ["opened-too-long"]),
        ({"in_use_life": None}, []),
        ({"opened_at": None}, []),
        ({"opened_at": None, "in_use_life": None}, []),
        (
            {"standing": LotStanding.HOLD, "expires_on": YESTERDAY},
            ["lot-hold", "lot-expired"],
        ),
    ],
)
def test_the_technician_uses_a_lot_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.lot_reasons(replace(LOT, **fact), AT)) == found


@pytest.mark.parametrize(
    ("zone", "now", "found"),
    [
        ("Asia/Shanghai", datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC), []),
        ("Asia/Shanghai", datetime(2026, 3, 10, 16, 0, 0, tzinfo=UTC), ["lot-expired"]),
        ("America/New_York", datetime(2026, 3, 11, 3, 59, 59, tzinfo=UTC), []),
        ("America/New_York", datetime(2026, 3, 11, 4, 0, 0, tzinfo=UTC), ["lot-expired"]),
    ],
)
def test_the_technician_uses_a_lot_to_the_end_of_its_last_day_on_the_site(
    zone: str, now: datetime, found: list[str]
) -> None:
    closed = replace(LOT, opened_at=None)
    assert codes(rules.lot_reasons(closed, Moment(now, ZoneInfo(zone)))) == found


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"standing": LotStanding.HOLD}, "Trypsin LMT260001 is in hold."),
        ({"expires_on": YESTERDAY}, "Trypsin LMT260001 expired on 2026-03-09."),
        ({"in_use_life": Hours(D(1))}, "Trypsin LMT260001 was opened too long ago."),
    ],
)
def test_the_technician_reads_which_lot_and_which_day(fact: dict[str, Any], said: str) -> None:
    assert [r.sentence for r in rules.lot_reasons(replace(LOT, **fact), AT)] == [said]


ARRIVED = replace(LOT, standing=LotStanding.QUARANTINE, was_released=False, opened_at=None)


@pytest.mark.parametrize(
    ("fact", "who", "found"),
    [
        ({}, "quinn", []),
        ({}, "wang", []),
        ({}, "tang", ["you-received-this-lot"]),
        ({"expires_on": TOMORROW}, "quinn", []),
        ({"expires_on": YESTERDAY}, "quinn", ["lot-expired"]),
        *(
            ({"standing": standing}, "quinn", ["not-in-quarantine"])
            for standing in LotStanding
            if standing is not LotStanding.QUARANTINE
        ),
    ],
)
def test_qa_accepts_what_somebody_else_received_and_what_still_lasts(
    fact: dict[str, Any], who: str, found: list[str]
) -> None:
    assert codes(rules.acceptance_reasons(replace(ARRIVED, **fact), who, TODAY)) == found


def test_qa_reads_which_material_cannot_be_accepted() -> None:
    gone = replace(ARRIVED, standing=LotStanding.REJECTED, expires_on=YESTERDAY)
    assert [r.sentence for r in rules.acceptance_reasons(gone, "tang", TODAY)] == [
        "Who received the material does not accept it.",
        "LMT260001 is in rejected, not in quarantine.",
        "Trypsin LMT260001 expired on 2026-03-09.",
    ]


SALINE = replace(LOT, number="LMT260002", name="Saline", expires_on=date(2026, 6, 1))
ALBUMIN = replace(LOT, number="LMT260003", name="Albumin", expires_on=date(2026, 5, 1))


@pytest.mark.parametrize(
    ("expires_on", "used", "found"),
    [
        (date(2026, 5, 1), (SALINE, ALBUMIN), []),
        (date(2026, 5, 1), (ALBUMIN, SALINE), []),
        (date(2026, 4, 30), (SALINE, ALBUMIN), []),
        (date(2026, 5, 2), (SALINE, ALBUMIN), ["outlives-its-materials"]),
        (date(2026, 5, 2), (ALBUMIN, SALINE), ["outlives-its-materials"]),
        (date(2026, 5, 2), (SALINE,), []),
        (date(2030, 5, 2), (), []),
        (TOMORROW, (SALINE,), []),
        (TODAY, (SALINE,), ["already-expired"]),
        (YESTERDAY, (SALINE,), ["already-expired"]),
        (TODAY, (), ["already-expired"]),
        (TODAY, (replace(SALINE, expires_on=YESTERDAY),),
         ["already-expired", "outlives-its-materials"]),
    ],
)  # fmt: skip
def test_what_the_technician_makes_lasts_no_longer_than_what_goes_into_it(
    expires_on: date, used: tuple[LotFacts, ...], found: list[str]
) -> None:
    assert [r.code for r in rules.expiry_reasons(expires_on, used, TODAY)] == found


def test_the_technician_reads_that_nothing_is_made_for_yesterday() -> None:
    found = rules.expiry_reasons(TODAY, (SALINE,), TODAY)
    assert found == [Reason("already-expired", "The expiry is over.")]


def test_the_technician_reads_which_material_ends_first() -> None:
    (reason,) = rules.expiry_reasons(date(2026, 7, 1), (SALINE, ALBUMIN), TODAY)
    assert reason.sentence == (
        "Albumin LMT260003 expires on 2026-05-01; what is made with it expires no later."
    )


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"calibrated_until": TOMORROW}, []),
        ({"calibrated_until": YESTERDAY}, ["calibration-overdue"]),
        ({"standing": EquipmentStanding.OUT_OF_SERVICE}, ["out-of-service"]),
    ],
)
def test_the_technician_works_with_an_instrument_to_the_last_day_of_its_calibration(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(equipment_rules.equipment_reasons(replace(CABINET, **fact), TODAY)) == found


def test_the_technician_reads_which_instrument_and_since_when() -> None:
    gone = replace(
        CABINET, calibrated_until=YESTERDAY, standing=EquipmentStanding.OUT_OF_SERVICE
    )  # fmt: skip
    assert [r.sentence for r in equipment_rules.equipment_reasons(gone, TODAY)] == [
        "Cabinet EQ1 is out of service.",
        "Cabinet EQ1: calibration ended 2026-03-09.",
    ]


TERMS = {
    "calibrated_until": "calibration-overdue",
    "qualified_until": "qualification-overdue",
    "maintained_until": "maintenance-overdue",
    "cleaned_until": "cleaning-overdue",
}


@pytest.mark.parametrize(("term", "code"), TERMS.items())
def test_every_term_of_an_instrument_holds_to_its_last_day(term: str, code: str) -> None:
    last, over = (replace(CABINET, **{term: day}) for day in (TODAY, YESTERDAY))
    assert equipment_rules.overdue(last, TODAY) == []
    reasons = equipment_rules.overdue(over, TODAY)
    assert codes(reasons) == [code]
    assert "Cabinet EQ1" in reasons[0].sentence
    assert "2026-03-09" in reasons[0].sentence
    assert equipment_rules.usable_until(over) == YESTERDAY


@pytest.mark.parametrize("term", TERMS)
def test_what_fell_due_since_the_step_began_is_told_and_nothing_else(term: str) -> None:
    late = replace(CABINET, **{term: YESTERDAY})
    fell = equipment_rules.fell_due(late, YESTERDAY, TODAY)
    assert codes(fell) == ["fell-due"]
    assert "Cabinet EQ1" in fell[0].sentence
    assert equipment_rules.fell_due(late, TODAY, TODAY) == []
    assert equipment_rules.fell_due(CABINET, YESTERDAY, TODAY) == []


def test_of_two_terms_the_one_that_was_over_before_is_not_told_again() -> None:
    before = YESTERDAY - timedelta(days=1)
    both = replace(CABINET, calibrated_until=before, cleaned_until=YESTERDAY)
    fell = equipment_rules.fell_due(both, YESTERDAY, TODAY)
    assert ["clean" in reason.sentence for reason in fell] == [True]


def test_care_holds_for_as_many_days_as_it_is_asked_for() -> None:
    assert equipment_rules.care_due(0, TODAY) is None
    assert equipment_rules.care_due(1, YESTERDAY) == TODAY


@pytest.mark.parametrize(
    ("known", "found", "later"),
    [
        (None, None, None),
        (TODAY, None, None),
        (None, TODAY, TODAY),
        (YESTERDAY, TODAY, TODAY),
        (TODAY, YESTERDAY, TODAY),
    ],
)
def test_what_is_entered_late_shortens_nothing(
    known: date | None, found: date | None, later: date | None
) -> None:
    assert equipment_rules.later(known, found) == later


def test_a_cabinet_is_used_for_whom_it_was_cleared() -> None:
    assert equipment_rules.line_reasons("Cabinet EQ1", "D1", "D1") == []
    for cleared in ("", "D2"):
        reasons = equipment_rules.line_reasons("Cabinet EQ1", cleared, "D1")
        assert codes(reasons) == ["line-not-cleared"]
        assert reasons[0].sentence.startswith("Cabinet EQ1 is cleared for another donor")


ITEM = rules.ItemFacts(
    1, "Trypsin 0.05 %", "sterile", "-20 °C", Hours(Decimal(48)), False, 3, "quinn",
    datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip
HOUSE = rules.SupplierFacts(
    1, 1, ITEM.name, "Bio House", "BH-12", None, TODAY, "audit", "quinn",
    datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip
BOUGHT = replace(LOT, name=ITEM.name, supplier="Bio House", in_use_life=Hours(Decimal(48)))


def not_bought(
    item: rules.ItemFacts | None = ITEM,
    *suppliers: rules.SupplierFacts,
    lot: LotFacts = BOUGHT,
    attached: bool = False,
) -> list[str]:
    found = rules.catalogue_reasons(lot, item, suppliers or (HOUSE,), TODAY, attached=attached)
    return codes(found)


def test_the_catalogue_lets_in_what_it_asks_for() -> None:
    assert not_bought() == []
    assert not_bought(lot=replace(BOUGHT, supplier="BIO  house")) == []
    assert not_bought(replace(ITEM, certificate_attached=True), attached=True) == []
    assert not_bought(replace(ITEM, in_use_life=None), lot=replace(BOUGHT, in_use_life=None)) == []


def test_the_catalogue_says_every_reason() -> None:
    assert not_bought(None) == ["not-in-the-catalogue"]
    gone = replace(ITEM, withdrawn_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert not_bought(gone) == ["not-in-the-catalogue"]
    strict = replace(ITEM, certificate_attached=True)
    unlimited = replace(BOUGHT, in_use_life=None, supplier="Somebody")
    assert not_bought(strict, lot=unlimited) == [
        "supplier-not-approved", "certificate-not-attached", "life-longer-than-catalogue",
    ]  # fmt: skip
    longer = replace(BOUGHT, in_use_life=Hours(Decimal(49)))
    assert not_bought(lot=longer) == ["life-longer-than-catalogue"]


def test_the_catalogue_names_what_it_means() -> None:
    def said(item: rules.ItemFacts, lot: LotFacts) -> str:
        found = rules.catalogue_reasons(lot, item, [HOUSE], TODAY, attached=False)
        return " ".join(reason.sentence for reason in found)

    stranger = replace(BOUGHT, supplier="Somebody", in_use_life=Hours(Decimal(49)))
    assert "Somebody is not an approved supplier of Trypsin 0.05 %" in said(ITEM, stranger)
    assert "48 h" in said(ITEM, stranger)
    over = replace(HOUSE, qualified_until=YESTERDAY)
    late = rules.catalogue_reasons(BOUGHT, ITEM, [over], TODAY, attached=False)
    assert "Bio House ended on 2026-03-09" in late[0].sentence
    unknown = rules.catalogue_reasons(BOUGHT, None, [], TODAY, attached=True)
    assert unknown[0].sentence.startswith("Trypsin 0.05 % is not in the catalogue")


def test_nothing_more_is_taken_out_of_a_container_that_is_used_up() -> None:
    assert rules.container_reasons(LOT) == []
    gone = replace(LOT, used_up_at=datetime(2026, 3, 1, tzinfo=UTC))
    reasons = rules.container_reasons(gone)
    assert codes(reasons) == ["used-up"]
    assert LOT.name in reasons[0].sentence
    assert LOT.number in reasons[0].sentence


def test_of_a_suppliers_approvals_the_longest_counts() -> None:
    over = replace(HOUSE, qualified_until=YESTERDAY)
    assert not_bought(ITEM, over) == ["supplier-overdue"]
    assert not_bought(ITEM, over, HOUSE) == []
    other = replace(HOUSE, supplier="Somebody")
    assert not_bought(ITEM, over, other) == ["supplier-overdue"]
    assert not_bought(ITEM, other) == ["supplier-not-approved"]


def test_names_are_alike_however_they_are_written() -> None:
    assert rules.alike(" Saline 0.9 % ") == rules.alike("saline 0.9%")
    assert rules.alike("Saline") != rules.alike("Salin")
