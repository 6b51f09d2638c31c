"""What an administrator sets up: label printers, and staff badges.

A badge says who somebody is. It proves nothing; the password does.
"""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.labelling import queries
from lims.labelling.actions import issue
from lims.labelling.models import Printer
from lims.labelling.queries import LabelFacts, PrinterFacts
from lims.labelling.render import RESOLUTIONS
from lims.labelling.rules import LabelStanding, PrinterSide
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.people import Person, actor_named
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class SetPrinter:
    """A printer: where it stands and where it listens."""

    name: str
    side: PrinterSide
    host: Annotated[str, About(hint=say("name-or-address-in-the"))]
    dpi: Annotated[
        int, About(label=say("dots-per-inch"), choices=tuple((str(r),) * 2 for r in RESOLUTIONS))
    ]
    port: int = 9100
    station: Annotated[str, About(label=say("station"), hint=say("its-labels-come-out-here"))] = ""
    in_service: bool = True


def _is_host(name: str) -> bool:
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return bool(name) and name.isascii() and not any(c.isspace() for c in name)


@action(may=Permission.MANAGE_PRINTERS)
def set_printer(work: Work, wanted: SetPrinter) -> PrinterFacts:
    """Register a label printer, or change where it stands."""
    reasons = [
        *when(wanted.dpi not in RESOLUTIONS, Reason("resolution")),
        *when(not 0 < wanted.port < 65_536, Reason("port")),
        *when(
            not _is_host(wanted.host),
            Reason("host"),
        ),
    ]
    if reasons:
        raise Refused(say("this-printer-cannot-be-set"), reasons)
    row = work.session.get(Printer, wanted.name, with_for_update=True)
    if row is None:
        row = work.add(Printer(**vars(wanted)))
    for name, value in vars(wanted).items():
        setattr(row, name, value)
    return facts(PrinterFacts, row, says=say("name-is-set", name=row.name))


@dataclass(frozen=True)
class IssueBadge:
    """Whose badge."""

    login: str


@action(may=Permission.MANAGE_ACCOUNTS)
def issue_badge(work: Work, wanted: IssueBadge) -> LabelFacts:
    """Issue somebody's badge; an earlier one opens nothing from now on."""
    person = work.lock(Person, wanted.login)
    if not person.active:
        raise Refused(Reason("inactive", name=person.name))
    if person.badge and (old := queries.live_label(work.session, person.badge)):
        old.move_to(LabelStanding.SUPERSEDED)
    person.badge, person.pin_hash = work.new_number(Kind.BADGE), None
    actor = actor_named(work.session, person.login, work.now)
    roles = ", ".join(sorted(actor.roles)) if actor else ""
    row = issue(work, person.badge, "badge", {"name": person.name, "role": roles})
    return queries.label_facts(row, say("badge-of-print-it-hand", name=person.name))
