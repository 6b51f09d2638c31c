"""Who knows the password is not in: the code of the telephone in one's own pocket is asked for too."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask.testing import FlaskClient

from lims.accounts.factors import (
    AddAuthenticator,
    ConfirmAuthenticator,
    EndAuthenticator,
    add_authenticator,
    confirm_authenticator,
    end_authenticator,
)
from lims.cli import main
from lims.demonstration.cast import PASSWORD
from lims.trust.identity.passwords import FactorGiven, prove_factor
from tests.support.at_once import at_once
from tests.support.scenes import codes
from tests.support.worlds import World
from tests.trust.evidence import contents
from tests.trust.test_sessions import is_in


class Telephone:
    """Shows a code for each half minute."""

    def __init__(self, address: str) -> None:
        found = re.search(r"secret=([A-Z2-7]+)", address)
        assert found
        self.secret = base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))

    def code(self, world: World, drift: int = 0) -> str:
        at = int(world.clock.now.timestamp()) + 30 * drift
        return TOTP(self.secret, 6, SHA1(), 30, enforce_key_length=False).generate(at).decode()


def given(world: World, login: str = "quinn") -> Telephone:
    """Somebody's authenticator, proved by its first code."""
    made = world.story.do(login, add_authenticator, AddAuthenticator())
    mine = Telephone(made.once)
    world.story.do(login, confirm_authenticator, ConfirmAuthenticator(mine.code(world)))
    world.story.wait(minutes=1)
    return mine


def come(world: World, login: str, code: str = "") -> tuple[FlaskClient, int]:
    client = world.app().test_client()
    answer = client.post("/login", data={"login": login, "password": PASSWORD, "code": code})
    return client, answer.status_code


def test_the_password_alone_opens_nothing_and_with_the_code_it_does(either_world: World) -> None:
    mine = given(either_world)
    assert come(either_world, "quinn")[1] == 409
    assert come(either_world, "quinn", "000000")[1] == 409
    client, status = come(either_world, "quinn", mine.code(either_world))
    assert status == 303
    assert is_in(client)
    assert come(either_world, "qiu")[1] == 303  # who has none is asked for none


def test_a_code_serves_once_and_not_much_later(world: World) -> None:
    mine = given(world)
    code = mine.code(world)
    assert come(world, "quinn", code)[1] == 303
    assert come(world, "quinn", code)[1] == 409
    world.story.wait(minutes=1)
    late, soon = mine.code(world, -1), mine.code(world, 1)
    assert come(world, "quinn", mine.code(world, -3))[1] == 409
    assert come(world, "quinn", mine.code(world, 3))[1] == 409
    assert come(world, "quinn", late)[1] == 303  # a telephone's clock differs a little
    assert come(world, "quinn", soon)[1] == 303


def test_codes_are_not_guessed(world: World) -> None:
    mine = given(world)
    for guess in range(world.site.settings.failures_before_pause):
        assert come(world, "quinn", f"{guess:06}")[1] == 409
    paused = world.app().test_client()
    entered = {"login": "quinn", "password": PASSWORD, "code": mine.code(world)}
    assert "Too many" in paused.post("/login", data=entered).text


def test_of_many_codes_at_once_each_is_counted(either_world: World) -> None:
    given(either_world)
    site, most = either_world.site, either_world.site.settings.failures_before_pause
    actor = either_world.story.actor("quinn")

    def guess(number: int) -> Callable[[], Any]:
        return lambda: prove_factor(site, actor, FactorGiven(f"{number:06}"), "10.0.0.9")

    found = [one.reasons[0].code for one in at_once([guess(n) for n in range(2 * most)])]
    assert sorted(found) == sorted(["wrong-code"] * most + ["too-many-failures"] * most)


