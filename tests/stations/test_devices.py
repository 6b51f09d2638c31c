"""A station is a browser that an administrator registered where it stands."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lims.core.errors import Missing
from lims.demonstration.cast import PASSWORD
from lims.identifiers.reading import HowRead, ScannerSetUp, Via
from lims.stations.devices import EndStation, RegisterStation, end_station, register_station
from lims.trust.identity.people import LoginSession, token_digest
from lims.trust.trail.scan_log import ScanRead
from lims.trust.trail.verify import verify_trail
from lims.web.cookies import DEVICE, SESSION
from tests.support.scenes import codes
from tests.support.worlds import World
from tests.trust.test_reads import token_in
from tests.trust.test_sessions import is_in


def browser(app: Flask) -> FlaskClient:
    """A browser that has seen the log-in page."""
    client = app.test_client()
    client.get("/login")
    return client


def comes(client: FlaskClient, login: str, password: str = PASSWORD) -> TestResponse:
    given = {"login": login, "password": password, "station": "typed by hand"}
    return client.post("/login", data=given)


def kept(client: FlaskClient, name: str) -> str:
    found = client.get_cookie(name)
    assert found is not None
    return str(found.value)


def registered(client: FlaskClient, name: str, scanner: str = "any") -> TestResponse:
    return client.post(
        "/do/stations/register-station",
        data={
            "csrf_token": token_in(client),
            "name": name,
            "scanner": scanner,
            "device": token_digest(kept(client, DEVICE)),
            "_fixed": "device",
            "_sign_login": "ada",
            "_sign_password": PASSWORD,
        },
    )


def station_of_newest(world: World) -> str:
    with world.site.reading() as session:
        newest = select(LoginSession.station).order_by(LoginSession.opened_at.desc())
        return session.scalars(newest.limit(1)).one()


def test_whoever_logs_in_at_a_registered_browser_is_there(world: World) -> None:
    client = browser(world.app())
    comes(client, "ada")
    assert registered(client, "Trolley 1").status_code == 303
    assert b"You are at Trolley 1." in client.get("/login").data
    client.post("/logout", data={"csrf_token": token_in(client)})
    world.story.wait(seconds=5)
    assert comes(client, "nora").status_code == 303
    assert station_of_newest(world) == "Trolley 1"
    world.story.wait(seconds=5)
    comes(browser(world.app()), "niu")
    assert station_of_newest(world) == "typed by hand"
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_a_station_stays_one_while_it_is_used(world: World) -> None:
    client = browser(world.app())
    device = kept(client, DEVICE)
    for answer in (client.get("/login"), comes(client, "nora")):
        renewed = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{DEVICE}=")]
        assert renewed[0].startswith(f"{DEVICE}={device};")
        assert f"Max-Age={400 * 86_400}" in renewed[0]


def test_a_stolen_cookie_opens_nothing_in_another_browser(world: World) -> None:
    app = world.app()
    client, thief = browser(app), browser(app)
    comes(client, "nora")
    assert is_in(client)
    thief.set_cookie(SESSION, kept(client, SESSION))
    assert not is_in(thief)
    bare = app.test_client()
    bare.set_cookie(SESSION, kept(client, SESSION))
    assert not is_in(bare)
    assert is_in(client)


def test_a_lost_tablet_is_ended_and_whoever_is_in_there_is_out(world: World) -> None:
    app = world.app()
    tablet = browser(app)
    comes(tablet, "ada")
    registered(tablet, "Tablet 3")
    tablet.post("/logout", data={"csrf_token": token_in(tablet)})
    comes(tablet, "nora")
    assert is_in(tablet)
    ended = world.story.do("ada", end_station, EndStation("Tablet 3"))
    assert ended.ended_at is not None
    assert not is_in(tablet)
    with pytest.raises(Missing):
        world.story.do("ada", end_station, EndStation("Tablet 3"))


def test_a_name_and_a_browser_are_a_station_once(world: World) -> None:
    story = world.story

    def tried(name: str, device: str) -> set[str]:
        return codes(
            world, "ada", register_station, RegisterStation(name, ScannerSetUp.ANY, device)
        )

    story.do("ada", register_station, RegisterStation("Bench 1", ScannerSetUp.ANY, "one"))
    assert tried("Bench 1", "two") == {"station-name-taken"}
    assert tried("Bench 2", "one") == {"browser-is-a-station"}
    assert tried("Bench 2", "") == {"browser-keeps-nothing"}
    story.do("ada", end_station, EndStation("Bench 1"))
    story.do("ada", register_station, RegisterStation("Bench 1", ScannerSetUp.NONE, "one"))


def test_where_only_stations_count_people_log_in_nowhere_else(world: World) -> None:
    world.site.settings = replace(world.site.settings, only_stations=True)
    app = world.app()
    client = browser(app)
    refused = comes(client, "nora")
    assert refused.status_code == 409
    assert b"registered stations only" in refused.data
    assert comes(client, "ada").status_code == 303  # somebody has to register it
    registered(client, "Trolley 1")
    client.post("/logout", data={"csrf_token": token_in(client)})
    assert comes(client, "nora").status_code == 303


def test_guesses_elsewhere_pause_nobody_at_her_own_station(world: World) -> None:
    app = world.app()
    trolley, elsewhere = browser(app), browser(app)
    comes(trolley, "ada")
    registered(trolley, "Trolley 1")
    for _ in range(world.site.settings.failures_before_pause):
        assert comes(elsewhere, "nora", "a guess").status_code == 409
    paused = comes(elsewhere, "nora")
    assert paused.status_code == 409
    assert comes(trolley, "nora").status_code == 303  # the same address, another place


@pytest.mark.parametrize(
    ("scanner", "framed", "expected"),
    [
        (ScannerSetUp.ANY, False, Via.KEYS),
        (ScannerSetUp.FRAMED, True, Via.KEYS),
        (ScannerSetUp.FRAMED, False, Via.HAND),
        (ScannerSetUp.NONE, False, Via.HAND),
        (ScannerSetUp.NONE, True, Via.HAND),
    ],
)
def test_what_scans_at_a_station_decides_what_was_typed_there(
    scanner: ScannerSetUp, framed: bool, expected: Via
) -> None:
    quick = HowRead(Via.KEYS, milliseconds=5, framed=framed)
    assert quick.at(scanner).via is expected
    assert HowRead(Via.CAMERA).at(scanner).via is Via.CAMERA


@pytest.mark.parametrize(("scanner", "by_hand"), [("any", False), ("none", True)])
def test_a_quick_typist_where_nothing_scans_is_marked(
    world: World, scanner: str, by_hand: bool
) -> None:
    client = browser(world.app())
    comes(client, "ada")
    registered(client, "Desk", scanner)
    client.post("/logout", data={"csrf_token": token_in(client)})
    comes(client, "tang")
    given = {
        "csrf_token": token_in(client),
        "about": world.lots["product"],
        "what": "the alarm rang",
        "_how.about": '{"via": "keys", "ms": 3}',
    }
    assert client.post("/do/deviations/open-deviation", data=given).status_code == 303
    with world.site.reading() as session:
        read = session.scalars(select(ScanRead).order_by(ScanRead.id.desc()).limit(1)).one()
        assert (read.by, read.by_hand) == ("tang", by_hand)
