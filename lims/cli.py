"""The command line: migrate, init, demo, print, tidy, seal, masters, moves, trail, backup …"""

import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click
from PIL import ImageOps
from sqlalchemy import inspect, select

from lims.accounts.actions import AddPerson, add_first_person
from lims.backup.commands import backup, restore
from lims.blinding.actions import SealList, extend_list, seal_list
from lims.blinding.importing import read_file
from lims.core.db import Base, encrypt_if_plain
from lims.core.errors import Refused
from lims.core.moves import HasStanding, drawing
from lims.core.reasons import Reason
from lims.core.texts import joined, named, say
from lims.demonstration.cast import CAST, PASSWORD
from lims.demonstration.history import tell
from lims.demonstration.present import moved_on
from lims.deviations.due import TellDueDeviations, tell_due_deviations
from lims.filling.expiring import ExpireBags, expire_bags
from lims.grants import grant
from lims.labelling.approving import sample_of
from lims.labelling.delivery import deliver_waiting, keep_delivering
from lims.labelling.masters import load_master, masters_in
from lims.labelling.render import draw
from lims.matrix import permission_matrix
from lims.migrate import migrate as migrate_database
from lims.protocol.queries import offered_text
from lims.protocol.reading import FaultyProtocol, digest_of_file, read_trial
from lims.rescue import rescue
from lims.settings import Settings
from lims.shell import in_shell, tell_shell, the_site
from lims.trail import trail, verify_archive
from lims.trial.keying import KeyIdentities, key_identities
from lims.trust.actions import Request, perform
from lims.trust.founding import KnowKeys, know_keys
from lims.trust.identity.passwords import FactorGiven, prove_factor, prove_login
from lims.trust.identity.people import PROGRAM, Person
from lims.trust.identity.roles import Role
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.trust.keys import KnownKey, make_database_key, make_keys
from lims.witness import run as run_witness

MOVES_HEAD = """# Which standing may follow which

Drawn from the code by `make docs`; `make check` compares. A move that is not here is refused with
the code `wrong-standing`. What begins has no arrow to it but from the dot."""


def is_empty(site: Site) -> bool:
    """Whether nobody was ever added."""
    if not inspect(site.engine).has_table("person"):
        return True
    with site.reading() as session:
        return session.scalar(select(Person.login).limit(1)) is None


@click.group()
def main() -> None:
    """Funis, from the cord to the bedside."""


@main.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    site = the_site()
    make_database_key(site.settings.database_url, site.settings.key_folder)
    if encrypt_if_plain(site.settings.database_url):
        tell_shell("encrypted-now")
    migrate_database(site.settings.database_url)
    if not is_empty(site):  # an installation of an earlier version learns what it lacks
        _learn_keys(site)
        perform(site, key_identities, KeyIdentities(), Request(PROGRAM))
    tell_shell("migrated")


def _learn_keys(site: Site) -> None:
    """Keys for an installation that knows none yet; a lost one is never replaced by a new one."""
    with site.reading() as session:
        knows = session.scalar(select(KnownKey.name).limit(1)) is not None
    if not knows:
        make_keys(site.settings.key_folder)
        perform(site, know_keys, KnowKeys(), Request(PROGRAM))


@main.command()
@click.option("--login", default="admin", show_default=True)
@click.option("--name", default="Administrator", show_default=True)
@click.option("--qa-login", default="qa", show_default=True)
@click.option("--qa-name", default="Quality Assurance", show_default=True)
def init(login: str, name: str, qa_login: str, qa_name: str) -> None:
    """Prepare an empty installation: database, keys, administrator, first of QA. No data."""
    site = the_site()
    make_database_key(site.settings.database_url, site.settings.key_folder)
    migrate_database(site.settings.database_url)
    if not is_empty(site):
        tell_shell("not-empty", err=True)
        sys.exit(1)
    make_keys(site.settings.key_folder)
    perform(site, know_keys, KnowKeys(), Request(PROGRAM))
    tell_shell("keys-are-in", folder=str(site.settings.key_folder))
    for who, called, number, role in (
        (login, name, "admin", Role.ADMIN),
        (qa_login, qa_name, "qa", Role.QA),
    ):
        password = secrets.token_urlsafe(12)
        new = AddPerson(who, called, number, role, password)
        perform(site, add_first_person, new, Request(PROGRAM))
        tell_shell("log-in-once", login=who, password=password)
    tell_shell("what-comes-next")


@main.command()
def demo() -> None:
    """Load the demonstration trial into an empty database; move the present of one that is there on."""
    site = the_site()
    if not site.settings.demonstration:
        tell_shell("no-demonstration", err=True)
        sys.exit(1)
    migrate_database(site.settings.database_url)
    if not is_empty(site):
        _learn_keys(site)
        click.echo(in_shell(moved_on(site, site.clock().replace(second=0, microsecond=0))))
        return
    now = site.clock().replace(second=0, microsecond=0)
    done = tell(site, now, lambda words: click.echo(f"  … {in_shell(words)}"))
    tell_shell("demonstration-ready", done=done)


@main.command()
@click.argument("address")
def who(address: str) -> None:
    """Say where to open the demonstration and who can log in."""
    people = joined(
        "between.words", [say("cli.who-is", login=n, role=named(r)) for n, (_, r) in CAST.items()]
    )
    tell_shell("everybodys-password", password=PASSWORD, people=people)
    tell_shell("open-and-log-in", address=address, password=PASSWORD)


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1)
def witness(words: tuple[str, ...]) -> None:
    """Keep the last checkpoint of a trail and cosign what continues it, on another machine."""
    run_witness(words)


