"""Somebody reads Chinese: no page and no refusal of any role has an English word left.

What people entered stays as they wrote it; codes, names and units are the same in both languages.
"""

import html
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Text as LongText
from sqlalchemy import select

from lims.attachments.rules import text_of
from lims.core.db import Base, Word
from lims.core.texts import LANGUAGES
from lims.trust.contents import Content
from tests.hostile.forms import Page, pages_of
from tests.hostile.test_pages import LOGINS, QUESTIONS, plausible
from tests.support.worlds import World, copies_of

pytestmark = pytest.mark.xdist_group("hostile")  # the busy world is told once
ALLOWED = {
    "Funis", "English", "STOP", "PIN", "Esc", "Enter", "Tab", "Code", "Data", "Matrix", "GTIN",
    "GMP", "ICH", "USP", "ISBT", "CSV", "XLSX", "csv", "xlsx", "UTF", "BOM", "RFC", "UTC", "SHA", "TOML",
    "JSON", "API", "OpenAPI", "dpi", "mmHg", "mmol", "mol", "min", "kg", "HbA", "DMSO", "ASCII",
    "CapsLock", "Ctrl", "AIM", "when", "why", "code", "sequence", "stratum", "IgM", "NAT", "FUNIS",
    "MAC", "Zebra", "ZPL", "Chromium", "toml", "EudraLex", "USB", "PNG", "SLVS", "Ctcae", "CTCAE",
    "DPP", "GLP", "SGLT", "PDF", "JPEG", "FCS", "wristbands", "WRISTBANDS", "SEPARATORS", "Bearer",
    "Asia", "Shanghai", "Gen", "SoftMax", "FlowJo", "FACSDiva", "CAPA",
}  # fmt: skip
HIDDEN = re.compile(r"<(script|style|code|pre|time)\b.*?</\1>", re.DOTALL)
SPOKEN = re.compile(
    r"(?:title|aria-label|placeholder|data-(?:offline|no-answer|scanned-already|listed-already"
    r'|finish-first|broken-off|no-camera|not-allowed|frame-set|close-camera))="([^"]*)"'
)
OURS = re.compile(r"LM[A-Z][0-9A-Z]{9,11}|\{\w+\}|[\w.-]+\.(?:csv|xlsx|toml)|[0-9a-f]{8,}")
FILE = re.compile(r"[\w.-]+\.(?:csv|xlsx|toml)")
WORD = re.compile(r"[A-Za-z]{3,}")
# What programmers read, and files that QA approves as they are.
RAW = re.compile(r"^/api|^/reference|^/masters|^/labelling|^/protocol/")


def entered_by_people(world: World) -> list[str]:
    """Every text that stands in the database, the longest first; no standing and no kind."""
    found: set[str] = set()
    with world.site.reading() as session:
        for table in Base.metadata.tables.values():
            for column in table.columns:
                if isinstance(column.type, Word) or not isinstance(column.type, LongText):
                    continue
                found.update(v for v in session.scalars(select(column).distinct()) if v)
        for data in session.scalars(select(Content.data)):  # an instrument's rows
            text, _ = text_of(data) or ("", "")
            found.update(re.split(r"[\",;\t\r\n]", text))
    return sorted((v for v in found if WORD.search(v)), key=len, reverse=True)


def english_in(page: str, entered: list[str]) -> set[str]:
    """What is left of a page's words once what people entered is taken out."""
    body = HIDDEN.sub(" ", page)
    left = set()
    for said in (*re.split(r"<[^<>]*>", body), *SPOKEN.findall(body)):
        text = html.unescape(said)
        if set(WORD.findall(text)) <= ALLOWED or FILE.fullmatch(text.strip()):
            continue
        for value in ("as usual", "CMV IgG", *entered):
            if value in text:
                text = text.replace(value, " ")
        text = OURS.sub(" ", text)
        if not set(WORD.findall(text)) <= ALLOWED:
            left.add(text.strip()[:200])
    return left


@pytest.fixture(scope="module", params=LOGINS)
def reader(
    told_busy: World, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, str]]:
    with copies_of(told_busy, tmp_path_factory.mktemp("chinese")) as copy:
        yield copy(), request.param


def test_no_english_is_left_for_whoever_reads_chinese(reader: tuple[World, str]) -> None:
    world, login = reader
    app = world.app()
    client = world.client(login, app)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN,zh;q=0.9,en;q=0.1"
    entered = entered_by_people(world)
    left: dict[str, set[str]] = {}
    pages = [p for p in pages_of(client, app) if p.html and not RAW.search(p.path)]
    forms = {}
    for page in pages:
        assert 'lang="zh"' in page.html
        left.setdefault(page.path, set()).update(english_in(page.html, entered))
        forms.update({(f.action, *sorted(f.entries)): f for f in page.forms})
    for form in forms.values():
        if form.action in QUESTIONS or form.action.endswith("choose-language"):
            continue
        seen = [e for e in form.own if e.kind != "hidden"]
        tries = (form.values(), form.values() | {e.name: plausible(e) for e in seen} | {"_key": ""})
        for values in tries:
            told = client.post(form.action, data=values)
            if 400 <= told.status_code < 500:
                entered_now = sorted({v for v in values.values() if v[1:]}, key=len, reverse=True)
                said = english_in(told.get_data(as_text=True), [*entered_now, *entered])
                left.setdefault(form.action, set()).update(said)
    found = sorted(f"{path}: {words}" for path, said in left.items() for words in said)
    assert not found, "\n".join(found)


def test_the_language_is_chosen_before_logging_in_and_remembered_for_the_person(
    told_busy: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with copies_of(told_busy, tmp_path_factory.mktemp("choice")) as copy:
        world = copy()
        app = world.app()
        anybody = app.test_client()
        assert 'lang="en"' in anybody.get("/login").get_data(as_text=True)
        answer = anybody.post("/language", data={"language": "zh", "then": "/login"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
        assert "登录" in anybody.get("/login").get_data(as_text=True)
        assert anybody.post("/language", data={"language": "tlh"}).status_code == 404

        client = world.client("nora", app)
        page = Page("/", client.get("/").get_data(as_text=True))
        switch = next(f for f in page.forms if f.action.endswith("choose-language"))
        assert client.post(switch.action, data=switch.values()).status_code == 303
        elsewhere = world.client("nora", app).get("/").get_data(as_text=True)
        assert 'lang="zh"' in elsewhere
        assert set(LANGUAGES) == {"en", "zh"}
        assert 'lang="en"' in world.client("niu", app).get("/").get_data(as_text=True)
