"""The labels of a lot's vials, printed together and reconciled together."""

from dataclasses import dataclass
from typing import Annotated

from lims.bank.queries import vials_of
from lims.bank.rules import VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.fields import LotNumber
from lims.labelling.actions import MOST_AT_ONCE, first_label
from lims.labelling.queries import BatchFacts, batch, live_label
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

LABELLED = frozenset({VialStanding.FILLED, VialStanding.STORED, VialStanding.RETAINED})


@dataclass(frozen=True)
class PrintVialLabels:
    """The vials of a lot that have no label yet, and which label they get."""

    lot: LotNumber
    master: Annotated[
        str,
        About(
            label=say("label"),
            choices=(("cryovial", "wrap-around"), ("cryovial-card", "50 × 25 mm")),
        ),
    ] = "cryovial"


@action(may=Permission.BANK_CELLS)
def print_vial_labels(work: Work, wanted: PrintVialLabels) -> BatchFacts:
    """Issue a label for every vial of a lot that has none; sheets and printers take them together."""
    bare = [
        vial.number
        for vial in vials_of(work.session, wanted.lot)
        if vial.standing in LABELLED and not live_label(work.session, vial.number)
    ]
    if not bare:
        raise Refused(Reason("labelled"))
    for number in bare[:MOST_AT_ONCE]:
        first_label(work, number, wanted.master, wanted.lot)
    return batch(work.session, wanted.lot)
