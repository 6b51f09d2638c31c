"""The donor, the cord and all that descends from them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lims.core.quantities import Celsius
from lims.core.reasons import Reason
from lims.donation import rules
from lims.donation.rules import (
    CordStanding,
    DonorEvidence,
    DonorStanding,
    Journey,
    JourneyLimits,
    MarkerFacts,
    Upstream,
)
from lims.supplies.rules import LotStanding

BORN = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


@pytest.mark.parametrize("facts", [MarkerFacts, DonorEvidence, Upstream, Journey, JourneyLimits])
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(DonorStanding) == ["pending", "eligible", "ineligible"]
    assert list(CordStanding) == ["received", "accepted", "used", "rejected"]


def test_cords_of_one_birth_are_collected_within_a_day() -> None:
    assert timedelta(hours=24) == rules.ONE_DONATION


# The donor

HIV, HBV = MarkerFacts("HIV", BORN - WEEK, False), MarkerFacts("HBV", BORN + WEEK, False)
CMV = MarkerFacts("CMV", BORN, True)
DONOR = DonorEvidence(
    consent_at=BORN, recovered_at=BORN, history_clear=True, results=(HIV, HBV, CMV),
    required=("HIV", "HBV"), window_days=7,
)  # fmt: skip
EARLY = replace(HIV, specimen_at=BORN - WEEK - SECOND)
LATE = replace(HBV, specimen_at=BORN + WEEK + SECOND)
REACTIVE = replace(HIV, reactive=True)


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"results": (HIV, HBV)}, []),
        ({"recovered_at": None}, ["no-cord"]),
        ({"recovered_at": None, "results": (EARLY, LATE)}, ["no-cord"]),
        ({"consent_at": BORN - SECOND}, []),
        ({"consent_at": BORN + SECOND}, ["consent-late"]),
        ({"consent_at": BORN + SECOND, "recovered_at": None}, ["no-cord"]),
        ({"history_clear": None}, ["no-history"]),
        ({"history_clear": False}, ["history"]),
        ({"results": (HIV, CMV)}, ["marker-missing"]),
        ({"results": ()}, ["marker-missing", "marker-missing"]),
        ({"results": (EARLY, HBV)}, ["marker-missing", "specimen-time"]),
        ({"results": (HIV, LATE)}, ["marker-missing", "specimen-time"]),
        ({"results": (HIV, EARLY, HBV)}, []),  # one in time suffices
        ({"results": (EARLY, HIV, HBV)}, []),
        ({"results": (HIV, HBV, replace(CMV, specimen_at=EARLY.specimen_at))}, []),
        ({"results": (REACTIVE, HBV)}, ["reactive"]),
        ({"results": (HIV, HBV, replace(EARLY, reactive=True))}, ["reactive"]),
        ({"results": (HIV, HBV, REACTIVE)}, ["reactive"]),
        ({"required": ("HIV", "HBV", "CMV")}, ["reactive"]),
        ({"window_days": 8, "results": (EARLY, LATE)}, []),
        ({"window_days": 6}, ["marker-missing"] * 2 + ["specimen-time"] * 2),
    ],
)
def test_qa_finds_a_donor_eligible_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.eligibility_blockers(replace(DONOR, **fact))) == found


def test_qa_reads_which_marker_and_how_many_days() -> None:
    old = replace(DONOR, results=(EARLY, replace(HBV, reactive=True)))
    assert [reason.sentence for reason in rules.eligibility_blockers(old)] == [
        "No valid result for HIV.",
        "HIV: the specimen is more than 7 days from recovery.",
        "HBV is reactive.",
    ]


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"recovered_at": None}, "No cord was received from this donor."),
        ({"consent_at": BORN + SECOND}, "Consent was given after the cord was recovered."),
        ({"history_clear": None}, "The history is missing."),
        ({"history_clear": False}, "The history has a finding that excludes."),
    ],
)
def test_qa_reads_what_a_donor_lacks(fact: dict[str, Any], said: str) -> None:
    (reason,) = rules.eligibility_blockers(replace(DONOR, **fact))
    assert reason.sentence == said


# The cord


@pytest.mark.parametrize(
    ("standing", "deviations", "who", "found"),
    [
        (DonorStanding.PENDING, (), "quinn", []),
        (DonorStanding.PENDING, (), "wang", []),
        (DonorStanding.ELIGIBLE, (), "quinn", []),
        (DonorStanding.INELIGIBLE, (), "quinn", ["donor-ineligible"]),
        (DonorStanding.PENDING, ("DV1",), "quinn", ["open-deviation"]),
        (DonorStanding.PENDING, ("DV1", "DV2"), "quinn", ["open-deviation", "open-deviation"]),
        (DonorStanding.PENDING, (), "tang", ["you-received-this-cord"]),
    ],
)
def test_qa_accepts_a_cord_that_somebody_else_received(
    standing: DonorStanding, deviations: tuple[str, ...], who: str, found: list[str]
) -> None:
    assert codes(rules.acceptance_reasons(standing, deviations, "tang", who)) == found


def test_qa_reads_what_keeps_a_cord() -> None:
    found = rules.acceptance_reasons(DonorStanding.INELIGIBLE, ("DV26-7",), "tang", "tang")
    assert [reason.sentence for reason in found] == [
        "The donor is ineligible.",
        "Deviation DV26-7 is open.",
        "Who received the cord does not accept it.",
    ]


# What stands upstream


def lots(*standings: LotStanding) -> Upstream:
    return Upstream([(f"L{n}", "Saline", standing) for n, standing in enumerate(standings)], (), ())


def donors(*standings: DonorStanding) -> Upstream:
    return Upstream((), [(f"D{n}", standing) for n, standing in enumerate(standings)], ())


@pytest.mark.parametrize(
    ("upstream", "worked_on", "settled"),
    [
        (Upstream((), (), ()), [], []),
        (lots(LotStanding.QUARANTINE), [], []),
        (lots(LotStanding.RELEASED), [], []),
        (lots(LotStanding.HOLD), ["ancestor-hold"], ["ancestor-hold"]),
        (lots(LotStanding.RECALLED), ["ancestor-recalled"], ["ancestor-recalled"]),
        (lots(LotStanding.REJECTED), ["ancestor-rejected"], ["ancestor-rejected"]),
        (lots(LotStanding.RELEASED, LotStanding.HOLD), ["ancestor-hold"], ["ancestor-hold"]),
        (donors(DonorStanding.ELIGIBLE), [], []),
        (donors(DonorStanding.PENDING), [], ["donor-pending"]),
        (donors(DonorStanding.INELIGIBLE), ["donor-ineligible"], ["donor-ineligible"]),
        (
            donors(DonorStanding.ELIGIBLE, DonorStanding.INELIGIBLE),
            ["donor-ineligible"],
            ["donor-ineligible"],
        ),
        (Upstream((), (), ("C1",)), [], ["donation-pending"]),
        (Upstream((), (), ("C1", "C2")), [], ["donation-pending", "donation-pending"]),
    ],
)
def test_trouble_upstream_stops_work_and_what_is_undecided_stops_release(
    upstream: Upstream, worked_on: list[str], settled: list[str]
) -> None:
    assert codes(rules.upstream_reasons(upstream, settled=False)) == worked_on
    assert codes(rules.upstream_reasons(upstream, settled=True)) == settled


def test_the_technician_reads_what_stands_upstream() -> None:
    found = Upstream(
        [("LMT260001", "Saline", LotStanding.HOLD)], [("D7", DonorStanding.PENDING)], ["C9"]
    )
    assert [reason.sentence for reason in rules.upstream_reasons(found, settled=True)] == [
        "Saline LMT260001 is in hold.",
        "Donor D7 is pending.",
        "The donation of cord C9 is not decided upon.",
    ]


# The journey

LIMITS = JourneyLimits(hours=24, lowest=Celsius(Decimal(2)), highest=Celsius(Decimal(8)))
JOURNEY = Journey(BORN, BORN + timedelta(hours=24), LIMITS.lowest, LIMITS.highest)


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"received_at": BORN + timedelta(hours=24) - SECOND}, []),
        ({"received_at": BORN + timedelta(hours=24) + SECOND}, ["transport-time"]),
        ({"lowest": Celsius(Decimal("2.1"))}, []),
        ({"lowest": Celsius(Decimal("1.9"))}, ["too-cold"]),
        ({"highest": Celsius(Decimal("7.9"))}, []),
        ({"highest": Celsius(Decimal("8.1"))}, ["too-warm"]),
    ],
)
def test_the_technician_notes_what_was_out_of_limits_on_the_way(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.journey_findings(replace(JOURNEY, **fact), LIMITS)) == found


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"received_at": BORN + timedelta(hours=30, minutes=30)},
         "30.5 h on the way; at most 24 h."),
        ({"received_at": BORN + timedelta(hours=1000)}, "1000.0 h on the way; at most 24 h."),
        ({"lowest": Celsius(Decimal("1.9"))}, "Lowest 1.9 °C; not below 2 °C."),
        ({"highest": Celsius(Decimal("8.1"))}, "Highest 8.1 °C; not above 8 °C."),
    ],
)  # fmt: skip
def test_the_technician_reads_by_how_much(fact: dict[str, Any], said: str) -> None:
    (reason,) = rules.journey_findings(replace(JOURNEY, **fact), LIMITS)
    assert reason.sentence == said


def test_the_technician_sees_that_a_minute_too_many_is_too_many() -> None:
    late = replace(JOURNEY, received_at=BORN + timedelta(hours=24, minutes=1))
    (reason,) = rules.journey_findings(late, LIMITS)
    hours, most = re.findall(r"\d+(?:\.\d+)?", reason.sentence)
    assert Decimal(hours) > Decimal(most)
