"""Who may do what, who must not even know of it, and what nobody sees."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lims.demonstration.cast import CAST
from lims.trust.actions import ACTIONS
from lims.trust.identity.roles import PERMISSIONS, Permission, Role, Side
from lims.web.auth import OPEN
from tests.hostile.watching import Watch, bearer, watching
from tests.support.worlds import World, copies_of

pytestmark = pytest.mark.xdist_group("hostile")  # the busy world is told once
EVERYBODY = "technician analyst qa nurse investigator assessor monitor statistician admin"
# From product.md §1, not from the code: a new action must be entered here by somebody who thinks.
MAY: dict[str, str] = {
    "accounts": "admin",
    "accounts/change-password": EVERYBODY,
    "accounts/set-pin": EVERYBODY,
    "accounts/review-accesses": "qa monitor",
    "accounts/add-authenticator": EVERYBODY,
    "accounts/add-passkey": EVERYBODY,
    "accounts/link-hospital-account": EVERYBODY,
    "accounts/unlink-hospital-account": EVERYBODY,
    "accounts/confirm-authenticator": EVERYBODY,
    "trust/choose-language": EVERYBODY,
    "attachments": "technician analyst qa",
    "trial/attach-ward-file": "nurse investigator",
    "trial/strike-out-ward-file": "nurse investigator",
    "bank": "technician",
    "bank/dispose-of": "qa",
    "bank/found-again": "qa",
    "bedside": "nurse",
    "bedside/enter-given-against-stop": "investigator",
    "blinding": "statistician",
    "culture": "technician",
    "culture/adopt-recipe": "qa",
    "culture/permit-departure": "qa",
    "monitoring": "technician",
    "monitoring/judge-held": "qa",
    "monitoring/set-watch": "qa",
    "instruments": "technician",
    "deviations/close-deviation": "qa",
    "deviations/assess-deviation": "qa",
    "deviations/plan-capa": "qa",
    "deviations/replan-capa": "qa",
    "deviations/check-capa": "qa",
    "deviations/drop-capa": "qa",
    "deviations/report-capa": "technician analyst qa",
    "deviations/open-deviation": "technician qa",
    "dispatch": "technician",
    "dispatch/accept-copy": "qa",
    "donation/accept-cord": "qa",
    "donation/amend-cord": "technician",
    "donation/amend-donor-answer": "technician",
    "donation/amend-history": "technician",
    "donation/amend-serology": "analyst",
    "donation/annul-withdrawal": "qa",
    "donation/bring-report": "analyst",
    "donation/read-logger": "technician",
    "donation/review-serology": "analyst",
    "donation/withdraw-consent": "technician",
    "donation/decide-eligibility": "qa",
    "donation/enter-serology": "analyst",
    "donation/receive-cord": "technician",
    "donation/record-history": "technician",
    "donation/register-donor": "technician",
    "donation/number-donation": "technician",
    "donation/reject-cord": "qa",
    "deviations/amend-deviation": "technician qa",
    "filling": "technician",
    "filling/certify-bag": "qa",
    "filling/give-back-bag": "qa",
    "filling/give-back-session": "qa",
    "filling/release-bag": "qa",
    "followup/amend-event": "nurse investigator",
    "followup/amend-outcome": "assessor",
    "followup/assess-outcome": "assessor",
    "followup/report-event": "nurse investigator",
    "notices": EVERYBODY,
    "labelling": "technician analyst qa",
    "labelling/approve-master": "qa",
    "labelling/make-sleeves": "technician",
    "protocol": "qa",
    "release": "qa",
    "stations": "admin",
    "rooms/add-room": "qa",
    "rooms/amend-plate": "analyst",
    "rooms/expose-plate": "technician analyst",
    "rooms/place-equipment": "qa",
    "rooms/read-plate": "analyst",
    "supplies/accept-material": "qa",
    "supplies/add-item": "qa",
    "supplies/clear-line": "technician",
    "supplies/keep-materials": "technician qa",
    "supplies/log-care": "technician qa",
    "supplies/plan-care": "qa",
    "supplies/amend-item": "qa",
    "supplies/approve-supplier": "qa",
    "supplies/end-approval": "qa",
    "supplies/withdraw-item": "qa",
    "supplies/amend-equipment": "technician qa",
    "supplies/amend-material": "technician qa",
    "supplies/make-vehicle": "technician",
    "supplies/print-container-labels": "technician analyst qa",
    "supplies/receive-material": "technician qa",
    "supplies/register-equipment": "technician qa",
    "supplies/set-equipment": "qa",
    "supplies/verify-counter": "qa",
    "supplies/use-up": "technician qa",
    "testing": "analyst",
    "testing/approve-specification": "qa",
    "testing/sample-in-process": "technician analyst",
    "testing/sample-lot": "technician analyst",
    "testing/void-sample": "qa",
    "training": "qa investigator",
    "training/read-procedure": EVERYBODY,
    "training/delegate-task": "investigator",
    "training/end-delegation": "investigator",
    "trial": "investigator",
    "trial/cancel-order": "nurse",
    "trial/order-infusion": "nurse",
    "trial/destroy-ward-label": "nurse investigator",
    "trial/link-wristband": "nurse investigator",
    "trial/print-ward-tag": "nurse investigator",
    "trial/reprint-ward-label": "nurse investigator",
    "trial/scan-ward-label": "nurse investigator",
    "trial/send-ward-label": "nurse investigator",
    "trial/amend-weight": "nurse",
    "trial/weigh": "nurse",
    "trust": EVERYBODY,
    "unblinding/break-code": "investigator",
    "unblinding/look-back": "statistician",
}
SIDE_OF_SLICE = {
    Side.LAB: "attachments bank culture deviations dispatch donation filling instruments labelling masters monitoring orders protocols"
    " protocol/sign-protocol protocol/approve-protocol release rooms supplies testing",
    Side.WARD: "bedside exports followup training/delegate-task training/end-delegation trial",
    Side.VAULT: "blinding unblinding",
    Side.HOUSE: "accounts echo find front guide here notices protocol reference stations training trust act",
}
# An investigator alone crosses: the code break lies in the vault.
SIDES_OF = {
    "technician": {Side.LAB, Side.HOUSE},
    "analyst": {Side.LAB, Side.HOUSE},
    "qa": {Side.LAB, Side.HOUSE},
    "nurse": {Side.WARD, Side.HOUSE},
    "investigator": {Side.WARD, Side.VAULT, Side.HOUSE},
    "assessor": {Side.WARD, Side.HOUSE},
    "monitor": {Side.WARD, Side.HOUSE},
    "statistician": {Side.VAULT, Side.HOUSE},
    "admin": {Side.HOUSE},
}
ROLE_OF = {role.value: login for login, (_, role) in reversed(CAST.items())}
MAY_DIFFER = {"Content-Length", "Set-Cookie"}  # the path is in the page, the token in the cookie
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


def side_of(path: str) -> Side:
    """The side of a path itself, or of the slice that it begins with."""
    known = {name: side for side, names in SIDE_OF_SLICE.items() for name in names.split()}
    return known.get(path) or known[path.split("/", maxsplit=1)[0]]


PROGRAM = Permission.PROGRAM


def allowed(path: str) -> set[str]:
    """The roles that may do an action."""
    return set(MAY.get(path, MAY.get(path.split("/", maxsplit=1)[0], "")).split())


def expected(path: str, role: str) -> int | None:
    """The refusal that a role meets; None where it may."""
    if role in allowed(path):
        return None
    return 403 if side_of(path) in SIDES_OF[role] else 404


@pytest.fixture(scope="module")
def house(told_busy: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with copies_of(told_busy, tmp_path_factory.mktemp("roles")) as copy:
        yield copy()


@pytest.fixture(scope="module")
def app(house: World) -> Flask:
    return house.app()


@pytest.fixture(scope="module")
def watch(house: World) -> Iterator[Watch]:
    with watching(house) as found:
        yield found


def token_in(client: FlaskClient) -> str:
    found = CSRF.search(client.get("/accounts/me").get_data(as_text=True))
    assert found
    return found.group(1)


def own_path_hidden(html: str, path: str) -> str:
    """A page without what differs in every answer: its own address and the form's token."""
    return CSRF.sub("", html).replace(path, "PATH")


