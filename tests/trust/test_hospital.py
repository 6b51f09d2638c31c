"""The hospital's own log-in: who it vouches for comes in, and signs what they were asked to sign."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from lims.accounts.actions import ResetPassword, deactivate_person, reset_password
from lims.accounts.factors import EndAuthenticator, end_authenticator
from lims.demonstration.cast import PASSWORD
from lims.settings import Hospital, Settings
from lims.trust.identity.hospital import SERVES, HospitalProof, ToSign
from lims.trust.identity.passwords import FailedProof, Proof
from lims.trust.identity.people import LoginSession
from lims.trust.identity.provider import AT_ONCE, LASTS
from lims.trust.identity.signatures import Signature
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.verify import verify_trail
from tests.support.provider import CLIENT, SECRET, Provider, serving
from tests.support.worlds import World
from tests.trust.test_reads import token_in
from tests.trust.test_sessions import is_in

TOKEN = "trust/make-token"  # something that is signed
LOST = "accounts/end-authenticator"  # something that two sign


@pytest.fixture
def hospital(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A hospital that says how strongly people proved it; Quinn and Nora are linked to it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Provider(world.site.clock)) as provider:
        set_up(world, provider)
        for login in ("quinn", "nora"):
            assert linked(world.client(login), provider, login).status_code == 303
        yield provider


def set_up(world: World, provider: Provider, **changes: Any) -> None:
    known = Hospital(provider.issuer, CLIENT, SECRET, "City hospital", ("two",))
    world.site.settings = replace(world.site.settings, hospital=replace(known, **changes))


def away(client: FlaskClient, provider: Provider, path: str, name: str) -> dict[str, str]:
    """The browser leaves for the hospital, where this person proves it: the answer."""
    if path.startswith("/hospital/login"):
        client.get("/login")
    left = client.get(path)
    assert left.status_code == 303, left.text
    asked = dict(parse_qsl(urlsplit(left.headers["Location"]).query))
    assert (asked["prompt"], asked["max_age"], asked["acr_values"]) == ("login", "0", "two")
    provider.clock.now += timedelta(seconds=2)
    back = urlsplit(provider.answers(asked, name))
    page = client.get(f"{back.path}?{back.query}")
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))


def shown(client: FlaskClient, provider: Provider, path: str, name: str) -> TestResponse:
    answer = away(client, provider, path, name)
    return client.post("/hospital/back", data=answer)


def comes(world: World, provider: Provider, name: str, asked: str = "") -> FlaskClient:
    client = world.app().test_client()
    shown(client, provider, f"/hospital/login{asked}", name)
    return client


def against(answer: TestResponse) -> list[str]:
    """The codes of what spoke against."""
    return re.findall(r'<li data-code="([^"]+)"', answer.text)


def sends(
    client: FlaskClient, path: str, key: str, signed: str = "", **entries: str
) -> TestResponse:
    given = {"csrf_token": token_in(client), "_key": key, "_sign_login": signed, **entries}
    return client.post(f"/do/{path}", data=given)


def linked(client: FlaskClient, provider: Provider, login: str, name: str = "") -> TestResponse:
    assert shown(client, provider, "/hospital/link", name or login).status_code == 303
    return sends(client, "accounts/link-hospital-account", "", login, _sign_password=PASSWORD)


def asks(form: str, path: str = TOKEN, second: str = "no") -> str:
    return f"/hospital/sign?act={path}&form={form}&second={second}"


def test_whoever_is_linked_comes_in_with_the_hospitals_log_in(
    world: World, hospital: Provider
) -> None:
    client = comes(world, hospital, "quinn")
    assert is_in(client)
    assert b"quinn" in client.get("/accounts/me").data
    stranger = comes(world, hospital, "somebody else")
    assert not is_in(stranger)
    with world.site.reading() as session:
        failed = session.scalars(select(FailedProof)).all()
        assert [one.proof for one in failed] == [Proof.HOSPITAL]
        assert "somebody" not in failed[0].login
        assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_an_answer_serves_once_in_its_own_browser_and_not_for_long(
    world: World, hospital: Provider
) -> None:
    app = world.app()
    client, other = app.test_client(), app.test_client()
    answer = away(client, hospital, "/hospital/login", "quinn")
    assert other.post("/hospital/back", data=answer).status_code == 409
    away(other, hospital, "/hospital/login", "nora")
    assert other.post("/hospital/back", data=answer).status_code == 409  # another one's answer
    assert not is_in(other)
    assert client.post("/hospital/back", data={**answer, "iss": "https://x"}).status_code == 409
    answer = away(client, hospital, "/hospital/login", "quinn")
    assert client.post("/hospital/back", data=answer).status_code == 303
    assert client.post("/hospital/back", data=answer).status_code == 409
    late = app.test_client()
    answer = away(late, hospital, "/hospital/login", "quinn")
    world.clock.now += LASTS + timedelta(seconds=1)
    assert late.post("/hospital/back", data=answer).status_code == 409
    no = away(late, hospital, "/hospital/login", "quinn")
    told = late.post("/hospital/back", data={"state": no["state"], "error": "access_denied"})
    assert told.status_code == 409
    assert not is_in(late)


WRONG: tuple[dict[str, Any], ...] = (
    {"iss": "https://elsewhere.example"},
    {"aud": "another client"},
    {"aud": [CLIENT, "another client"], "azp": "another client"},
    {"nonce": "another"},
    {"nonce": None},
    {"sub": None},
    {"exp": 1},
    {"auth_time": None},
    {"auth_time": 1},
    {"auth_time": "now"},
    {"auth_time": 1e300},
    {"sub": "number-of-quinn\x00"},
    {"preferred_username": "nniuq\u202e"},
    {"acr": "one"},
    {"acr": None},
)


def test_what_the_hospital_does_not_say_of_us_and_now_opens_nothing(
    world: World, hospital: Provider
) -> None:
    for wrong in WRONG:
        hospital.claims = wrong
        assert not is_in(comes(world, hospital, "quinn")), wrong
    hospital.claims = {}
    assert is_in(comes(world, hospital, "quinn"))


def test_another_key_or_none_opens_nothing(world: World, hospital: Provider) -> None:
    good = hospital.key
    hospital.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert not is_in(comes(world, hospital, "quinn"))
    hospital.key, hospital.algorithm = OctKey.import_key(good.as_dict(private=False)["n"]), "HS256"
    assert not is_in(comes(world, hospital, "quinn"))


def test_whoever_answers_in_its_place_is_not_asked(world: World, hospital: Provider) -> None:
    set_up(world, hospital, issuer=hospital.issuer + "/")
    client = world.app().test_client()
    client.get("/login")
    assert client.get("/hospital/login").status_code == 409


def test_odd_addresses_of_the_hospital_are_refused(world: World, hospital: Provider) -> None:
    client = world.app().test_client()
    client.get("/login")
    for wrong in (None, 5, [], {}, "", "http://[bad", "http://id.hospital.example/x"):
        hospital.pages = {"authorization_endpoint": wrong}
        assert client.get("/hospital/login").status_code == 409, wrong
        for name in ("token_endpoint", "jwks_uri"):
            hospital.pages = {name: wrong}
            left = client.get("/hospital/login").headers["Location"]
            asked = dict(parse_qsl(urlsplit(left).query))
            answer = dict(parse_qsl(urlsplit(hospital.answers(asked, "quinn")).query))
            told = client.post("/hospital/back", data=answer)
            assert told.status_code == 409, (name, wrong)


def test_a_hospital_that_hangs_stops_two_threads_and_no_more(
    world: World, hospital: Provider
) -> None:
    client = world.app().test_client()
    client.get("/login")
    for _ in range(2):
        assert AT_ONCE.acquire(blocking=False)
    try:
        assert client.get("/hospital/login").status_code == 409
    finally:
        AT_ONCE.release(2)
    assert client.get("/hospital/login").status_code == 303


def test_a_browser_that_is_told_from_no_other_goes_by_the_log_in_page(
    world: World, hospital: Provider
) -> None:
    client = world.app().test_client()
    left = client.get("/hospital/login?then=/accounts/me&station=%00ICU%E2%80%AE")
    assert left.headers["Location"] == "/login?then=/accounts/me"
    assert is_in(comes(world, hospital, "quinn", "?station=%00ICU%E2%80%AE"))
    with world.site.reading() as session:
        newest = session.scalars(select(LoginSession).order_by(LoginSession.opened_at.desc()))
        row = newest.first()
        assert row is not None
        assert (row.station, bool(row.device)) == ("ICU", True)


def test_while_the_hospital_is_away_the_password_serves(world: World, hospital: Provider) -> None:
    hospital.away = True
    client = world.app().test_client()
    client.get("/login")
    answer = client.get("/hospital/login")
    assert answer.status_code == 409
    assert b"does not answer" in answer.data
    assert is_in(world.client("quinn"))


def test_a_signature_by_the_hospital_is_for_one_form_of_one_person_and_once(
    world: World, hospital: Provider
) -> None:
    client = comes(world, hospital, "quinn")
    entries = {"name": "nightly", "days": "5", "door": "", "writes": "no"}
    assert sends(client, TOKEN, "first", "quinn", **entries).status_code == 409  # not asked
    told = shown(client, hospital, asks("first"), "quinn")
    assert b'data-vouched="first"' in told.data
    mistyped = sends(client, TOKEN, "first", "quinn", **{**entries, "days": "many"})
    assert mistyped.status_code == 422
    assert 'name="_key" value="first"' in mistyped.text  # what was proved serves on
    assert "The hospital confirms: quinn" in mistyped.text
    assert sends(client, TOKEN, "second", "quinn", **entries).status_code == 409
    assert sends(client, TOKEN, "first", "nora", **entries).status_code == 409
    assert sends(client, "accounts/set-pin", "first", "quinn", pin="739154").status_code == 409
    assert sends(client, TOKEN, "first", "quinn", **entries).status_code == 200
    again = sends(client, TOKEN, "first", "quinn", **{**entries, "name": "other"})
    assert again.status_code == 409
    with world.site.reading() as session:
        proofs = session.scalars(select(HospitalProof)).all()
        (proof,) = (p for p in proofs if p.place == ToSign(TOKEN, "first", False, "quinn").digest)
        signature = session.get_one(Signature, proof.signature)
        assert (signature.login, signature.action) == ("quinn", TOKEN)
        assert verify_trail(session, world.site.key.public_key()).faults == ()
        kept = str([vars(p) for p in proofs])
        houses = TrailEntry.stream_name.startswith("house/person/")
        payloads = session.scalars(select(TrailEntry.payload).where(houses)).all()
        told = [p for p in payloads if b"hospital_proof" in p and b"keep-vouched" in p]
        assert told
        assert TOKEN not in kept  # which step it is for stands nowhere that the ward's role reads
        assert not any(TOKEN.encode() in payload for payload in told)


def test_a_proof_for_a_form_lasts_five_minutes_and_ends_with_the_link(
    world: World, hospital: Provider
) -> None:
    client = comes(world, hospital, "quinn")
    entries = {"name": "nightly", "days": "5", "door": "", "writes": "no"}
    shown(client, hospital, asks("first"), "quinn")
    world.clock.now += SERVES + timedelta(seconds=1)
    assert sends(client, TOKEN, "first", "quinn", **entries).status_code == 409
    shown(client, hospital, asks("second"), "quinn")
    world.story.do("ada", end_authenticator, EndAuthenticator("quinn"), "qiu")
    back = world.client("quinn")
    assert sends(back, TOKEN, "second", "quinn", **entries).status_code == 409
    assert not is_in(comes(world, hospital, "quinn"))


def test_two_sign_by_the_hospital_at_one_screen(world: World, hospital: Provider) -> None:
    ada = world.client("ada")
    assert linked(ada, hospital, "ada").status_code == 303
    both = {"login": "nora", "_witness_login": "quinn"}
    shown(ada, hospital, asks("form", LOST), "ada")
    assert sends(ada, LOST, "form", "ada", **both).status_code == 409  # one is not two
    assert shown(ada, hospital, asks("form", LOST), "quinn").status_code == 409
    assert shown(ada, hospital, asks("form", LOST, "yes"), "ada").status_code == 409
    told = shown(ada, hospital, asks("form", LOST, "yes"), "quinn")
    assert b'data-login="quinn"' in told.data
    itself = {**both, "_witness_login": "ada"}
    assert sends(ada, LOST, "form", "ada", **itself).status_code == 409
    done = sends(ada, LOST, "form", "ada", **both)
    assert done.status_code == 303, against(done)
    assert not is_in(comes(world, hospital, "nora"))
    with world.site.reading() as session:
        signed = session.scalars(select(Signature.login).where(Signature.action == LOST)).all()
        assert sorted(signed) == ["ada", "quinn"]


def test_what_one_proves_in_ones_own_session_is_no_second_signature_in_anothers(
    world: World, hospital: Provider
) -> None:
    ada, quinn = world.client("ada"), comes(world, hospital, "quinn")
    body = {"login": "nora", "_sign_password": PASSWORD, "_witness_login": "quinn"}
    assert quinn.get(asks("form", LOST, "yes")).status_code == 403  # who may not, signs nothing
    told = shown(quinn, hospital, asks("form", "accounts/set-pin"), "quinn")
    assert told.status_code == 200
    lent = sends(ada, LOST, "form", "ada", **body)
    assert (lent.status_code, against(lent)) == (409, ["hospital-has-not-vouched"])
    shown(ada, hospital, asks("form", LOST, "yes"), "quinn")
    as_own = sends(quinn, LOST, "form", "quinn", login="nora", _witness_login="ada")
    assert as_own.status_code in {403, 404, 409}
    assert sends(ada, LOST, "form", "ada", **body).status_code == 303


def test_an_account_is_one_persons_and_only_what_was_just_shown_is_linked(
    world: World, hospital: Provider
) -> None:
    qiu = world.client("qiu")
    assert (
        sends(qiu, "accounts/link-hospital-account", "", "qiu", _sign_password=PASSWORD).status_code
        == 409
    )
    assert linked(qiu, hospital, "qiu", name="quinn").status_code == 409  # quinn's
    assert linked(qiu, hospital, "qiu").status_code == 303
    assert linked(qiu, hospital, "qiu", name="qiu at work").status_code == 303
    assert not is_in(comes(world, hospital, "qiu"))  # the earlier one is ended
    assert is_in(comes(world, hospital, "qiu at work"))
    gone = sends(qiu, "accounts/unlink-hospital-account", "", "qiu", _sign_password=PASSWORD)
    assert gone.status_code == 303
    assert not is_in(comes(world, hospital, "qiu at work"))


def test_whoever_has_left_comes_in_no_more(world: World, hospital: Provider) -> None:
    client = comes(world, hospital, "nora")
    assert is_in(client)
    world.story.do("ada", deactivate_person, deactivate_person.command("nora"))
    assert not is_in(client)
    assert not is_in(comes(world, hospital, "nora"))


def test_where_it_serves_alone_a_password_opens_and_signs_nothing_but_the_administrators(
    world: World, hospital: Provider
) -> None:
    ada = world.client("ada")
    assert linked(ada, hospital, "ada").status_code == 303
    client = comes(world, hospital, "quinn")
    set_up(world, hospital, only=True)
    refused = (
        world.app().test_client().post("/login", data={"login": "quinn", "password": PASSWORD})
    )
    assert refused.status_code == 409
    assert is_in(world.client("ada"))
    assert is_in(world.client("qiu"))  # who is not linked yet
    entries = {"name": "nightly", "days": "5", "door": "", "writes": "no"}
    signed = {"_sign_password": PASSWORD}
    assert sends(client, TOKEN, "one", "quinn", **entries, **signed).status_code == 409
    gone = sends(client, "accounts/unlink-hospital-account", "", "quinn", **signed)
    assert gone.status_code == 409
    shown(client, hospital, asks("two"), "quinn")
    assert sends(client, TOKEN, "two", "quinn", **entries).status_code == 200
    reset = ResetPassword("quinn", "wisteria over nine", " gates and a heron")
    world.story.do("ada", reset_password, reset, "qiu")
    back = comes(world, hospital, "quinn")
    first = {
        "password": "a kite over seven hills",
        "_sign_password": "wisteria over nine gates and a heron",
    }
    assert sends(back, "accounts/change-password", "", "quinn", **first).status_code == 303


def test_a_hospital_that_says_no_strength_is_one_factor(world: World, hospital: Provider) -> None:
    set_up(world, hospital, strengths=())
    world.site.settings = replace(world.site.settings, second_factor=("qa",))
    client = world.app().test_client()
    client.get("/login")
    left = client.get("/hospital/login")
    asked = dict(parse_qsl(urlsplit(left.headers["Location"]).query))
    back = urlsplit(hospital.answers(asked, "quinn"))
    answer = dict(parse_qsl(back.query))
    told = client.post("/hospital/back", data=answer)
    assert told.status_code == 409
    assert b"second factor" in told.data


def test_who_must_have_a_second_factor_has_it_with_the_hospital(
    world: World, hospital: Provider
) -> None:
    world.site.settings = replace(world.site.settings, second_factor=("qa", "admin"))
    ada = world.client("ada")
    assert ada.get("/").status_code == 303  # to one's own page, to add something that proves more
    assert linked(ada, hospital, "ada").status_code == 303
    assert ada.get("/").status_code == 303  # a password is still a password
    assert is_in(comes(world, hospital, "ada"))
    assert is_in(comes(world, hospital, "quinn"))


def test_without_a_hospital_there_is_no_such_page(world: World) -> None:
    client = world.app().test_client()
    for path in ("/hospital/login", "/hospital/back"):
        assert client.get(path).status_code in {303, 404}
    assert b"/hospital/" not in client.get("/login").data


def test_its_settings_are_whole_or_refused() -> None:
    given = {"FUNIS_OIDC_ISSUER": "https://id.hospital.example/"}
    with pytest.raises(SystemExit, match="FUNIS_OIDC_CLIENT"):
        Settings.from_environment(given)
    whole = {**given, "FUNIS_OIDC_CLIENT": "funis", "FUNIS_OIDC_SECRET": "s"}
    found = Settings.from_environment(whole).hospital
    assert found == Hospital("https://id.hospital.example/", "funis", "s", "id.hospital.example")
    with pytest.raises(SystemExit, match="https"):
        Settings.from_environment({**whole, "FUNIS_OIDC_ISSUER": "http://id.hospital.example"})
