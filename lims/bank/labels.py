"""What the bank's labels say; a lot's vials, printed together and reconciled together."""

from dataclasses import dataclass
from typing import Annotated

from lims.bank.models import Bank, Place, Vial
from lims.bank.queries import path_of, vials_of
from lims.bank.rules import PlaceLevel, VialStanding
from lims.core.days import day_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.words import as_words
from lims.identifiers.fields import LotNumber
from lims.labelling.actions import MOST_AT_ONCE, LabelText, first_label
from lims.labelling.printing import send_here
from lims.labelling.queries import BatchFacts, batch, live_label
from lims.protocol.queries import trial_in_force
from lims.supplies.models import Lot
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

MILLION = 1_000_000
MASTERS = (("cryovial", say("wrap-around")), ("cryovial-card", "50 × 25 mm"))
LABELLED = frozenset({VialStanding.FILLED, VialStanding.STORED, VialStanding.RETAINED})


@dataclass(frozen=True)
class PrintVialLabels:
    """The vials of a lot that have no label yet, and which label they get."""

    lot: LotNumber
    master: Annotated[
        str,
        About(label=say("label"), choices=MASTERS),
    ] = "cryovial"


@action(may=Permission.BANK_CELLS)
def print_vial_labels(work: Work, wanted: PrintVialLabels) -> BatchFacts:
    """Issue a label for every vial of a lot that has none; sheets and printers take them together."""
    issue_vial_labels(work, wanted.lot, wanted.master)
    return batch(work.session, wanted.lot)


def issue_vial_labels(work: Work, lot: str, master: str = "cryovial") -> None:
    """Issue them from inside another action."""
    bare = [
        vial.number
        for vial in vials_of(work.session, lot)
        if vial.standing in LABELLED and not live_label(work.session, vial.number)
    ]
    if not bare:
        raise Refused(Reason("labelled"))
    for number in bare[:MOST_AT_ONCE]:
        send_here(work, first_label(work, number, master, lot))


def vial_text(work: Work, number: str) -> LabelText:
    """A vial's lot, passage, content and how it is stored."""
    vial = work.get(Vial, number)
    bank, lot, zone = work.get(Bank, vial.lot), work.get(Lot, vial.lot), work.settings.zone
    content = say(
        "cells-10-6-in-volume",
        cells=f"{bank.viable_per_vial.value / MILLION:.0f}",
        volume_per_vial=as_words(bank.volume_per_vial, zone),
    )
    return LabelText(
        "cryovial",
        {
            "name": lot.name,
            "lot": vial.lot,
            "passage": str(bank.passage),
            "content": content,
            "filled_on": as_words(day_of(bank.filled_at, zone), zone),
            "storage": trial_in_force(work).preparation.vial_storage,
        },
    )


def place_text(work: Work, number: str) -> LabelText:
    """A place's name and where it stands."""
    place = work.get(Place, number)
    within = path_of(work.session, place.within) if place.within else "–"
    size = f"{place.rows} × {place.columns}"
    master = "box" if place.level is PlaceLevel.BOX else "location"
    return LabelText(master, {"name": place.name, "within": within, "places": size})