def test_the_table_names_every_action_and_no_other() -> None:
    slices = {path.split("/", maxsplit=1)[0] for path in ACTIONS}
    assert {p for p in MAY if "/" in p} <= set(ACTIONS)
    assert {p for p in MAY if "/" not in p} <= slices
    assert [path for path, a in ACTIONS.items() if not allowed(path) and a.may is not PROGRAM] == []
    assert set(SIDES_OF) == {role.value for role in Role}


def at_each_door(world: World, login: str) -> dict[Side, dict[str, str]]:
    """A token for each door that this person's roles open; at the house's any of them serves."""
    sides = sorted(world.story.actor(login).sides - {Side.HOUSE})
    found = {side: bearer(world, login, side) for side in sides}
    return {**found, Side.HOUSE: bearer(world, login, Side.HOUSE)}


@pytest.mark.parametrize("role", EVERYBODY.split())
def test_each_role_may_do_exactly_what_is_its_own(
    role: str, house: World, app: Flask, watch: Watch
) -> None:
    login = ROLE_OF[role]
    client, headers = house.client(login, app), at_each_door(house, login)
    token = token_in(client)
    script = app.test_client()
    watch.changed()
    for path in sorted(ACTIONS):
        if ACTIONS[path].may is PROGRAM:
            assert client.post(f"/do/{path}", data={"csrf_token": token}).status_code == 404
            continue
        if path == "trust/close-session" or not ACTIONS[path].served:
            continue  # these ask for nothing and would be done, or have a page of their own
        refusal = expected(path, role)
        header = headers.get(ACTIONS[path].may.side, headers[Side.HOUSE])
        by_script = script.post(f"/api/{path}", json={"no": "such entry"}, headers=header)
        by_page = client.post(f"/do/{path}", data={"csrf_token": token, "no": "such entry"})
        if refusal is None:
            assert by_script.status_code == 422, (path, role, by_script.get_json())
            assert by_page.status_code == 422, (path, role)
        else:
            assert by_script.status_code == refusal, (path, role, by_script.status_code)
            assert by_page.status_code == refusal, (path, role, by_page.status_code)
        assert not watch.changed(), (path, role)


