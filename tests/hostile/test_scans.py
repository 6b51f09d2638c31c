"""Thousands of damaged scans through the web: nothing breaks, nothing wrong is let through."""

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lims.bags.models import Bag
from lims.bedside.models import Check, Infusion
from lims.bedside.rules import Word
from lims.core.chance import SeededChance
from lims.core.errors import Refused
from lims.identifiers.numbers import RANDOM_KINDS, Kind, counted_number, random_number
from lims.identifiers.scans import read_scan
from lims.labelling.models import Label
from lims.labelling.rules import LabelStanding
from lims.trust.trail.entries import StreamHead
from tests.support.scene_fixtures import Scene, received
from tests.support.worlds import World

__all__ = ["received"]
pytestmark = pytest.mark.xdist_group("hostile-scans")
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
SIGNS = "0123456789ABCXYZabcyz-/+=&<>#%.,:;()[]{}*'\"$ \x1d\x00\x7f\té中９，】\u202e\ud800"
FRAMES = ["]d1", "]C0", "]Q1", "]d2", "]C1", "]E0", "】d1", "]d1]d1", "\x02", "]", "]C4"]
OTHERS = [
    "]d2010952123454321317261231" + "10ABC123\x1d21XYZ", "010952123454321310ABC12321XYZ17261331",
    "8018735005385000000011", "=A99992600000168", "&>0183652359", "4006381333931", "\x1d", "[]",
    "=+04000=A99992600000168=<S0000V99&>0263652359=,000007", "https://example.org/x?y=1", "null",
]  # fmt: skip


def damaged(seed: str, sources: list[str], count: int) -> Iterator[str]:
    """One or two slips, frames, neighbours and cuts."""
    chance = random.Random(seed)
    for _ in range(count):
        text = chance.choice(sources)
        at = chance.randrange(len(text))
        yield (
            chance.choice(
                (
                    text[:at] + chance.choice(SIGNS) + text[at + 1 :],
                    text[:at] + chance.choice(SIGNS) + text[at:],
                    text[:at] + text[at + 1 :],
                    text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :],
                    text[:at],
                    text[at:],
                    text.swapcase(),
                    text[:at] + text[at:].lower(),
                    text + chance.choice(("", "\r\n", "\t")) + chance.choice(sources),
                    chance.choice(FRAMES) + text + chance.choice(("", "\r", "\x1d", "\0")),
                    "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
                    text * chance.choice((2, 40, 300)),
                )
            )
            .encode("utf-8", "replace")
            .decode()
        )


def named(raw: str) -> str:
    """The number that a scan names without any doubt, or nothing."""
    with suppress(Refused):
        number = read_scan(raw.strip()).number  # a form takes blank ends off
        return number if number in raw else ""
    return ""


def codes_of(world: World) -> list[str]:
    """Every label that exists here."""
    with world.site.reading() as session:
        return list(session.scalars(select(Label.code)))


def token_in(client: FlaskClient) -> str:
    found = CSRF.search(client.get("/accounts/me").get_data(as_text=True))
    assert found
    return found.group(1)


def counted(world: World) -> tuple[int, int]:
    with world.site.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(Infusion)) or 0,
            session.scalar(select(func.count()).where(Check.word == Word.GO)) or 0,
        )


@pytest.mark.parametrize("login", ["tang", "nora", "ada"])
def test_the_header_opens_what_was_scanned_or_says_why_not(received: Scene, login: str) -> None:
    world, cells, vehicle = received
    client = world.client(login)
    sources = [*codes_of(world), *world.participants, cells.bag, vehicle.bag, *OTHERS]
    opened = 0
    for raw in damaged(f"header {login}", sources, 500):
        answer = client.get("/scan", query_string={"code": raw})
        client.delete_cookie("funis_form")  # what was said; a browser would have shown it
        assert answer.status_code == 303, raw
        if answer.location != "/":
            opened += 1
            number = named(raw)
            assert number, (raw, answer.location)
            assert answer.location.endswith(number), (raw, answer.location)
    assert (opened > 0) is (login != "ada")
    assert client.get("/").status_code == 200  # all that was flashed can be shown


HOW = ["", "{", "[]", "null", '{"via":"keys","ms":90}', '{"via":"keys","ms":9000}', '{"via":"hand"}',
       '{"via":[]}', '{"via":"camera","ms":5}', '{"via":"keys","ms":1e99}', "[" * 999]  # fmt: skip


def test_no_damaged_scan_gets_a_go_at_the_bedside(received: Scene) -> None:
    """Four hundred pairs, one of each damaged: GO only for the two right codes, untouched."""
    world, cells, _ = received
    person, other = world.participants
    client = world.client("nora")
    token, chance = token_in(client), random.Random("bedside")
    before = counted(world)
    sources = [cells.bag, person, *OTHERS]
    for raw in damaged("bedside", sources, 400):
        wristband, bag = chance.choice(((person, raw), (raw, cells.bag), (raw, raw), (other, raw)))
        right = named(wristband) == person and named(bag) == cells.bag
        if right:
            continue  # harmless frames: the next test says GO to these
        form = {"csrf_token": token, "wristband": wristband, "bag": bag}
        form |= {"_how.wristband": chance.choice(HOW), "_how.bag": chance.choice(HOW)}
        answer = client.post("/bedside/verify", data=form)
        assert answer.status_code in {200, 409, 422}, (wristband, bag, form)
    assert counted(world) == before


