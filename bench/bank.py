"""P16: the pages of the bank and of traces with a thousand vials and with a hundred thousand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any, cast

from flask.testing import FlaskClient
from sqlalchemy import Table, insert, select

from bench.inside import logged_in, once
from lims.bank.models import Bank, Place, Vial
from lims.bank.rules import PlaceLevel, VialStanding
from lims.core.chance import SeededChance
from lims.core.db import Base
from lims.genealogy.models import CameFrom
from lims.identifiers.numbers import Kind, random_number
from lims.supplies.models import Lot
from lims.supplies.rules import LotKind, LotStanding
from lims.trust.installation import Site
from tests.support.worlds import new_site, told

A_LOT = 5  # vials, so that a thousand fill every page; each lot has a box of its own
BOXES = RACKS = 10  # in a rack, in a tank
GOAL = 1.3
ROUNDS = 25
Rows = list[dict[str, Any]]


def bank(folder: Path, few: int = 1_000, many: int = 100_000) -> dict[str, Any]:
    """How much longer each page takes with a hundred times as many vials, asked in turn."""
    sites = [new_site(folder / str(vials)) for vials in (few, many)]
    asked = []
    for site, vials in zip(sites, (few, many), strict=True):
        told(site)
        asked.append((_paths(*_filled(site, vials)), logged_in(site, "tang")))
    ratios = {name: _ratio(asked, name) for name in asked[0][0]}
    for site in sites:
        site.engine.dispose()
    met = max(ratios.values()) <= GOAL
    return {"P16": {"from": few, "to": many, "ratios": ratios, "goal": GOAL, "met": met}}


def _ratio(asked: list[tuple[dict[str, str], FlaskClient]], name: str) -> float:
    """The medians of a page here and there, of rounds in turn: a slow moment meets both."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for kept, (paths, client) in zip(times, asked, strict=True):
            spent = once(client, paths[name])
            if turn:  # the first does not count
                kept.append(spent)
    few, many = (median(kept) for kept in times)
    return round(many / few, 2)


def _paths(lot: str, box: str, vial: str) -> dict[str, str]:
    return {
        "the lots": "/bank/",
        "the lots, one sought": f"/bank/?q={lot}",
        "the vials": "/bank/vials",
        "the vials, one sought": f"/bank/vials?q={vial}",
        "a vial": f"/bank/vials/{vial}",
        "the places": "/bank/freezer",
        "the places, one sought": f"/bank/freezer?q={box}",
        "a box": f"/bank/freezer/{box}",
        "a lot": f"/release/lots/{lot}",
        "a lot's vials": f"/release/lots/{lot}/vials",
        "the trace of a lot": f"/release/trace/{lot}",
        "the trace of a vial": f"/release/trace/{vial}",
    }


def _filled(site: Site, vials: int) -> tuple[str, str, str]:
    """So many vials in lots of a hundred, in boxes in racks in tanks; one of each in the middle."""
    chance = SeededChance("bank")
    middle = ("", "", "")
    with site.reading() as session:
        like = session.scalars(select(Bank).limit(1)).one()
        kept = {column.name: getattr(like, column.name) for column in Bank.__table__.columns}
    with site.engine.begin() as connection:
        tank = rack = ""
        for place in range(vials // A_LOT):
            if place % (BOXES * RACKS) == 0:
                tank = random_number(Kind.PLACE, chance)
                _put(connection, Place, [_place(tank, PlaceLevel.TANK, f"Tank {place}", None)])
            if place % BOXES == 0:
                rack = random_number(Kind.PLACE, chance)
                _put(connection, Place, [_place(rack, PlaceLevel.RACK, f"Rack {place}", tank)])
            lot, box = random_number(Kind.LOT, chance), random_number(Kind.PLACE, chance)
            _put(connection, Place, [_place(box, PlaceLevel.BOX, f"Box {place}", rack)])
            _put(connection, Lot, [_lot(lot)])
            _put(connection, Bank, [{**kept, "lot": lot, "filled": A_LOT}])
            rows, edges = _vials(lot, box, chance)
            _put(connection, Vial, rows)
            _put(connection, CameFrom, edges)
            if place == vials // A_LOT // 2:
                middle = (lot, box, rows[A_LOT // 2]["number"])
    return middle


def _put(connection: Any, table: type[Base], rows: Rows) -> None:
    connection.execute(insert(cast("Table", table.__table__)), rows)


def _place(number: str, level: PlaceLevel, name: str, within: str | None) -> dict[str, Any]:
    side = 10 if level is PlaceLevel.BOX else 0
    return {
        "number": number, "level": level, "name": name, "within": within,
        "rows": side, "columns": side,
    }  # fmt: skip


def _lot(number: str) -> dict[str, Any]:
    return {
        "number": number, "kind": LotKind.PRODUCT, "name": "UC-MSC product", "supplier": "",
        "supplier_lot": "", "certificate": "", "content": "", "used_up_because": "",
        "expires_on": date(2030, 1, 1), "standing": LotStanding.QUARANTINE, "was_released": False,
        "made_by": "tang", "made_at": datetime.now(UTC),
    }  # fmt: skip


def _vials(lot: str, box: str, chance: SeededChance) -> tuple[Rows, Rows]:
    now = datetime.now(UTC)
    numbers = [random_number(Kind.VIAL, chance) for _ in range(A_LOT)]
    rows = [
        {"number": number, "lot": lot, "standing": VialStanding.STORED, "box": box,
         "position": position}
        for number, position in zip(numbers, _positions(), strict=True)
    ]  # fmt: skip
    donor = random_number(Kind.DONOR, chance)
    edges = [{"child": lot, "parent": donor, "at": now}]
    edges += [{"child": n, "parent": of, "at": now} for n in numbers for of in (lot, box)]
    return rows, edges


def _positions() -> Iterator[str]:
    return (f"A{number}" for number in range(1, A_LOT + 1))
