"""Whose hands were on a thing."""

from pathlib import Path

import pytest

import lims
from lims.core.reasons import Reason
from lims.genealogy import rules
from lims.genealogy.rules import Hands


def hands(**acts: str) -> Hands:
    return {login: frozenset(done.split()) for login, done in acts.items()}


@pytest.mark.parametrize(
    ("found", "did"),
    [
        (hands(), None),
        (hands(tang="bank/fill-vials"), None),
        (hands(quinn=""), None),
        (hands(quinn="bank/fill-vials"), "Fill vials"),
        (hands(quinn="testing/enter-result"), "Enter result"),
        (hands(quinn="filling/draw-bag bank/fill-vials"), "Fill vials, draw bag"),
        (
            hands(quinn="d/last-one c/third-one b/second-one a/first-one", tang="a/other"),
            "first one, second one, third one",
        ),
    ],
)
def test_nobody_judges_what_their_hands_were_on(found: Hands, did: str | None) -> None:
    said = f"Your hands were on this ({did}); somebody else judges it."
    assert rules.hands_reasons(found, "quinn") == ([Reason("your-hands", said)] if did else [])


def test_the_analyst_who_only_tested_made_nothing() -> None:
    found = hands(
        qi="testing/enter-result testing/inoculate",
        qa="testing/enter-result culture/count-cells",
        tang="bank/fill-vials",
        tian="testings/other",
    )
    assert rules.makers(found) == hands(
        qa="culture/count-cells", tang="bank/fill-vials", tian="testings/other"
    )
    assert rules.makers(hands()) == {}


def test_a_release_is_a_judgement_and_ends_the_walk_upstream() -> None:
    assert rules.RELEASING < rules.JUDGING
    assert {act.split("/")[1] for act in rules.RELEASING} == {
        "release-lot", "accept-material", "decide-eligibility", "accept-cord",
    }  # fmt: skip


@pytest.mark.parametrize("act", sorted(rules.JUDGING))
def test_every_judgement_is_an_act_that_somebody_can_do(act: str) -> None:
    stage, name = act.split("/")
    files = (Path(lims.__file__).parent / stage).glob("*.py")
    begins = f"\ndef {name.replace('-', '_')}("
    assert any(begins in file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize(
    "act",
    [
        "release/release-lot", "release/hold-lot", "release/return-lot", "release/reject-lot",
        "release/recall-lot", "release/review-trail", "release/hold-downstream",
        "supplies/accept-material", "supplies/set-equipment", "donation/decide-eligibility",
        "donation/accept-cord", "donation/annul-withdrawal", "donation/reject-cord",
        "deviations/close-deviation",
        "filling/release-bag", "filling/certify-bag",
    ],
)  # fmt: skip
def test_qa_who_only_judged_did_no_work(act: str) -> None:
    assert act in rules.JUDGING


@pytest.mark.parametrize(
    "act",
    [
        "filling/draw-bag", "filling/count-pool", "bank/fill-vials", "bank/thaw-vial",
        "culture/harvest-flasks", "testing/enter-result", "testing/review-result",
        "donation/receive-cord", "supplies/receive-material", "deviations/open-deviation",
    ],
)  # fmt: skip
def test_who_made_counted_or_tested_worked_on_it(act: str) -> None:
    assert act not in rules.JUDGING
