"""What is measured in one process: traces, the trail, a page's form, lists, the actions."""

import logging
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import log10
from pathlib import Path
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bench.scene import set_scene
from lims import house
from lims.core.chance import SeededChance
from lims.demonstration.cast import PASSWORD
from lims.genealogy.models import CameFrom
from lims.genealogy.queries import ancestors, descendants
from lims.identifiers.numbers import Kind, random_number
from lims.settings import Settings
from lims.trial.models import Participant
from lims.trust.installation import Site
from lims.web.app import make_app
from tests.support.worlds import new_site, told

LEVELS = 10
BARE_WALK = """WITH RECURSIVE walk(n) AS (SELECT child FROM came_from WHERE parent = ?
 UNION SELECT child FROM came_from JOIN walk ON parent = n) SELECT n FROM walk"""
ROUNDS = 7
LISTS = {
    "nora": ("/", "/bedside/bags", "/bedside/infusions", "/trial/participants"),
    "asa": ("/", "/trial/participants"),
    "tang": ("/", "/orders/", "/filling/", "/labelling/"),
}


def seconds(what: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median time of some rounds, after one that does not count."""
    what()
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        what()
        found.append(time.perf_counter() - begin)
    return median(found)


def _tree(site: Site, nodes: int, chance: SeededChance) -> tuple[str, str]:
    """A donor with so many descendants, ten levels deep; she, and one of the last."""
    now = datetime.now(UTC)
    donor = random_number(Kind.BAG, chance)
    level, rows = [donor], []
    for depth in range(LEVELS):
        wide = max(1, nodes * (depth + 1) // sum(range(1, LEVELS + 1)))
        below = [random_number(Kind.BAG, chance) for _ in range(wide)]
        rows += [
            {"child": child, "parent": level[place % len(level)], "at": now}
            for place, child in enumerate(below)
        ]
        level = below
    table: Any = CameFrom.__table__
    with site.engine.begin() as connection:
        for first in range(0, len(rows), 5000):
            connection.execute(insert(table), rows[first : first + 5000])
    return donor, level[-1]


def traces(folder: Path) -> dict[str, Any]:
    """P6, donor → everything against a scan of as many rows and a bare walk; P7, bag → donors."""
    site = new_site(folder)
    chance = SeededChance("traces")
    down, scan, walk, up = {}, {}, {}, {}
    for nodes in (10_000, 100_000):
        donor, leaf = _tree(site, nodes, chance)
        with site.reading() as session:
            down[nodes], scan[nodes], walk[nodes], up[nodes] = _traced(session, donor, leaf)
    share = scan[100_000] / down[100_000]
    growth = _exponent(up)
    site.engine.dispose()
    return {
        "P6": {"speed_by_scan": round(share, 3), "goal": 0.7, "speed_by_bare_walk": round(walk[100_000] / down[100_000], 3),
               "seconds": round(down[100_000], 3), "exponent": _exponent(down),
               "exponent_goal": 1.05, "met": share >= 0.7},
        "P7": {"exponent": growth, "goal": 0.1, "met": growth <= 0.1},
    }  # fmt: skip


def _traced(session: Session, donor: str, leaf: str) -> tuple[float, float, float, float]:
    driver: Any = session.connection().connection.dbapi_connection
    found = len(descendants(session, donor))
    plain = "SELECT child FROM came_from LIMIT ?"
    return (
        seconds(lambda: descendants(session, donor)),
        seconds(lambda: driver.execute(plain, (found,)).fetchall()),
        seconds(lambda: driver.execute(BARE_WALK, (donor,)).fetchall()),
        seconds(lambda: ancestors(session, leaf)),
    )


def _exponent(times: dict[int, float]) -> float:
    """By which power of N the time grows, over one factor of ten."""
    (_, few), (_, many) = sorted(times.items())
    return round(log10(many / few), 3)


def the_actions(folder: Path) -> dict[str, Any]:
    """P12, actions a second while a world is told."""
    site = new_site(folder)
    begin = time.perf_counter()
    told(site)
    spent = time.perf_counter() - begin
    with site.reading() as session:
        batches = session.connection().scalar(text("SELECT max(batch) FROM trail_entry"))
    rate = (batches or 0) / spent
    site.engine.dispose()
    return {
        "P12": {"actions_per_second": round(rate), "goal": 150, "met": rate >= 150},
    }  # fmt: skip


def pages(folder: Path, most: int) -> dict[str, Any]:
    """P10 and P11, lists and work lists with ten times as many; P15, the CPU time of a page's form."""
    few, many = (_served(folder / str(n), n) for n in (most // 10, most))
    ratios = {}
    for login, paths in LISTS.items():
        here, there = logged_in(few, login), logged_in(many, login)
        for path in paths:
            ratios[f"{login} {path}"] = round(time_of(there, path) / time_of(here, path), 2)
    worst = max(ratios.values())
    return {
        "P10_P11": {
            "from": most // 10,
            "to": most,
            "ratios": ratios,
            "goal": 1.3,
            "met": worst <= 1.3,
        },
        "P15": _form(logged_in(many, "ines"), many),
    }


def _served(folder: Path, bags: int) -> Site:
    scene = set_scene(folder, bags)
    settings = Settings(
        database_url=scene.environment["FUNIS_DATABASE_URL"],
        key_folder=Path(scene.environment["FUNIS_KEY_FOLDER"]),
        light_passwords=True,
    )
    return Site(settings, house.REACTIONS)


def logged_in(site: Site, login: str) -> FlaskClient:
    """A browser in which this person has logged in."""
    client = make_app(site, house.DOORS).test_client()
    client.post("/login", data={"login": login, "password": PASSWORD})
    return client


def once(client: FlaskClient, path: str) -> float:
    """How long a page takes."""
    begin = time.perf_counter()
    answer = client.get(path)
    spent = time.perf_counter() - begin
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return spent


def time_of(client: FlaskClient, path: str) -> float:
    """The median time of a page."""
    return seconds(lambda: once(client, path))


def _form(client: FlaskClient, site: Site) -> dict[str, Any]:
    """Fitness signed on a page: the password's hash is the light one, and left in."""
    with site.reading() as session:
        numbers = session.scalars(select(Participant.number).limit(60).offset(500)).all()
    times = []
    for number in numbers:
        page = client.get(f"/trial/participants/{number}").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        data = {
            "csrf_token": token[1] if token else "", "participant": number, "visit": "1",
            "fit": "yes", "reason": "well", "_sign_login": "ines", "_sign_password": PASSWORD,
            "_then": "/",
        }  # fmt: skip
        begin = time.process_time()
        answer = client.post("/do/trial/sign-fitness", data=data)
        times.append(time.process_time() - begin)
        if answer.status_code != 303:
            raise RuntimeError(answer.get_data(as_text=True)[-2000:])
    spent = median(times) * 1000
    return {"cpu_ms": round(spent, 2), "goal": 12, "met": spent <= 12}


def measure(folder: Path, parts: Iterable[Callable[[Path], dict[str, Any]]]) -> dict[str, Any]:
    """These parts, each in a folder of its own."""
    logging.disable(logging.WARNING)
    found: dict[str, Any] = {}
    for part in parts:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            found |= part(Path(place))
    return found
