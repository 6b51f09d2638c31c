"""What supplies writes on labels: materials, lots, instruments."""

from lims.core.texts import say
from lims.core.words import as_words
from lims.identifiers.numbers import Kind
from lims.labelling.actions import FaceWanted
from lims.supplies.models import Equipment, Lot
from lims.trust.context import Work


def write_face(work: Work, wanted: FaceWanted) -> None:
    """A lot's name, supplier's lot and expiry; an instrument's name and calibration."""
    zone = work.settings.zone
    if wanted.kind in {Kind.MATERIAL, Kind.LOT}:
        lot = work.get(Lot, wanted.number)
        wanted.master = wanted.master or "material"
        wanted.fields = {
            "name": lot.name,
            "supplier_lot": lot.supplier_lot or "–",
            "expires": as_words(lot.expires_on, zone),
        }
    elif wanted.kind is Kind.EQUIPMENT:
        instrument = work.get(Equipment, wanted.number)
        wanted.master = wanted.master or "location"
        until = as_words(instrument.calibrated_until, zone)
        wanted.fields = {
            "name": instrument.name,
            "within": say("calibrated-until-until", until=until),
        }
