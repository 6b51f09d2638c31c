"""Who may hold which role, now and ever after."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from lims.accounts import queries
from lims.accounts.actions import (
    AddPerson,
    GrantRole,
    OfPerson,
    add_person,
    deactivate_person,
    end_role,
    grant_role,
)
from lims.accounts.rules import role_reasons
from lims.core.errors import Refused
from lims.demonstration.cast import CAST, PASSWORD
from lims.trust.identity.people import PROGRAM_LOGIN, RoleGrant, actor_named
from lims.trust.identity.roles import PERMISSIONS, Permission, Role, Side
from tests.support.at_once import at_once, deed
from tests.support.scenes import codes
from tests.support.worlds import World
from tests.trust.evidence import contents

# Written down again, apart from the program's own table.
SIDE = {
    "technician": "lab", "analyst": "lab", "qa": "lab",
    "nurse": "ward", "investigator": "ward", "assessor": "ward", "monitor": "ward",
    "statistician": "vault", "admin": "house",
}  # fmt: skip
roles = st.sampled_from(Role)


def refused(world: World, login: str, role: Role) -> set[str]:
    with pytest.raises(Refused) as refusal:
        world.story.do("ada", grant_role, GrantRole(login, role), "quinn")
    return {reason.code for reason in refusal.value.reasons}


def test_every_role_stands_on_one_side() -> None:
    assert {role.value for role in Role} == set(SIDE)


@pytest.mark.parametrize(("had", "wanted"), list(product(Role, Role)))
def test_a_role_of_another_side_is_refused_and_one_of_the_same_side_is_not(
    had: Role, wanted: Role
) -> None:
    assert bool(role_reasons(wanted, [had])) is (SIDE[had] != SIDE[wanted])


@given(wanted=roles, held=st.lists(roles, max_size=4), more=roles)
def test_a_longer_past_never_opens_a_door(wanted: Role, held: list[Role], more: Role) -> None:
    before, after = role_reasons(wanted, held), role_reasons(wanted, [*held, more])
    assert {reason.code for reason in before} <= {reason.code for reason in after}


def test_somebody_without_a_past_may_begin_anywhere() -> None:
    assert not any(role_reasons(role, []) for role in Role)


@pytest.mark.parametrize(
    ("had", "wanted", "code"),
    [
        (Role.TECHNICIAN, Role.NURSE, "was-content-aware"),
        (Role.STATISTICIAN, Role.ASSESSOR, "was-content-aware"),
        (Role.NURSE, Role.ANALYST, "was-on-the-ward"),
        (Role.MONITOR, Role.STATISTICIAN, "was-on-the-ward"),
        (Role.QA, Role.STATISTICIAN, "vault-and-lab"),
        (Role.TECHNICIAN, Role.ADMIN, "admin-alone"),
        (Role.ADMIN, Role.NURSE, "admin-alone"),
    ],
)
def test_who_ever_was_on_one_side_never_works_on_the_other(
    either_world: World, had: Role, wanted: Role, code: str
) -> None:
    story = either_world.story
    story.do(
        "ada", add_person, AddPerson("eve", "Eve Wu", "S-9000", had, PASSWORD, PASSWORD), "quinn"
    )
    assert code in refused(either_world, "eve", wanted)
    story.do("ada", end_role, GrantRole("eve", had))
    story.wait(days=3000)
    before = contents(either_world)
    assert code in refused(either_world, "eve", wanted)
    assert contents(either_world) == before


def test_the_way_back_to_ones_own_side_stays_open(world: World) -> None:
    story = world.story
    story.do("ada", end_role, GrantRole("tang", Role.TECHNICIAN))
    found = story.do("ada", grant_role, GrantRole("tang", Role.QA), "quinn")
    assert [(g.role, g.until is None) for g in found.grants] == [
        (Role.TECHNICIAN, False),
        (Role.QA, True),
    ]
    assert refused(world, "tang", Role.MONITOR) == {"was-content-aware"}


def test_a_role_that_ended_gives_nothing_from_that_moment(either_world: World) -> None:
    story = either_world.story
    with either_world.site.reading() as session:
        before = actor_named(session, "quinn", either_world.clock.now)
    story.do("ada", end_role, GrantRole("quinn", Role.QA))
    with either_world.site.reading() as session:
        after = actor_named(session, "quinn", either_world.clock.now)
        kept = queries.person(session, "quinn").grants
    assert before is not None
    assert after is not None
    assert before.may(Permission.RELEASE_LOT)
    assert after.roles == frozenset()
    assert len(kept) == 1  # that it was held is never forgotten


def test_a_login_is_never_given_to_a_second_person(world: World) -> None:
    world.story.do("ada", deactivate_person, OfPerson("tian"))
    for login in (
        "tian",
        "tang",
        PROGRAM_LOGIN,
        "Tian",
        "tian ",
        "",
        "x",
        "a" * 41,
        "ti an",
        "tián",
    ):
        command = AddPerson(login, "Somebody Else", "S-9000", Role.TECHNICIAN, PASSWORD, PASSWORD)
        assert codes(world, "ada", add_person, command, "quinn") == {"login"}


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        ("Tang Wei", "S-9000", "name-in-use"),
        (" TANG  wei ", "S-9000", "name-in-use"),
        ("Tаng Wei", "S-9000", "name-in-use"),
        ("Eve Wu", "S-1001", "staff-number"),
        ("Eve Wu", "s‑1001 ", "staff-number"),
        ("Eve Wu", " ", "staff-number"),
        (" ", "S-9000", "name-in-use"),
    ],
)
def test_one_person_has_one_account_however_it_is_spelt(
    world: World, name: str, number: str, code: str
) -> None:
    command = AddPerson("eve", name, number, Role.TECHNICIAN, PASSWORD, PASSWORD)
    assert codes(world, "ada", add_person, command, "quinn") == {code}


@pytest.mark.parametrize(
    ("second", "code"),
    [("", "signature-needed"), ("ada", "same-person"), ("tang", "second-person-role"),
     ("nora", "second-person-role"), ("ines", "second-person-role")],
)  # fmt: skip
def test_a_new_person_and_a_further_role_need_a_second_person_of_qa(
    world: World, second: str, code: str
) -> None:
    new = AddPerson("eve", "Eve Wu", "S-9000", Role.TECHNICIAN, PASSWORD, PASSWORD)
    assert codes(world, "ada", add_person, new, second) == {code}
    further = GrantRole("tang", Role.ANALYST)
    assert codes(world, "ada", grant_role, further, second) == {code}


def test_nobody_of_qa_confirms_a_role_of_their_own(world: World) -> None:
    further = GrantRole("quinn", Role.TECHNICIAN)
    assert codes(world, "ada", grant_role, further, "quinn") == {"your-own-role"}
    assert world.story.do("ada", grant_role, further, "qiu").login == "quinn"


def test_administrator_and_qa_know_a_part_of_a_first_password_each(world: World) -> None:
    for parts in (("five5", PASSWORD), (PASSWORD, "five5"), (PASSWORD, ""), ("", PASSWORD)):
        command = AddPerson("eve", "Eve Wu", "S-9000", Role.NURSE, *parts)
        assert codes(world, "ada", add_person, command, "quinn") == {"short-part"}


def test_an_administrator_does_not_lock_the_door_behind_themselves(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        world.story.do("ada", deactivate_person, OfPerson("ada"))
    assert refusal.value.reasons[0].code == "yourself"


def test_no_permission_crosses_the_wall() -> None:
    for role, allowed in PERMISSIONS.items():
        sides = {permission.side for permission in allowed}
        if SIDE[role] == "lab":
            assert sides == {Side.LAB, Side.HOUSE}
        if SIDE[role] == "ward":  # an investigator breaks a code in the vault
            extra = {Side.VAULT} if role is Role.INVESTIGATOR else set()
            assert sides == {Side.WARD, Side.HOUSE} | extra
        if SIDE[role] == "vault":
            assert sides == {Side.VAULT, Side.HOUSE}
    assert PERMISSIONS[Role.INVESTIGATOR] & {p for p in Permission if p.side is Side.VAULT} == {
        Permission.BREAK_CODE
    }


def test_an_administrator_sees_no_product_no_participant_and_signs_nothing() -> None:
    assert PERMISSIONS[Role.ADMIN] == {
        *(Permission.MANAGE_ACCOUNTS, Permission.MANAGE_PRINTERS, Permission.OWN_ACCOUNT),
    }


def test_nobody_has_the_programs_own_permission() -> None:
    assert not any(Permission.PROGRAM in allowed for allowed in PERMISSIONS.values())


def test_entering_reviewing_and_releasing_are_not_one_role() -> None:
    qa = PERMISSIONS[Role.QA]
    assert Permission.RELEASE_LOT in qa
    assert Permission.ENTER_RESULT not in qa
    assert Permission.RELEASE_LOT not in PERMISSIONS[Role.ANALYST]


def test_the_cast_keeps_the_wall(world: World) -> None:
    for one, other in combinations(CAST, 2):
        sides = {SIDE[CAST[one][1]], SIDE[CAST[other][1]]}
        shared = world.story.actor(one).permissions & world.story.actor(other).permissions
        if len(sides) == 2:
            assert {permission.side for permission in shared} <= {Side.HOUSE}


@pytest.mark.parametrize("login", [login for login in CAST if login != "ada"])
def test_only_an_administrator_manages_accounts(world: World, login: str) -> None:
    client = world.client(login)
    assert client.get("/accounts/people").status_code in {403, 404}
    assert not world.story.actor(login).may(Permission.MANAGE_ACCOUNTS)


def test_two_administrators_at_once_give_a_role_once(either_world: World) -> None:
    wanted = GrantRole("qiu", Role.TECHNICIAN)
    deeds = [deed(either_world, "ada", grant_role, wanted, "quinn") for _ in range(4)]
    done = [one for one in at_once(deeds) if not isinstance(one, Refused)]
    assert len(done) == 1
    with either_world.site.reading() as session:
        held = session.query(RoleGrant).filter_by(login="qiu", role=Role.TECHNICIAN).all()
    assert len(held) == 1
    again = RoleGrant(login="qiu", role=Role.TECHNICIAN, since=either_world.clock.now)
    table = RoleGrant.__table__
    values = {"login": again.login, "role": again.role, "since": again.since}
    with either_world.site.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(table).values(**values))