@pytest.mark.parametrize("role", EVERYBODY.split())
def test_each_role_opens_the_pages_of_its_side_and_knows_of_no_other(
    role: str, house: World, app: Flask
) -> None:
    client = house.client(ROLE_OF[role], app)
    script, headers = app.test_client(), at_each_door(house, ROLE_OF[role])
    header, mine = headers[Side.HOUSE], SIDES_OF[role]
    unknown_page = client.get("/nothing/here")
    unknown_data = script.get("/api/nothing/here", headers=header)
    assert (unknown_page.status_code, unknown_data.status_code) == (404, 404)
    pages = 0
    for rule in app.url_map.iter_rules():
        may = getattr(app.view_functions[rule.endpoint], "may", None)
        if "GET" not in (rule.methods or ()) or may is None:
            continue
        path = re.sub(r"<(?:\w+:)?\w+>", "LMB000000000", rule.rule)
        part = rule.rule.removeprefix("/api").strip("/") or "front"
        side = Side.HOUSE if part == "scan" else side_of(part)
        assert may.side is side, (rule.rule, "asks for a permission of another side")
        of_api = rule.rule.startswith("/api")
        header = headers.get(side, headers[Side.HOUSE])
        answer = script.get(path, headers=header) if of_api else client.get(path)
        if side not in mine:
            assert answer.status_code == 404, (path, role, answer.status_code)
            if of_api:
                assert answer.data == unknown_data.data
            else:
                there = own_path_hidden(answer.get_data(as_text=True), path)
                nowhere = unknown_page.get_data(as_text=True)
                assert there == own_path_hidden(nowhere, "/nothing/here"), path
            nothing = unknown_data if of_api else unknown_page
            for name in {*answer.headers.keys(), *nothing.headers.keys()} - MAY_DIFFER:
                assert answer.headers.get(name) == nothing.headers.get(name), (path, name)
        elif may not in PERMISSIONS[Role(role)]:
            assert answer.status_code == 403, (path, role, answer.status_code)
        else:
            assert answer.status_code in {200, 303, 404}, (path, role, answer.status_code)
            pages += answer.status_code == 200
    assert pages >= 3


def test_nobody_sees_or_does_anything(house: World, app: Flask, watch: Watch) -> None:
    client = app.test_client()
    watch.changed()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?\w+>", "LMB000000000", rule.rule)
        for method in sorted(rule.methods or ()):
            if rule.endpoint in OPEN:
                continue
            answer = client.open(path, method=method, json={} if method == "POST" else None)
            if method == "GET" and not path.startswith("/api/"):
                assert answer.status_code == 303, (method, path, answer.status_code)
                assert answer.headers["Location"].startswith("/login?"), path
            else:
                assert answer.status_code == 401, (method, path, answer.status_code)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
    for path in sorted(ACTIONS):
        for prefix in ("/do", "/api"):
            assert client.post(f"{prefix}/{path}", data={}).status_code == 401, path
    assert client.get("/nothing").status_code in {303, 404}
    assert client.post("/nothing").status_code in {401, 404}
    assert not watch.changed()


def test_nothing_but_the_style_of_the_log_in_is_open_to_nobody(app: Flask) -> None:
    static = Path(app.static_folder or "")
    assert static.is_dir()
    kinds = {path.suffix for path in static.rglob("*") if path.is_file()}
    assert kinds <= {
        ".css",
        ".js",
        ".json",
        ".svg",
        ".woff2",
        ".woff",
        ".ttf",
        ".txt",
        ".md",
        ".map",
        ".wasm",
        "",
    }
    for path in ("/static/../settings.py", "/static/..%2fsettings.py", "/static//etc/passwd"):
        assert app.test_client().get(path).status_code in {303, 308, 404}, path


@pytest.mark.parametrize("role", ["technician", "nurse", "statistician", "admin"])
def test_the_description_of_the_api_names_no_route_of_the_other_side(
    role: str, house: World, app: Flask
) -> None:
    document = app.test_client().get(
        "/reference/openapi.json", headers=bearer(house, ROLE_OF[role])
    )
    paths = document.get_json()["paths"]
    assert paths
    for path in paths:
        assert side_of(path.removeprefix("/api/")) in SIDES_OF[role], path


@pytest.mark.parametrize("login", ["tang", "nora", "stan"])
def test_a_token_alone_makes_no_session_that_outlives_it(
    login: str, house: World, app: Flask
) -> None:
    script, header = app.test_client(), bearer(house, login)
    answer = script.post("/api/trust/open-session", json={"station": "mine"}, headers=header)
    assert answer.status_code in {403, 404, 405, 409}, "a stolen token renews itself for ever"
