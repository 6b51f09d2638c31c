"""Preparation sessions: a cleared bench with both lots staged, and its end."""

from dataclasses import dataclass

from lims.bags.rules import BagStanding
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.filling import queries
from lims.filling.models import Preparation
from lims.filling.queries import PreparationFacts
from lims.filling.staging import lots_to_stage
from lims.genealogy.actions import connect
from lims.identifiers.fields import SessionNumber
from lims.identifiers.numbers import Kind
from lims.labelling.queries import open_labels
from lims.supplies.clearance import clear
from lims.supplies.using import Instruments, Materials, use
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class OpenPreparation:
    """A bench cleared for filling, with what is used in every bag."""

    materials: Materials
    equipment: Instruments


@action(may=Permission.FILL_BAG, witnessed_as=say("line-clearance-checked"), late=True)
def open_preparation(work: Work, wanted: OpenPreparation) -> PreparationFacts:
    """Open a session; the system stages the lots that serve the next order and expire first."""
    cells, vehicle = lots_to_stage(work)
    row = Preparation(
        number=work.new_number(Kind.SESSION),
        cell_lot=cells.number,
        vehicle_lot=vehicle.number,
        opened_by=work.actor.login,
        cleared_by=work.second,
        opened_at=work.now,
    )
    work.add(row)
    connect(work, row.number, cells.number, vehicle.number)
    clear(work, wanted.equipment, row.number)
    use(work, row.number, wanted.materials, wanted.equipment, line=row.number)
    return queries.preparation_facts(work.session, row)


@dataclass(frozen=True)
class ClosePreparation:
    """A session whose bags are all drawn or given up."""

    session: SessionNumber


@action(may=Permission.FILL_BAG, late=True)
def close_preparation(work: Work, wanted: ClosePreparation) -> PreparationFacts:
    """Close a session; no bag is left half filled, no label unaccounted for."""
    row = work.lock(Preparation, wanted.session)
    known = queries.preparation_facts(work.session, row)
    half = [bag.number for bag in known.bags if bag.standing is BagStanding.FILLING]
    reasons = [
        *when(row.closed_at, Reason("closed")),
        *(Reason("half-filled", number=number) for number in half),
        *(Reason("label-open", code=code) for code in open_labels(work.session, row.number)),
    ]
    if reasons:
        raise Refused(say("the-session-cannot-be-closed"), reasons)
    row.closed_at = work.now
    return queries.preparation_facts(work.session, row)
