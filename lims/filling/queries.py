"""Reads of preparation sessions and fills; which vials are picked; what stops a bag."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag, BagStanding
from lims.bags.queries import BagFacts, bag_facts
from lims.bank.models import Bank, Vial
from lims.bank.queries import ancestor_reasons
from lims.bank.rules import VialStanding
from lims.blinding.models import Arm
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.quantities import CellCount, Millilitres, Percent
from lims.core.reasons import Reason, when
from lims.culture.rules import Squares, counted
from lims.filling.models import Fill, Preparation
from lims.filling.rules import recovery
from lims.genealogy.models import CameFrom
from lims.identifiers.numbers import Kind, kind_of
from lims.labelling.queries import active_copy
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, LotKind, LotStanding, lot_reasons


@dataclass(frozen=True)
class FillFacts:
    """What went into a bag."""

    bag: str
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
    vials: tuple[str, ...]
    number: str = ""
    says: str = ""


@dataclass(frozen=True)
class PreparationFacts:
    """A session with its bags."""

    number: str
    cell_lot: str
    vehicle_lot: str
    opened_by: str
    cleared_by: str
    opened_at: datetime
    closed_at: datetime | None
    bags: tuple[BagFacts, ...]


def preparations(session: Session) -> list[PreparationFacts]:
    """The newest sessions."""
    rows = session.scalars(select(Preparation).order_by(Preparation.number.desc()).limit(200))
    return [preparation_facts(session, row) for row in rows]


def preparation(session: Session, number: str) -> PreparationFacts:
    """One session."""
    row = session.get(Preparation, number)
    if row is None:
        raise Missing
    return preparation_facts(session, row)


def preparation_facts(session: Session, row: Preparation) -> PreparationFacts:
    """A session with its bags."""
    found = session.scalars(
        select(Bag)
        .join(Fill, Fill.bag == Bag.number)
        .where(Fill.session == row.number)
        .order_by(Bag.number)
    )
    return facts(PreparationFacts, row, bags=tuple(bag_facts(bag) for bag in found))


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
    picked = session.scalars(select(Vial.number).where(Vial.taken_for == row.bag))
    vials = tuple(sorted(picked))
    return facts(FillFacts, row, vials=vials, number=row.bag, says=says)


def next_lot(session: Session, kind: LotKind, now: datetime) -> LotFacts | None:
    """The usable lot of a kind that expires first; cells need vials in store."""
    found = select(Lot).where(Lot.kind == kind, Lot.standing == LotStanding.RELEASED)
    for row in session.scalars(found.order_by(Lot.expires_on, Lot.number)):
        known = facts(LotFacts, row)
        stocked = kind is LotKind.VEHICLE or stored_vials(session, row.number, 1)
        if stocked and not lot_reasons(known, now) and not ancestor_reasons(session, row.number):
            return known
    return None


def stored_vials(session: Session, lot: str, count: int) -> list[str]:
    """So many stored vials of a lot, by number."""
    stored = select(Vial.number).where(Vial.lot == lot, Vial.standing == VialStanding.STORED)
    return list(session.scalars(stored.order_by(Vial.number).limit(count)))


def usable_reasons(session: Session, row: Bag, now: datetime) -> list[Reason]:
    """Every reason why a bag may not go on its way: computed each time, never stored."""
    found = session.get(Fill, row.number)
    held = session.get(Preparation, found.session) if found else None
    staged = [session.get(Lot, n) for n in (held.cell_lot, held.vehicle_lot)] if held else []
    order = session.get(Order, row.order)
    cancelled = order is not None and order.standing is OrderStanding.CANCELLED
    found_reasons = [
        *when(cancelled, Reason("order-cancelled", "The order is cancelled.")),
        *when(row.standing is BagStanding.WITHDRAWN, Reason("withdrawn", "The bag is withdrawn.")),
        *when(now >= row.expires_at, Reason("expired", "The bag has expired.")),
        *when(
            active_copy(session, row.number) is None,
            Reason("no-active-label", "The bag has no label that was scanned back."),
        ),
        *(reason for lot in staged if lot for reason in lot_reasons(facts(LotFacts, lot), now)),
        *(ancestor_reasons(session, held.number) if held else ()),  # of both lots, in both arms
        *ancestor_reasons(session, row.number),
    ]
    return list(dict.fromkeys(found_reasons))


def reserved_for(session: Session, bag: str) -> list[str]:
    """The vials that are picked for a bag and still frozen."""
    found = select(Vial.number).where(Vial.taken_for == bag, Vial.standing == VialStanding.RESERVED)
    return list(session.scalars(found.order_by(Vial.number)))


def used_in(session: Session, preparation: str) -> list[str]:
    """The materials and instruments of a session: they go into every bag of it."""
    staged = session.scalars(select(CameFrom.parent).where(CameFrom.child == preparation))
    return sorted(n for n in staged if kind_of(n) in {Kind.MATERIAL, Kind.EQUIPMENT})


def recovery_of(session: Session, found: FillFacts) -> Percent | None:
    """Viable cells found again after thawing, of those that were frozen (F8)."""
    if not found.live or found.dead is None or not found.squares:
        return None
    if found.dilution is None or found.pool is None:
        return None
    after = counted(Squares(found.live, found.dead, found.squares, found.dilution))
    return recovery(frozen_in(session, found.vials), after.cells_in(found.pool))


def frozen_in(session: Session, vials: Sequence[str]) -> CellCount:
    """The viable cells that were frozen in these vials."""
    rows = [session.get_one(Bank, session.get_one(Vial, number).lot) for number in vials]
    return CellCount(sum((row.viable_per_vial.value for row in rows), Decimal(0)))
