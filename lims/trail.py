"""The commands of the audit trail: verify, seal, anchor."""

import sys
from pathlib import Path

import click

from lims.shell import tell_shell, the_site
from lims.trust.trail import seals
from lims.trust.trail.verify import verify_trail


@click.group()
def trail() -> None:
    """The audit trail: verify, seal, anchor."""


@trail.command()
@click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A seal that was kept off this machine (lims trail anchor).",
)
def verify(anchor: Path | None) -> None:
    """Verify chains, seals, signatures, and every row against what the trail tells of it."""
    site, kept = the_site(), anchor.read_text() if anchor else ""
    with site.reading() as session:
        report = verify_trail(session, site.key.public_key(), kept)
    tell_shell(
        "verified",
        entries=report.entries,
        streams=report.streams,
        seals=report.seals,
        unsealed=report.unsealed,
    )
    tell_shell("replayed", rows=report.rows, untold=report.untold, unproved=report.unproved)  # fmt: skip
    for fault in report.faults:
        tell_shell("trail-fault", err=True, fault=fault)
    if report.faults:
        tell_shell("trail-faults", faults=len(report.faults))
    else:
        tell_shell("trail-whole")
    sys.exit(1 if report.faults else 0)


@trail.command()
def seal() -> None:
    """Seal what is not sealed yet; a timer may call this each minute on PostgreSQL."""
    site = the_site()
    if site.engine.dialect.name == "postgresql":
        with site.engine.begin() as connection:
            seals.seal_waiting(connection, site.key, site.clock())
    tell_shell("sealed-now")


@trail.command()
def anchor() -> None:
    """Print the newest seal, to be kept off this machine: it shows later that none was cut off."""
    site = the_site()
    with site.engine.connect() as connection:
        last = seals.last_seal(connection)
    if last:
        click.echo(f"{last.number}/{last.root}/{last.signature}")
    else:
        tell_shell("no-seal-yet")
