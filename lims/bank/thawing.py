"""Vials thawed: for a bag, or back into culture."""

from dataclasses import dataclass
from typing import Annotated

from lims.bank import rules
from lims.bank.holding import held_reasons
from lims.bank.models import Bank, Vial
from lims.bank.out_of_storage import most_out, out_of_storage
from lims.bank.rules import VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Millilitres
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.culture.departing import permitted
from lims.culture.fields import Area, Dilution, SeenDead, SeenLive, SeenSquares
from lims.culture.queries import Seeded
from lims.culture.rules import (
    Squares,
    count_reasons,
    counted,
    not_permitted,
    passage_reasons,
    volume_reasons,
)
from lims.culture.seeding import Lineage, seed
from lims.donation.evidence import ancestor_reasons
from lims.genealogy.actions import connect
from lims.identifiers.fields import VialNumber
from lims.protocol.queries import protocol_in_force
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, LotKind
from lims.supplies.using import Instruments, Materials, use
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


def thaw_vial(work: Work, number: str, what_for: str) -> Vial:
    """Thaw a vial of a lot that is usable in this very transaction; it cannot go back."""
    known = work.get(Vial, number)
    lot = work.lock(Lot, known.lot)  # the lot first, as a hold does: no hold slips in between
    vial = work.lock(Vial, number)
    upstream = ancestor_reasons(work.session, number)
    if reasons := [
        *rules.thaw_reasons(facts(LotFacts, lot), upstream, work.moment),
        *held_reasons(work.session, number),
        *rules.warmth_reasons(number, out_of_storage(vial, work.now), most_out(work)),
    ]:
        raise Refused(say("may-not-be-thawed", number=number), reasons)
    vial.move_to(VialStanding.THAWED)
    vial.box = vial.position = None
    vial.taken_for, vial.thawed_at = what_for, work.now
    return vial


@dataclass(frozen=True)
class ThawIntoCulture:
    """A bank's vial back into a flask."""

    vial: VialNumber
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution
    volume: Annotated[Millilitres, About(label=say("volume-after-thawing"))]
    area: Area
    materials: Materials
    equipment: Instruments


@action(may=Permission.BANK_CELLS, witnessed_as=say("thaw-and-count-checked"), late=True)
def thaw_into_culture(work: Work, wanted: ThawIntoCulture) -> Seeded:
    """Thaw a vial of a released bank, count it and seed a flask of the next passage."""
    recipe = protocol_in_force(work)
    trial = recipe.trial
    vial = thaw_vial(work, wanted.vial, "culture")
    bank = work.get(Bank, vial.lot)
    lot = work.get(Lot, vial.lot)
    seen = facts(Squares, wanted)
    passage = bank.passage + 1
    reasons = [
        *when(lot.kind is LotKind.PRODUCT, Reason("product")),
        *count_reasons(seen, trial.culture.min_cells_counted),
        *volume_reasons(wanted.volume),
        *not_permitted(
            passage_reasons(
                passage,
                trial.culture.passage_max,
                bank.doublings,
                trial.culture.cumulative_doublings_max,
            ),
            permitted(work.session, bank.harvest),
        ),
    ]
    if reasons:
        raise Refused(say("number-cannot-be-seeded", number=vial.number), reasons)
    cells = counted(seen).cells_in(wanted.volume)
    lineage = Lineage(bank.donor, passage, bank.doublings, recipe.version)
    flask = seed(work, lineage, 1, wanted.area, cells)[0]
    connect(work, flask, vial.number)
    use(work, flask, wanted.materials, wanted.equipment, line=bank.donor)
    return Seeded(flask, (flask,), say("seeded-flask-flask", flask=flask))
