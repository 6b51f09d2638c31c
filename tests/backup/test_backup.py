"""The machine burns: what was kept elsewhere makes the record anew, whole, and blocked."""

import shutil
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import create_engine, inspect

from lims.attachments.actions import attach_file
from lims.attachments.keeping import AttachFile
from lims.backup.checking import check
from lims.backup.keeping import not_kept, prune
from lims.backup.manifest import ForgedError
from lims.backup.restoring import NotEmptyError, restore
from lims.backup.sealed import LockedError
from lims.backup.snapshot import pieces, tables_in
from lims.backup.store import Store
from lims.backup.taking import take
from lims.core.uploads import Upload
from lims.demonstration import making, treating
from lims.dispatch.restored import AcceptCopy, InUse, accept_copy
from lims.trust.contents import content_of
from lims.trust.identity.roles import Side
from lims.trust.installation import Site
from lims.trust.keys import make_keys
from lims.trust.trail.copies import restored_from
from lims.trust.trail.verify import verify_trail
from tests.attachments.conftest import TABLE, photo_of
from tests.backup.conftest import Vault, vault_of
from tests.support.postgres import new_database
from tests.support.worlds import World


def restored(vault: Vault, url: str, name: str = "") -> Site:
    reader = vault.reader
    manifest = reader.manifest(name or reader.newest())
    restore(reader, manifest, url, vault.world.clock())
    settings = replace(vault.world.site.settings, database_url=url)
    return Site(settings, vault.world.site.reactions, vault.world.clock)


def gone_through(world: World, **found: tuple[str, ...]) -> InUse:
    with world.site.reading() as session:
        anchor = restored_from(session.connection())
    wanted = AcceptCopy(anchor, "the papers of the day", **found)
    done = world.story.do("qiu", accept_copy, wanted, "ada")
    assert isinstance(done, InUse)
    return done


def contents(vault: Vault, backup: str) -> list[str]:
    """The pieces of a backup that hold what is in files."""
    return [p.name for p in vault.reader.manifest(backup).pieces if p.of == "content"]


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_every_row_comes_back_on_either_database_and_the_trail_is_whole(
    either_world: World, to: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    vault = vault_of(either_world, tmp_path / "backups")
    taken = vault.take()
    sqlite = f"sqlite:///{tmp_path / 'again.sqlite'}"
    url = sqlite if to == "sqlite" else new_database(request.getfixturevalue("postgres"))
    site = restored(vault, url)
    try:
        with site.reading() as session:
            report = verify_trail(session, site.key.public_key(), taken.anchor)
            assert report.faults == ()
            assert report.rows > 300
        again = World(vault.world.story.__class__(site, vault.world.clock))
        gone_through(again)
        treating.registered(again.story, "ZZ", "H-99")  # keys are counted on, batches too
        treating.weighed(again.story, vault.world.participants[1], 1, "81.6")
        making.a_donor(again.story)
        with site.reading() as session:
            assert verify_trail(session, site.key.public_key()).faults == ()
    finally:
        site.engine.dispose()


def test_a_backup_is_taken_while_people_work_and_is_one_moment(vault: Vault) -> None:
    world = vault.world

    class Working(Store):
        def put(self, name: str, data: bytes) -> bool:
            if name.startswith("pieces/") and not done:
                done.append(name)
                treating.registered(world.story, "WW", "H-77")
            return super().put(name, data)

    done: list[str] = []
    taken = take(world.site, Working(vault.store.place), {})
    assert done
    drill = check(world.site, vault.reader, taken.name, f"sqlite:///{vault.folder}/../drill.sqlite")
    assert drill.faults == ()
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).entries > drill.entries


