"""GO or STOP at the bedside, and a bag at the ward's door: each fact turns the verdict alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims.bags.rules import (
    GIVEN,
    IN_THE_LABORATORY,
    LOST,
    ON_THE_WARD,
    STOPPED,
    TERMINAL,
    BagStanding,
)
from lims.bedside.rules import (
    Arriving,
    BagAtBedside,
    DoseThen,
    Limits,
    ParticipantAtBedside,
    Word,
    drops_per_minute,
    receipt_reasons,
    start_reasons,
    stop_reasons,
    temperature_reasons,
    vital_reasons,
)
from lims.core.days import Moment
from lims.core.quantities import Celsius, Hours, Kilograms, Millilitres, Minutes
from lims.core.reasons import Reason
from lims.trial.rules import FitnessFacts, ParticipantStanding, WeighingStanding
from lims.trial.windows import visit_window

D = Decimal
B = BagStanding
NOW = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # half past midnight of 2 March in Shanghai
AT = Moment(NOW, ZoneInfo("Asia/Shanghai"))
SECOND = timedelta(seconds=1)
SIGNED = NOW - timedelta(hours=24)

PERSON = ParticipantAtBedside(
    number="P1", treatment="T7", standing=ParticipantStanding.RANDOMISED, next_visit=2,
    window=visit_window(date(2026, 2, 5), 2, 28, 3), last_infusion=date(2026, 2, 5),
    fitness=FitnessFacts(True, SIGNED), weight=Kilograms(D(70)),
    newest_weighing=WeighingStanding.CONFIRMED, wristband_is_live=True,
)  # fmt: skip
BAG = BagAtBedside(
    number="B1", treatment="T7", visit=2, standing=B.RECEIVED, seen_on_ward=True,
    expires_at=NOW + timedelta(minutes=60), ordered_weight=Kilograms(D(77)),
    order_cancelled=False, label_is_active=True, notice=False, used_by=None,
    dose=DoseThen(1_500_000, D(10)),
)  # fmt: skip
LIMITS = Limits(
    planned_minutes=60, reweigh_pct=D(10), fitness_hours=Hours(D(24)), min_gap_days=25,
    cells_per_kg=1_500_000, paused=False,
)  # fmt: skip


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def stops(
    person: dict[str, Any] | None = None,
    bag: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
) -> list[Reason]:
    return stop_reasons(
        replace(PERSON, **person or {}), replace(BAG, **bag or {}),
        replace(LIMITS, **limits or {}), AT,
    )  # fmt: skip


def kilograms(ordered: str, now: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"weight": Kilograms(D(now))}, {"ordered_weight": Kilograms(D(ordered))}


@pytest.mark.parametrize("facts", [ParticipantAtBedside, BagAtBedside, DoseThen, Limits, Arriving])
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_the_verdict_is_one_of_two_words() -> None:
    assert list(Word) == ["GO", "STOP"]


def test_a_bag_stands_in_words_that_never_change() -> None:
    assert list(B) == [
        "filling", "drawn", "released", "dispatched", "received", "in_use", "infused",
        "partly_infused", "not_given", "returned", "destroyed", "expired", "damaged", "withdrawn",
    ]  # fmt: skip
    assert {"damaged", "destroyed", "returned", "not_given"} == LOST
    assert {"withdrawn", "expired"} == STOPPED
    assert {"infused", "partly_infused"} == GIVEN
    assert LOST | GIVEN | {"returned"} == TERMINAL
    assert {"filling", "drawn", "released"} == IN_THE_LABORATORY
    assert {"dispatched", "received", "in_use"} == ON_THE_WARD


# Who and what was scanned


def test_the_nurse_gets_a_go_if_nothing_speaks_against_it() -> None:
    assert stops() == []


@pytest.mark.parametrize(
    ("person", "bag", "found"),
    [
        (None, BAG, ["unknown-wristband"]),
        (PERSON, None, ["unknown-bag"]),
        (None, None, ["unknown-wristband", "unknown-bag"]),
        (PERSON, replace(BAG, seen_on_ward=False), ["unknown-bag"]),
        (None, replace(BAG, seen_on_ward=False), ["unknown-wristband", "unknown-bag"]),
        (None, replace(BAG, notice=True), ["unknown-wristband", "withdrawn"]),
        (replace(PERSON, weight=None), None, ["unknown-bag", "no-weight"]),
    ],
)
def test_the_nurse_is_stopped_by_a_scan_that_nobody_knows_here(
    person: ParticipantAtBedside | None, bag: BagAtBedside | None, found: list[str]
) -> None:
    assert codes(stop_reasons(person, bag, LIMITS, AT)) == found


def test_the_nurse_reads_nothing_about_a_bag_that_was_never_sent_to_the_ward() -> None:
    bad = {"seen_on_ward": False, "notice": True, "treatment": "T8", "visit": 3, "expires_at": NOW}
    assert codes(stops(bag=bad)) == ["unknown-bag"]


# The participant


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({"wristband_is_live": False}, ["superseded-wristband"]),
        ({"standing": ParticipantStanding.WITHDRAWN}, ["participant-withdrawn"]),
        ({"fitness": None}, ["not-fit"]),
        ({"fitness": FitnessFacts(False, SIGNED)}, ["not-fit"]),
        ({"fitness": FitnessFacts(True, SIGNED, NOW)}, ["not-fit"]),
        ({"fitness": FitnessFacts(True, SIGNED - SECOND)}, ["fitness-old"]),
        ({"fitness": FitnessFacts(True, NOW)}, []),
        ({"newest_weighing": WeighingStanding.OPEN}, ["weight-open"]),
        ({"newest_weighing": WeighingStanding.DISAGREED}, ["weight-disagreed"]),
        ({"newest_weighing": WeighingStanding.UNLIKELY}, ["weight-unlikely"]),
        ({"newest_weighing": None}, []),
        ({"weight": None}, ["no-weight"]),
        ({"window": None}, []),
        ({"window": visit_window(date(2026, 2, 6), 2, 28, 3)}, ["too-early"]),
        ({"window": visit_window(date(2026, 1, 30), 2, 28, 3)}, []),
        ({"window": visit_window(date(2026, 1, 29), 2, 28, 3)}, ["too-late"]),
        ({"last_infusion": None}, []),
        ({"last_infusion": date(2026, 2, 6)}, ["too-close"]),
        ({"treatment": "T8"}, ["wrong-participant"]),
        ({"treatment": None}, ["wrong-participant"]),
        ({"next_visit": 1}, ["wrong-visit"]),
        ({"next_visit": 3}, ["wrong-visit"]),
        ({"next_visit": None}, ["wrong-visit"]),
    ],
)
def test_the_nurse_is_stopped_by_each_fact_of_the_participant_alone(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(stops(person=fact)) == found


# The bag


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({"expires_at": NOW + timedelta(minutes=60, seconds=-1)}, ["expires-soon"]),
        ({"expires_at": NOW + SECOND}, ["expires-soon"]),
        ({"expires_at": NOW}, ["expired"]),
        ({"expires_at": NOW - SECOND}, ["expired"]),
        ({"expires_at": NOW + timedelta(minutes=60, seconds=1)}, []),
        ({"label_is_active": False}, ["superseded-label"]),
        ({"notice": True}, ["withdrawn"]),
        ({"order_cancelled": True}, ["withdrawn"]),
        ({"order_cancelled": True, "notice": True, "standing": B.WITHDRAWN}, ["withdrawn"]),
        ({"treatment": "T8"}, ["wrong-participant"]),
        ({"visit": 1}, ["wrong-visit"]),
        ({"visit": 3}, ["wrong-visit"]),
        ({"used_by": "Nan", "used_at": NOW}, []),
        ({"dose": DoseThen(1_500_001, D(10))}, ["protocol-changed"]),
        ({"dose": DoseThen(1_499_999, D(10))}, ["protocol-changed"]),
        ({"dose": DoseThen(1_500_000, D("9.99"))}, ["weight-changed"]),
        ({"dose": DoseThen(1_500_000, D("10.01"))}, []),
        ({"dose": None}, []),
    ],
)
def test_the_nurse_is_stopped_by_each_fact_of_the_bag_alone(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(stops(bag=fact)) == found


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (B.RECEIVED, []),
        (B.DISPATCHED, ["not-received"]),
        (B.IN_USE, ["already-in-use"]),
        (B.INFUSED, ["already-in-use"]),
        (B.PARTLY_INFUSED, ["already-in-use"]),
        (B.RETURNED, ["withdrawn"]),
        (B.NOT_GIVEN, ["withdrawn"]),
        (B.DESTROYED, ["withdrawn"]),
        (B.EXPIRED, ["withdrawn"]),
        (B.DAMAGED, ["withdrawn"]),
        (B.WITHDRAWN, ["withdrawn"]),
    ],
)
def test_the_nurse_is_stopped_by_where_the_bag_stands(standing: B, found: list[str]) -> None:
    assert codes(stops(bag={"standing": standing})) == found


@pytest.mark.parametrize("standing", sorted(TERMINAL))
def test_the_nurse_reads_of_a_bag_that_has_ended_no_word_about_its_visit(standing: B) -> None:
    assert "wrong-visit" not in codes(stops(bag={"standing": standing, "visit": 1}))


@pytest.mark.parametrize("standing", [B.DISPATCHED, B.IN_USE])
def test_the_nurse_reads_of_a_bag_on_the_ward_that_it_is_of_another_visit(standing: B) -> None:
    assert codes(stops(bag={"standing": standing, "visit": 1}))[:-1] == ["wrong-visit"]


# The two together


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"paused": True}, ["trial-paused"]),
        ({"planned_minutes": 61}, ["expires-soon"]),
        ({"planned_minutes": 59}, []),
        ({"reweigh_pct": D("9.99")}, ["weight-changed"]),
        ({"reweigh_pct": D("10.01")}, []),
        ({"fitness_hours": Hours(D("23.9"))}, ["fitness-old"]),
        ({"fitness_hours": Hours(D("24.1"))}, []),
        ({"min_gap_days": 26}, ["too-close"]),
        ({"min_gap_days": 24}, []),
        ({"cells_per_kg": 1_500_001}, ["protocol-changed"]),
        ({"cells_per_kg": 1_499_999}, ["protocol-changed"]),
    ],
)
def test_the_nurse_is_stopped_by_what_the_protocol_asks(
    limits: dict[str, Any], found: list[str]
) -> None:
    assert codes(stops(limits=limits)) == found


@pytest.mark.parametrize(
    ("ordered", "now", "found"),
    [
        ("77", "70", []),  # +10 % of dose exactly
        ("77.1", "70", ["weight-changed"]),
        ("76.9", "70", []),
        ("72", "80", []),  # −10 % of dose exactly
        ("72", "80.1", ["weight-changed"]),
        ("72", "79.9", []),
        ("72.5", "79.7", []),
        ("72.5", "79.8", []),  # +10.07 % of weight is −9.15 % of dose
        ("72.5", "65.25", ["weight-changed"]),  # −10.00 % of weight is +11.11 % of dose
    ],
)
def test_the_nurse_is_stopped_when_the_new_weight_moves_the_dose_too_far(
    ordered: str, now: str, found: list[str]
) -> None:
    person, bag = kilograms(ordered, now)
    assert codes(stops(person, bag)) == found


def test_the_narrower_of_two_protocols_says_how_far_a_new_weight_may_lie() -> None:
    person, bag = kilograms("77", "70")
    for today, then in (("10", "9"), ("9", "10"), ("9", "9")):
        bag |= {"dose": DoseThen(1_500_000, D(then))}
        assert codes(stops(person, bag, {"reweigh_pct": D(today)})) == ["weight-changed"]
    bag |= {"dose": None}
    assert codes(stops(person, bag, {"reweigh_pct": D(9)})) == ["weight-changed"]


def test_the_nurse_learns_of_somebody_elses_bag_only_that_it_is_somebody_elses() -> None:
    person, bag = kilograms("100", "50")
    bag |= {"treatment": "T8", "visit": 3, "dose": DoseThen(1, D(1))}
    assert codes(stops(person, bag)) == ["wrong-participant"]


def test_the_nurse_reads_every_reason_at_once() -> None:
    person = {
        "wristband_is_live": False, "standing": ParticipantStanding.WITHDRAWN, "fitness": None,
        "newest_weighing": WeighingStanding.OPEN, "weight": Kilograms(D(60)),
        "window": visit_window(date(2026, 2, 6), 2, 28, 3), "last_infusion": date(2026, 2, 6),
    }  # fmt: skip
    bag = {
        "standing": B.DISPATCHED, "notice": True, "label_is_active": False, "expires_at": NOW,
        "visit": 1, "dose": DoseThen(1, D(10)),
    }  # fmt: skip
    assert codes(stops(person, bag, {"paused": True})) == [
        "trial-paused", "wrong-visit", "weight-changed", "protocol-changed",
        "not-received", "withdrawn", "superseded-label", "expired",
        "superseded-wristband", "participant-withdrawn", "not-fit", "weight-open", "too-early",
        "too-close",
    ]  # fmt: skip


def test_the_nurse_reads_in_each_reason_what_to_do() -> None:
    soon = {"expires_at": NOW + SECOND}
    used = {"standing": B.IN_USE, "used_by": "Nan"}
    off = "11.11 % off (at most 10 %)"
    found = [
        *stop_reasons(None, None, replace(LIMITS, paused=True), AT),
        *stops({"wristband_is_live": False, "standing": ParticipantStanding.WITHDRAWN}),
        *stops({"weight": None}, {"label_is_active": False, "notice": True, "expires_at": NOW}),
        *stops({"treatment": "T8"}, {"standing": B.DISPATCHED} | soon),
        *stops({"next_visit": 1}, used),
        *stops(bag=used | {"used_at": NOW}),
        *stops(bag={"standing": B.IN_USE}),
        *stops({"weight": Kilograms(D("65.25"))}, {"ordered_weight": Kilograms(D("72.5"))}),
    ]
    assert [reason.sentence for reason in found] == [
        "This wristband is unknown. Check the participant.",
        "This bag is unknown here. Scan the label of the bag.",
        "The trial is paused.",
        "This wristband was replaced. Scan the new one.",
        "The participant has left the treatment.",
        "Do not use this bag. Call the cell laboratory. Code H.",
        "This label is superseded.",
        "The bag has expired.",
        "No weight that two people agree on.",
        "This bag is not for this participant.",
        "Not received on this ward. Receive the bag first.",
        "The bag would expire before the infusion ends.",
        "This bag is not for this infusion.",
        "Already in use by Nan.",
        "Already scanned at 2026-03-02 00:30 +08:00 by Nan.",
        "Already in use by somebody.",
        f"The weight has changed: the dose would be {off}. A new bag is needed.",
    ]


# What has come up between the GO and the start


def starts(bag: dict[str, Any], person: dict[str, Any] | None = None) -> list[str]:
    mine = replace(BAG, standing=B.IN_USE, used_by="Nan", used_at=NOW)
    who = replace(PERSON, **person or {})
    return codes(start_reasons(who, replace(mine, **bag), LIMITS, AT))


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"notice": True}, ["withdrawn"]),
        ({"order_cancelled": True}, ["withdrawn"]),
        ({"label_is_active": False}, ["superseded-label"]),
        ({"expires_at": NOW + SECOND}, ["expires-soon"]),
        ({"expires_at": NOW}, ["expired"]),
        ({"visit": 1}, ["wrong-visit"]),
        ({"treatment": "T8"}, ["wrong-participant"]),
        ({"seen_on_ward": False}, ["unknown-bag"]),
        ({"dose": DoseThen(1_500_001, D(10))}, ["protocol-changed"]),
    ],
)
def test_the_second_nurse_does_not_start_a_bag_that_something_came_up_about(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert starts(fact) == found


def test_the_second_nurse_does_not_start_on_somebody_who_is_no_longer_fit() -> None:
    assert starts({}, {"fitness": FitnessFacts(True, SIGNED, NOW)}) == ["not-fit"]
    assert starts({}, {"weight": Kilograms(D("69.9"))}) == ["weight-changed"]


def test_the_second_nurse_starts_nothing_without_a_bag_or_a_participant_or_while_paused() -> None:
    assert codes(start_reasons(PERSON, None, LIMITS, AT)) == ["unknown-bag"]
    assert codes(start_reasons(None, BAG, LIMITS, AT)) == ["unknown-wristband"]
    paused = replace(LIMITS, paused=True)
    assert codes(start_reasons(PERSON, BAG, paused, AT)) == ["trial-paused"]


# At the ward's door

ARRIVING = Arriving(B.DISPATCHED, NOW, NOW + SECOND, True)


def arrives(**fact: Any) -> list[Reason]:
    bag = replace(ARRIVING, **fact)
    return receipt_reasons(bag, NOW)


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"expires_at": NOW}, ["expired"]),
        ({"expires_at": NOW - SECOND}, ["expired"]),
        ({"label_is_active": False}, ["superseded-label"]),
    ],
)
def test_the_nurse_receives_only_a_bag_that_nothing_speaks_against(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(arrives(**fact)) == found


@pytest.mark.parametrize(
    ("found", "told"), [("1.9", ["temperature"]), ("2", []), ("8", []), ("8.1", ["temperature"])]
)
def test_a_bag_that_came_too_warm_or_cold_is_not_used(found: str, told: list[str]) -> None:
    off = temperature_reasons(Celsius(D(found)), Celsius(D(2)), Celsius(D(8)), "2-8 °C")
    assert codes(off) == told


@pytest.mark.parametrize("standing", [b for b in B if b is not B.DISPATCHED])
def test_the_nurse_receives_only_a_bag_that_is_on_its_way(standing: B) -> None:
    said = {reason.code: reason.sentence for reason in arrives(standing=standing)}
    if standing is B.WITHDRAWN:
        assert said == {"withdrawn": "Do not use this bag. Call the cell laboratory. Code H."}
    else:
        words = standing.replace("_", " ")
        assert said == {"received-already": f"This bag is {words} already."}


def test_the_nurse_reads_why_a_bag_is_not_received() -> None:
    found = [
        *arrives(expires_at=NOW, label_is_active=False),
        *temperature_reasons(Celsius(D("8.1")), Celsius(D(2)), Celsius(D(8)), "2-8 °C"),
    ]
    assert [reason.sentence for reason in found] == [
        "The bag has expired.",
        "This label is superseded.",
        "It came at 8.1 °C, not 2-8 °C.",
    ]
    assert arrives(standing=B.IN_USE)[0].sentence == "This bag is in use already."


# While it runs


@pytest.mark.parametrize(
    ("systolic", "diastolic", "swapped"),
    [
        (120, 80, False),
        (81, 80, False),
        (80, 80, True),
        (80, 81, True),
        (1, 0, False),
        (0, 0, True),
        (None, 80, False),
        (120, None, False),
        (None, None, False),
        (None, -1, False),
        (0, None, False),
    ],
)
def test_the_nurse_cannot_swap_the_two_pressures(
    systolic: int | None, diastolic: int | None, swapped: bool
) -> None:
    found = codes(vital_reasons(systolic, diastolic))
    assert found == (["pressures-swapped"] if swapped else [])


def test_the_nurse_reads_which_pressures_cannot_be() -> None:
    (reason,) = vital_reasons(80, 120)
    assert reason.sentence == "80/120 cannot be: the systolic pressure is the higher one."


@pytest.mark.parametrize(
    ("volume", "minutes", "drops_per_ml", "rate"),
    [("100", "60", 20, "33.3"), ("100", "30", 20, "66.7"), ("90", "60", 20, "30.0"),
     ("100", "60", 15, "25.0")],
)  # fmt: skip
def test_the_nurse_sets_the_drip_by_volume_span_and_set(
    volume: str, minutes: str, drops_per_ml: int, rate: str
) -> None:
    found = drops_per_minute(Millilitres(D(volume)), Minutes(D(minutes)), drops_per_ml)
    assert f"{found:.1f}" == rate


def test_the_nurse_reads_the_same_words_whatever_is_in_the_bag() -> None:
    assert not {"cells", "arm", "content", "viability"} & BagAtBedside.__dataclass_fields__.keys()
