"""Who may take part, what a weight is worth, who is fit, and what an order needs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims.core.days import Moment
from lims.core.quantities import Hours, Kilograms
from lims.core.reasons import Reason
from lims.protocol import criteria
from lims.protocol.questions import Computed, Criterion, CriterionKind
from lims.trial import rules, windows
from lims.trial.rules import (
    CancelEvidence,
    FitnessFacts,
    OrderEvidence,
    OrderLimits,
    ParticipantStanding,
    Sex,
    WeighingStanding,
)
from lims.trial.windows import (
    DeviationEvidence,
    WardDeviationKind,
    Window,
    deviation_reasons,
    visits_in,
)

D = Decimal
P = ParticipantStanding
W = WeighingStanding
NOW = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
SLOT = NOW + timedelta(minutes=180)  # half past midnight of 3 March in Shanghai
AT = Moment(NOW, ZoneInfo("Asia/Shanghai"))
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def sentences(reasons: list[Reason]) -> list[str]:
    return [reason.sentence for reason in reasons]


@pytest.mark.parametrize(
    "facts", [FitnessFacts, Window, OrderEvidence, OrderLimits, CancelEvidence]
)  # fmt: skip
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(P) == ["screening", "eligible", "not_eligible", "randomised", "withdrawn"]
    assert list(W) == ["open", "confirmed", "disagreed", "unlikely"]
    assert list(Sex) == ["female", "male"]
    assert {CriterionKind.RANGE, CriterionKind.MEASURE} == criteria.NUMBERS


# What the program knows itself


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        ("1980-06-15", "2026-06-14", 45),
        ("1980-06-15", "2026-06-15", 46),
        ("1980-06-15", "2026-06-16", 46),
        ("1980-06-15", "2026-05-31", 45),
        ("1980-06-15", "2026-07-01", 46),
        ("2000-02-29", "2026-02-28", 25),
        ("2000-02-29", "2026-03-01", 26),
        ("2000-02-29", "2028-02-29", 28),
        ("2026-03-02", "2026-03-02", 0),
    ],
)
def test_a_participant_is_as_old_as_their_completed_years(born: str, day: str, years: int) -> None:
    assert criteria.years_between(date.fromisoformat(born), date.fromisoformat(day)) == years


HEIGHT = Criterion("height", CriterionKind.MEASURE, "Height", "身高", "cm", possible="120-230")
WEIGHT = Criterion("weight", CriterionKind.MEASURE, "Weight", "体重", "kg", possible="30-250")
INSULIN = replace(WEIGHT, code="daily-insulin", text="Insulin a day", unit="U", possible="0-400")
AGE = Criterion(
    "age", CriterionKind.RANGE, "Age", "年龄", "years", limit="20-65", computed=Computed.AGE
)
BMI = replace(
    AGE, code="bmi", text="Body-mass index", unit="kg/m²", limit="24.0-40.0", computed=Computed.BMI
)
PER_KG = replace(
    AGE, code="insulin", text="Insulin", unit="U/kg/day", limit="0.5-1.0", computed=Computed.PER_KG
)
HBA1C = Criterion("hba1c", CriterionKind.RANGE, "HbA1c", "糖", "%", "7.0-12.0", possible="3-25")
WILLING = Criterion("willing", CriterionKind.YES, "Willing", "自愿")
TUMOUR = Criterion("tumour", CriterionKind.NO, "Tumour", "肿瘤")
CRITERIA = (HEIGHT, WEIGHT, INSULIN, AGE, BMI, PER_KG, HBA1C, WILLING, TUMOUR)
BORN, TODAY = date(1980, 6, 15), date(2026, 3, 2)


def computed(answers: Mapping[str, str]) -> dict[str, str]:
    return criteria.computed_answers(CRITERIA, answers, BORN, TODAY)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, {"age": "45"}),
        ({"height": "170", "weight": "72.5"}, {"age": "45", "bmi": "25.086505"}),
        ({"daily-insulin": "50", "weight": "72.5"}, {"age": "45", "insulin": "0.689655"}),
        ({"daily-insulin": "0", "weight": "72.5"}, {"age": "45", "insulin": "0.000000"}),
        ({"height": "170", "daily-insulin": "50"}, {"age": "45"}),
        ({"height": "0", "weight": "72.5"}, {"age": "45"}),
        ({"daily-insulin": "50", "weight": "0"}, {"age": "45"}),
        ({"daily-insulin": "", "weight": "72.5"}, {"age": "45"}),
        ({"height": "tall", "weight": "72.5"}, {"age": "45"}),
        ({"height": "173.2", "weight": "90", "daily-insulin": "40", "hba1c": "8"},
         {"age": "45", "bmi": "30.001760", "insulin": "0.444444"}),
    ],
)  # fmt: skip
def test_the_investigator_is_not_asked_what_can_be_computed(
    answers: dict[str, str], found: dict[str, str]
) -> None:
    assert computed(answers) == found


def test_a_missing_measure_keeps_no_later_figure_from_being_computed() -> None:
    found = criteria.computed_answers((BMI, PER_KG, WILLING, AGE), {}, BORN, TODAY)
    assert found == {"age": "45"}


# Which answers can be taken

MEASURED = {"height": "170", "weight": "72.5", "daily-insulin": "50"}


def answered(*given: tuple[str, str]) -> list[Reason]:
    return criteria.answer_reasons(CRITERIA, given, computed(MEASURED))


@pytest.mark.parametrize(
    ("code", "value", "found"),
    [
        ("height", "120", []),
        ("height", "230", []),
        ("height", "119.9", ["impossible"]),
        ("height", "230.1", ["impossible"]),
        ("height", "", ["unreadable-height"]),
        ("height", "1,70", ["unreadable-height"]),
        ("hba1c", "3", []),
        ("hba1c", "25", []),
        ("hba1c", "2.9", ["impossible"]),
        ("hba1c", "8e0", ["unreadable-hba1c"]),
        ("willing", "yes", []),
        ("willing", "no", []),
        ("willing", "Yes", ["unreadable-willing"]),
        ("willing", "", ["unreadable-willing"]),
        ("tumour", "no", []),
        ("tumour", "yes", []),
        ("tumour", "0", ["unreadable-tumour"]),
        ("smoker", "no", ["unknown-criterion"]),
        ("age", "45", []),
        ("age", "45.0", []),
        ("age", "44", ["differs-age"]),
        ("age", "46", ["differs-age"]),
        ("age", "45.5", ["differs-age"]),
        ("age", "old", ["unreadable-age"]),
        ("bmi", "25", []),
        ("bmi", "25.1", []),
        ("bmi", "25.09", []),
        ("bmi", "25.087", []),
        ("bmi", "25.08650519", ["differs-bmi"]),
        ("bmi", "26", ["differs-bmi"]),
        ("bmi", "25.0", ["differs-bmi"]),
        ("bmi", "25.2", ["differs-bmi"]),
        ("insulin", "0.7", []),
        ("insulin", "0.6", ["differs-insulin"]),
    ],
)
def test_the_investigator_enters_only_what_can_be(code: str, value: str, found: list[str]) -> None:
    assert codes(answered((code, value))) == found


def test_the_investigator_rounds_a_half_upwards() -> None:
    known = {"bmi": "24.950000"}
    assert criteria.answer_reasons((BMI,), [("bmi", "25.0")], known) == []
    assert codes(criteria.answer_reasons((BMI,), [("bmi", "24.9")], known)) == ["differs-bmi"]


def test_the_investigator_answers_nothing_twice() -> None:
    given = [("willing", "yes"), ("tumour", "no"), ("willing", "yes"), ("tumour", "no")]
    found = criteria.answer_reasons(CRITERIA, [*given, ("hba1c", "8")], {})
    assert codes(found) == ["answered-twice", "answered-twice"]
    assert sentences(found) == ["tumour is answered twice.", "willing is answered twice."]


def test_the_investigator_reads_every_answer_that_cannot_be_taken() -> None:
    given = [("smoker", "no"), ("height", "1,70"), ("willing", "?"), ("hba1c", "80"), ("bmi", "26")]
    assert sentences(answered(*given)) == [
        "smoker is not a criterion of this protocol.",
        "Height: not a number. A decimal comma: write 1.70.",
        "Willing: choose yes or no.",
        "HbA1c is 3 to 25 %; 80 cannot be.",
        "Body-mass index: 26 was entered, 25 kg/m² is computed.",
    ]
    (missing,) = criteria.answer_reasons(CRITERIA, [("bmi", "26")], {})
    assert missing == Reason(
        "not-computed-bmi", "Body-mass index: enter what it is computed from."
    )  # fmt: skip


# Who may take part

ANSWERS = {
    "height": "170", "weight": "72.5", "daily-insulin": "50", "age": "45", "bmi": "25.086505",
    "insulin": "0.689655", "hba1c": "8.0", "willing": "yes", "tumour": "no",
}  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"age": "20"}, []),
        ({"age": "65"}, []),
        ({"age": "19"}, ["not-age"]),
        ({"age": "66"}, ["not-age"]),
        ({"bmi": "24.000000"}, []),
        ({"bmi": "40.000000"}, []),
        ({"bmi": "23.999999"}, ["not-bmi"]),
        ({"bmi": "40.000001"}, ["not-bmi"]),
        ({"insulin": "0.499999"}, ["not-insulin"]),
        ({"insulin": "1.000001"}, ["not-insulin"]),
        ({"hba1c": "7.0"}, []),
        ({"hba1c": "6.99"}, ["not-hba1c"]),  # never rounded up to what is met
        ({"hba1c": "12.04"}, ["not-hba1c"]),
        ({"hba1c": "high"}, ["unreadable-hba1c"]),
        ({"hba1c": "NaN"}, ["unreadable-hba1c"]),
        ({"willing": "no"}, ["not-willing"]),
        ({"willing": ""}, ["missing-willing"]),
        ({"tumour": "yes"}, ["not-tumour"]),
        ({"height": "999"}, []),
        ({"height": ""}, ["missing-height"]),
        ({"tumour": "yes", "age": "66"}, ["not-age", "not-tumour"]),
    ],
)
def test_who_takes_part_meets_every_criterion(fact: dict[str, str], found: list[str]) -> None:
    assert codes(criteria.eligibility_reasons(CRITERIA, ANSWERS | fact)) == found


@pytest.mark.parametrize("code", ANSWERS)
def test_who_takes_part_answers_every_criterion(code: str) -> None:
    some = {name: value for name, value in ANSWERS.items() if name != code}
    assert codes(criteria.eligibility_reasons(CRITERIA, some)) == [f"missing-{code}"]


def test_a_limit_that_cannot_be_read_is_met_by_nobody() -> None:
    odd = replace(HBA1C, limit="about 8")
    assert codes(criteria.eligibility_reasons((odd,), ANSWERS)) == ["unreadable-hba1c"]


def test_the_investigator_reads_which_criterion_is_not_met() -> None:
    answers = ANSWERS | {"age": "66", "hba1c": "?", "willing": "no", "tumour": ""}
    assert sentences(criteria.eligibility_reasons(CRITERIA, answers)) == [
        "Age: 66 years, must be 20-65.",
        "HbA1c: not a number.",
        "Willing: no, must be yes.",
        "Tumour: no answer.",
    ]


# Weights


@pytest.mark.parametrize(
    ("before", "now", "unlikely"),
    [
        (None, "72.5", False),
        ("80", "80", False),
        ("80", "92.0", False),
        ("80", "92.1", True),
        ("80", "91.9", False),
        ("80", "68.0", False),
        ("80", "67.9", True),
        ("80", "68.1", False),
        ("72.5", "725", True),
    ],
)
def test_a_weight_far_from_the_last_one_needs_a_third_look(
    before: str | None, now: str, unlikely: bool
) -> None:
    last = Kilograms(D(before)) if before else None
    assert rules.is_unlikely(last, Kilograms(D(now)), D(15)) is unlikely


@pytest.mark.parametrize(
    ("newest", "said"),
    [
        (None, {}),
        (W.CONFIRMED, {}),
        (W.OPEN, {"weight-open": "A second person has not entered the weight yet."}),
        (W.DISAGREED,
         {"weight-disagreed": "Two people found different weights. Both weigh again."}),
        (W.UNLIKELY, {"weight-unlikely": "The weight is far from the last one. Weigh a third"
                      " time, or the investigator signs the reason."}),
    ],
)  # fmt: skip
def test_nobody_gives_by_a_weight_that_is_not_settled(
    newest: WeighingStanding | None, said: dict[str, str]
) -> None:
    assert {r.code: r.sentence for r in rules.settled_reasons(newest)} == said


# Fitness


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, ["not-fit"]),
        (FitnessFacts(True, NOW), []),
        (FitnessFacts(False, NOW), ["not-fit"]),
        (FitnessFacts(True, NOW - timedelta(hours=24)), []),
        (FitnessFacts(True, NOW - timedelta(hours=24) - SECOND), ["fitness-old"]),
        (FitnessFacts(True, NOW - timedelta(hours=24) + SECOND), []),
        (FitnessFacts(True, NOW, NOW - SECOND), []),
        (FitnessFacts(True, NOW, NOW), ["not-fit"]),
        (FitnessFacts(True, NOW, NOW + SECOND), ["not-fit"]),
        (FitnessFacts(False, NOW, NOW - SECOND), ["not-fit"]),
        (FitnessFacts(False, NOW - 9 * DAY), ["not-fit"]),
    ],
)
def test_fitness_holds_if_it_was_signed_lately_and_nothing_undid_it(
    found: FitnessFacts | None, expected: list[str]
) -> None:
    assert codes(rules.fitness_reasons(found, NOW, Hours(D(24)))) == expected
    assert found is None or found.holds is (expected != ["not-fit"])


def test_fitness_is_as_old_as_it_is_when_the_infusion_is_given() -> None:
    signed, half = FitnessFacts(True, NOW), Hours(D("0.5"))
    assert rules.fitness_reasons(signed, NOW + timedelta(minutes=30), half) == []
    late = rules.fitness_reasons(signed, NOW + timedelta(minutes=31), half)
    assert codes(late) == ["fitness-old"]


def test_the_nurse_reads_why_fitness_does_not_hold() -> None:
    said = [
        *rules.fitness_reasons(None, NOW, Hours(D(24))),
        *rules.fitness_reasons(FitnessFacts(False, NOW), NOW, Hours(D(24))),
        *rules.fitness_reasons(FitnessFacts(True, NOW - DAY), NOW, Hours(D("23.5"))),
    ]
    undone = "The participant is not fit for it: the newest word of an investigator, or an event"
    assert sentences(said) == [
        "No investigator has signed that the participant is fit for it.",
        f"{undone} after it.",
        "Fitness was signed more than 23.5 h before. The investigator signs anew.",
    ]


# Windows and gaps

WINDOW = Window(date(2026, 2, 27), date(2026, 3, 2), date(2026, 3, 5))


@pytest.mark.parametrize(
    ("visit", "first", "due", "last"),
    [
        (1, "2025-12-29", "2026-01-01", "2026-01-04"),
        (2, "2026-01-26", "2026-01-29", "2026-02-01"),
        (3, "2026-02-23", "2026-02-26", "2026-03-01"),
    ],
)
def test_a_visit_is_due_whole_intervals_after_the_first_infusion(
    visit: int, first: str, due: str, last: str
) -> None:
    found = windows.visit_window(date(2026, 1, 1), visit, 28, 3)
    assert found == Window(*(date.fromisoformat(day) for day in (first, due, last)))


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-02-26", ["too-early"]),
        ("2026-02-27", []),
        ("2026-03-02", []),
        ("2026-03-05", []),
        ("2026-03-06", ["too-late"]),
    ],
)
def test_a_participant_comes_on_a_day_of_the_window(day: str, found: list[str]) -> None:
    on = date.fromisoformat(day)
    assert codes(windows.window_reasons(WINDOW, on)) == found
    assert WINDOW.holds(on) is (not found)
    assert windows.window_reasons(None, on) == []


def test_the_nurse_reads_the_days_of_the_window() -> None:
    span = "too {} for this infusion: its window is 2026-02-27 to 2026-03-05."
    for day, word in ((date(2026, 2, 1), "early"), (date(2026, 4, 1), "late")):
        (reason,) = windows.window_reasons(WINDOW, day)
        assert reason.sentence == span.format(word).capitalize()


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (None, []),
        ("2026-02-04", []),
        ("2026-02-05", []),  # 25 days
        ("2026-02-06", ["too-close"]),  # 24 days
        ("2026-03-02", ["too-close"]),
    ],
)
def test_two_infusions_are_never_too_close(last: str | None, found: list[str]) -> None:
    before = date.fromisoformat(last) if last else None
    assert codes(windows.gap_reasons(before, date(2026, 3, 2), 25)) == found


def test_the_nurse_reads_how_many_days_lie_between() -> None:
    (reason,) = windows.gap_reasons(date(2026, 2, 6), date(2026, 3, 2), 25)
    assert reason.sentence == "Only 24 days after the last infusion; at least 25."


# Signing for the next visit


@pytest.mark.parametrize(
    ("visit", "next_visit", "said"),
    [
        (2, 2, []),
        (1, 2, ["Infusion 2 is next."]),
        (3, 2, ["Infusion 2 is next."]),
        (2, 1, ["Infusion 1 is next."]),
        (3, None, ["All infusions were given."]),
    ],
)
def test_what_is_done_for_an_infusion_is_done_for_the_next_one(
    visit: int, next_visit: int | None, said: list[str]
) -> None:
    for found in (
        rules.next_visit_reasons(visit, next_visit),
        rules.signing_reasons(P.RANDOMISED, visit, next_visit, None, TODAY),
    ):
        assert sentences(found) == said
        assert codes(found) == ["not-next-visit"] * len(said)


@pytest.mark.parametrize("standing", P)
def test_fitness_is_signed_for_randomised_participants_only(standing: P) -> None:
    found = rules.signing_reasons(standing, 2, 2, None, TODAY)
    words = standing.value.replace("_", " ")
    refused = [Reason("not-randomised", f"The participant is {words}.")]
    assert found == ([] if standing is P.RANDOMISED else refused)


@pytest.mark.parametrize(
    ("opens_on", "found"),
    [(None, []), (TODAY - DAY, []), (TODAY, []), (TODAY + DAY, ["too-early"])],
)
def test_fitness_is_not_signed_before_its_day(opens_on: date | None, found: list[str]) -> None:
    reasons = rules.signing_reasons(P.RANDOMISED, 2, 2, opens_on, TODAY)
    assert codes(reasons) == found
    assert sentences(reasons) == ["Fitness for this infusion is signed from 2026-03-03 on."] * len(
        found
    )


# The order

ORDER = OrderEvidence(
    standing=P.RANDOMISED, paused=False, visit=2, infusions=3, done_visits=frozenset({1}),
    weighed_at=SLOT - timedelta(hours=24), newest_weighing=W.CONFIRMED,
    fitness=FitnessFacts(True, SLOT - timedelta(hours=12)),
    window=Window(date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 9)),
    last_infusion=date(2026, 2, 6), has_order=False,
)  # fmt: skip
LIMITS = OrderLimits(180, Hours(D(24)), Hours(D(12)), 25)


def blocked(
    slot: datetime = SLOT, at: Moment = AT, limits: OrderLimits = LIMITS, **fact: Any
) -> list[Reason]:
    return rules.order_blockers(replace(ORDER, **fact), slot, at, limits)


def done(*visits: int) -> frozenset[int]:
    return frozenset(visits)


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"paused": True}, ["trial-paused"]),
        ({"visit": 0}, ["no-such-visit"]),
        ({"visit": -1}, ["no-such-visit"]),
        ({"visit": 1, "done_visits": done()}, []),
        ({"visit": 1}, ["visit-done"]),
        ({"visit": 2, "done_visits": done()}, ["visit-order"]),
        ({"visit": 2, "done_visits": done(1, 2)}, ["visit-done"]),
        ({"visit": 3}, ["visit-order"]),
        ({"visit": 3, "done_visits": done(2)}, ["visit-order"]),
        ({"visit": 3, "done_visits": done(1, 2)}, []),
        ({"visit": 4, "done_visits": done(1, 2, 3)}, ["no-such-visit"]),
        ({"infusions": 2}, []),
        ({"infusions": 1}, ["no-such-visit"]),
        ({"weighed_at": None}, ["no-weight"]),
        ({"weighed_at": SLOT - timedelta(hours=24) - SECOND}, ["no-weight"]),
        ({"weighed_at": SLOT - timedelta(hours=24) + SECOND}, []),
        ({"newest_weighing": W.OPEN}, ["weight-open"]),
        ({"newest_weighing": W.DISAGREED}, ["weight-disagreed"]),
        ({"newest_weighing": W.UNLIKELY}, ["weight-unlikely"]),
        ({"newest_weighing": None}, []),
        ({"fitness": None}, ["not-fit"]),
        ({"fitness": FitnessFacts(True, SLOT - timedelta(hours=12) - SECOND)}, ["fitness-old"]),
        ({"window": None}, []),
        ({"window": Window(date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 10))}, ["too-early"]),
        ({"window": Window(date(2026, 2, 25), date(2026, 2, 28), date(2026, 3, 3))}, []),
        ({"window": Window(date(2026, 2, 24), date(2026, 2, 27), date(2026, 3, 2))}, ["too-late"]),
        ({"last_infusion": None}, []),
        ({"last_infusion": date(2026, 2, 7)}, ["too-close"]),
        ({"has_order": True}, ["has-order"]),
    ],
)
def test_the_nurse_orders_an_infusion_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(blocked(**fact)) == found


@pytest.mark.parametrize("standing", P)
def test_the_nurse_orders_for_randomised_participants_only(standing: P) -> None:
    words = standing.value.replace("_", " ")
    refused = [Reason("not-randomised", f"The participant is {words}.")]
    assert blocked(standing=standing) == ([] if standing is P.RANDOMISED else refused)


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"lead_minutes": 181}, ["slot-too-soon"]),
        ({"lead_minutes": 179}, []),
        ({"weight_hours": Hours(D("23.9"))}, ["no-weight"]),
        ({"weight_hours": Hours(D("24.1"))}, []),
        ({"fitness_hours": Hours(D("11.9"))}, ["fitness-old"]),
        ({"fitness_hours": Hours(D("12.1"))}, []),
        ({"min_gap_days": 26}, ["too-close"]),
        ({"min_gap_days": 24}, []),
    ],
)
def test_the_nurse_orders_within_what_the_protocol_asks(
    limits: dict[str, Any], found: list[str]
) -> None:
    assert codes(blocked(limits=replace(LIMITS, **limits))) == found


@pytest.mark.parametrize(
    ("later", "found"), [(SECOND, ["slot-too-soon"]), (-SECOND, []), (-DAY, [])]
)
def test_the_nurse_leaves_the_laboratory_its_time(later: timedelta, found: list[str]) -> None:
    assert codes(blocked(at=Moment(NOW + later, AT.zone))) == found


def test_the_slot_is_judged_on_the_sites_day() -> None:
    window = Window(date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 2))
    assert codes(blocked(window=window)) == ["too-late"]
    new_york = Moment(NOW, ZoneInfo("America/New_York"))
    assert blocked(at=new_york, window=window, last_infusion=None) == []
    assert codes(blocked(at=new_york)) == ["too-early", "too-close"]


def test_the_nurse_reads_each_reason_against_an_order() -> None:
    found = blocked(
        at=Moment(NOW + SECOND, AT.zone), paused=True, visit=4, weighed_at=None, has_order=True,
        done_visits=done(4),
    )  # fmt: skip
    assert sentences(found) == [
        "The trial is paused.",
        "The protocol has infusions 1 to 3.",
        "This infusion was given already.",
        "An earlier infusion was not given.",
        "There is no weight that two people agree on for then.",
        "This infusion is ordered already.",
        "The laboratory needs 180 minutes: not before 2026-03-03 00:30 +08:00.",
    ]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (CancelEvidence(False, False), {}),
        (CancelEvidence(True, False),
         {"bag-on-its-way": "The bag is on its way. Return it instead."}),
        (CancelEvidence(False, True), {"infused": "This infusion was given."}),
    ],
)  # fmt: skip
def test_the_nurse_cancels_only_what_was_neither_sent_nor_given(
    known: CancelEvidence, said: dict[str, str]
) -> None:
    assert {r.code: r.sentence for r in rules.cancel_reasons(known)} == said


# Late and missed infusions

K = WardDeviationKind
KNOWN = DeviationEvidence(
    True, 2, Window(date(2026, 3, 3), date(2026, 3, 6), date(2026, 3, 9)), 7, False
)


@pytest.mark.parametrize(
    ("kind", "visit", "known", "day", "found"),
    [
        (K.LATE, 2, {}, "2026-03-02", ["window-to-come"]),
        (K.LATE, 2, {}, "2026-03-03", []),
        (K.LATE, 2, {}, "2026-03-16", []),
        (K.LATE, 2, {}, "2026-03-17", ["too-late-for-late"]),
        (K.LATE, 2, {"late_days": 0}, "2026-03-09", ["never-late"]),
        (K.LATE, 2, {"late_days": 0}, "2026-03-10", ["too-late-for-late", "never-late"]),
        (K.LATE, 2, {"has_order": True}, "2026-03-10", []),
        (K.LATE, 3, {}, "2026-03-10", ["not-next-visit"]),
        (K.LATE, None, {}, "2026-03-10", ["not-next-visit"]),
        (K.LATE, 2, {"next_visit": None}, "2026-03-10", ["not-next-visit"]),
        (K.LATE, 2, {"window": None}, "2026-03-10", ["no-window"]),
        (K.MISSED, 2, {}, "2026-03-09", ["window-open"]),
        (K.MISSED, 2, {}, "2026-03-10", []),
        (K.MISSED, 2, {}, "2027-03-10", []),
        (K.MISSED, 2, {"has_order": True}, "2026-03-10", ["order-to-cancel"]),
        (K.MISSED, 1, {}, "2026-03-10", ["not-next-visit"]),
        (K.RANDOMISED_BY_MISTAKE, None, {}, "2026-03-10", []),
        (K.RANDOMISED_BY_MISTAKE, None, {"randomised": False}, "2026-03-10", ["not-randomised"]),
        (K.WRONG_STRATUM, None, {"randomised": False}, "2026-03-10", ["not-randomised"]),
        (K.WRONG_STRATUM, 2, {}, "2026-03-10", []),
        (K.REGISTERED_TWICE, None, {"randomised": False}, "2026-03-10", []),
        (K.OTHER, 7, {"window": None, "next_visit": None}, "2026-03-10", []),
    ],
)
def test_the_investigator_signs_late_or_missed_where_the_protocol_lets_it_be(
    kind: K, visit: int | None, known: dict[str, Any], day: str, found: list[str]
) -> None:
    told = deviation_reasons(kind, visit, replace(KNOWN, **known), date.fromisoformat(day))
    assert codes(told) == found


def test_late_days_are_added_at_the_end_of_the_window_alone() -> None:
    assert windows.visit_window(date(2026, 1, 1), 2, 28, 3, 7) == Window(
        date(2026, 1, 26), date(2026, 1, 29), date(2026, 2, 8)
    )


@pytest.mark.parametrize(("missed", "visits"), [("", set()), ("2", {2}), ("2 11", {2, 11})])
def test_what_was_missed_is_kept_as_numbers(missed: str, visits: set[int]) -> None:
    assert visits_in(missed) == visits


def test_who_knows_an_arm_judges_nothing_of_that_participant() -> None:
    assert codes(rules.blind_reasons({"ines"}, "ines")) == ["you-know-the-arm"]
    assert rules.blind_reasons({"ines"}, "ivan") == []
    assert rules.blind_reasons(frozenset(), "ines") == []
