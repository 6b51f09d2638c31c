"""The release of a lot, and its return from hold: each fact turns the verdict alone."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lims.core.reasons import Reason
from lims.core.rounding import CompareRule, Outcome, Qualifier
from lims.release import rules
from lims.release.rules import LotEvidence
from lims.supplies.rules import LotStanding
from lims.testing.rules import (
    LineFacts,
    ResultFacts,
    ResultStanding,
    SampleEvidence,
    SterilityStanding,
)

YESTERDAY, TODAY, TOMORROW = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)

LINE = LineFacts(
    code="VIA", test="Viability", method="count", chapter="", limit=">=85", unit="%",
    category="", sterility=False, informative=False, any_of="", rule=CompareRule.USP,
)  # fmt: skip
STERILE = replace(LINE, code="STE", test="Sterility", limit="", sterility=True)
RESULT = ResultFacts(
    id="r", sample="S", code="VIA", qualifier=Qualifier.EQUAL, value=Decimal(90), category="",
    not_performed="", standing=ResultStanding.REVIEWED, outcome=Outcome.CONFORMS,
    entered_by="qi", entered_at=datetime(2026, 3, 1, tzinfo=UTC), reviewed_by="qa", amends=None,
    reason="",
)  # fmt: skip
SAMPLE = SampleEvidence((LINE, STERILE), {"VIA": RESULT}, SterilityStanding.NO_GROWTH)
ANCESTOR = Reason("donor-ineligible", "Donor D1 is ineligible.")
COUNT = Reason("counts-differ", "Our own count gives 80 %, the result says 90 %.")
MADE = frozenset({"culture/harvest-flasks"})
LOT = LotEvidence(
    number="LPD260001", standing=LotStanding.QUARANTINE, expires_on=TODAY, sample=SAMPLE,
    hands={"tang": MADE}, ancestors=(), in_process=(), own_counts=(), open_deviations=(), vials_balance=True,
    trail_reviewed=True,
)  # fmt: skip
HELD = replace(LOT, standing=LotStanding.HOLD, was_released=True)

WHAT_SPEAKS_AGAINST_A_LOT = [
    ({}, []),
    ({"expires_on": TOMORROW}, []),
    ({"expires_on": YESTERDAY}, ["expired"]),
    ({"sample": None}, ["no-sample"]),
    ({"ancestors": (ANCESTOR,)}, ["donor-ineligible"]),
    ({"in_process": (Reason("growth"),)}, ["growth"]),
    ({"own_counts": (COUNT,)}, ["counts-differ"]),
    ({"open_deviations": ("DV1", "DV2")}, ["open-deviation", "open-deviation"]),
    ({"vials_balance": False}, ["vials-do-not-balance"]),
]
WHAT_SPEAKS_AGAINST_ITS_TESTS_AND_HANDS = [
    ({"sample": replace(SAMPLE, results={})}, ["no-result"]),
    ({"sample": replace(SAMPLE, sterility=SterilityStanding.INCUBATING)}, ["sterility-open"]),
    ({"sample": replace(SAMPLE, sterility=SterilityStanding.GROWTH)}, ["growth"]),
    ({"hands": {"quinn": MADE}}, ["your-hands"]),
    ({"hands": {"qiu": MADE, "tang": MADE}}, []),
]


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def test_nobody_changes_facts_while_they_are_judged() -> None:
    assert LotEvidence.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_a_lot_was_not_released_and_is_ours_unless_it_is_said() -> None:
    assert (LOT.was_released, LOT.is_ours) == (False, True)


@pytest.mark.parametrize(("fact", "found"), WHAT_SPEAKS_AGAINST_A_LOT)
def test_whoever_looks_sees_what_speaks_against_the_lot_itself(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.evidence_blockers(replace(LOT, **fact), TODAY)) == found


def test_qa_reads_the_day_and_the_deviation_that_keep_a_lot() -> None:
    old = replace(LOT, expires_on=YESTERDAY, open_deviations=("DV26-7",))
    assert [reason.sentence for reason in rules.evidence_blockers(old, TODAY)] == [
        "Expired on 2026-03-09.",
        "Deviation DV26-7 is open.",
    ]


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        *WHAT_SPEAKS_AGAINST_A_LOT,
        *WHAT_SPEAKS_AGAINST_ITS_TESTS_AND_HANDS,
        ({"trail_reviewed": False}, ["trail-not-reviewed"]),
        ({"was_released": True}, []),
        ({"is_ours": False}, []),
        *(
            ({"standing": standing}, ["not-in-quarantine"])
            for standing in LotStanding
            if standing is not LotStanding.QUARANTINE
        ),
    ],
)
def test_qa_releases_a_lot_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.release_blockers(replace(LOT, **fact), "quinn", TODAY)) == found


@pytest.mark.parametrize(("releaser", "found"), [("quinn", []), ("tang", ["your-hands"])])
def test_nobody_releases_what_their_hands_were_on(releaser: str, found: list[str]) -> None:
    assert codes(rules.releaser_blockers(LOT, releaser)) == found
    assert codes(rules.release_blockers(LOT, releaser, TODAY)) == found


def test_qa_reads_where_a_lot_stands_instead() -> None:
    (reason,) = rules.release_blockers(replace(LOT, standing=LotStanding.RECALLED), "quinn", TODAY)
    assert reason.sentence == "The lot is in recalled, not in quarantine."


def test_qa_reads_what_a_lot_lacks() -> None:
    bare = replace(LOT, sample=None, vials_balance=False, trail_reviewed=False)
    assert [reason.sentence for reason in rules.release_blockers(bare, "quinn", TODAY)] == [
        "No release sample was taken.",
        "Filled vials and found vials differ.",
        "The lot's audit trail has entries not yet reviewed.",
    ]


# Off hold


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        *WHAT_SPEAKS_AGAINST_A_LOT,
        *WHAT_SPEAKS_AGAINST_ITS_TESTS_AND_HANDS,
        *(
            ({"standing": standing}, ["not-on-hold"])
            for standing in LotStanding
            if standing is not LotStanding.HOLD
        ),
    ],
)
def test_qa_takes_a_released_lot_off_hold_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.return_blockers(replace(HELD, **fact), "qiu", "quinn", TODAY)) == found


@pytest.mark.parametrize("fact", [{"was_released": False}, {"is_ours": False}])
@pytest.mark.parametrize(
    ("trouble", "found"), WHAT_SPEAKS_AGAINST_A_LOT + WHAT_SPEAKS_AGAINST_ITS_TESTS_AND_HANDS
)
def test_what_no_release_of_ours_vouched_for_goes_back_unless_hands_or_a_deviation_speak(
    fact: dict[str, Any], trouble: dict[str, Any], found: list[str]
) -> None:
    lot = replace(HELD, **trouble, **fact)
    kept = {"open-deviation"} | ({"your-hands"} if lot.was_released else set())
    still = [code for code in found if code in kept]
    assert codes(rules.return_blockers(lot, "qiu", "quinn", TODAY)) == still
    assert codes(rules.return_blockers(lot, "quinn", "quinn", TODAY)) == ["you-held-it", *still]


def test_nobody_takes_off_hold_what_they_put_there() -> None:
    (reason,) = rules.return_blockers(HELD, "quinn", "quinn", TODAY)
    assert reason == Reason("you-held-it", "Somebody else takes off hold what you put there.")
    assert rules.return_blockers(HELD, "quinn", "qiu", TODAY) == []


def test_qa_reads_which_lot_is_not_on_hold() -> None:
    (reason,) = rules.return_blockers(
        replace(HELD, standing=LotStanding.RELEASED), "qiu", "quinn", TODAY
    )
    assert reason.sentence == "LPD260001 is not on hold."


def test_a_sample_taken_on_the_way_says_which_and_what() -> None:
    line = LineFacts(
        "MYC", "Mycoplasma", "NAT", "", "", "", "not detected", False, False, "", CompareRule.USP
    )
    open_ = SampleEvidence([line], {}, SterilityStanding.TO_DO)
    (reason,) = rules.in_process_reasons("LMF260000017", "LMS260000029", open_)
    assert reason.code == "in-process"
    assert reason.sentence.startswith("LMF260000017, sample LMS260000029: ")
    assert "Mycoplasma" in reason.sentence
    settled = SampleEvidence([], {}, SterilityStanding.TO_DO)
    assert rules.in_process_reasons("LMF260000017", "LMS260000029", settled) == []