def test_the_same_two_codes_untouched_get_their_go(received: Scene) -> None:
    world, cells, _ = received
    client = world.client("nora")
    scanned = json.dumps({"via": "keys", "ms": 90})
    form = {"csrf_token": token_in(client), "wristband": f"]d1{world.participants[0]}\r"}
    form |= {"bag": f"]C0{cells.bag}", "_how.wristband": scanned, "_how.bag": scanned}
    answer = client.post("/bedside/verify", data=form)
    assert answer.status_code == 200
    with world.site.reading() as session:
        assert session.scalar(select(Check.word).order_by(Check.id.desc()).limit(1)) == Word.GO
        assert session.scalar(select(Infusion.bag)) == cells.bag
        assert session.get(Bag, cells.bag) is not None


def active(world: World) -> set[str]:
    with world.site.reading() as session:
        wanted = select(Label.code).where(Label.standing == LabelStanding.ACTIVE)
        return set(session.scalars(wanted))


def test_no_damaged_scan_makes_a_label_active(received: Scene) -> None:
    world = received[0]
    client = world.client("tang")
    token, before, read = token_in(client), active(world), set()
    sources = [*codes_of(world)[:30], *world.participants, *OTHERS]
    for raw in damaged("scan back", sources, 400):
        form = {"csrf_token": token, "scan": raw, "_how.scan": random.Random(raw).choice(HOW)}
        answer = client.post("/do/labelling/scan-back", data=form)
        assert answer.status_code in {303, 409, 422}, raw
        if answer.status_code == 303:
            assert named(raw), raw
            read.add(named(raw))
    new = {code[:12] for code in active(world) - before}
    assert new <= read  # harmless frames around a whole code, nothing else


def answer_to(client: FlaskClient, code: str) -> tuple[int, str, str]:
    """Status, place and the page behind it, without the code itself and the token."""
    answer = client.get("/scan", query_string={"code": code, "from": "/accounts/me"})
    page = client.get(answer.location).get_data(as_text=True)
    page = CSRF.sub("", page).replace(code, "CODE").replace(code[:12], "CODE")
    page = re.sub(r"[0-9a-f]{32}", "", page)  # the keys of forms
    return answer.status_code, answer.location, page


def never_issued(kind: Kind) -> str:
    if kind in RANDOM_KINDS:
        return random_number(kind, SeededChance("never issued"))
    return next(n for c in range(900_000, 900_100) if (n := counted_number(kind, 2026, c)))


LAB_ONLY = [Kind.DONOR, Kind.CORD, Kind.FLASK, Kind.VIAL, Kind.LOT, Kind.MATERIAL, Kind.SAMPLE,
            Kind.SESSION, Kind.EQUIPMENT, Kind.PLACE]  # fmt: skip


def existing(world: World, kind: Kind) -> list[str]:
    """Numbers of this kind in any trail stream: they exist."""
    with world.site.reading() as session:
        names = session.scalars(select(StreamHead.name))
        last = {name.rsplit("/", 1)[-1] for name in names}
    return sorted(number for number in last if number[:3] == f"LM{kind}" and len(number) == 12)


@pytest.mark.parametrize("login", ["nora", "ines", "asa", "ada", "stan"])
def test_a_laboratory_number_is_hidden_as_if_it_did_not_exist(received: Scene, login: str) -> None:
    world = received[0]
    app: Flask = world.app()
    client = world.client(login, app)
    compared = 0
    for kind in LAB_ONLY:
        for number in existing(world, kind)[:2]:
            compared += 1
            assert answer_to(client, number) == answer_to(client, never_issued(kind)), number
    assert compared > 5


@pytest.mark.parametrize("login", ["tang", "ana", "quinn", "ada", "stan"])
def test_a_ward_number_is_hidden_as_if_it_did_not_exist(received: Scene, login: str) -> None:
    world = received[0]
    client = world.client(login)
    for number in world.participants:
        unknown = never_issued(Kind.PARTICIPANT)
        assert answer_to(client, number) == answer_to(client, unknown), number
        with world.site.reading() as session:
            codes = session.scalars(select(Label.code).where(Label.number == number)).all()
        for code in codes:
            assert answer_to(client, code) == answer_to(client, unknown)


def test_of_scans_that_failed_one_after_the_other_the_last_one_is_told(world: World) -> None:
    """Else the cookie that carries them grows until the browser throws it away."""
    client = world.client("nora")
    for place in range(60):
        client.get(f"/scan?code=nothing-{place}")
    page = client.get("/accounts/me").get_data(as_text=True)
    assert "nothing-59" in page
    assert "nothing-58" not in page
