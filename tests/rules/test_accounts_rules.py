"""Who may have which role, by every role that they ever had."""

from itertools import combinations, product

import pytest

from lims.accounts import rules
from lims.accounts.rules import role_reasons
from lims.core.reasons import Reason
from lims.trust.identity.roles import SIDES, Role, Side

LAB = (Role.TECHNICIAN, Role.ANALYST, Role.QA)
WARD = (Role.NURSE, Role.INVESTIGATOR, Role.ASSESSOR, Role.MONITOR)
VAULT = (Role.STATISTICIAN,)
HOUSE = (Role.ADMIN,)
SIDE = {**dict.fromkeys(LAB, "lab"), **dict.fromkeys(WARD, "ward"),
        **dict.fromkeys(VAULT, "vault"), **dict.fromkeys(HOUSE, "house")}  # fmt: skip
APART = {
    ("lab", "ward"): ["was-on-the-ward"],
    ("lab", "vault"): ["vault-and-lab"],
    ("lab", "house"): ["admin-alone"],
    ("ward", "lab"): ["was-content-aware"],
    ("ward", "vault"): ["was-content-aware"],
    ("ward", "house"): ["admin-alone"],
    ("vault", "lab"): ["vault-and-lab"],
    ("vault", "ward"): ["was-on-the-ward"],
    ("vault", "house"): ["admin-alone"],
    ("house", "lab"): ["admin-alone"],
    ("house", "ward"): ["admin-alone"],
    ("house", "vault"): ["admin-alone"],
}


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def test_every_role_lies_on_one_side_of_the_wall() -> None:
    assert {role: side.value for role, side in SIDES.items()} == SIDE
    assert rules.BLINDED == Side.WARD
    assert {Side.LAB, Side.VAULT} == rules.CONTENT_AWARE


@pytest.mark.parametrize("wanted", Role)
def test_a_new_person_may_have_any_role(wanted: Role) -> None:
    assert role_reasons(wanted, ()) == []


@pytest.mark.parametrize(("wanted", "held"), list(product(Role, Role)))
def test_who_had_a_role_of_another_side_may_not_have_this_one(wanted: Role, held: Role) -> None:
    expected = APART.get((SIDE[wanted], SIDE[held]), [])
    assert codes(role_reasons(wanted, [held])) == expected


@pytest.mark.parametrize("wanted", Role)
def test_every_side_that_a_person_ever_was_on_counts(wanted: Role) -> None:
    for held in combinations(Role, 2):
        expected = {code for one in held for code in APART.get((SIDE[wanted], SIDE[one]), [])}
        assert set(codes(role_reasons(wanted, held))) == expected


@pytest.mark.parametrize(
    ("wanted", "held", "sentence"),
    [
        (Role.NURSE, Role.QA, "Who ever knew contents cannot work on the ward."),
        (Role.QA, Role.NURSE, "Who ever worked on the ward cannot learn contents."),
        (Role.STATISTICIAN, Role.QA, "The vault and the laboratory are separate."),
        (Role.ADMIN, Role.QA, "An administrator has no other role."),
        (Role.QA, Role.ADMIN, "An administrator has no other role."),
    ],
)
def test_the_administrator_reads_why_a_role_is_refused(
    wanted: Role, held: Role, sentence: str
) -> None:
    assert [reason.sentence for reason in role_reasons(wanted, {held})] == [sentence]
