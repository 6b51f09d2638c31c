"""Reads of preparation sessions and fills; which vials are picked; what stops a bag."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.queries import BagFacts, bag_facts
from lims.bags.rules import BagStanding
from lims.bank.queries import frozen_in, vials_of_bag
from lims.blinding.rules import Arm
from lims.core.days import Moment
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import CellCount, EndotoxinPerMillilitre, Millilitres, Minutes, Percent
from lims.core.reasons import Reason
from lims.core.telling import Made, Told
from lims.culture.rules import Squares, counted
from lims.deviations.queries import dose_is_closed, open_about
from lims.donation.evidence import ancestor_reasons
from lims.filling.dose import endotoxin_load, recovery
from lims.filling.models import Fill, Preparation
from lims.filling.rules import BagEvidence, BagLimits, CertifyEvidence, Usability
from lims.genealogy.hands import hands_on
from lims.genealogy.queries import parents
from lims.identifiers.numbers import Kind, kind_of
from lims.labelling.queries import active_copy
from lims.orders.models import Order
from lims.orders.queries import is_paused
from lims.orders.rules import OrderAtBench, lightest
from lims.protocol.queries import At, trial_in_force, trial_of_version
from lims.protocol.sections import Trial
from lims.supplies.equipment_rules import EquipmentFacts, equipment_reasons
from lims.supplies.models import Equipment, Lot
from lims.supplies.rules import LotFacts, lot_reasons
from lims.testing.queries import evidence_of, samples_of


@dataclass(frozen=True)
class FillFacts:
    """What went into a bag."""

    bag: Made
    session: str
    order: str
    content: Arm
    started_by: str
    started_at: datetime
    live: int | None
    dead: int | None
    squares: int | None
    dilution: Decimal | None
    pool: Millilitres | None
    viability: Percent | None
    drawn: Millilitres | None
    diluent: Millilitres | None
    target: CellCount | None
    actual: CellCount | None
    deviation: Percent | None
    dmso_g_per_kg: Decimal | None
    drawn_by: str | None
    checked_by: str | None
    drawn_at: datetime | None
    released_by: str | None
    released_at: datetime | None
    certified_at: datetime | None
    given_up_because: str
    vials: tuple[str, ...]
    number: str = ""
    says: Told = ""


@dataclass(frozen=True)
class PreparationFacts:
    """A session with its bags."""

    number: Made
    cell_lot: str
    vehicle_lot: str
    opened_by: str
    cleared_by: str
    opened_at: datetime
    stopped_because: str
    closed_at: datetime | None
    bags: tuple[BagFacts, ...]


PREPARATIONS = Listing(
    (Preparation.opened_at, Preparation.number),
    finds=(Preparation.number, Preparation.cell_lot, Preparation.vehicle_lot),
    sorts={"opened": Preparation.opened_at},
)


def preparations(session: Session, asked: Asked = EVERYTHING) -> Listed[PreparationFacts]:
    """All sessions, the newest first."""
    page = one_page(session, select(Preparation), PREPARATIONS, asked)
    return page.told(_with_bags(session, page.rows))


def preparation(session: Session, number: str) -> PreparationFacts:
    """One session."""
    row = session.get(Preparation, number)
    if row is None:
        raise Missing
    return preparation_facts(session, row)


def preparation_facts(session: Session, row: Preparation) -> PreparationFacts:
    """A session with its bags."""
    (found,) = _with_bags(session, [row])
    return found


def _with_bags(session: Session, rows: Sequence[Preparation]) -> list[PreparationFacts]:
    begun = select(Fill).where(Fill.session.in_([row.number for row in rows]))
    fills = gathered(session, begun.order_by(Fill.bag), Fill.session)
    numbers = [fill.bag for found in fills.values() for fill in found]
    bags = {bag.number: bag for bag in session.scalars(select(Bag).where(Bag.number.in_(numbers)))}
    return [
        facts(
            PreparationFacts,
            row,
            bags=tuple(bag_facts(bags[fill.bag]) for fill in fills[row.number]),
        )
        for row in rows
    ]


def open_preparation(session: Session) -> Preparation | None:
    """The newest session that is still open."""
    still = select(Preparation).where(Preparation.closed_at.is_(None))
    return session.scalar(still.order_by(Preparation.number.desc()).limit(1))


def fill(session: Session, number: str) -> FillFacts:
    """What went into a bag."""
    row = session.get(Fill, number)
    if row is None:
        raise Missing
    return fill_facts(session, row)


def fill_facts(session: Session, row: Fill, says: str = "") -> FillFacts:
    """A fill with the vials picked for it."""
    vials = tuple(vial.number for vial in vials_of_bag(session, row.bag))
    return facts(FillFacts, row, vials=vials, number=row.bag, says=says)


def order_at_bench(at: At, number: str) -> OrderAtBench:
    """What the bench knows of an order now."""
    return orders_at_bench(at, [number])[number]


def orders_at_bench(at: At, numbers: Sequence[str]) -> dict[str, OrderAtBench]:
    """What the bench knows of these orders now."""
    rows = at.session.scalars(select(Order).where(Order.number.in_(numbers))).all()
    paused, now = is_paused(at.session), trial_in_force(at).dose.cells_per_kg
    then = {
        version: trial_of_version(at.connection, version).dose.cells_per_kg
        for version in {row.protocol for row in rows}
    }
    return {
        row.number: OrderAtBench(
            standing=row.standing,
            halted=row.halted_at is not None,
            paused=paused,
            cells_per_kg_then=then[row.protocol],
            cells_per_kg_now=now,
        )
        for row in rows
    }


def usability(at: At, row: Bag, moment: Moment) -> Usability:
    """What the use of a bag rests on: of both staged lots and all of its session, in both arms."""
    session = at.session
    found = session.get(Fill, row.number)
    held = session.get(Preparation, found.session) if found else None
    staged = [session.get_one(Lot, n) for n in (held.cell_lot, held.vehicle_lot)] if held else []
    return Usability(
        standing=row.standing,
        expires_at=row.expires_at,
        has_label=active_copy(session, row.number) is not None,
        order=order_at_bench(at, row.order),
        staged=[facts(LotFacts, lot) for lot in staged],
        used=session_reasons(session, held.number, row.standing, moment) if held else (),
        upstream=ancestor_reasons(session, row.number, *([held.number] if held else [])),
    )


def session_reasons(
    session: Session, preparation: str, standing: BagStanding, at: Moment
) -> list[Reason]:
    """Why what a session uses may not be used at this moment.

    Its materials count until the bag is drawn: an in-use life that ends later harms no bag.
    """
    numbers = used_in(session, preparation)
    instruments = [session.get_one(Equipment, n) for n in numbers if kind_of(n) is Kind.EQUIPMENT]
    lots = [session.get_one(Lot, n) for n in numbers if kind_of(n) is Kind.MATERIAL]
    found = [
        r for it in instruments for r in equipment_reasons(facts(EquipmentFacts, it), at.today)
    ]
    if standing is BagStanding.FILLING:
        found += [r for lot in lots for r in lot_reasons(facts(LotFacts, lot), at)]
    return found


def bag_evidence(at: At, row: Bag, filled: Fill, moment: Moment) -> BagEvidence:
    """What the release of a bag rests on, read in this moment."""
    session = at.session
    samples = [sample.number for sample in samples_of(session, row.number)]
    held = session.get_one(Preparation, filled.session)  # both lots of it, so alike in both arms
    touched = [row.number, *samples, held.number, held.cell_lot, held.vehicle_lot]
    return BagEvidence(
        usability=usability(at, row, moment),
        sample=evidence_of(session, row.number),
        sleeve=row.sleeve,
        deviation=filled.deviation,
        dose_deviation_closed=dose_is_closed(session, row.number),
        viability=filled.viability,
        endotoxin_load=endotoxin_of(session, row, trial_in_force(at)),
        open_deviations=open_about(session, touched),
        hands=hands_on(session, row.number),
    )


def certify_evidence(session: Session, row: Bag, filled: Fill) -> CertifyEvidence:
    """What the final certification of a bag rests on."""
    taken = samples_of(session, row.number)
    return CertifyEvidence(
        notice=row.notice_at is not None,
        released=filled.released_at is not None,
        sterility=taken[-1].standing if taken else None,
        certified=filled.certified_at is not None,
        open_deviations=open_about(session, [row.number, *(s.number for s in taken)]),
        hands=hands_on(session, row.number),
    )


def limits_of(trial: Trial) -> BagLimits:
    """The limits by which a bag is released."""
    return BagLimits(
        trial.bag.dose_action_pct,
        trial.bag.dose_ceiling_pct,
        trial.room,
        trial.bag.viability_differs_pct,
        trial.infusion.endotoxin_k,
    )


def endotoxin_of(session: Session, bag: Bag, trial: Trial) -> Decimal | None:
    """EU/kg/h that the lightest participant who may be given it would get (USP <85>).

    None before the result is there.
    """
    sample, order = evidence_of(session, bag.number), session.get(Order, bag.order)
    found = sample.results.get("END") if sample else None
    if found is None or found.value is None or order is None:
        return None
    span = Minutes(Decimal(trial.infusion.planned_minutes))
    weight = lightest(order.weight, trial.weight.reweigh_pct)
    return endotoxin_load(EndotoxinPerMillilitre(found.value), weight, bag.volume, span)


def used_in(session: Session, preparation: str) -> list[str]:
    """The materials and instruments of a session: they go into every bag of it."""
    staged = parents(session, preparation)
    return [number for number in staged if kind_of(number) in {Kind.MATERIAL, Kind.EQUIPMENT}]


def recovery_of(session: Session, found: FillFacts) -> Percent | None:
    """Viable cells found again after thawing, of those that were frozen (F8)."""
    if not found.live or found.dead is None or not found.squares:
        return None
    if found.dilution is None or found.pool is None:
        return None
    after = counted(Squares(found.live, found.dead, found.squares, found.dilution))
    return recovery(frozen_in(session, found.vials), after.cells_in(found.pool))
