"""ISBT 128 donation numbers for cords, where an installation has the licence and switched it on."""

from dataclasses import dataclass

from sqlalchemy import func, select

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.donation.models import Cord
from lims.identifiers.fields import CordNumber
from lims.identifiers.isbt import donation_scan, donation_text, is_demonstration
from lims.labelling.actions import issue
from lims.labelling.printing import send_here
from lims.labelling.queries import LabelFacts, label_facts, live_label
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

DEMONSTRATION = "DEMO – NOT FOR CLINICAL USE"


@dataclass(frozen=True)
class OfCord:
    """A cord."""

    cord: CordNumber


@action(may=Permission.RECEIVE_CORD)
def number_donation(work: Work, wanted: OfCord) -> LabelFacts:
    """Give a cord the next ISBT 128 donation number and print its label; once for each cord."""
    cord = work.lock(Cord, wanted.cord)
    facility, year = work.settings.isbt_facility, work.today.year
    scan = donation_scan(facility, year, _next(work, facility, year))  # refuses while it is off
    if cord.donation is not None:
        raise Refused(Reason("numbered", donation=donation_text(cord.donation)))
    if live_label(work.session, cord.number):
        raise Refused(Reason("has-label"))
    cord.donation = scan[1:14]
    fields = {
        "donation": scan,
        "donation_text": donation_text(cord.donation),
        "warning": DEMONSTRATION if is_demonstration(facility) else "–",
    }
    return label_facts(
        send_here(work, issue(work, cord.number, "donation", fields)),
        say("issued-print-it-stick-it"),
    )


def _next(work: Work, facility: str, year: int) -> int:
    front = f"{facility}{year % 100:02}"
    last = select(func.max(Cord.donation)).where(Cord.donation.startswith(front))
    newest = work.session.scalar(last)
    return int(newest[7:]) + 1 if newest else 1
