"""Passkeys: asked for at the log-in, once each, and worth nothing anywhere else."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lims.accounts.factors import EndAuthenticator, end_authenticator
from lims.demonstration.cast import PASSWORD
from lims.trust.identity.passkeys import SERVES, Passkey
from lims.trust.trail.verify import verify_trail
from tests.support.authenticator import PRESENT, Device, renamed
from tests.support.worlds import World
from tests.trust.test_reads import token_in
from tests.trust.test_sessions import is_in

HERE = "http://localhost"


def asked(client: FlaskClient, path: str = "/login/passkey") -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = json.loads(answer.data)
    return found


def added(
    client: FlaskClient, device: Device, login: str, password: str = PASSWORD
) -> TestResponse:
    return client.post(
        "/do/accounts/add-passkey",
        data={
            "csrf_token": token_in(client),
            "name": "telephone",
            "credential": device.make(asked(client, "/accounts/passkey")),
            "origin": HERE,
            "_sign_login": login,
            "_sign_password": password,
        },
    )


def comes(app: Flask, login: str, answer: str = "", password: str = PASSWORD) -> FlaskClient:
    client = app.test_client()
    client.post("/login", data={"login": login, "password": password, "passkey": answer})
    return client


@pytest.fixture
def device(world: World) -> tuple[Flask, Device]:
    """Quinn has a passkey."""
    app, found = world.app(), Device(HERE)
    elsewhere, client = comes(app, "quinn"), comes(app, "quinn")
    assert added(client, found, "quinn").status_code == 303
    assert is_in(client)
    assert not is_in(elsewhere)  # whoever was in has shown none
    return app, found


def test_who_has_a_passkey_comes_in_with_it_and_not_without(
    world: World, device: tuple[Flask, Device]
) -> None:
    app, key = device
    assert not is_in(comes(app, "quinn"))
    client = comes(app, "quinn", key.show(asked(app.test_client())))
    assert is_in(client)
    assert b"telephone" in client.get("/accounts/me").data
    assert not is_in(comes(app, "quinn", key.show(asked(app.test_client())), "a guess"))
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_an_answer_serves_once_and_not_for_long(world: World, device: tuple[Flask, Device]) -> None:
    app, key = device
    answer = key.show(asked(app.test_client()))
    late = key.show(asked(app.test_client()))
    assert is_in(comes(app, "quinn", answer))
    assert not is_in(comes(app, "quinn", answer))
    world.clock.now += SERVES + timedelta(seconds=1)
    assert not is_in(comes(app, "quinn", late))
    assert is_in(comes(app, "quinn", key.show(asked(app.test_client()))))


def test_a_passkey_of_somebody_else_or_shown_elsewhere_opens_nothing(
    world: World, device: tuple[Flask, Device]
) -> None:
    app, key = device
    browser = app.test_client()
    other = Device(HERE, name=b"another key here")
    assert added(comes(app, "qiu"), other, "qiu").status_code == 303
    elsewhere = replace(key, origin="https://fun1s.example")
    forged = replace(Device(HERE), name=key.name)  # another key in its name
    unproved = replace(key, flags=PRESENT)
    for wrong in (
        other.show(asked(browser)),
        elsewhere.show(asked(browser)),
        forged.show(asked(browser)),
        unproved.show(asked(browser)),
        renamed(key.show(asked(browser)), b"a challenge that we never made"),
        "{}",
        "[" * 5000,
        "nonsense",
        '{"response": {"clientDataJSON": "AAAA"}}',
        '{"id": 5, "response": 5}',
    ):
        assert not is_in(comes(app, "quinn", wrong)), wrong
        world.clock.now += timedelta(minutes=5)  # wrong ones are counted
    key.uses += 2  # the device has counted on
    assert is_in(comes(app, "quinn", key.show(asked(browser))))


def test_a_copied_device_is_noticed_by_its_count(
    world: World, device: tuple[Flask, Device]
) -> None:
    app, key = device
    copied = replace(key)
    for _ in range(2):
        world.clock.now += timedelta(seconds=5)
        assert is_in(comes(app, "quinn", key.show(asked(app.test_client()))))
    world.clock.now += timedelta(seconds=5)
    assert not is_in(comes(app, "quinn", copied.show(asked(app.test_client()))))


def test_wrong_ones_are_counted_as_codes_are(world: World, device: tuple[Flask, Device]) -> None:
    app, key = device
    for _ in range(world.site.settings.failures_before_pause):
        comes(app, "quinn", "nonsense")
    assert not is_in(comes(app, "quinn", key.show(asked(app.test_client()))))
    world.clock.now += timedelta(minutes=world.site.settings.failure_window_minutes + 1)
    assert is_in(comes(app, "quinn", key.show(asked(app.test_client()))))


def test_a_role_that_must_have_one_adds_a_passkey_before_anything_else(world: World) -> None:
    world.site.settings = replace(world.site.settings, second_factor=("qa",))
    app, key = world.app(), Device(HERE)
    client = comes(app, "quinn")
    assert client.get("/").status_code == 303
    assert added(client, key, "quinn").status_code == 303
    assert is_in(comes(app, "quinn", key.show(asked(app.test_client()))))


def test_a_password_alone_adds_no_second_passkey(
    world: World, device: tuple[Flask, Device]
) -> None:
    app, key = device
    client = comes(app, "quinn", key.show(asked(app.test_client())))
    world.clock.now += timedelta(minutes=5)
    client.post("/lock", data={"csrf_token": token_in(client)})
    answer = client.post("/login", data={"login": "quinn", "password": PASSWORD})
    assert answer.status_code == 303  # the password leads on where the passkey was shown
    colleague = Device(HERE, name=b"a colleague's own")
    refused = added(client, colleague, "quinn")
    assert refused.status_code == 409
    assert b"show-factor-first" in refused.data or b"within ten minutes" in refused.data
    chosen = {"csrf_token": token_in(client), "password": "a kite over seven hills"}
    signed = {"_sign_login": "quinn", "_sign_password": PASSWORD}
    changed = client.post("/do/accounts/change-password", data={**chosen, **signed})
    assert changed.status_code == 303  # who knows the password may change it, and proves no more
    assert added(client, colleague, "quinn", chosen["password"]).status_code == 409
    fresh = comes(app, "quinn", key.show(asked(app.test_client())), chosen["password"])
    assert added(fresh, colleague, "quinn", chosen["password"]).status_code == 303


def test_a_clock_that_was_ahead_locks_nobody_out(
    world: World, device: tuple[Flask, Device]
) -> None:
    app, key = device
    now = world.clock.now
    world.clock.now = now + timedelta(days=1)
    assert is_in(comes(app, "quinn", key.show(asked(app.test_client()))))
    world.clock.now = now + timedelta(minutes=1)
    again = comes(app, "quinn", key.show(asked(app.test_client())))
    assert again.get("/accounts/me").status_code == 200


def test_a_lost_one_is_ended_by_two(world: World, device: tuple[Flask, Device]) -> None:
    app, key = device
    world.story.do("ada", end_authenticator, EndAuthenticator("quinn"), "qiu")
    assert is_in(comes(app, "quinn"))
    assert is_in(comes(app, "quinn", key.show(asked(app.test_client()))))  # nothing is asked
    with world.site.reading() as session:
        assert session.query(Passkey.ended_at).scalar() is not None


def test_what_a_browser_could_not_make_is_no_passkey(world: World) -> None:
    app = world.app()
    client = comes(app, "quinn")
    broken = Device("https://fun1s.example")
    assert added(client, broken, "quinn").status_code == 409
    assert is_in(client)
    twice, again = Device(HERE), comes(app, "qiu")
    assert added(client, twice, "quinn").status_code == 303
    assert added(again, twice, "qiu").status_code == 409  # the same device's key
