"""What an administrator does with people, and what everybody does with their own account."""

import pytest

from lims.accounts.actions import GrantRole, OfPerson, deactivate_person, end_role, grant_role
from lims.accounts.amending import AmendPerson, amend_person
from lims.core.errors import Forbidden, Missing, Refused
from lims.demonstration.cast import CAST, PASSWORD
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Role
from lims.trust.identity.sessions import MakeToken, make_token
from lims.trust.identity.signatures import Signature
from tests.nothing_wrong.doing import token_of
from tests.support.scenes import codes, turned_away
from tests.support.worlds import World
from tests.trust.evidence import contents


def test_an_administrator_sees_everybody_and_nobodys_password(world: World) -> None:
    client = world.client("ada")
    page = client.get("/accounts/people").get_data(as_text=True)
    listed = client.get("/api/accounts/people").get_data(as_text=True)
    for login, (name, _) in CAST.items():
        assert login in page
        assert name in page
        assert name in listed
    for text in (page, listed):
        assert "argon2" not in text
        assert "password_hash" not in text


@pytest.mark.parametrize("login", ["nobody", "tang'--", "TANG"])
@pytest.mark.parametrize("wanted", [grant_role, end_role])
def test_a_role_of_nobody_is_missing(world: World, login: str, wanted: object) -> None:
    before = contents(world)
    with pytest.raises(Missing):
        world.story.do("ada", wanted, GrantRole(login, Role.QA), "quinn")  # type: ignore[arg-type]
    assert contents(world) == before


def test_a_role_that_somebody_does_not_have_cannot_end(world: World) -> None:
    world.story.do("ada", end_role, GrantRole("tang", Role.TECHNICIAN))
    for role in (Role.QA, Role.TECHNICIAN):
        with pytest.raises(Refused) as refusal:
            world.story.do("ada", end_role, GrantRole("tang", role))
        assert refusal.value.reasons[0].code == "no-such-role"


def test_an_administrator_gives_themselves_no_other_role(world: World) -> None:
    for role in Role:
        if role is not Role.ADMIN:
            with pytest.raises(Refused) as refusal:
                world.story.do("ada", grant_role, GrantRole("ada", role), "quinn")
            assert "admin-alone" in {reason.code for reason in refusal.value.reasons}


def test_nobody_but_an_administrator_changes_roles_not_even_their_own(world: World) -> None:
    before = contents(world)
    for login in CAST:
        if login != "ada":
            with pytest.raises(Forbidden):
                world.story.do(login, grant_role, GrantRole(login, CAST[login][1]))
            with pytest.raises(Forbidden):
                world.story.do(login, deactivate_person, OfPerson("ada"))
    assert contents(world) == before


def test_who_left_stays_by_name_with_what_they_signed(either_world: World) -> None:
    signed = [row for row in contents(either_world)["signature"] if "quinn" in row]
    gone = either_world.story.do("ada", deactivate_person, OfPerson("quinn"))
    assert (gone.active, gone.name) == (False, "Quinn Ma")
    assert signed
    after = contents(either_world)["signature"]
    assert [row for row in after if "quinn" in row] == signed


def test_ones_own_page_shows_ones_sessions_and_nobody_elses(world: World) -> None:
    client = world.client("tang")
    world.story.do("tang", make_token, MakeToken("my nightly script"))
    world.story.do("tian", make_token, MakeToken("somebody elses script"))
    page = client.get("/accounts/me").get_data(as_text=True)
    assert "my nightly script" in page
    assert "somebody elses script" not in page


def test_a_new_token_is_shown_on_its_page_once_and_never_again(world: World) -> None:
    client = world.client("tang")
    page = client.get("/accounts/me").get_data(as_text=True)
    form_key = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {
        "csrf_token": form_key,
        "name": "my script",
        "days": "30",
        "_sign_login": "tang",
        "_sign_password": PASSWORD,
    }
    shown = client.post("/do/trust/make-token", data=form)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    secret = shown.get_data(as_text=True).split("Token for my script: ")[1].split("<")[0].strip()
    assert len(secret) >= 43
    assert secret not in client.get("/accounts/me").get_data(as_text=True)
    assert not any(secret in row for rows in contents(world).values() for row in rows)


def test_a_mistyped_name_is_put_right_and_signatures_keep_what_was_printed(world: World) -> None:
    wanted = AmendPerson("tang", "Tang Wei-Ming", "S-9001", "the passport says so")
    turned_away(world, amend_person, wanted, "ada")
    with world.site.reading() as session:
        before = [s.name for s in session.query(Signature).filter(Signature.login == "tang")]
        other = session.get_one(Person, "tian")
        taken = AmendPerson("tang", other.name, other.staff_number, "a slip")
    refused = codes(world, "ada", amend_person, taken, "quinn")
    assert refused == {"name-in-use", "staff-number"}
    world.story.do("ada", amend_person, wanted, "quinn")
    with world.site.reading() as session:
        assert session.get_one(Person, "tang").name == "Tang Wei-Ming"
        after = [s.name for s in session.query(Signature).filter(Signature.login == "tang")]
    assert after == before


def test_who_changes_the_password_stays_where_they_are_and_is_out_everywhere_else(
    world: World,
) -> None:
    here, there = world.client("tang"), world.client("tang")
    form = {
        "csrf_token": token_of(here), "_key": "k" * 32, "_then": "/accounts/me",
        "password": "a long enough sentence 7", "_sign_login": "tang", "_sign_password": PASSWORD,
    }  # fmt: skip
    sent = here.post("/do/accounts/change-password", data=form)
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/accounts/me"
    assert here.get("/accounts/me").status_code == 200
    assert there.get("/accounts/me").status_code == 303
