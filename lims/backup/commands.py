"""The commands of backups: take, check, prune, restore; and the keys of who may open them."""

import os
import sys
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
import pyrage
from sqlalchemy import inspect

from lims.backup.checking import check as prove
from lims.backup.keeping import prune as take_old_away
from lims.backup.manifest import ForgedError
from lims.backup.restoring import NotEmptyError, Reader, write_files
from lims.backup.restoring import restore as restore_from
from lims.backup.sealed import LockedError, identity_in
from lims.backup.store import Store, StoreError
from lims.backup.taking import take
from lims.core.encrypted import NotEncryptedError
from lims.shell import tell_shell, the_site
from lims.trust.actions import Request, perform
from lims.trust.backups import BackupStep, NoteBackup, note_backup
from lims.trust.identity.people import PROGRAM
from lims.trust.installation import Site
from lims.trust.keys import DATABASE, KeyLostError, make_keys

TROUBLE = (
    *(StoreError, LockedError, ForgedError, NotEmptyError, KeyLostError),
    *(NotEncryptedError, OSError, ValueError),
)
IDENTITY = click.option(
    "--identity",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The private key of one of the recipients; it is kept off this machine.",
)
BACKUP = click.option("--backup", "name", default="", help="Which one; the newest by itself.")


def _says_what_is_wrong(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def done(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except TROUBLE as trouble:
            _give_up(trouble)

    return done


def _give_up(trouble: Exception) -> NoReturn:
    tell_shell("backup-failed", err=True, why=str(trouble) or type(trouble).__name__)
    sys.exit(1)


class _TargetFirst(click.Group):
    """`lims backup TARGET` takes one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        named = args and (args[0] in self.commands or args[0].startswith("-"))
        return super().resolve_command(ctx, args if named else ["take", *args])


@click.group(cls=_TargetFirst)
def backup() -> None:
    """Backups: TARGET takes one into a folder or s3://bucket/folder; check, prune, identity."""


@backup.command("take")
@click.argument("target")
@_says_what_is_wrong
def take_one(target: str) -> None:
    """Take a backup while people work; only what is new is written."""
    site = the_site()
    taken = take(site, Store.at(target))
    _note(site, BackupStep.TAKEN, taken.name)
    tell_shell("backup-taken", name=taken.name, rows=taken.rows, pieces=taken.pieces, new=taken.new)
    tell_shell("backup-anchor", anchor=taken.anchor)


@backup.command("check")
@click.argument("target")
@IDENTITY
@BACKUP
@click.option("--scratch", default="", help="An empty database; a new SQLite file by itself.")
@click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A seal that was kept elsewhere; the backup must reach it.",
)
@_says_what_is_wrong
def check_one(target: str, identity: Path, name: str, scratch: str, anchor: Path | None) -> None:
    """Restore a backup into a scratch database, compare every row, verify, try what is blocked."""
    site = the_site()
    reader = Reader(Store.at(target), identity_in(identity), site.key.public_key())
    name, kept = name or reader.newest(), anchor.read_text() if anchor else ""
    with tempfile.TemporaryDirectory(prefix="funis-drill-") as folder:
        make_keys(Path(folder), (DATABASE,))  # what is left after a crash opens for nobody
        own = f"sqlite:///{folder}/drill.sqlite?key_file={folder}/{DATABASE}"
        drill = prove(site, reader, name, scratch or own, kept)
    for fault in drill.faults:
        tell_shell("trail-fault", err=True, fault=fault)
    if drill.faults:
        sys.exit(1)
    tell_shell("backup-proved", name=name, rows=drill.rows, entries=drill.entries, seal=drill.seal)
    if inspect(site.engine).has_table("backup_note"):
        _note(site, BackupStep.PROVED, name)
    else:  # a scratch machine
        tell_shell("say-it-was-proved", name=name)


@backup.command("proved")
@click.argument("name")
@_says_what_is_wrong
def note_proved(name: str) -> None:
    """Note that a backup was proved on another machine."""
    _note(the_site(), BackupStep.PROVED, name)
    tell_shell("proved-is-noted", name=name)


@backup.command("prune")
@click.argument("target")
@click.option("--days", default=30, show_default=True, help="All of the last days are kept.")
@_says_what_is_wrong
def prune_old(target: str, days: int) -> None:
    """Remove old backups but the newest of each month, and what none of the others needs."""
    gone, pieces = take_old_away(Store.at(target), the_site().clock(), days)
    tell_shell("backups-pruned", gone=gone, pieces=pieces)


@backup.command("identity")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_says_what_is_wrong
def make_identity(file: Path) -> None:
    """Make a key pair for a keeper: the private key in FILE, to be taken off this machine."""
    made = pyrage.x25519.Identity.generate()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(f"{made}\n")
    tell_shell("identity-made", file=str(file), recipient=str(made.to_public()))


@click.command()
@click.argument("target")
@IDENTITY
@BACKUP
@click.option("--files", type=click.Path(file_okay=False, path_type=Path))
@_says_what_is_wrong
def restore(target: str, identity: Path, name: str, files: Path | None) -> None:
    """Make the empty database of the settings from a backup; QA goes through it before it is used."""
    site = the_site()
    reader = Reader(Store.at(target), identity_in(identity), site.key.public_key())
    name = name or reader.newest()
    manifest = reader.manifest(name)
    restore_from(reader, manifest, site.settings.database_url, site.clock())
    if files:
        write_files(reader, manifest, files)
    tell_shell("restored", name=name, rows=sum(one.rows for one in manifest.pieces))
    tell_shell("restored-is-blocked")


def _note(site: Site, step: BackupStep, name: str) -> None:
    perform(site, note_backup, NoteBackup(step, name), Request(PROGRAM))
