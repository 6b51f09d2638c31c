"""A locked page is opened by badge and PIN, where the same person had given their password."""

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
from lims.accounts.pins import SetPin, set_pin
from lims.demonstration.cast import PASSWORD
from lims.stations.actions import IssueBadge, issue_badge
from lims.trust.actions import Request, perform
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Role
from lims.trust.identity.sessions import MakeToken, make_token
from lims.trust.identity.signatures import Credentials
from tests.support.scenes import codes
from tests.support.worlds import World

PIN = "204816"


@pytest.fixture
def badge(world: World) -> str:
    """Tang's badge, with a PIN."""
    issued = world.story.do("ada", issue_badge, IssueBadge("tang"))
    world.story.do("tang", set_pin, SetPin(PIN))
    return issued.number


def unlocked(client: FlaskClient, badge: str, pin: str = PIN) -> bool:
    answer = client.post("/unlock", data={"badge": badge, "pin": pin})
    assert answer.status_code in {303, 409}
    return answer.status_code == 303


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def test_badge_and_pin_open_what_was_idle(world: World, badge: str) -> None:
    client = world.client("tang")
    world.story.wait(minutes=40)
    assert not is_in(client)
    assert not unlocked(client, badge, "204817")
    assert not is_in(client)
    assert unlocked(client, badge)
    assert is_in(client)


def test_a_page_that_was_locked_by_hand_shows_nothing_until_it_is_opened(
    world: World, badge: str
) -> None:
    client = world.client("tang")
    token = client.get("/").get_data(as_text=True).split('name="csrf_token" value="')[1]
    assert client.post("/lock", data={"csrf_token": token.split('"')[0]}).status_code == 303
    assert not is_in(client)
    world.story.wait(hours=2)
    assert unlocked(client, badge)
    assert is_in(client)


def test_not_beyond_the_shift_that_the_password_began(world: World, badge: str) -> None:
    client = world.client("tang")
    for _ in range(30):
        world.story.wait(minutes=23)
        assert unlocked(client, badge)
    world.story.wait(minutes=31)  # 12 h after the password
    assert not is_in(client)
    assert not unlocked(client, badge)


def test_where_nobody_or_somebody_else_had_logged_in_it_opens_nothing(
    world: World, badge: str
) -> None:
    assert not unlocked(world.app().test_client(), badge)
    for who in ("tian", "nora"):
        client = world.client(who)
        world.story.wait(minutes=40)
        assert not unlocked(client, badge)
        assert not is_in(client)


def test_a_scripts_token_is_no_browser_that_was_left(world: World, badge: str) -> None:
    request = Request(world.story.actor("tang"), Credentials("tang", PASSWORD))
    made = perform(world.site, make_token, MakeToken("nightly", 90), request)
    client = world.app().test_client()
    sent = {"data": {"badge": badge, "pin": PIN}}
    header = {"Authorization": f"Bearer {made.token}"}
    assert client.post("/unlock", headers=header, **sent).status_code == 409
    client.set_cookie("funis", made.token)
    assert client.post("/unlock", **sent).status_code == 409


@pytest.mark.parametrize("scanned", ["\x00", "LMY\x00", "\u2028", "", "x" * 5000])
def test_what_is_no_badge_at_all_is_refused(either_world: World, scanned: str) -> None:
    client = either_world.client("tang")
    assert not unlocked(client, scanned)


def test_a_name_is_no_badge_and_a_session_closed_elsewhere_needs_the_password(
    world: World, badge: str
) -> None:
    client = world.client("tang")
    assert not unlocked(client, "tang")
    world.story.do("ada", reset_password, ResetPassword("tang", PASSWORD, PASSWORD), "qiu")
    assert not unlocked(client, badge)
    with world.site.reading() as session:
        assert session.get_one(Person, "tang").pin_hash is None


def test_guessing_is_stopped_and_the_password_still_serves(world: World, badge: str) -> None:
    client = world.client("tang")
    world.story.wait(minutes=40)
    for guess in range(world.site.settings.failures_before_pause):
        assert not unlocked(client, badge, f"{guess:06}1")
    assert not unlocked(client, badge)
    assert client.post("/login", data={"login": "tang", "password": PASSWORD}).status_code == 303


def test_a_new_badge_needs_a_new_pin(world: World, badge: str) -> None:
    client = world.client("tang")
    again = world.story.do("ada", issue_badge, IssueBadge("tang"))
    world.story.wait(minutes=40)
    assert not unlocked(client, badge)
    assert not unlocked(client, again.number)


def test_a_pin_signs_nothing(world: World, badge: str) -> None:
    del badge
    client = world.client("tang")
    assert client.post("/login", data={"login": "tang", "password": PIN}).status_code == 409


def test_a_pin_needs_a_badge_and_is_not_easily_guessed(world: World) -> None:
    first = f"{PASSWORD}-first"
    add = AddPerson("ning", "Ning Yu", "88123", Role.NURSE, PASSWORD, "-first")
    world.story.do("ada", add_person, add, "quinn")
    own = Request(world.story.actor("ning"), Credentials("ning", first))
    perform(world.site, change_password, ChangePassword(PASSWORD), own)
    assert codes(world, "ning", set_pin, SetPin(PIN)) == {"no-badge-for-a-pin"}
    for pin in ("12345", "1" * 6, "1" * 12, "1234567890123", "12345a", "", "１２３４５６"):
        assert codes(world, "tang", set_pin, SetPin(pin)) == {"not-a-pin"}


def test_nobodys_pin_is_in_the_trail_or_on_a_page(world: World, badge: str) -> None:
    del badge
    page = world.client("ada").get("/accounts/people/tang").get_data(as_text=True)
    told = world.client("ada").get("/api/accounts/people/tang").get_data(as_text=True)
    assert "pin_hash" not in page + told
