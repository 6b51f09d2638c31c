"""Vials into a box, many at once, and whole boxes and racks to another place."""

from dataclasses import dataclass
from typing import Annotated

from lims.bank import queries, rules
from lims.bank.models import Place, Vial
from lims.bank.out_of_storage import Vials, into_the_cold
from lims.bank.queries import PlaceFacts
from lims.bank.rules import VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.telling import Told
from lims.core.texts import say
from lims.genealogy.actions import connect
from lims.identifiers.fields import PlaceNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class StoreVials:
    """Vials in the order of their positions, and where the first of them goes."""

    box: PlaceNumber
    vials: Vials
    first: Annotated[
        str,
        About(
            label=say("first-position"), hint=say("empty-the-first-free"), scan=True, foreign=True
        ),
    ] = ""


@dataclass(frozen=True)
class Positioned:
    """A vial and where it is."""

    vial: str
    position: str


@dataclass(frozen=True)
class BoxFilled:
    """What was put into a box."""

    box: str
    vials: tuple[Positioned, ...]
    says: Told


@action(may=Permission.BANK_CELLS, late=True)
def store_vials(work: Work, wanted: StoreVials) -> BoxFilled:
    """Put vials into the free positions of a box, row by row; all of them or none.

    Vials that are stored elsewhere move. A position holds one vial, always.
    """
    numbers = list(dict.fromkeys(wanted.vials))
    box = work.lock(Place, wanted.box)
    held = queries.held_in(work.session, box.number)
    free = rules.free_positions(
        box.rows, box.columns, {where for where, vial in held.items() if vial not in numbers}
    )
    vials = [work.lock(Vial, number) for number in sorted(numbers)]
    reasons = [
        *rules.room_reasons(wanted.first.upper(), free, len(numbers)),
        *(reason for vial in vials for reason in rules.storing_reasons(vial.number, vial.standing)),
    ]
    if reasons:
        raise Refused(say("these-vials-are-not-stored"), reasons)
    for vial in vials:
        vial.box = vial.position = None  # so that two may change places
    work.session.flush()
    from_first = free[free.index(wanted.first.upper()) :] if wanted.first else free
    where = dict(zip(numbers, from_first, strict=False))
    for vial in vials:
        if vial.standing is VialStanding.FILLED:
            vial.move_to(VialStanding.STORED)
        vial.box, vial.position = box.number, where[vial.number]
        into_the_cold(work, vial)
        connect(work, vial.number, box.number)
    placed = tuple(Positioned(number, where[number]) for number in numbers)
    says = say(
        "vials-are-stored", count=len(placed), name=box.name,
        first=placed[0].position, last=placed[-1].position,
    )  # fmt: skip
    return BoxFilled(box.number, placed, says)


@dataclass(frozen=True)
class MovePlace:
    """A box to another rack, or a rack to another tank, with all that is in it."""

    place: PlaceNumber
    within: Annotated[PlaceNumber, About(label=say("to-which-place"))]


@action(may=Permission.BANK_CELLS, late=True)
def move_place(work: Work, wanted: MovePlace) -> PlaceFacts:
    """Move a box or a rack at once; what is in it keeps its positions."""
    place = work.lock(Place, wanted.place)
    outer = work.get(Place, wanted.within)
    reasons = rules.moving_reasons(place.level, outer.level, place.within == outer.number)
    if reasons:
        raise Refused(say("it-stays-where-it-is"), reasons)
    place.within = outer.number
    connect(work, place.number, outer.number)
    return facts(PlaceFacts, place, vials=())
