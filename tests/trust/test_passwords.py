"""Passwords cost an attacker much, and a real installation cannot make them cheap."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from lims.accounts.actions import AddPerson, ChangePassword, add_person, change_password
from lims.core.db import make_engine
from lims.core.encrypted import is_plain
from lims.demonstration.cast import PASSWORD
from lims.settings import Settings
from lims.trust.identity.people import hasher
from lims.trust.identity.roles import Role
from lims.trust.identity.signatures import digest_of
from tests.support.worlds import World
from tests.trust.evidence import contents


def test_passwords_are_strong_by_default() -> None:
    assert not Settings().light_passwords
    assert not Settings.from_environment({}).light_passwords
    assert Settings.from_environment({}).secure_cookies


def test_a_real_installation_refuses_light_passwords() -> None:
    for demonstration in ("", "0", "yes", "true"):
        given = {"FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_DEMONSTRATION": demonstration}
        with pytest.raises(SystemExit, match="FUNIS_LIGHT_PASSWORDS"):
            Settings.from_environment(given)


def test_the_demonstration_may_have_light_passwords() -> None:
    given = {"FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_DEMONSTRATION": "1"}
    assert Settings.from_environment(given).light_passwords


def run(tmp_path: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FUNIS_")}
    places = {
        "FUNIS_DATABASE_URL": f"sqlite:///{tmp_path / 'real.sqlite'}",
        "FUNIS_KEY_FOLDER": str(tmp_path / "keys"),
    }
    return subprocess.run(
        [sys.executable, *words],
        env=clean | places | given,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words", [("-m", "lims", "init"), ("-c", "import wsgi; wsgi.app")], ids=["init", "serve"]
)
def test_neither_init_nor_the_server_starts_with_light_passwords(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(tmp_path, *words, FUNIS_LIGHT_PASSWORDS="1")
    assert done.returncode != 0
    assert "FUNIS_LIGHT_PASSWORDS" in done.stderr
    assert not (tmp_path / "real.sqlite").exists()


def test_a_real_installation_begins_with_an_administrator_and_one_of_qa_and_strong_hashes(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "-m", "lims", "init")
    assert done.returncode == 0, done.stderr
    assert not is_plain(tmp_path / "real.sqlite")
    key = tmp_path / "keys" / "database.key"
    engine = make_engine(f"sqlite:///{tmp_path / 'real.sqlite'}?key_file={key}")
    with engine.connect() as connection:
        people = "SELECT login, role, password_hash FROM person JOIN role_grant USING (login)"
        rows = connection.execute(text(f"{people} ORDER BY login")).all()
    engine.dispose()
    assert [(login, role) for login, role, _ in rows] == [("admin", "admin"), ("qa", "qa")]
    for _, _, kept in rows:
        assert kept.startswith("$argon2id$")
        memory, passes, _ = (int(part.split("=")[1]) for part in kept.split("$")[3].split(","))
        assert memory >= 19_456  # KiB; OWASP's least for Argon2id, with two passes
        assert passes >= 2
    again = run(tmp_path, "-m", "lims", "init")
    assert again.returncode != 0
    demo = run(tmp_path, "-m", "lims", "demo")
    assert demo.returncode != 0
    for key in (tmp_path / "keys").rglob("*"):
        assert key.stat().st_mode & 0o077 == 0, key.name


def test_a_strong_hash_costs_more_than_a_light_one() -> None:
    strong, light = hasher(light=False), hasher(light=True)
    assert strong.memory_cost > 1000 * light.memory_cost
    assert strong.hash("the same") != strong.hash("the same")


def test_no_password_is_kept_in_clear_anywhere(either_world: World) -> None:
    command = AddPerson(
        "eve", "Eve Wu", "S-9000", Role.NURSE, "first-secret-word", "its-second-part"
    )
    either_world.story.do("ada", add_person, command, "quinn")
    either_world.story.do("tang", change_password, ChangePassword("second-secret-word"))
    kept = json.dumps(contents(either_world))
    assert PASSWORD not in kept
    assert "first-secret-word" not in kept
    assert "second-secret-word" not in kept


def test_no_quick_digest_of_a_password_is_kept(either_world: World) -> None:
    """A signature is kept for ever, and a plain digest can be guessed a milliard times a second."""
    command = ChangePassword("second-secret-word")
    either_world.story.do("tang", change_password, command)
    kept = json.dumps(contents(either_world))
    assert digest_of(change_password.path, command, either_world.site.keyed) in kept
    for guess in (lambda _key, text: text, lambda _key, text: sha256(text.encode()).hexdigest()):
        assert digest_of(change_password.path, command, guess) not in kept
    for plain in ("second-secret-word", "password/second-secret-word"):
        assert sha256(plain.encode()).hexdigest() not in kept
