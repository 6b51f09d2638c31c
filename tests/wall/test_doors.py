"""A process that serves one door has no module of the others in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.worlds import new_site

ROOT = Path(__file__).resolve().parents[2]
CONTENT = (
    "blinding", "filling", "dispatch", "release", "testing", "bank", "culture", "donation", "instruments",
    "monitoring", "rooms", "supplies",
)  # fmt: skip
PERSONS = ("trial", "bedside", "followup", "exports")
FORBIDDEN = {
    "ward": (*CONTENT, "deviations", "unblinding", "lab", "vault", "house", "demonstration"),
    "lab": (*PERSONS, "unblinding", "ward", "vault", "house", "demonstration"),
    # The vault joins both sides, so it knows whose number it opens; but it fills no bag and
    # stands at no bedside.
    "vault": (
        *(name for name in CONTENT if name != "blinding"), "bedside", "followup", "exports",
        "ward", "lab", "house", "demonstration",
    ),
}  # fmt: skip
OTHERS_PAGE = {"ward": "/filling/", "lab": "/trial/participants", "vault": "/bedside/bags"}

PROGRAM = """
import json, sys
import wsgi
app = getattr(wsgi, sys.argv[1])
client = app.test_client()
answers = [client.get(path).status_code for path in ("/health", "/login")]
rules = sorted(rule.rule for rule in app.url_map.iter_rules())
loaded = sorted(name for name in sys.modules if name.partition(".")[0] == "lims")
print(json.dumps({"answers": answers, "rules": rules, "loaded": loaded}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A migrated, empty installation, told to the program as its administrator would."""
    folder = tmp_path_factory.mktemp("door")
    site = new_site(folder)
    site.engine.dispose()
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FUNIS_")}
    return {
        **bare,
        "FUNIS_DATABASE_URL": site.settings.database_url,
        "FUNIS_ENCRYPTED": "0",
        "FUNIS_KEY_FOLDER": str(site.settings.key_folder),
        "FUNIS_SECRET_KEY": "a secret for tests only",
    }


def opened(door: str, environment: dict[str, str]) -> dict[str, list[str]]:
    """A process of its own that makes this door's application and asks it two pages."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, door],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("door", FORBIDDEN)
def test_a_door_loads_nothing_of_the_other_side(door: str, environment: dict[str, str]) -> None:
    found = opened(door, environment)
    slices = {name.split(".")[1] for name in found["loaded"] if "." in name}

    assert found["answers"] == [200, 200]
    assert door in slices
    assert sorted(slices & set(FORBIDDEN[door])) == []
    assert OTHERS_PAGE[door] not in found["rules"]


def test_the_default_serves_all_three_doors(environment: dict[str, str]) -> None:
    found = opened("app", environment)

    assert set(OTHERS_PAGE.values()) <= set(found["rules"])


def test_every_slice_lies_on_a_known_side(environment: dict[str, str]) -> None:
    """A new stage must be put on one side of the wall before this test lets it in."""
    shared = {
        "accounts", "attachments", "backup", "bags", "cli", "core", "demonstration", "genealogy", "identifiers", "labelling", "notices", "training",
        "shell", "trail",
        "grants", "matrix", "migrate", "orders", "protocol", "settings", "stations", "trust", "web", "house", "lab", "ward",
        "rescue", "vault", "deviations", "unblinding", "witness",
    }  # fmt: skip
    found = {path.stem for path in (ROOT / "lims").iterdir() if not path.name.startswith("_")}
    found -= {"static", "templates", "texts"}

    assert found - shared - set(CONTENT) - set(PERSONS) == set()
