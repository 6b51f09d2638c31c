"""Every form on every page, filled in by somebody who means harm or cannot type."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lims.demonstration.cast import CAST, PASSWORD
from lims.trust.identity.roles import SIDES
from tests.hostile.forms import Entry, Page, PageForm, pages_of
from tests.hostile.watching import Watch, watching
from tests.support.worlds import World, copies_of

pytestmark = pytest.mark.xdist_group("hostile")  # the busy world is told once
MARK = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*191}}"
NEVER = {"NUL": "a\0b", "100,000 characters": "x" * 100_000}  # no entry of any kind takes these
NO_NUMBER = {
    "full-width": "１２３",
    "superscript": "²",
    "not a number": "NaN",
    "exponent": "1e400",
    "thirty digits": "9" * 30,
    "beyond 64 bits": str(2**64),
}
# These may be answered by anything but a crash.
NUMBERS = {"negative": "-1", "nought": "0", "most digits": f"{'9' * 20}.{'9' * 12}"}
MOMENTS = {"script": MARK, "first": "0001-01-01T00:00:00+23:59", "last": "9999-12-31"}
TEXTS = {"script": MARK, "no such number": "LMB000000000", "terminal": "\x1b[2J"}
LOGINS = ["tang", "ana", "quinn", "nora", "ines", "asa", "mona", "stan", "ada"]
CHANGED, RESET = "/do/accounts/change-password", "/do/accounts/reset-password"
# They are asked and store nothing: whatever comes is answered.
QUESTIONS = {"/login", "/unlock", "/logout", "/lock", "/stations/scanner"}
REFUSED = {400, 403, 404, 409, 413, 422}


@dataclass
class Hostile:
    """Somebody of the cast at a browser, with every page and every kind of form they meet."""

    world: World
    login: str
    client: FlaskClient
    watch: Watch
    pages: list[Page]
    forms: list[PageForm]
    password: str = PASSWORD
    passwords: int = 0

    @property
    def colleague(self) -> str:
        """Somebody else who works on the same side."""
        mine = SIDES[CAST[self.login][1]]
        others = (n for n, (_, role) in CAST.items() if SIDES[role] is mine and n != self.login)
        return next(others, "quinn")

    def filled(self, form: PageForm) -> dict[str, str]:
        """The form as an honest person might fill it in, signed rightly."""
        values = form.values()
        for entry in form.own:
            values[entry.name] = entry.value or plausible(entry)
        if form.action in {CHANGED, RESET}:
            values["password"] = self.another()
        for who, login, password in (
            ("sign", self.login, self.password),
            ("witness", self.colleague, PASSWORD),
        ):
            if f"_{who}_login" in values:
                values[f"_{who}_login"], values[f"_{who}_password"] = login, password
        return values

    def another(self) -> str:
        """A password that this person does not have yet."""
        self.passwords += 1
        return f"{PASSWORD}-{self.passwords}"

    def post(self, form: PageForm, values: dict[str, str], **headers: str) -> TestResponse:
        """Post it; a new password ends the session, so its owner logs in again."""
        answer = self.client.post(form.action, data=values, headers=headers)
        mine = form.action == CHANGED or (form.action == RESET and values["login"] == self.login)
        if mine and answer.status_code < 400:
            self.enter(values["password"])
            if form.action == RESET:  # whoever set it, it serves to choose one's own
                choose = next(f for f in self.forms if f.action == CHANGED)
                self.post(choose, self.filled(choose) | {"_key": ""})
        return answer

    def enter(self, password: str) -> None:
        """Log in with a new password."""
        self.password = password
        given = {"login": self.login, "password": password}
        assert self.client.post("/login", data=given).status_code == 303
        page = Page("/accounts/me", self.client.get("/accounts/me").get_data(as_text=True))
        token = next(f for f in page.forms if f.action == "/logout").entries["csrf_token"]
        for form in self.forms:  # an old one is of the session before
            form.entries["csrf_token"] = token

    def send(self, form: PageForm, values: dict[str, str]) -> TestResponse:
        """Send it; each time under a key of its own, so that no answer is remembered."""
        if "_key" in values:
            values = values | {"_key": self.world.site.chance.letters("hostile", "abcdef", 32)}
        answer = self.post(form, values)
        told = answer.get_data(as_text=True)
        assert answer.status_code < 500, (form.action, form.page, values, told[-1500:])
        assert "<img src=x" not in told, (form.action, values)
        assert "<script>alert" not in told, (form.action, values)
        return answer


def plausible(entry: Entry) -> str:
    """Something that may well be right."""
    if choices := [option for option in entry.options if option]:
        return choices[0]
    kinds = {"password": PASSWORD, "date": "2027-02-01", "datetime-local": "2026-01-20T09:00"}
    return kinds.get(entry.kind, "2" if entry.number else "as usual")


@pytest.fixture(scope="module", params=LOGINS)
def hostile(
    told_busy: World, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hostile]:
    """One world for each person; the last test of the module spoils it."""
    with copies_of(told_busy, tmp_path_factory.mktemp("hostile")) as copy:
        world = copy()
        app = world.app()
        client = world.client(request.param, app)
        pages = list(pages_of(client, app))
        kinds: dict[tuple[str, ...], PageForm] = {}
        for form in (form for page in pages for form in page.forms):
            kinds.setdefault((form.action, *sorted(form.entries)), form)
        forms = [form for form in kinds.values() if form.action not in QUESTIONS]
        with watching(world) as watch:
            yield Hostile(world, request.param, client, watch, pages, forms)


def check_refusal(form: PageForm, sent: dict[str, str], answer: TestResponse) -> None:
    """The reason is on the page, and what was entered is still in the form."""
    assert answer.status_code in REFUSED, (form.action, answer.status_code, sent)
    page = Page(form.page, answer.get_data(as_text=True))
    assert page.told, (form.action, form.page, sent)
    if answer.status_code == 413 or not form.action.startswith("/do/"):
        return
    *_, again = (
        f for f in page.forms if f.action == form.action
    )  # a language is in the header too
    for name, value in sent.items():
        if name.startswith(("_", "csrf")) or "\0" in value or "\x1b" in value:
            continue
        entry = again.entries.get(name)
        hidden = form.entries[name].kind == "hidden"
        if hidden and (entry is None or "." in name):  # which row it is the page says anew
            continue
        assert entry is not None, (form.action, name, "is no longer in the form")
        if entry.kind in {"password", "file"}:  # no browser takes a file back
            assert entry.value == "", f"{name} was sent back"
        elif not entry.options or value in entry.options:
            assert entry.value.strip() == value.strip(), (form.action, name)


def bad_values(entry: Entry) -> dict[str, str]:
    """What to try in this entry."""
    if entry.number and entry.kind != "hidden":
        return NEVER | NO_NUMBER | NUMBERS | {"nothing": ""}
    if entry.options:
        return {"NUL": NEVER["NUL"], "nothing": "", "script": MARK}
    tried = MOMENTS if entry.kind in {"date", "datetime-local"} else TEXTS
    return NEVER | tried | {"nothing": ""}


def test_no_page_links_to_what_is_not_there(hostile: Hostile) -> None:
    assert [(page.path, page.status) for page in hostile.pages if page.status != 200] == []
    assert len(hostile.forms) >= 2


def test_a_form_without_its_token_or_with_another_is_refused(hostile: Hostile) -> None:
    for form in hostile.forms:
        honest = hostile.filled(form)
        without = {name: value for name, value in honest.items() if name != "csrf_token"}
        hostile.watch.changed()
        for sent in (without, honest | {"csrf_token": "x"}):
            answer = hostile.client.post(form.action, data=sent)
            assert answer.status_code == 400, (form.action, answer.status_code)
            assert b"too old" in answer.data
        assert not hostile.watch.changed(), form.action


def test_a_form_with_an_entry_that_it_never_had_is_refused_and_says_so(hostile: Hostile) -> None:
    for form in hostile.forms:
        hostile.watch.changed()
        answer = hostile.send(form, hostile.filled(form) | {"was_released": "yes"})
        assert answer.status_code == 422, (form.action, answer.status_code)
        assert not hostile.watch.changed(), form.action
        assert Page("", answer.get_data(as_text=True)).told, form.action


def test_a_form_that_names_another_site_never_leads_there(hostile: Hostile) -> None:
    targets = ["//evil.example", "javascript:alert(1)", "http://evil.example/", "/\\evil.example"]
    targets += ["\\\\evil.example", "/\t/evil.example", "http://[", "//℀", "/x\r\nSet-Cookie: a=b"]
    targets += ["/中文", "/{number}", "///evil.example", " //evil.example", "/.//evil.example"]
    form = next(f for f in hostile.forms if f.action == CHANGED)
    for target in targets:
        values = hostile.filled(form) | {"_then": target, "_key": ""}
        answer = hostile.post(form, values)
        assert answer.status_code == 303, (target, answer.status_code)
        to = answer.headers["Location"]
        assert urlsplit(to).netloc == "", (target, to)
        assert to.startswith("/"), (target, to)
        assert not to.startswith(("//", "/\\")), (target, to)


def test_no_entry_of_any_form_crashes_it_or_changes_anything_when_refused(hostile: Hostile) -> None:
    for form in hostile.forms:
        for entry in form.own:
            for name, value in bad_values(entry).items():
                hostile.watch.changed()
                sent = hostile.filled(form) | {entry.name: value}
                answer = hostile.send(form, sent)
                about = (form.action, entry.name, name, answer.status_code)
                if form.action == "/bedside/verify" and answer.status_code == 200:
                    assert hostile.watch.changed(), about  # a STOP is a fact, and is kept
                elif answer.status_code in REFUSED:
                    assert not hostile.watch.changed(), about
                    check_refusal(form, sent, answer)
                else:
                    assert answer.status_code == 303 or b"once-text" in answer.data, about
                    assert hostile.watch.changed(), about
                    assert name not in NEVER | NO_NUMBER, about
    for page in pages_of(hostile.client, hostile.client.application):
        assert page.status in {200, 404}, page.path  # what was taken is shown, as text
        assert MARK[:9] not in page.html, page.path
        assert not [link for link in page.links if link.startswith("javascript")], page.path


@pytest.mark.parametrize("number", ["9" * 20, "\u0663", "-1", "1e3", "x"])
@pytest.mark.parametrize("page", ["culture/steps", "monitoring/excursions"])
def test_an_address_that_names_nothing_is_nothing(world: World, page: str, number: str) -> None:
    client = world.client("tang")
    for path in (f"/{page}/{number}", f"/api/{page}/{number}"):
        assert client.get(path).status_code == 404, path
