"""What supplies writes on labels: materials, lots, instruments."""

from dataclasses import dataclass

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.words import as_words
from lims.identifiers.fields import MaterialNumber
from lims.labelling.actions import LabelText, first_label
from lims.labelling.queries import BatchFacts, batch, live_label
from lims.supplies.actions import delivery_of
from lims.supplies.models import Equipment, Lot
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


def lot_text(work: Work, number: str) -> LabelText:
    """A lot's or material's name, supplier's lot and expiry."""
    lot = work.get(Lot, number)
    expires = as_words(lot.expires_on, work.settings.zone)
    supplier_lot = lot.supplier_lot or "–"
    return LabelText(
        "material", {"name": lot.name, "supplier_lot": supplier_lot, "expires": expires}
    )


def equipment_text(work: Work, number: str) -> LabelText:
    """An instrument's name and calibration."""
    instrument = work.get(Equipment, number)
    until = as_words(instrument.calibrated_until, work.settings.zone)
    within = say("calibrated-until-until", until=until)
    return LabelText("location", {"name": instrument.name, "within": within})


@dataclass(frozen=True)
class PrintContainerLabels:
    """A delivery, by any of its containers."""

    number: MaterialNumber


@action(may=Permission.PRINT_LABEL)
def print_container_labels(work: Work, wanted: PrintContainerLabels) -> BatchFacts:
    """Issue a label for every container of a delivery that has none."""
    lots = delivery_of(work, work.get(Lot, wanted.number))
    bare = [lot.number for lot in lots if not live_label(work.session, lot.number)]
    if not bare:
        raise Refused(Reason("labelled.containers"))
    batch_of = lots[0].delivery or wanted.number
    for number in bare:
        first_label(work, number, batch=batch_of)
    return batch(work.session, batch_of)
