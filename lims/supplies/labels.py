"""What supplies writes on labels: materials, lots, instruments."""

from lims.core.texts import say
from lims.core.words import as_words
from lims.labelling.actions import LabelText
from lims.supplies.models import Equipment, Lot
from lims.trust.context import Work


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