def test_who_must_have_one_comes_to_nothing_else_before(world: World) -> None:
    world.site.settings = replace(world.site.settings, second_factor=("qa", "admin"))
    elsewhere, _ = come(world, "quinn")
    client, status = come(world, "quinn")
    assert status == 303
    assert client.get("/").headers["Location"].endswith("/accounts/me")
    assert client.get(f"/api/release/lots/{world.lots['product']}").status_code == 403
    page = client.get("/accounts/me").text
    assert "needs an authenticator" in page
    key = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": key, "_sign_login": "quinn", "_sign_password": PASSWORD}
    made = client.post("/do/accounts/add-authenticator", data=form).text
    mine = Telephone(made)
    entered = {"csrf_token": key, "code": mine.code(world)}
    assert client.post("/do/accounts/confirm-authenticator", data=entered).status_code < 400
    assert elsewhere.get("/accounts/me").status_code == 303  # who is in elsewhere has shown no code
    assert elsewhere.get("/accounts/me").headers["Location"].startswith("/login")
    assert is_in(client)
    world.story.wait(minutes=1)
    client, status = come(world, "quinn", mine.code(world))
    assert (status, is_in(client)) == (303, True)
    assert come(world, "tang")[0].get("/").status_code == 200  # others are not asked


def test_a_lock_is_opened_by_the_password_where_the_code_was_shown(world: World) -> None:
    mine = given(world)
    client, _ = come(world, "quinn", mine.code(world))
    world.story.wait(minutes=20)
    assert not is_in(client)
    again = client.post("/login", data={"login": "quinn", "password": PASSWORD})
    assert again.status_code == 303
    assert is_in(client)
    assert come(world, "quinn")[1] == 409  # elsewhere it is asked for
    world.story.wait(hours=11, minutes=45)  # the twelve hours run from the code, not from here
    over = client.post("/login", data={"login": "quinn", "password": PASSWORD})
    assert over.status_code == 409


def test_a_lost_one_is_ended_by_two_and_not_by_ones_own_hand(world: World) -> None:
    given(world)
    end = EndAuthenticator("quinn")
    assert codes(world, "ada", end_authenticator, end) == {"signature-needed"}
    assert codes(world, "ada", end_authenticator, end, "quinn") == {"your-own-password"}
    assert codes(world, "quinn", add_authenticator, AddAuthenticator()) == {"has-authenticator"}
    world.story.do("ada", end_authenticator, end, "qiu")
    assert come(world, "quinn")[1] == 303


@pytest.mark.parametrize("late", [False, True])
def test_one_that_nobody_proved_counts_for_nothing(world: World, late: bool) -> None:
    made = world.story.do("quinn", add_authenticator, AddAuthenticator())
    assert come(world, "quinn")[1] == 303
    world.clock.now += timedelta(minutes=20 if late else 1)
    code = Telephone(made.once).code(world, 0 if late else 9)
    expected = {"no-new-authenticator"} if late else {"wrong-code"}
    assert codes(world, "quinn", confirm_authenticator, ConfirmAuthenticator(code)) == expected


def test_the_secret_is_in_no_row_and_opens_for_nobody_else(either_world: World) -> None:
    mine = given(either_world)
    kept = [row for rows in contents(either_world).values() for row in rows]
    assert not any(mine.secret.hex() in row for row in kept)


def test_an_intruder_with_the_password_is_out_when_the_owner_adds_an_authenticator(
    world: World,
) -> None:
    intruder, _ = come(world, "quinn")
    assert is_in(intruder)
    given(world)
    assert not is_in(intruder)
    form = {"login": "quinn", "password": PASSWORD}
    assert intruder.post("/login", data=form).status_code == 409


def test_the_owner_of_the_machine_lets_the_only_one_in_and_qa_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(world, "ada")
    monkeypatch.setattr("lims.rescue.the_site", lambda: world.site)
    assert CliRunner().invoke(main, ["rescue", "nobody"]).exit_code == 1
    told = CliRunner().invoke(main, ["rescue", "ada"])
    assert told.exit_code == 0, told.output
    found = re.search(r"[A-Za-z0-9_-]{16}", told.output)
    assert found, told.output
    client = world.app().test_client()
    form = {"login": "ada", "password": found[0]}
    assert client.post("/login", data=form).status_code == 303
    assert client.get("/").headers["Location"].endswith("/accounts/me")
    assert "ada got a new password" in world.client("quinn").get("/").text