def test_a_second_backup_writes_only_what_is_new(vault: Vault) -> None:
    first = vault.take()
    assert first.new > first.pieces // 2
    again = vault.take()
    assert again.new == 0
    vault.world.story.wait(minutes=1)
    treating.registered(vault.world.story, "NN", "H-55")
    third = vault.take()
    assert 0 < third.new < third.pieces / 2


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_files_of_records_come_back_and_are_written_once(
    either_world: World, to: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    vault = vault_of(either_world, tmp_path / "backups")
    before = contents(vault, vault.take().name)
    photo = Upload("seal.jpg", photo_of("red"))
    world = vault.world
    one = world.story.do("tang", attach_file, AttachFile(world.donor, "the seal", photo))
    second = vault.take()
    table = Upload("freezer.csv", TABLE)
    world.story.do("tang", attach_file, AttachFile(world.donor, "the run", table))
    earlier, kept = contents(vault, second.name), contents(vault, vault.take().name)
    assert len(kept) == len(before) + 2
    assert set(before) < set(earlier) < set(kept)
    sqlite = f"sqlite:///{tmp_path / 'again.sqlite'}"
    url = sqlite if to == "sqlite" else new_database(request.getfixturevalue("postgres"))
    site = restored(vault, url)
    try:
        with site.reading() as session:
            assert content_of(session.connection(), Side.LAB, one.digest) == photo.data
            assert verify_trail(session, site.key.public_key()).faults == ()
    finally:
        site.engine.dispose()


def test_nobody_without_a_keepers_key_reads_a_name_in_it(vault: Vault) -> None:
    vault.take()
    lying = vault.everything()
    for told in (
        b"Nora Nie",
        b"S-1007",
        b"participant",
        b"Cells",
        vault.world.participants[0].encode(),
    ):
        assert told not in lying
    stranger = replace(vault.reader, identity=pyrage.x25519.Identity.generate())
    with pytest.raises(LockedError):
        stranger.manifest(vault.reader.newest())


def test_no_key_of_the_installation_is_inside(vault: Vault) -> None:
    vault.take()
    reader = vault.reader
    manifest = reader.manifest(reader.newest())
    inside = [reader.read(one) for one in (*manifest.pieces, *manifest.files)]
    keys = vault.world.site.settings.key_folder.rglob("*.*")
    for key in keys:
        secret = key.read_bytes().strip()
        core = secret.splitlines()[-2][:24] if key.suffix == ".pem" else secret[:24]
        for form in (secret, secret.hex().encode(), core):
            assert not any(form in data for data in inside), key


@pytest.mark.parametrize("what", ["manifest", "piece", "another", "list"])
def test_a_backup_that_somebody_changed_is_not_restored(vault: Vault, what: str) -> None:
    vault.take()
    reader, target = vault.reader, vault.folder.parent / "again.sqlite"
    recipient = [vault.identity.to_public()]
    kept = reader.manifest(reader.newest())
    if what == "manifest":
        forged = replace(kept, pieces=kept.pieces[:-1])
        other = Site(replace(vault.world.site.settings, key_folder=vault.folder.parent / "other"))
        make_keys(other.settings.key_folder)
        file = vault.folder / "backups" / reader.newest()
        file.write_bytes(pyrage.encrypt(zlib.compress(forged.signed(other.key)), recipient))
    elif what == "piece":
        file = vault.folder / "pieces" / kept.pieces[0].name
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    elif what == "another":
        first, second = (vault.folder / "pieces" / one.name for one in kept.pieces[:2])
        shutil.copy(first, second)
    else:
        (vault.folder / "pieces" / kept.pieces[-1].name).unlink()
    with pytest.raises((ForgedError, LockedError, RuntimeError)):
        restore(
            reader, reader.manifest(reader.newest()), f"sqlite:///{target}", vault.world.clock()
        )
    if target.exists():
        engine = create_engine(f"sqlite:///{target}")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar() == 0
        engine.dispose()


def test_nothing_is_written_over(vault: Vault) -> None:
    vault.take()
    reader = vault.reader
    manifest = reader.manifest(reader.newest())
    with pytest.raises(NotEmptyError):
        restore(reader, manifest, vault.world.site.settings.database_url, vault.world.clock())


def test_all_of_the_last_days_are_kept_and_one_of_each_month() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    names = [f"{now - timedelta(days=day):%Y%m%dT%H%M%SZ}-{400 - day}" for day in range(400)]
    gone = not_kept(names, now, 30)
    left = sorted(set(names) - set(gone))
    assert len([name for name in left if name >= f"{now - timedelta(days=30):%Y%m%d}"]) == 31
    assert {name[:6] for name in left} == {name[:6] for name in names}
    assert len(left) == 31 + 13 - 1
    assert not_kept(names[-1:], now, 0) == []


def test_what_another_backup_needs_outlives_the_pruning(vault: Vault) -> None:
    first = vault.take()
    vault.world.story.wait(minutes=1)
    treating.registered(vault.world.story, "NN", "H-55")
    second = vault.take()
    assert prune(vault.store, vault.world.clock(), 0) == (1, 0)  # what is young stays a day
    later = datetime.now(UTC) + timedelta(days=2)
    assert prune(vault.store, later, 0)[1] > 0
    assert first.name not in list(vault.store.names("backups"))
    drill = check(
        vault.world.site, vault.reader, second.name, f"sqlite:///{vault.folder}/../d.sqlite"
    )
    assert drill.faults == ()


def test_a_drill_says_when_a_backup_is_older_than_what_is_kept_elsewhere(vault: Vault) -> None:
    taken = vault.take()
    number, rest = taken.anchor.split("/", 1)
    newer = f"{int(number) + 1}/{rest}"
    drill = check(
        vault.world.site, vault.reader, taken.name, f"sqlite:///{vault.folder}/../d.sqlite", newer
    )
    assert any("copy put back" in fault for fault in drill.faults)


def test_the_same_rows_make_the_same_pieces_on_both_databases(either_world: World) -> None:
    with either_world.site.reading() as session:
        connection = session.connection()
        found = list(pieces(connection, tables_in(connection)))
    assert sum(one.rows for one in found) > 500
    assert {one.table for one in found} > {"trail_entry", "person", "seal", "sealed_row"} & set(
        inspect(either_world.site.engine).get_table_names()
    )
