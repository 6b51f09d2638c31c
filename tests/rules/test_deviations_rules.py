"""Who may close a deviation."""

from datetime import date, timedelta

import pytest

from lims.deviations import rules
from lims.deviations.rules import (
    CapaKind,
    CapaStanding,
    DeviationClass,
    DeviationKind,
    DeviationStanding,
)


def test_standings_and_kinds_are_stored_in_words_that_never_change() -> None:
    assert list(DeviationStanding) == ["open", "closed"]
    assert list(DeviationClass) == ["minor", "major", "critical"]
    assert list(CapaKind) == ["corrective", "preventive"]
    assert list(CapaStanding) == ["planned", "done", "effective", "not_effective", "dropped"]
    assert list(DeviationKind) == [
        "reported", "dose", "out-of-specification", "indeterminate", "invalid-run", "growth",
        "transport-time", "too-cold", "too-warm", "logger-silent", "kit-not-usable",
        "medium-contact", "freezing-rate", "freezing-end", "step-limit", "excursion", "fell-due", "action-limit",
        "passage-limit", "doublings-limit", "passage-span",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("opened_by", "acts", "found"),
    [
        ("tang", {}, []),
        ("qiu", {}, []),
        ("tang", {"tang": {"filling/draw-bag"}}, []),
        ("quinn", {}, ["you-opened-it"]),
        ("tang", {"quinn": {"filling/draw-bag"}}, ["your-hands"]),
        ("tang", {"quinn": {"testing/enter-result"}}, ["your-hands"]),
        ("tang", {"quinn": set()}, []),
        ("quinn", {"quinn": {"filling/draw-bag"}}, ["you-opened-it", "your-hands"]),
    ],
)
def test_qa_closes_what_somebody_else_opened_on_what_others_made(
    opened_by: str, acts: dict[str, set[str]], found: list[str]
) -> None:
    hands = {login: frozenset(done) for login, done in acts.items()}
    reasons = rules.closing_reasons(opened_by, hands, "quinn")
    assert [reason.code for reason in reasons] == found
    assert all(reason.sentence for reason in reasons)


def test_qa_reads_that_somebody_else_closes_it() -> None:
    (reason,) = rules.closing_reasons("quinn", {}, "quinn")
    assert reason.sentence == "Somebody else closes the deviation that you opened."


MINOR, MAJOR, CRITICAL = DeviationClass
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("grade", "cause", "planned", "found"),
    [
        (None, "", 3, []),
        (MINOR, "", 3, []),
        (MAJOR, "", 0, ["cause-not-known"]),
        (MAJOR, "worn", 3, []),
        (CRITICAL, "", 2, ["cause-not-known", "corrections-not-done"]),
        (CRITICAL, "worn", 1, ["corrections-not-done"]),
        (CRITICAL, "worn", 0, []),
    ],
)
def test_a_grave_deviation_stays_open_until_it_is_understood_and_a_critical_one_until_it_is_mended(
    grade: DeviationClass | None, cause: str, planned: int, found: list[str]
) -> None:
    reasons = rules.grave_reasons(grade, cause, planned)
    assert [reason.code for reason in reasons] == found
    assert all(str(planned) in reason.sentence for reason in reasons[1:])
    assert all(
        grade is not None and grade in reason.sentence for reason in reasons[:1] if not cause
    )


@pytest.mark.parametrize(
    ("grade", "cause", "is_open", "found"),
    [
        (MINOR, "", True, []),
        (MAJOR, "", True, ["cause-not-known"]),
        (MAJOR, "worn", True, []),
        (MINOR, "", False, ["closed"]),
        (CRITICAL, "", False, ["closed", "cause-not-known"]),
    ],
)
def test_an_assessment_names_the_cause_of_what_is_grave(
    grade: DeviationClass, cause: str, is_open: bool, found: list[str]
) -> None:
    reasons = rules.assessing_reasons(grade, cause, is_open=is_open)
    assert [reason.code for reason in reasons] == found
    assert all(reason.sentence for reason in reasons)
    assert all(grade in reason.sentence for reason in reasons if reason.code == "cause-not-known")


@pytest.mark.parametrize(
    ("due", "check", "works_here", "found"),
    [
        (0, 0, True, []),
        (1, 3653, True, []),
        (0, 0, False, ["nobody-of-the-laboratory"]),
        (-1, 0, True, ["due-in-the-past"]),
        (5, 4, True, ["checked-before-due"]),
        (5, 3654, True, ["too-far-ahead"]),
    ],
)
def test_a_measure_is_planned_for_somebody_here_and_for_days_to_come(
    due: int, check: int, works_here: bool, found: list[str]
) -> None:
    days = (TODAY + timedelta(days=due), TODAY + timedelta(days=check))
    reasons = rules.planning_reasons(*days, TODAY, works_here=works_here)
    assert [reason.code for reason in reasons] == found
    assert all(reason.sentence for reason in reasons)


@pytest.mark.parametrize(
    ("who", "owner", "done_by", "own"),
    [("qiu", "tian", "tian", False), ("qiu", "qiu", "tian", True), ("qiu", "tian", "qiu", True), ("qiu", "tian", None, False)],
)  # fmt: skip
def test_nobody_says_of_their_own_measure_that_it_works(
    who: str, owner: str, done_by: str | None, own: bool
) -> None:
    codes = [reason.code for reason in rules.checking_reasons(who, owner, done_by)]
    assert codes == (["your-own-measure"] if own else [])


def test_whether_it_works_is_seen_from_its_day_on() -> None:
    assert rules.checking_day_reasons(TODAY, TODAY) == []
    (early,) = rules.checking_day_reasons(TODAY + timedelta(days=1), TODAY)
    assert early.code == "checked-too-early"
    assert "2026-03-03" in early.sentence


def test_its_owner_says_that_it_is_done() -> None:
    assert rules.done_reasons("tian", "tian") == []
    (other,) = rules.done_reasons("tang", "tian")
    assert other.code == "measure-of-another"
    assert "tian" in other.sentence
