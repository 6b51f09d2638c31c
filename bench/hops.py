"""How far a reader jumps: files and changes of file on the way of one verdict, and of one form.

A change of file is a call from one of our files into another that is no part of the floor:
`core/` (quantities, days, prepared statements), `identifiers/` and templates are left out.
Run: python -m bench.hops
"""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import select

from lims import house
from lims.core.chance import SystemChance
from lims.demonstration.cast import PASSWORD
from lims.identifiers.numbers import Kind, random_number
from lims.trial.models import Participant
from lims.web.app import make_app
from tests.support.worlds import new_site, told

LIMS = str(Path(__file__).resolve().parent.parent / "lims") + "/"
FLOOR = ("core/", "identifiers/", "settings.py", "templates/", "demonstration/")


def jumps(what: Callable[[], object]) -> tuple[list[str], int]:
    """Our files in the order in which they are entered, and how often one calls another."""
    entered: list[str] = []
    changes = 0

    def see(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal changes
        if event != "call" or not (here := _ours(frame)):
            return
        if here not in entered:
            entered.append(here)
        before = frame.f_back
        while before is not None and not _ours(before):
            before = before.f_back
        changes += before is None or _ours(before) != here

    sys.setprofile(see)
    try:
        what()
    finally:
        sys.setprofile(None)
    return entered, changes


def _ours(frame: FrameType) -> str:
    path = frame.f_code.co_filename
    name = path.removeprefix(LIMS)
    return name if path.startswith(LIMS) and not name.startswith(FLOOR) else ""


def main() -> None:
    """Tell a world, send a scan and a form, print."""
    with tempfile.TemporaryDirectory() as folder:
        site = new_site(Path(folder))
        told(site)
        app = make_app(site, house.DOORS)
        nurse = app.test_client()
        nurse.post("/login", data={"login": "nora", "password": PASSWORD})
        page = nurse.get("/bedside/verify").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        with site.reading() as session:
            person = session.scalars(select(Participant.number)).first()
        bag = random_number(Kind.BAG, SystemChance())
        forgery = token[1] if token else ""
        scan = {"wristband": person, "bag": bag}
        weight = {
            "csrf_token": forgery, "participant": person, "weight": "72.5", "scale": "3",
            "visit": "1",
        }  # fmt: skip
        header = {"X-CSRFToken": forgery}
        for name, ask in {
            "verdict": lambda: nurse.post("/api/bedside/verify-bag", json=scan, headers=header),
            "form": lambda: nurse.post("/do/trial/weigh", data=weight),
        }.items():
            ask()
            files, changes = jumps(ask)
            print(f"{name}: {len(files)} files, {changes} changes of file")
            print("  " + " · ".join(files))
        site.engine.dispose()


if __name__ == "__main__":
    main()
