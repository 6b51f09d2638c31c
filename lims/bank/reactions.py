"""What the bank writes on labels: vials with what was filled, and the freezer's places."""

from lims.bank.models import Bank, Place, Vial
from lims.bank.queries import path_of
from lims.bank.rules import PlaceLevel
from lims.core.days import day_of
from lims.core.texts import say
from lims.core.words import as_words
from lims.identifiers.numbers import Kind
from lims.labelling.actions import FaceWanted
from lims.protocol.queries import trial_in_force
from lims.supplies.models import Lot
from lims.trust.context import Work

MILLION = 1_000_000


def write_face(work: Work, wanted: FaceWanted) -> None:
    """A vial's lot, passage and content; a place's name and where it stands."""
    if wanted.kind is Kind.VIAL:
        vial = work.get(Vial, wanted.number)
        bank, lot = work.get(Bank, vial.lot), work.get(Lot, vial.lot)
        cells = bank.viable_per_vial.value / MILLION
        wanted.master = wanted.master or "cryovial"
        wanted.fields = {
            "name": lot.name,
            "lot": vial.lot,
            "passage": str(bank.passage),
            "content": say("cells-10-6-in-volume", cells=f"{cells:.0f}", volume_per_vial=as_words(bank.volume_per_vial, work.settings.zone)),
            "filled_on": as_words(day_of(bank.filled_at, work.settings.zone), work.settings.zone),
            "storage": trial_in_force(work).preparation.vial_storage,
        }  # fmt: skip
    elif wanted.kind is Kind.PLACE:
        place = work.get(Place, wanted.number)
        box = place.level is PlaceLevel.BOX
        wanted.master = wanted.master or ("box" if box else "location")
        wanted.fields = {
            "name": place.name,
            "within": path_of(work.session, place.within) if place.within else "–",
            "places": f"{place.rows} × {place.columns}",
        }
