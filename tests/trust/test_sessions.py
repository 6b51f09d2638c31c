"""Who is logged in, for how long, and how guessing is slowed down."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lims.accounts.actions import (
    ChangePassword,
    GrantRole,
    OfPerson,
    ResetPassword,
    change_password,
    deactivate_person,
    end_role,
    reset_password,
)
from lims.core.errors import Missing, Refused
from lims.demonstration.cast import PASSWORD, SECOND
from lims.release.queries import trail_of
from lims.trust.actions import Request, perform
from lims.trust.identity.passwords import FAILED, prove_login, prove_signer
from lims.trust.identity.roles import Role
from lims.trust.identity.sessions import CloseSession, MakeToken, Opened, close_session, make_token
from lims.trust.identity.signatures import Credentials
from lims.trust.trail.seals import seal_waiting
from lims.trust.trail.verify import verify_trail
from lims.web.cookies import SESSION as COOKIE
from tests.support.worlds import World
from tests.trust.evidence import contents
from tests.trust.test_reads import token_in


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def log_in(client: FlaskClient, login: str, password: str) -> TestResponse:
    return client.post("/login", data={"login": login, "password": password})


def token(world: World, login: str, days: int = 30, name: str = "nightly") -> Opened:
    signed = Credentials(login, PASSWORD)
    request = Request(world.story.actor(login), signed)
    return perform(world.site, make_token, MakeToken(name, days, writes=True), request)


def with_token(world: World, secret: str) -> int:
    client = world.app().test_client()
    return client.get("/", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_nobody_is_in_before_logging_in(world: World) -> None:
    client = world.app().test_client()
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?then=/")
    assert client.post("/api/trust/make-token", json={"name": "x"}).status_code == 401


def test_a_session_locks_after_fifteen_idle_minutes(either_world: World) -> None:
    client = either_world.client("tang")
    assert is_in(client)
    either_world.story.wait(minutes=15)
    assert is_in(client)
    either_world.story.wait(minutes=15, seconds=1)
    assert not is_in(client)
    either_world.clock.now -= timedelta(minutes=1)
    assert is_in(client)  # the clock never goes back; this only shows that idleness was the cause


def test_who_keeps_working_stays_in_until_twelve_hours_are_over(either_world: World) -> None:
    client = either_world.client("tang")
    begin = either_world.clock.now
    for _ in range(71):
        either_world.story.wait(minutes=10)
        assert is_in(client)
    either_world.clock.now = begin + timedelta(hours=12, seconds=-1)
    assert is_in(client)
    either_world.clock.now = begin + timedelta(hours=12)
    assert not is_in(client)


def test_looking_each_few_seconds_keeps_a_session_open(world: World) -> None:
    # Presence is written once a minute; that must not cost a minute of the fifteen each time.
    client = world.client("tang")
    for _ in range(40):
        world.story.wait(seconds=50)
        assert is_in(client)


def test_a_cookie_is_worth_nothing_after_logging_out(world: World) -> None:
    client = world.client("tang")
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    page = client.get("/").get_data(as_text=True)
    form_key = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    assert client.post("/logout", data={"csrf_token": form_key}).status_code == 303
    thief = world.app().test_client()
    thief.set_cookie(COOKIE, cookie.value)
    assert not is_in(thief)


def test_two_log_ins_are_two_sessions_and_one_may_end_alone(world: World) -> None:
    first, second = world.client("tang"), world.client("tang")
    one, other = first.get_cookie(COOKIE), second.get_cookie(COOKIE)
    assert one is not None
    assert other is not None
    assert one.value != other.value
    request = Request(world.story.actor("tang"))
    perform(world.site, close_session, CloseSession(token=one.value), request)
    assert (is_in(first), is_in(second)) == (False, True)


def test_nobody_closes_another_persons_session(world: World) -> None:
    client = world.client("tang")
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    command, tian = CloseSession(token=cookie.value), Request(world.story.actor("tian"))
    with pytest.raises(Missing):
        perform(world.site, close_session, command, tian)
    assert is_in(client)


def test_a_deactivated_person_is_out_at_once(either_world: World) -> None:
    client, secret = either_world.client("tang"), token(either_world, "tang").token
    assert with_token(either_world, secret) == 200
    either_world.story.do("ada", deactivate_person, OfPerson("tang"))
    assert not is_in(client)
    assert with_token(either_world, secret) in {303, 401}
    assert log_in(client, "tang", PASSWORD).status_code == 409


def test_a_role_that_ended_is_gone_at_the_next_click(either_world: World) -> None:
    client = either_world.client("tang")
    body = {"about": either_world.donor, "what": "late"}
    script = {"Authorization": f"Bearer {token(either_world, 'tang').token}"}
    target = "/api/deviations/open-deviation"
    assert client.post(target, json=body, headers=script).status_code == 200
    either_world.story.do("ada", end_role, GrantRole("tang", Role.TECHNICIAN))
    assert client.post(target, json=body, headers=script).status_code in {401, 403, 404}


def test_five_wrong_passwords_pause_this_person_and_nobody_else(either_world: World) -> None:
    client = either_world.app().test_client()
    for _ in range(5):
        assert "wrong" in log_in(client, "tang", "not the password").get_data(as_text=True)
    paused = log_in(client, "tang", PASSWORD)
    assert paused.status_code == 409
    assert "Too many wrong passwords" in paused.get_data(as_text=True)
    assert log_in(client, "tian", PASSWORD).status_code == 303
    either_world.story.wait(minutes=10, seconds=1)
    assert log_in(client, "tang", PASSWORD).status_code == 303


def signs(world: World, login: str, password: str, station: str = "story") -> str:
    """The code for which this signature is refused; nothing when it is taken."""
    actor = replace(world.story.actor(login), station=station)
    try:
        perform(
            world.site,
            make_token,
            MakeToken("x", writes=True),
            Request(actor, Credentials(login, password)),
        )
    except Refused as refused:
        return refused.reasons[0].code
    return ""


def test_wrong_passwords_at_a_signature_pause_signing_there_and_nothing_else(
    either_world: World,
) -> None:
    assert {signs(either_world, "tang", "wrong") for _ in range(5)} == {"wrong-password"}
    assert signs(either_world, "tang", PASSWORD) == "too-many-failures"
    assert signs(either_world, "tang", PASSWORD, "another bench") == ""
    assert signs(either_world, "tian", PASSWORD) == ""
    assert log_in(either_world.app().test_client(), "tang", PASSWORD).status_code == 303
    either_world.story.wait(minutes=10, seconds=1)
    assert signs(either_world, "tang", PASSWORD) == ""


def test_nobody_locks_another_one_out_from_elsewhere(either_world: World) -> None:
    """Who guesses at the log-in stops neither a signature nor a log-in from another address."""
    client = either_world.app().test_client()
    elsewhere = {"REMOTE_ADDR": "10.0.0.66"}
    guess = {"login": "nora", "password": "not the password"}
    for _ in range(6):
        answer = client.post("/login", data=guess, environ_overrides=elsewhere)
    assert "Too many wrong passwords" in answer.get_data(as_text=True)
    assert signs(either_world, "nora", PASSWORD) == ""
    assert log_in(client, "nora", PASSWORD).status_code == 303


def test_many_names_guessed_from_one_address_pause_the_address(world: World) -> None:
    client = world.app().test_client()
    for number in range(50):
        log_in(client, f"somebody-{number}", "a common password")
    assert "Too many" in log_in(client, "tang", PASSWORD).get_data(as_text=True)
    other = {"login": "tang", "password": PASSWORD}
    answer = client.post("/login", data=other, environ_overrides={"REMOTE_ADDR": "10.0.0.7"})
    assert answer.status_code == 303


def test_a_login_in_other_letters_is_no_way_round_the_pause(world: World) -> None:
    client = world.app().test_client()
    for variant in ("tang", "tang ", " tang", "TANG", "ｔａｎｇ"):
        log_in(client, variant, "wrong")
    assert "Too many" in log_in(client, "tang", PASSWORD).get_data(as_text=True)


@pytest.mark.parametrize(
    "login", ["nobody", "tang\x00", "\ud800", "x" * 5000, "漢字", "", "%", "_"]
)
def test_an_impossible_name_is_refused_like_a_wrong_password(
    either_world: World, login: str
) -> None:
    with pytest.raises(Refused) as refusal:
        prove_login(either_world.site, Credentials(login, "wrong"), "", "")
    assert refusal.value.reasons[0].code == "wrong-password"


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 100_000, PASSWORD + "\x00"])
def test_an_impossible_password_is_refused_like_a_wrong_one(
    either_world: World, password: str
) -> None:
    with pytest.raises(Refused) as refusal:
        prove_login(either_world.site, Credentials("tang", password), "", "")
    assert refusal.value.reasons[0].code == "wrong-password"


def test_the_answer_does_not_tell_whether_a_name_exists(world: World) -> None:
    world.story.do("ada", deactivate_person, OfPerson("qiu"))
    client = world.app().test_client()
    pages = [
        log_in(client, login, "wrong").get_data(as_text=True).replace(login, "…")
        for login in ("tang", "tong", "qiu")
    ]
    assert len(set(pages)) == 1


def test_each_failure_is_kept_with_its_name_and_moment(world: World) -> None:
    log_in(world.app().test_client(), "tang", "not the password")
    (row,) = contents(world)["failed_login"]
    assert "tang" in row
    assert "not the password" not in row


def test_a_failure_is_an_entry_of_the_trail_in_nobodys_name(either_world: World) -> None:
    log_in(either_world.app().test_client(), "tang", "not the password")
    with either_world.site.reading() as session:
        (*_, entry) = trail_of(session, ["house/person/tang"])
        report = verify_trail(session, either_world.site.key.public_key())
    assert (entry["action"], entry["by"], entry["signatures"]) == (FAILED, "", [])
    assert [change["new"]["proof"] for change in entry["changes"]] == ["login"]
    assert report.faults == ()


def test_who_guesses_a_signature_is_named_with_the_session_it_was_tried_in(world: World) -> None:
    wrong = Credentials("quinn", "wrong")
    with pytest.raises(Refused):
        prove_signer(world.site, wrong, world.story.actor("tang"))
    with world.site.reading() as session:
        (*_, entry) = trail_of(session, ["house/person/quinn"])
    assert (entry["action"], entry["by"]) == (FAILED, "tang")


def test_a_wrong_password_does_not_set_the_time_back(either_world: World) -> None:
    """Neither does the seal over it: a clock that went back is still seen."""
    world = either_world
    world.story.do("tang", change_password, ChangePassword("a brand new password"))
    world.clock.now -= timedelta(hours=1)
    log_in(world.app().test_client(), "quinn", "wrong")
    if world.site.engine.dialect.name == "postgresql":
        with world.site.engine.begin() as connection:
            seal_waiting(connection, world.site.key, world.clock.now)
    with pytest.raises(Refused) as refusal:
        world.story.do("tian", change_password, ChangePassword("another new password"))
    assert [reason.code for reason in refusal.value.reasons] == ["clock-went-back"]


def test_a_name_that_is_nobodys_is_not_kept_in_clear(either_world: World) -> None:
    """Who types a hospital number or a password into the wrong field leaves no trace of it."""
    log_in(either_world.app().test_client(), "H-4711-secret", "wrong")
    kept = contents(either_world)
    assert len(kept["failed_login"]) == 1
    assert not any("4711-secret" in row.lower() for rows in kept.values() for row in rows)


FIRST = "a-first-password-by-ada" + SECOND


def with_a_first_password(world: World) -> FlaskClient:
    """Tang forgot the password; the administrator set one, with which somebody logs in."""
    wanted = ResetPassword("tang", FIRST.removesuffix(SECOND), SECOND)
    world.story.do("ada", reset_password, wanted, "quinn")
    client = world.app().test_client()
    assert log_in(client, "tang", FIRST).status_code == 303
    return client


def test_a_password_that_somebody_else_set_opens_one_page_to_choose_ones_own(
    either_world: World,
) -> None:
    client = with_a_first_password(either_world)
    assert not is_in(client)
    page = client.get("/accounts/me").get_data(as_text=True)
    form = {
        "csrf_token": page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0],
        "password": "a-password-of-my-own", "_sign_login": "tang", "_sign_password": FIRST,
    }  # fmt: skip
    refused = client.post("/do/accounts/change-password", data=form | {"password": FIRST})
    assert refused.status_code == 409
    assert client.post("/do/accounts/change-password", data=form).status_code in {200, 303}
    assert log_in(client, "tang", FIRST).status_code == 409
    assert log_in(client, "tang", "a-password-of-my-own").status_code == 303
    assert is_in(client)


def test_a_password_that_somebody_else_set_serves_for_one_log_in(either_world: World) -> None:
    with_a_first_password(either_world)
    again = log_in(either_world.app().test_client(), "tang", FIRST)
    assert again.status_code == 409
    assert "used already" in again.get_data(as_text=True)


def test_nobody_signs_with_a_password_that_somebody_else_set(either_world: World) -> None:
    with_a_first_password(either_world)
    assert signs(either_world, "tang", FIRST) == "choose-own-password"


def test_a_token_is_a_scripts_and_does_not_lock(either_world: World) -> None:
    secret = token(either_world, "tang", 2).token
    either_world.story.wait(hours=47)
    assert with_token(either_world, secret) == 200
    either_world.story.wait(hours=1, minutes=1)
    assert with_token(either_world, secret) in {303, 401}


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (91, 90), (10_000, 90)])
def test_a_token_never_lasts_longer_than_ninety_days(world: World, asked: int, given: int) -> None:
    secret = token(world, "tang", asked).token
    world.story.wait(days=given, seconds=-1)
    assert with_token(world, secret) == 200
    world.story.wait(seconds=2)
    assert with_token(world, secret) in {303, 401}


def test_a_token_is_revoked_by_its_name(either_world: World) -> None:
    secret, other = token(either_world, "tang").token, token(either_world, "tang", 5, "b").token
    either_world.story.do("tang", close_session, CloseSession(name="nightly"))
    assert with_token(either_world, secret) in {303, 401}
    assert with_token(either_world, other) == 200


@pytest.mark.parametrize("secret", ["", "x", "a" * 43, "\x7f", "nightly"])
def test_a_made_up_token_opens_nothing(world: World, secret: str) -> None:
    token(world, "tang")
    assert with_token(world, secret) in {303, 401}


def test_the_cookie_is_kept_from_scripts_and_other_sites(world: World) -> None:
    answer = log_in(world.app().test_client(), "tang", PASSWORD)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    secret = cookie.split("=", 1)[1].split(";", 1)[0]
    assert len(secret) >= 43
    assert not any(secret in row for rows in contents(world).values() for row in rows)


def test_a_new_password_makes_the_old_one_worthless(either_world: World) -> None:
    either_world.story.do("tang", change_password, ChangePassword("another-long-password"))
    client = either_world.app().test_client()
    assert log_in(client, "tang", PASSWORD).status_code == 409
    assert log_in(client, "tang", "another-long-password").status_code == 303


def test_whoever_is_at_work_at_two_browsers_is_told_at_both(world: World) -> None:
    first, second = world.client("tang"), world.client("tang")
    for client in (first, second):
        assert "also logged in elsewhere" in client.get("/").get_data(as_text=True)
    third = world.client("tang")
    assert "at 2 other places" in first.get("/").get_data(as_text=True)
    for client in (second, third):
        client.post("/logout", data={"csrf_token": token_in(client)})
    assert "also logged in" not in first.get("/").get_data(as_text=True)


def test_a_browser_that_was_left_alone_is_no_longer_at_work(world: World) -> None:
    world.client("tang")
    world.clock.now += timedelta(minutes=world.site.settings.idle_minutes + 1)
    assert "also logged in" not in world.client("tang").get("/").get_data(as_text=True)


def test_a_script_and_somebody_else_are_not_the_same_person_elsewhere(world: World) -> None:
    token(world, "tang")
    world.client("tian")
    assert "also logged in" not in world.client("tang").get("/").get_data(as_text=True)
