"""The commands of the audit trail: verify, seal, anchor."""

import sys
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import NoReturn

import click
from sqlalchemy import select

from lims.shell import tell_shell, the_site
from lims.trust.trail import anchors, seals
from lims.trust.trail.archive import Archive, NoArchiveError, write_archive
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.rebuild import rebuild, tables_of
from lims.trust.trail.sealing import keep_sealed
from lims.trust.trail.stamps import NotStampedError, faults_of_stamps, stamp
from lims.trust.trail.verify import Database, TrailReport, verify_trail
from lims.trust.trail.verify import verify as verify_source
from lims.trust.trail.witnesses import log_key
from lims.trust.trail.witnessing import keep_witnessed

ANCHOR = click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A seal that was kept off this machine (lims trail anchor).",
)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def trail() -> None:
    """The audit trail: verify, seal, anchor."""


@trail.command()
@ANCHOR
@click.option("--stamps", type=FOLDER, help="Time stamps of its seals (lims trail stamp).")
@click.option("--roots", type=FILE, help="Certificates that the stamps are proved by, as PEM.")
def verify(anchor: Path | None, stamps: Path | None, roots: Path | None) -> None:
    """Verify chains, seals, signatures, and every row against what the trail tells of it."""
    site, kept = the_site(), anchor.read_text() if anchor else ""
    if (stamps is None) is not (roots is None):
        msg = "--stamps and --roots go together"
        raise click.UsageError(msg)
    with site.reading() as session:
        report = verify_trail(session, site.key.public_key(), kept)
        if stamps and roots:
            told = faults_of_stamps(session.connection(), stamps, roots)
            report = replace(report, faults=(*report.faults, *told))
    _say_what_was_found(report)


def _say_what_was_found(report: TrailReport) -> NoReturn:
    tell_shell(
        "verified",
        entries=report.entries,
        streams=report.streams,
        seals=report.seals,
        unsealed=report.unsealed,
    )
    tell_shell("replayed", rows=report.rows, untold=report.untold, unproved=report.unproved)  # fmt: skip
    if report.lost:
        tell_shell("seals-lost-with-copies", count=report.lost)
    for fault in report.faults:
        tell_shell("trail-fault", err=True, fault=fault)
    if report.faults:
        tell_shell("trail-faults", faults=len(report.faults))
    else:
        tell_shell("trail-whole")
    sys.exit(1 if report.faults else 0)


@trail.command("stamp")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--tsa", required=True, help="The authority's address, as https://….")
@click.option("--roots", type=FILE, required=True, help="Certificates that it is proved by.")
def stamp_newest(folder: Path, tsa: str, roots: Path) -> None:
    """Have the newest seal stamped by an outside authority (RFC 3161), into a folder."""
    site = the_site()
    with site.engine.connect() as connection:
        last = seals.last_seal(connection)
    if last is None:
        tell_shell("no-seal-yet")
        return
    try:
        at = stamp(tsa, roots, anchors.told(last), folder)
    except NotStampedError as error:
        tell_shell("not-stamped", err=True, why=str(error))
        sys.exit(1)
    tell_shell("stamped", seal=last.number, at=at.isoformat())


@trail.command("export")
@click.argument("target", type=click.Path(path_type=Path))
def export_trail(target: Path) -> None:
    """Write the whole trail and every row into a new file; it tells the arms."""
    if target.exists():
        tell_shell("target-there", err=True, target=str(target))
        sys.exit(1)
    site = the_site()
    with site.reading() as session:
        lines = write_archive(Database(session), site.key.public_key(), target)
    tell_shell("exported", lines=lines, target=str(target))


@click.command("verify")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", default="", help="The public key as you know it, in hexadecimal.")
@ANCHOR
def verify_archive(archive: Path, key: str, anchor: Path | None) -> None:
    """Verify an exported trail without a database."""
    try:
        found = Archive(archive)
    except NoArchiveError:
        tell_shell("no-archive", err=True, file=str(archive))
        sys.exit(1)
    known = found.key.public_bytes_raw().hex()
    if key and key.lower() != known:
        tell_shell("another-key", err=True, key=known)
        sys.exit(1)
    tell_shell("signed-by", key=known)
    kept = anchor.read_text() if anchor else ""
    _say_what_was_found(verify_source(found, found.key, kept))


@trail.command("rebuild")
@click.argument("target", type=click.Path(exists=False, dir_okay=False, path_type=Path))
@click.option("--stage", "stages", multiple=True, help="Only this part, as bank or trial.")
def rebuild_tables(target: Path, stages: tuple[str, ...]) -> None:
    """Make tables anew from the trail alone, in a new SQLite file: to compare, or to mend by."""
    if target.exists():
        tell_shell("target-there", err=True, target=str(target))
        sys.exit(1)
    site, kinds = the_site(), tables_of(stages)
    if not kinds:
        tell_shell("no-such-stage", err=True)
        sys.exit(1)
    every = select(TrailEntry.stream_name, TrailEntry.seq, TrailEntry.payload)
    with site.reading() as session:
        found = session.execute(every.order_by(TrailEntry.id)).all()
    made = rebuild([(row.stream_name, row.seq, row.payload) for row in found], kinds, target)
    tell_shell("rebuilt", rows=made, tables=len(kinds), target=str(target))


@trail.command()
@click.option("--keep", is_flag=True, help="Again each second, until stopped.")
def seal(*, keep: bool) -> None:
    """Seal what is not sealed yet, on PostgreSQL; beside doors of which none may seal."""
    site = the_site()
    if keep:
        keep_sealed(site)
        keep_witnessed(site)
        Event().wait()  # for ever
    if site.engine.dialect.name == "postgresql":
        with site.engine.begin() as connection:
            seals.seal_waiting(connection, site.key, site.clock())
    tell_shell("sealed-now")


@trail.command("key")
def log_key_of() -> None:
    """Print the public key by which a witness's keeper adds this trail."""
    site = the_site()
    with site.engine.connect() as connection:
        click.echo(log_key(connection, site.key.public_key()))


@trail.command()
def anchor() -> None:
    """Print the newest seal, to be kept off this machine: it shows later that none was cut off."""
    site = the_site()
    with site.engine.connect() as connection:
        last = seals.last_seal(connection)
    if last:
        click.echo(anchors.told(last))
    else:
        tell_shell("no-seal-yet")
