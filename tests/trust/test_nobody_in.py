"""Somebody tries the door: with a stolen cookie, many guesses at once, a foreign page, two hands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from lims.accounts.actions import (
    AddPerson,
    ChangePassword,
    ResetPassword,
    add_person,
    change_password,
    reset_password,
)
from lims.core.errors import Refused
from lims.demonstration.cast import PASSWORD, SECOND
from lims.labelling.zebra import allowed_address
from lims.notices.queries import notices
from lims.notices.rules import NoticeKind
from lims.settings import PRIVATE
from lims.trust.actions import Request, perform
from lims.trust.identity.passwords import prove_login
from lims.trust.identity.people import LoginSession, Person, hasher
from lims.trust.identity.roles import Role, Side
from lims.trust.identity.sessions import MakeToken, OpenSession, make_token, open_session
from lims.trust.identity.signatures import Credentials
from lims.web.cookies import SESSION
from tests.support.at_once import at_once
from tests.support.scenes import codes
from tests.support.worlds import World
from tests.trust.test_reads import token_in
from tests.trust.test_sessions import is_in, log_in, token, with_token

PART = "a-part-by-ada"


def cookie_of(client: FlaskClient, name: str = SESSION) -> str:
    found = client.get_cookie(name)
    assert found is not None
    return str(found.value)


def test_a_scripts_token_is_no_browser_and_a_browsers_cookie_no_script(world: World) -> None:
    secret = token(world, "tang").token
    assert with_token(world, secret) == 200
    browser = world.app().test_client()
    browser.set_cookie(SESSION, secret)
    assert not is_in(browser)
    assert with_token(world, cookie_of(world.client("tang"))) in {303, 401}


def test_of_many_guesses_at_once_each_is_counted(either_world: World) -> None:
    site, most = either_world.site, either_world.site.settings.failures_before_pause

    def guess(number: int) -> Callable[[], Any]:
        given = Credentials("tang", f"guess {number}")
        return lambda: prove_login(site, given, "", "10.0.0.9")

    found = [one.reasons[0].code for one in at_once([guess(n) for n in range(3 * most)])]
    assert sorted(found) == sorted(["wrong-password"] * most + ["too-many-failures"] * 2 * most)


def test_of_two_who_come_with_one_first_password_one_is_in(either_world: World) -> None:
    wanted = ResetPassword("tang", PART, SECOND)
    either_world.story.do("ada", reset_password, wanted, "quinn")
    site = either_world.site
    actors = [prove_login(site, Credentials("tang", PART + SECOND), "", "10.0.0.9") for _ in "ab"]
    perform(site, open_session, OpenSession(), Request(actors[0]))
    with pytest.raises(Refused) as refused:
        perform(site, open_session, OpenSession(), Request(actors[1]))
    assert refused.value.reasons[0].code == "first-password-used"


def test_nobody_alone_makes_themselves_another_by_a_reset(world: World) -> None:
    """Neither the administrator nor who confirms comes in with what they know."""
    alone = ResetPassword("quinn", PART, SECOND)
    assert codes(world, "ada", reset_password, alone) == {"signature-needed"}
    assert codes(world, "ada", reset_password, alone, "nora") == {"second-person-role"}
    assert codes(world, "ada", reset_password, alone, "quinn") == {"your-own-password"}
    assert codes(world, "ada", reset_password, ResetPassword("ada", PART, SECOND), "qiu") == {
        "your-own-password"
    }
    for parts in ((PART, ""), ("", SECOND), (PART, "short")):
        wanted = ResetPassword("quinn", *parts)
        assert codes(world, "ada", reset_password, wanted, "qiu") == {"short-part"}
    world.story.do("ada", reset_password, alone, "qiu")
    client = world.app().test_client()
    for known in (PART, SECOND, PASSWORD):
        assert log_in(client, "quinn", known).status_code == 409
    assert log_in(client, "quinn", PART + SECOND).status_code == 303


def test_those_who_confirm_people_are_told_of_each_reset(world: World) -> None:
    world.story.do("ada", reset_password, ResetPassword("nora", PART, SECOND), "quinn")
    with world.site.reading() as session:
        told = notices(session, actor=world.story.actor("qiu"))
        assert [(n.kind, n.about) for n in told][:1] == [(NoticeKind.PASSWORD_RESET, "nora")]
    page = world.client("qiu").get("/")
    assert page.status_code == 200
    assert "got a new password" in page.text
    with world.site.reading() as session:
        assert not any(
            n.kind is NoticeKind.PASSWORD_RESET
            for n in notices(session, actor=world.story.actor("ines"))
        )


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "short-password"), ("aaaaaaaaaa", "guessed-password"),
     ("qwertyuiop", "guessed-password"), ("Password2026", "guessed-password"),
     ("tangwei1234", "guessed-password"), ("Tang Wei Tang", "guessed-password"),
     ("stemcells2026", "guessed-password"), ("placebovehicle", "guessed-password"),
     (PASSWORD, "same-password"), ("x" * 1025, "long-password")],
)  # fmt: skip
def test_a_password_that_is_guessed_soon_is_not_chosen(
    world: World, password: str, code: str
) -> None:
    assert code in codes(world, "tang", change_password, ChangePassword(password))


def test_none_of_the_last_five_passwords_is_chosen_again(world: World) -> None:
    chosen = [f"seven otters sing {n}" for n in ("alto", "bass", "tenor", "treble", "mezzo")]
    mine = PASSWORD
    for new in chosen:
        signed = Request(world.story.actor("tang"), Credentials("tang", mine))
        perform(world.site, change_password, ChangePassword(new), signed)
        mine = new
    for known, refused in ((PASSWORD, False), (chosen[1], True), (chosen[3], True)):
        signed = Request(world.story.actor("tang"), Credentials("tang", mine))
        if refused:
            with pytest.raises(Refused) as error:
                perform(world.site, change_password, ChangePassword(known), signed)
            assert error.value.reasons[0].code == "same-password"
        else:
            perform(world.site, change_password, ChangePassword(known), signed)
            mine = known


def test_a_light_hash_becomes_a_strong_one_at_the_next_log_in(world: World) -> None:
    world.site.settings = replace(world.site.settings, light_passwords=False)
    assert log_in(world.app().test_client(), "tang", PASSWORD).status_code == 303
    with world.site.reading() as session:
        known = session.get_one(Person, "tang")
        assert not hasher(light=False).check_needs_rehash(known.password_hash)
        assert known.password_set_by is None
    assert log_in(world.app().test_client(), "tang", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
     {"Origin": "https://elsewhere.example"}, {"Origin": "null"}],
)  # fmt: skip
def test_a_foreign_page_logs_nobody_in(world: World, headers: dict[str, str]) -> None:
    client = world.app().test_client()
    form = {"login": "tang", "password": PASSWORD}
    assert client.post("/login", data=form, headers=headers).status_code == 403
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert client.post("/login", data=form, headers=own).status_code == 303


def test_over_tls_cookies_are_of_this_host_alone_and_plain_connections_end(world: World) -> None:
    world.site.settings = replace(world.site.settings, secure_cookies=True)
    client = world.app().test_client()
    form = {"login": "tang", "password": PASSWORD}
    answer = client.post("/login", data=form, base_url="https://localhost")
    made = answer.headers.getlist("Set-Cookie")
    assert made
    for one in made:
        assert one.startswith("__Host-")
        assert "Secure" in one
        assert "Path=/" in one
        assert "Domain" not in one
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert client.get("/", base_url="https://localhost").status_code == 200


def test_who_logs_in_anew_leaves_no_session_open_that_nobody_can_reach(world: World) -> None:
    client = world.client("tang")
    first = cookie_of(client)
    log_in(client, "tang", PASSWORD)
    thief = world.app().test_client()
    thief.set_cookie(SESSION, first)
    assert not is_in(thief)
    assert is_in(client)


def test_a_page_that_was_locked_is_closed_when_somebody_else_logs_in_there(world: World) -> None:
    client = world.client("tang")
    client.post("/lock", data={"csrf_token": token_in(client)})
    log_in(client, "tian", PASSWORD)
    with world.site.reading() as session:
        left = session.query(LoginSession).filter(LoginSession.login == "tang").one()
        assert left.closed_at is not None
    assert is_in(client)


def test_ones_own_page_ends_a_browser_elsewhere(world: World) -> None:
    here, there = world.client("tang"), world.client("tang")
    page = here.get("/accounts/me").text
    ours = page.split('name="browser"')[1].split("</select>")[0]
    offered = [part.split('"')[0] for part in ours.split('<option value="')[1:]]
    assert len([one for one in offered if one]) == 1  # not the one that is here
    form = {
        "csrf_token": page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0],
        "browser": next(one for one in offered if one),
    }
    assert here.post("/do/trust/close-session", data=form).status_code in {200, 303}
    assert (is_in(here), is_in(there)) == (True, False)


def test_a_page_is_locked_while_the_clock_is_back_and_while_one_chooses(world: World) -> None:
    client = world.client("tang")
    page = client.get("/").text
    form = {"csrf_token": page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]}
    world.clock.now -= timedelta(hours=1)
    assert client.post("/lock", data=form).status_code == 303
    world.clock.now += timedelta(hours=1)
    assert not is_in(client)


@pytest.mark.parametrize(
    "sign",
    ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u200f", "\u061c", "\u202e",
     "\u2066", "\u180e", "\u3164", "\uffa0", "\u2028", "\U000e0041", "\ufe0f"],
)  # fmt: skip
def test_a_sign_that_is_not_seen_stands_in_no_record(world: World, sign: str) -> None:
    new = {"login": "eve", "name": f"Eve{sign} Wu", "staff_number": "S-9000", "role": "nurse",
           "password": PART, "second_part": SECOND,
           "sign_login": "ada", "sign_password": PASSWORD}  # fmt: skip
    client = world.client("ada")
    page = client.get("/").text
    key = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    answer = client.post("/api/accounts/add-person", json=new, headers={"X-CSRFToken": key})
    assert answer.status_code == 422, answer.text


def test_a_name_that_stands_twice_in_a_request_is_no_request(world: World) -> None:
    secret = {"Authorization": f"Bearer {token(world, 'tang').token}"}
    body = f'{{"about": "{world.donor}", "what": "one", "what": "another"}}'
    answer = world.app().test_client().post(
        "/api/deviations/open-deviation", data=body, headers=secret,
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 400


def test_a_new_person_has_a_password_that_two_people_know_a_half_of(world: World) -> None:
    new = AddPerson("eve", "Eve Wu", "S-9000", Role.NURSE, PART, SECOND)
    world.story.do("ada", add_person, new, "quinn")
    client = world.app().test_client()
    assert log_in(client, "eve", PART).status_code == 409
    assert log_in(client, "eve", PART + SECOND).status_code == 303


def scripted(world: World, login: str, made: MakeToken) -> Callable[..., int]:
    signed = Request(world.story.actor(login), Credentials(login, PASSWORD))
    secret = perform(world.site, make_token, made, signed).token
    client, headers = world.app().test_client(), {"Authorization": f"Bearer {secret}"}

    def ask(path: str, body: object = None) -> int:
        if body is None:
            return client.get(path, headers=headers).status_code
        return client.post(path, json=body, headers=headers).status_code

    return ask


def test_a_token_reads_unless_it_was_made_to_change(world: World) -> None:
    body = {"about": world.donor, "what": "late"}
    reads = scripted(world, "tang", MakeToken("reads"))
    assert reads("/api/bank/vials") == 200
    assert reads("/api/deviations/open-deviation", body) == 403
    writes = scripted(world, "tang", MakeToken("writes", writes=True))
    assert writes("/api/deviations/open-deviation", body) == 200


def test_a_token_opens_one_door(world: World) -> None:
    assert codes(world, "tang", make_token, MakeToken("x", door=Side.WARD)) == {"no-such-door"}
    both = scripted(world, "ines", MakeToken("vault", door=Side.VAULT))
    assert both("/api/trial/participants") in {403, 404}
    ward = scripted(world, "ines", MakeToken("ward", door=Side.WARD))
    assert ward("/api/trial/participants") == 200


def test_a_token_makes_no_token(world: World) -> None:
    ask = scripted(world, "tang", MakeToken("writes", writes=True))
    body = {"name": "another", "sign_login": "tang", "sign_password": "guessed"}
    assert ask("/api/trust/make-token", body) == 409


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "0.0.0.0", "localhost"])
def test_a_printer_outside_our_networks_is_not_spoken_to(host: str) -> None:
    with pytest.raises(OSError, match="not in the networks"):
        allowed_address(host, 9100, PRIVATE)
    assert allowed_address("10.1.2.3", 9100, PRIVATE) == "10.1.2.3"


def test_a_password_with_a_blank_at_its_end_is_the_one_that_was_typed(world: World) -> None:
    client = world.client("tang")
    page = client.get("/accounts/me").text
    form = {
        "csrf_token": page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0],
        "password": "seven otters sing ", "_sign_login": "tang", "_sign_password": PASSWORD,
    }  # fmt: skip
    assert client.post("/do/accounts/change-password", data=form).status_code in {200, 303}
    again = world.app().test_client()
    assert log_in(again, "tang", "seven otters sing").status_code == 409
    assert log_in(again, "tang", "seven otters sing ").status_code == 303
