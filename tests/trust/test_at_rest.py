"""The disk is stolen, a file is copied: without the key it joins nobody, and is served to nobody."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import event, make_url
from sqlalchemy.exc import DatabaseError

from lims import house
from lims.cli import main
from lims.core.db import make_engine
from lims.core.encrypted import NotEncryptedError, is_plain
from lims.demonstration.cast import CAST
from lims.settings import Settings
from lims.trust.keys import (
    DATABASE,
    LIST,
    KeyLostError,
    key_file,
    make_database_key,
    make_keys,
)
from lims.trust.trail.verify import verify_trail
from lims.web.app import make_app
from tests.support.worlds import World, new_site, told


def encrypted_address(folder: Path) -> str:
    make_keys(folder / "keys", (DATABASE,))
    return f"sqlite:///{folder / 'funis.sqlite'}?key_file={folder / 'keys' / DATABASE}"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A told world in an encrypted file."""
    folder = tmp_path_factory.mktemp("sealed")
    return told(new_site(folder, encrypted_address(folder)))


def bytes_of(world: World) -> bytes:
    """All that a thief of the folder has, but for the keys."""
    file = Path(str(world.site.engine.url.database))
    return b"".join(one.read_bytes() for one in file.parent.glob("funis.sqlite*"))


def test_a_whole_trial_runs_in_a_file_that_tells_a_thief_nothing(sealed: World) -> None:
    raw = bytes_of(sealed)
    assert not raw.startswith(b"SQLite format 3")
    for name, _ in CAST.values():
        assert name.encode() not in raw
    for number in (*sealed.participants, *sealed.lots.values(), sealed.donor):
        assert number.encode() not in raw
    for word in (b"CREATE TABLE", b"trail_entry", b"participant", b"sealed_row", b"$argon2"):
        assert word not in raw
    with sealed.site.reading() as session:
        assert verify_trail(session, sealed.site.key.public_key()).faults == ()
    assert sealed.client("nora").get("/").status_code == 200


def test_another_key_or_none_opens_nothing(sealed: World, tmp_path: Path) -> None:
    copied = shutil.copy(str(sealed.site.engine.url.database), tmp_path / "stolen.sqlite")
    make_keys(tmp_path, (DATABASE,))
    for address in (f"sqlite:///{copied}", f"sqlite:///{copied}?key_file={tmp_path / DATABASE}"):
        engine = make_engine(address)
        with pytest.raises(DatabaseError), engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM person")
        engine.dispose()


@pytest.mark.parametrize("key", ["", "ab", "g" * 64, "A" * 64 + "\n" + "b", "x'--" * 16])
def test_a_file_that_holds_no_key_is_said_to_hold_none(tmp_path: Path, key: str) -> None:
    (tmp_path / "odd.key").write_text(key)
    with pytest.raises(NotEncryptedError):
        make_engine(f"sqlite:///{tmp_path / 'x.sqlite'}?key_file={tmp_path / 'odd.key'}")


def test_a_plain_file_is_encrypted_by_the_migration_and_served_only_then(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.site.engine.dispose()
    plain = Path(str(world.site.engine.url.database))
    keys = world.site.settings.key_folder
    make_keys(keys, (DATABASE,))
    address = f"sqlite:///{plain}?key_file={keys / DATABASE}"
    world.site.settings = replace(world.site.settings, database_url=address)
    world.site.__dict__.pop("engine")
    assert is_plain(plain)
    with pytest.raises(SystemExit, match="lims migrate"):
        make_app(world.site, house.DOORS)
    monkeypatch.setattr("lims.cli.the_site", lambda: world.site)
    done = CliRunner().invoke(main, ["migrate"])
    assert done.exit_code == 0, done.output
    assert "encrypted from now on" in done.output
    assert not is_plain(plain)
    assert b"Nora Nie" not in bytes_of(world)
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()
    assert world.client("nora").get("/").status_code == 200
    again = CliRunner().invoke(main, ["migrate"])
    assert "encrypted from now on" not in again.output


def test_a_real_installation_is_encrypted_unless_it_says_otherwise() -> None:
    def address(**given: str) -> str:
        return Settings.from_environment(given).database_url

    assert make_url(address()).query["key_file"] == str(Path("var/keys/database.key").resolve())
    odd = address(FUNIS_KEY_FOLDER="/srv/funis+keys%20", FUNIS_DATABASE_URL="sqlite:///x?timeout=9")
    assert make_url(odd).query["key_file"] == "/srv/funis+keys%20/database.key"
    assert "key_file" not in address(FUNIS_ENCRYPTED="0")
    assert "key_file" not in address(FUNIS_DEMONSTRATION="1")
    assert "key_file" not in address(FUNIS_DATABASE_URL="postgresql:///funis")


def test_the_lists_key_lies_apart_and_one_of_before_is_still_found(tmp_path: Path) -> None:
    make_keys(tmp_path)
    assert key_file(tmp_path, LIST) == tmp_path / "list" / LIST
    assert (tmp_path / "list").stat().st_mode & 0o077 == 0
    (tmp_path / "list" / LIST).rename(tmp_path / LIST)
    assert key_file(tmp_path, LIST) == tmp_path / LIST


def test_a_damaged_file_is_not_served(world: World) -> None:
    world.site.engine.dispose()
    file = Path(str(world.site.engine.url.database))
    data = bytearray(file.read_bytes())
    half = len(data) // 2
    data[half : half + 40_000] = bytes(40_000)
    file.write_bytes(data)
    with pytest.raises((SystemExit, DatabaseError)):
        make_app(world.site, house.DOORS)


@pytest.mark.parametrize("either_world", ["postgresql"], indirect=True)
def test_postgresql_that_would_lose_what_it_acknowledges_is_not_served(
    either_world: World,
) -> None:
    def forgetful(connection: Any, _record: Any) -> None:
        connection.execute("SET synchronous_commit = off")
        connection.commit()

    engine = either_world.site.engine
    engine.dispose()
    event.listen(engine, "connect", forgetful)
    with pytest.raises(SystemExit, match="synchronous_commit is off"):
        make_app(either_world.site, house.DOORS)
    event.remove(engine, "connect", forgetful)
    engine.dispose()
    assert make_app(either_world.site, house.DOORS)


def test_a_migration_with_the_wrong_key_folder_encrypts_nothing(
    world: World, tmp_path: Path
) -> None:
    world.site.engine.dispose()
    plain = Path(str(world.site.engine.url.database))
    stray = tmp_path / "stray"
    address = f"sqlite:///{plain}?key_file={stray / DATABASE}"
    with pytest.raises(KeyLostError, match="right folder"):
        make_database_key(address, stray)
    assert is_plain(plain)
    assert not (stray / DATABASE).exists()
