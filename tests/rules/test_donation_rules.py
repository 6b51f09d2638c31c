"""The donor, the cord and all that descends from them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lims.core.quantities import Celsius, Minutes
from lims.core.reasons import Reason
from lims.donation import journey, rules
from lims.donation.journey import Journey, JourneyLimits
from lims.donation.rules import (
    CordStanding,
    DonorEvidence,
    DonorStanding,
    Finding,
    MarkerFacts,
    SpecimenOf,
    Upstream,
    WithdrawalScope,
)
from lims.instruments.rules import TemperatureRun
from lims.protocol.questions import Criterion, CriterionKind
from lims.protocol.sections import ConsentForm
from lims.supplies.rules import LotFacts, LotKind, LotStanding

BORN = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


@pytest.mark.parametrize("facts", [MarkerFacts, DonorEvidence, Upstream, Journey, JourneyLimits])
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(DonorStanding) == ["pending", "eligible", "ineligible", "withdrawn"]
    assert list(WithdrawalScope) == ["recontact", "research", "use", "destruction"]
    assert list(SpecimenOf) == ["mother", "cord"]
    assert list(Finding) == ["not_reactive", "reactive", "inconclusive"]
    assert {"use", "destruction"} == rules.STOPPING
    assert list(CordStanding) == ["received", "accepted", "used", "rejected"]


def test_cords_of_one_birth_are_collected_within_a_day() -> None:
    assert timedelta(hours=24) == rules.ONE_DONATION


# The donor

NO, YES, NOT_SURE = Finding.NOT_REACTIVE, Finding.REACTIVE, Finding.INCONCLUSIVE
HIV = MarkerFacts("HIV", SpecimenOf.MOTHER, BORN - WEEK, NO, "aiko")
HBV = MarkerFacts("HBV", SpecimenOf.MOTHER, BORN + WEEK, NO, "aiko")
CMV = MarkerFacts("CMV", SpecimenOf.MOTHER, BORN, YES, None)
FEVER = Criterion("fever", CriterionKind.NO, "Fever", "发热")
WEEKS = Criterion("weeks", CriterionKind.RANGE, "Weeks", "孕周", "weeks", "37-42", "20-45")
DONOR = DonorEvidence(
    consent_at=BORN, withdrawn=False, recovered_at=BORN, questions=(FEVER, WEEKS),
    answers={"fever": "no", "weeks": "39"}, answered=("fever", "weeks"), history_clear=True,
    is_asked=True, results=(HIV, HBV, CMV), required=("HIV", "HBV"), window_days=7,
)  # fmt: skip
EARLY = replace(HIV, specimen_at=BORN - WEEK - SECOND)
LATE = replace(HBV, specimen_at=BORN + WEEK + SECOND)
REACTIVE = replace(HIV, finding=YES)


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
        ({"is_asked": False}, ["no-history"]),
        ({"is_asked": False, "history_clear": False}, ["no-history", "history"]),
        ({"is_asked": False, "answers": {"fever": "yes"}}, ["no-history", "not-fever"]),
        ({"history_clear": False}, ["history"]),
        ({"results": (HIV, CMV)}, ["marker-missing"]),
        ({"results": ()}, ["marker-missing", "marker-missing"]),
        ({"withdrawn": True}, ["consent-withdrawn"]),
        ({"answered": ("weeks",)}, ["missing-fever"]),
        ({"answered": ()}, ["missing-fever", "missing-weeks"]),
        ({"answered": (), "history_clear": False}, ["missing-fever", "missing-weeks", "history"]),
        ({"answers": {"fever": "yes", "weeks": "39"}}, ["not-fever"]),
        ({"answers": {"fever": "no", "weeks": "36"}}, ["not-weeks"]),
        ({"results": (replace(HIV, specimen_of=SpecimenOf.CORD), HBV)}, ["marker-missing"]),
        ({"results": (replace(REACTIVE, specimen_of=SpecimenOf.CORD), HIV, HBV)}, ["reactive"]),
        (
            {"results": (replace(HIV, finding=NOT_SURE), HBV)},
            ["marker-missing", "marker-inconclusive"],
        ),
        ({"results": (replace(HIV, finding=NOT_SURE), HIV, HBV)}, []),
        ({"results": (replace(HIV, reviewed_by=None), HBV)}, ["marker-not-reviewed"]),
        ({"results": (replace(HIV, reviewed_by=None), HIV, HBV)}, ["marker-not-reviewed"]),
        ({"results": (replace(EARLY, reviewed_by=None), HIV, HBV)}, []),
        ({"results": (EARLY, HBV)}, ["marker-missing", "specimen-time"]),
        ({"results": (HIV, LATE)}, ["marker-missing", "specimen-time"]),
        ({"results": (HIV, EARLY, HBV)}, []),  # one in time suffices
        ({"results": (EARLY, HIV, HBV)}, []),
        ({"results": (HIV, HBV, replace(CMV, specimen_at=EARLY.specimen_at))}, []),
        ({"results": (REACTIVE, HBV)}, ["reactive"]),
        ({"results": (HIV, HBV, replace(EARLY, finding=YES))}, ["reactive"]),
        ({"results": (HIV, HBV, REACTIVE)}, ["reactive"]),
        ({"required": ("HIV", "HBV", "CMV")}, ["marker-not-reviewed", "reactive"]),
        ({"window_days": 8, "results": (EARLY, LATE)}, []),
        ({"window_days": 6}, ["marker-missing", "specimen-time"] * 2),
    ],
)
def test_qa_finds_a_donor_eligible_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.eligibility_blockers(replace(DONOR, **fact))) == found


def test_qa_reads_which_marker_and_how_many_days() -> None:
    old = replace(DONOR, results=(EARLY, replace(HBV, finding=YES)))
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
        ({"is_asked": False}, "The history is missing."),
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
        (DonorStanding.WITHDRAWN, (), "quinn", ["consent-withdrawn"]),
        (DonorStanding.PENDING, ("DV1",), "quinn", ["open-deviation"]),
        (DonorStanding.PENDING, ("DV1", "DV2"), "quinn", ["open-deviation", "open-deviation"]),
        (DonorStanding.PENDING, (), "tang", ["you-received-this-cord"]),
    ],
)
def test_qa_accepts_a_cord_that_somebody_else_received(
    standing: DonorStanding, deviations: tuple[str, ...], who: str, found: list[str]
) -> None:
    reasons = journey.acceptance_reasons(standing, deviations, "tang", who, has_temperature=True)
    assert codes(reasons) == found


def test_qa_reads_what_keeps_a_cord() -> None:
    found = journey.acceptance_reasons(
        DonorStanding.INELIGIBLE, ("DV26-7",), "tang", "tang", has_temperature=False
    )
    assert [reason.sentence for reason in found] == [
        "The donor is ineligible.",
        "No temperature of its way is known. Read the logger's file.",
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
        (donors(DonorStanding.WITHDRAWN), ["donor-withdrawn"], ["donor-withdrawn"]),
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
    assert codes(journey.journey_findings(replace(JOURNEY, **fact), LIMITS)) == found


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
    (reason,) = journey.journey_findings(replace(JOURNEY, **fact), LIMITS)
    assert reason.sentence == said


def test_the_technician_sees_that_a_minute_too_many_is_too_many() -> None:
    late = replace(JOURNEY, received_at=BORN + timedelta(hours=24, minutes=1))
    (reason,) = journey.journey_findings(late, LIMITS)
    hours, most = re.findall(r"\d+(?:\.\d+)?", reason.sentence)
    assert Decimal(hours) > Decimal(most)


def test_a_journey_of_which_no_temperature_was_read_is_late_or_not() -> None:
    unread = Journey(BORN, BORN + timedelta(hours=25), None, None)
    assert codes(journey.journey_findings(unread, LIMITS)) == ["transport-time"]


@pytest.mark.parametrize(
    ("lowest", "highest", "found"),
    [
        (None, None, []),
        ("3", "3", []),
        ("3", "4", []),
        ("4", "3", ["temperatures-swapped"]),
        ("3", None, ["one-temperature-alone"]),
        (None, "3", ["one-temperature-alone"]),
    ],
)
def test_two_temperatures_are_read_off_or_none(
    lowest: str | None, highest: str | None, found: list[str]
) -> None:
    low, high = (None if text is None else Celsius(Decimal(text)) for text in (lowest, highest))
    assert codes(journey.reading_reasons(low, high)) == found


def run(**other: Any) -> TemperatureRun:
    told = {"lowest": 2, "highest": 8, "kinetic": 5, "outside": 0, "silent": 20, "usual": 10}
    told |= other
    kinds = {"outside": Minutes, "silent": Minutes, "usual": Minutes}
    return TemperatureRun(**{n: kinds.get(n, Celsius)(Decimal(v)) for n, v in told.items()})


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({}, []),
        ({"lowest": "1.9"}, ["too-cold"]),
        ({"highest": "8.1"}, ["too-warm"]),
        ({"silent": "20.1"}, ["logger-silent"]),
        ({"lowest": 0, "highest": 9, "silent": 60}, ["too-cold", "too-warm", "logger-silent"]),
    ],
)
def test_a_loggers_file_says_what_was_out_of_limits(
    other: dict[str, Any], found: list[str]
) -> None:
    assert codes(journey.run_findings(run(**other), LIMITS)) == found


def test_the_technician_reads_how_long_a_logger_was_silent() -> None:
    (reason,) = journey.run_findings(run(silent="61.4"), LIMITS)
    assert reason.sentence == "The logger was silent for 61 min."


KIT = LotFacts(
    "LMM260000017", LotKind.MATERIAL, "Kit", "Bench", "S-1", "CoA", None, date(2026, 3, 2), None, None,
    LotStanding.RELEASED, True, "tian", BORN,
)  # fmt: skip


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({}, []),
        ({"standing": LotStanding.QUARANTINE}, ["kit-not-usable"]),
        ({"standing": LotStanding.HOLD}, ["kit-not-usable"]),
        ({"expires_on": date(2026, 3, 1)}, ["kit-not-usable"]),
    ],
)
def test_a_kit_is_released_and_lasts_to_the_day_of_the_collection(
    other: dict[str, Any], found: list[str]
) -> None:
    assert codes(journey.kit_findings([replace(KIT, **other)], date(2026, 3, 2))) == found


# Consent

FORM = ConsentForm("2.1", "I give", "本人", date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("version", "given_on", "found"),
    [
        ("2.1", date(2026, 1, 1), []),
        ("2.1", date(2026, 12, 31), []),
        ("2.1", date(2025, 12, 31), ["consent-form-not-valid"]),
        ("2.1", date(2027, 1, 1), ["consent-form-not-valid"]),
        ("2.0", date(2026, 5, 1), ["no-such-consent-form"]),
    ],
)
def test_a_consent_is_given_on_a_form_that_was_valid_on_that_day(
    version: str, given_on: date, found: list[str]
) -> None:
    assert codes(rules.consent_reasons([FORM], version, given_on)) == found


def test_the_technician_reads_which_forms_there_are_and_from_when_to_when() -> None:
    said = [r.sentence for r in rules.consent_reasons([FORM], "2.0", date(2026, 5, 1))]
    assert said == ["There is no consent form 2.0. The protocol has: 2.1."]
    assert codes(rules.consent_reasons([], "2.0", date(2026, 5, 1))) == ["no-such-consent-form"]
    old = replace(FORM, valid_until=None)
    assert rules.consent_reasons([old], "2.1", date(2099, 1, 1)) == []
    (reason,) = rules.consent_reasons([old], "2.1", date(2025, 1, 1))
    assert reason.sentence == "Form 2.1 is signed from 2026-01-01 to … only."


USE, DESTROY = WithdrawalScope.USE, WithdrawalScope.DESTRUCTION
RECONTACT = WithdrawalScope.RECONTACT


@pytest.mark.parametrize(
    ("standing", "before", "scope", "refused"),
    [
        (DonorStanding.ELIGIBLE, (), RECONTACT, False),
        (DonorStanding.ELIGIBLE, (RECONTACT,), RECONTACT, True),
        (DonorStanding.ELIGIBLE, (RECONTACT,), USE, False),
        (DonorStanding.INELIGIBLE, (), USE, False),
        (DonorStanding.WITHDRAWN, (USE,), USE, True),
        (DonorStanding.WITHDRAWN, (USE,), RECONTACT, True),
        (DonorStanding.WITHDRAWN, (USE,), DESTROY, False),
        (DonorStanding.WITHDRAWN, (DESTROY,), DESTROY, True),
        (DonorStanding.WITHDRAWN, (DESTROY,), USE, True),
    ],
)
def test_what_is_withdrawn_is_withdrawn_once_and_can_become_more(
    standing: DonorStanding,
    before: tuple[WithdrawalScope, ...],
    scope: WithdrawalScope,
    *,
    refused: bool,
) -> None:
    found = codes(rules.withdrawal_reasons(standing, before, scope))
    assert found == (["withdrawn-already"] if refused else [])


@pytest.mark.parametrize(
    ("entered_by", "unproved", "who", "found"),
    [
        (("ana",), (), "aiko", []),
        ((), (), "aiko", ["nothing-to-review"]),
        (("ana", "aiko"), (), "aiko", ["your-own-result"]),
        (("ana",), ("HIV", "HIV", "HBV"), "aiko", ["no-report", "no-report"]),
    ],
)
def test_markers_are_reviewed_by_somebody_else_against_their_report(
    entered_by: tuple[str, ...], unproved: tuple[str, ...], who: str, found: list[str]
) -> None:
    assert codes(rules.review_reasons(entered_by, unproved, who)) == found


DUE = BORN + timedelta(days=180)


@pytest.mark.parametrize(
    ("recovered", "after", "drawn", "due"),
    [
        (BORN, 180, (), DUE),
        (None, 180, (), None),
        (BORN, 0, (), None),
        (BORN, 180, (BORN,), DUE),
        (BORN, 180, (DUE - WEEK,), None),
        (BORN, 180, (DUE - WEEK - SECOND,), DUE),
        (BORN, 180, (DUE + WEEK,), None),
    ],
)
def test_her_markers_are_repeated_half_a_year_later(
    recovered: datetime | None, after: int, drawn: tuple[datetime, ...], due: datetime | None
) -> None:
    assert rules.repeat_due(recovered, after, drawn, 7) == due
