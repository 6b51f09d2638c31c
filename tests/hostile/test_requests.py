"""Requests that no browser makes: what is wrong with them is said, and nothing breaks."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lims.demonstration.cast import PASSWORD
from tests.hostile.test_roles import token_in
from tests.hostile.watching import bearer
from tests.support.worlds import World

HOSTILE = ["\0", "a\0b", "\ud800", "'; --", "x" * 5000, "１２", "²", "\r\nX: y", "{{7*7}}", "%00"]


@pytest.fixture
def app(either_world: World) -> Flask:
    # On both databases: PostgreSQL takes neither NUL nor a number beyond 64 bits.
    return either_world.app()


def weigh(world: World, **other: object) -> dict[str, object]:
    """A right weighing but for what is given."""
    right = {"participant": world.participants[0], "visit": 1, "weight": "72.5", "scale": "s"}
    return {**right, **other}


def test_hostile_names_at_the_log_in_are_refused(either_world: World, app: Flask) -> None:
    for text in HOSTILE:
        sent = text.encode("utf-8", "surrogatepass")
        for entry in ("login", "password", "station", "then"):
            right = {"login": b"nora", "password": PASSWORD.encode(), "station": b"", "then": b"/"}
            data = {
                name: value.decode("latin-1") for name, value in (right | {entry: sent}).items()
            }
            answer = app.test_client().post("/login", data=data)
            assert answer.status_code in {303, 400, 409, 422}, (entry, text)
            if entry in {"login", "password"}:
                assert answer.status_code != 303, (entry, text)
            assert "\n" not in answer.headers.get("Location", "")
        either_world.story.wait(minutes=11)  # else the pauses for guessing hide the rest


def test_hostile_paths_and_scans_are_answered(either_world: World, app: Flask) -> None:
    client = either_world.client("tang", app)
    places = [
        "/release/lots/{}",
        "/release/trace/{}",
        "/culture/harvests/{}",
        "/labelling/labels/{}.pdf",
    ]
    places += ["/bank/vials/{}", "/orders/{}", "/filling/bags/{}", "/donation/donors/{}"]
    places += ["/testing/specifications/lot/{}", "/testing/specifications/{}/1", "/{}", "/do/{}"]
    places += ["/api/release/lots/{}", "/api/testing/specifications/lot/{}", "/scan?code={}"]
    places += [
        "/scan?code=x&from={}",
        "/login?then={}",
        "/labelling/labels/{}.png",
        "/masters/{}",
        "/labelling/batches/{}",
        "/static/{}",
    ]
    for place in places:
        for text in ["%00", "%ed%a0%80", "%ff", "²", "-1", "9" * 40, "..%2f..%2fx", "x" * 9000]:
            answer = client.get(place.format(text))
            assert answer.status_code in {200, 303, 308, 404, 405, 422}, (place, text)


def test_unknown_methods_and_routes_are_refused(either_world: World, app: Flask) -> None:
    client = either_world.client("nora", app)
    for path in (
        "/",
        "/bedside/bags",
        "/api/bedside/bags",
        "/do/trial/weigh",
        "/nothing",
        "/login",
    ):
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW", "x" * 300):
            answer = client.open(path, method=method)
            assert answer.status_code in {400, 401, 404, 405, 501}, (method, path)
            assert answer.status_code != 405 or answer.headers["Allow"]
        assert client.options(path).status_code in {200, 204, 404, 405}
        assert client.head(path).status_code in {200, 404, 405}


def test_strange_headers_let_nobody_in_and_break_nothing(either_world: World, app: Flask) -> None:
    headers = [
        {"Authorization": value}
        for value in ("Bearer", "Bearer ", "Bearer \xff", "Basic eDp5", "bearer x y", ":" * 9000)
    ]
    headers += [{"Cookie": f"funis={value}"} for value in ("", "\xff", "x" * 9000, "a=b; ;;=", '"')]
    headers += [{"Cookie": "funis_form=.eJwx.x.y"}, {"Cookie": ";;; =;funis"}]
    headers += [{"Range": "bytes=9-1"}, {"If-Modified-Since": "yesterday"}, {"Accept": "x/y;q=z"}]
    headers += [{"Content-Length": "-1"}, {"Host": "evil.example"}, {"X-Forwarded-Host": "evil"}]
    for header in headers:
        page = app.test_client().get("/", headers=header)
        assert page.status_code in {303, 400}, header
        assert "evil" not in page.headers.get("Location", ""), header
        assert app.test_client().get("/api/bedside/bags", headers=header).status_code in {401, 400}
        style = app.test_client().get("/static/funis.css", headers=header, buffered=True)
        assert style.status_code in {200, 206, 304, 400, 416}, header
        assert app.test_client().get("/health", headers=header).status_code in {200, 400}


def test_a_cookie_needs_the_form_token_whatever_else_is_sent(
    either_world: World, app: Flask
) -> None:
    client = either_world.client("nora", app)
    for header in ("Basic eDp5", "Digest x", "x", "Bearer"):
        answer = client.post(
            "/do/trial/weigh", data=weigh(either_world), headers={"Authorization": header}
        )
        assert answer.status_code in {400, 401}, (header, answer.status_code)
    without = client.post("/api/trial/weigh", json=weigh(either_world))
    assert without.status_code == 400  # the API takes a cookie from our own pages only
    token = token_in(client)
    stranger = either_world.client("niu", app)
    theirs = stranger.post("/do/trial/weigh", data=weigh(either_world) | {"csrf_token": token})
    assert theirs.status_code == 400  # a token is good for its own browser only


def posted(app: Flask, header: dict[str, str], data: bytes, kind: str) -> int:
    client: FlaskClient = app.test_client()
    answer = client.post("/api/trial/weigh", data=data, content_type=kind, headers=header)
    assert answer.is_json, (data[:60], kind)
    assert set(answer.get_json()) == {"code", "sentence", "reasons", "fields"}, data[:60]
    return answer.status_code


def test_a_body_that_is_not_right_json_is_refused(either_world: World, app: Flask) -> None:
    header = bearer(either_world, "nora")
    right = json.dumps(weigh(either_world)).encode()
    for kind in ("text/plain", "application/xml", "", "multipart/form-data", "application/x-json"):
        assert posted(app, header, right, kind) == 415, kind
    bodies = [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{'a':1}", b"[" * 100_000]
    bodies += [b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"visit":' + b"9" * 5000 + b"}"]
    bodies += [right + right, b"\0" + right, right.decode().encode("utf-32")[:-3]]
    for body in bodies:
        assert posted(app, header, body, "application/json") in {400, 413, 422}, body[:40]
    for charset in ("klingon", "utf-7", "../../etc"):
        kind = f"application/json; charset={charset}"
        assert posted(app, header, b"{}", kind) in {400, 415, 422}
    assert posted(app, header, b"x" * 3_000_000, "application/json") == 413


def test_values_at_the_edge_are_refused_or_taken_but_never_crash(
    either_world: World, app: Flask
) -> None:
    client, header = app.test_client(), bearer(either_world, "nora")
    edges = [*HOSTILE, None, True, 1.5, -1, 0, 2**53 - 1, 2**53, 2**63, 10**400, [], {}, [[]], ""]
    edges += [float("nan"), float("inf"), "NaN", "1e5", "9" * 20, "0.0000000000001", "-0", " 1"]
    for field in ("participant", "visit", "weight", "scale", "unknown"):
        for value in edges:
            body = json.dumps(weigh(either_world, **{field: value}))
            answer = client.post(
                "/api/trial/weigh", data=body, content_type="application/json", headers=header
            )
            assert answer.status_code in {400, 404, 409, 422, 200}, (field, value)
            if answer.status_code == 200:
                assert field == "scale", (field, value)
    infusion = {"participant": either_world.participants[0], "visit": 1}
    for moment in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00Z"):
        answer = client.post(
            "/api/trial/order-infusion", json=infusion | {"slot_at": moment}, headers=header
        )
        assert answer.status_code in {409, 422}, moment
    ines = bearer(either_world, "ines")
    person = {"initials": "X", "sex": "female", "hospital_number": "1", "consent_version": "1"}
    for born in ("0001-01-01", "9999-12-31", "2026-02-30", "1e3", "1970-01-01T00:00"):
        for consent in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
            body = person | {"born_on": born, "consent_at": consent}
            answer = client.post("/api/trial/register-participant", json=body, headers=ines)
            assert answer.status_code in {409, 422}, (born, consent)


def test_hostile_signatures_and_keys_are_refused(either_world: World, app: Flask) -> None:
    client, header = app.test_client(), bearer(either_world, "quinn")
    body = {"lot": either_world.lots["product"], "reason": "r"}
    for text in [*HOSTILE, 1, None, [], {"a": 1}]:
        for entry in ("sign_login", "sign_password", "witness_login"):
            signed = {"sign_login": "quinn", "sign_password": "wrong"} | {entry: text}
            answer = client.post("/api/release/hold-lot", json=body | signed, headers=header)
            assert answer.status_code in {409, 422}, (entry, text)
        either_world.story.wait(minutes=11)
    nurse = bearer(either_world, "nora")
    for key in ("k" * 101, "é", "\x7f", "a b", "\xff", "'; --"):
        answer = client.post(
            "/api/trial/weigh", json=weigh(either_world), headers=nurse | {"Idempotency-Key": key}
        )
        assert answer.status_code in {200, 409, 422}, key