@main.command("print")
@click.option("--once", is_flag=True, help="Bring what waits now, say what became of it, end.")
def print_waiting(*, once: bool) -> None:
    """Bring labels to their printers as they are sent; runs beside the server, until stopped."""
    site = the_site()
    if not once:
        keep_delivering(site)
    for job in deliver_waiting(site):
        tell_shell(
            "printed",
            label=job.label,
            printer=job.printer,
            standing=named(job.standing),
            says=job.says,
        )


@main.command()
def tidy() -> None:
    """Expire what is over, tell QA of deviations that are due; for a timer, as every 15 minutes."""
    site, own = the_site(), Request(PROGRAM)
    expired = perform(site, expire_bags, ExpireBags(), own)
    told = perform(site, tell_due_deviations, TellDueDeviations(), own)
    tell_shell("tidied", bags=len(expired.bags), due=len(told.deviations))


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def masters(folder: Path) -> None:
    """Draw every version of every label master with its sample, as pictures in a folder."""
    settings = Settings.from_environment()
    languages = read_trial(offered_text(settings.protocol_file)).languages
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in masters_in(settings.labels_folder):
        master = load_master(settings.labels_folder, name, version)
        dots = draw(master, sample_of(master), 203, languages)
        # A line round the label, outside its quiet zones: where it is cut.
        ImageOps.expand(dots.convert("L"), 2, 160).save(folder / f"{name}-{version}.png")
    tell_shell("pictures-are-in", folder=str(folder))


@main.command("seal")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cells", type=click.Choice(["A", "B"]), required=True, help="The code of cells.")
@click.option("--login", prompt="Statistician's login")
@click.option("--code", default="", help="Of the authenticator, for whoever has one.")
@click.option("--extend", is_flag=True, help="Add it to the list that is sealed already.")
@click.password_option("--password", confirmation_prompt=False)
def seal_file(
    file: Path, cells: str, login: str, password: str, code: str, *, extend: bool
) -> None:
    """Look at a randomisation list, and seal it; its rows are counted and never shown."""
    try:
        found = read_file(file.read_bytes())
    except Refused as refused:
        _turn_away(refused.reasons)
    tell_shell(
        "list-read", digest=found.digest, encoding=found.encoding, separator=repr(found.separator)
    )
    for stratum, rows in found.strata.items():
        tell_shell("stratum-rows", stratum=stratum, rows=rows)
    if found.faults:
        _turn_away(found.faults)
    click.confirm(in_shell(say("cli.seal-it")), abort=True)
    site, given = the_site(), Credentials(login, password)
    try:
        actor = prove_login(site, given, "command line", "")
        prove_factor(site, actor, FactorGiven(code), "command line")
        wanted = extend_list if extend else seal_list
        sealed = perform(site, wanted, SealList(found.lines, cells), Request(actor, given))
    except Refused as refused:
        _turn_away(refused.reasons)
    tell_shell("sealed", rows=sealed.rows, digest=sealed.digest)


def _turn_away(reasons: Iterable[Reason]) -> NoReturn:
    for reason in reasons:
        click.echo(f"{reason.code}: {in_shell(reason.sentence)}", err=True)
    sys.exit(1)


@main.command()
def moves() -> None:
    """Draw which standing may follow which, of everything that has one, for docs/moves.md."""
    click.echo(MOVES_HEAD)
    mapped = [mapper.class_ for mapper in Base.registry.mappers]
    kinds = [kind for kind in mapped if issubclass(kind, HasStanding)]
    for kind in sorted(kinds, key=lambda kind: str(kind.__name__)):
        says = (kind.__doc__ or "").strip().split("\n")[0]
        click.echo(f"\n## {kind.__name__}\n\n{says}\n\n```mermaid\n{drawing(kind)}\n```")


@main.command()
def grants() -> None:
    """Give each door's PostgreSQL role its own tables and rows; the owner of the tables runs it."""
    site = the_site()
    if site.engine.dialect.name != "postgresql":
        tell_shell("grants-need-postgresql", err=True)
        sys.exit(1)
    with site.engine.begin() as connection:
        made = grant(connection)
    tell_shell("granted", statements=len(made))


@main.command()
def permissions() -> None:
    """Draw who may do what: each action by role, for docs/permissions.md."""
    click.echo(permission_matrix())


@main.group()
def protocol() -> None:
    """The trial's protocol file."""


@protocol.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Name every fault of a protocol file, and say what its limits leave."""
    try:
        trial = read_trial(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        tell_shell("not-utf-8", err=True)
        sys.exit(1)
    except FaultyProtocol as faulty:
        for fault in faulty.faults:
            click.echo(in_shell(fault), err=True)
        sys.exit(1)
    room = trial.room
    tell_shell("no-fault", code=trial.code, digest=digest_of_file(file.read_text("utf-8")))
    tell_shell(
        "room-of-limits",
        reweigh=trial.weight.reweigh_pct,
        ceiling=trial.bag.dose_ceiling_pct,
        low=f"{room.low:.2f}",
        high=f"{room.high:.2f}",
    )


main.add_command(rescue)
main.add_command(trail)
main.add_command(verify_archive)
main.add_command(backup)
main.add_command(restore)
