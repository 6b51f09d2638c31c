"""Who may close a deviation."""

import pytest

from lims.deviations import rules
from lims.deviations.rules import DeviationKind, DeviationStanding


def test_standings_and_kinds_are_stored_in_words_that_never_change() -> None:
    assert list(DeviationStanding) == ["open", "closed"]
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
