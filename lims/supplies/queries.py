"""Reads of lots and equipment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.supplies import rules
from lims.supplies.clearance import cleared_for
from lims.supplies.equipment_rules import CareFacts, ClearanceFacts, EquipmentFacts
from lims.supplies.models import Equipment, EquipmentCare, EquipmentUse, Lot
from lims.supplies.rules import LotFacts, LotKind, LotStanding

SAME = ("supplier", "supplier_lot", "name")  # what makes two deliveries those of one lot
LOTS = Listing(
    (Lot.made_at, Lot.number),
    finds=(Lot.name, Lot.supplier_lot),
    numbers=(Lot.number,),
    stands=Lot.standing,
    sorts={"name": Lot.name, "what": Lot.name, "made": Lot.made_at},
)


def lots_of(
    session: Session, kinds: Sequence[LotKind], asked: Asked = EVERYTHING
) -> Listed[LotFacts]:
    """All lots of these kinds, the newest first."""
    found = select(Lot).where(Lot.kind.in_(kinds))
    page = one_page(session, found, LOTS, asked)
    return page.told(facts(LotFacts, row) for row in page.rows)


def lots_that_are(session: Session, standing: LotStanding, *kinds: LotKind) -> list[LotFacts]:
    """Every lot of these kinds in a standing, by number."""
    found = select(Lot).where(Lot.standing == standing, Lot.kind.in_(kinds))
    return [facts(LotFacts, row) for row in session.scalars(found.order_by(Lot.number))]


def materials(session: Session, asked: Asked = EVERYTHING) -> Listed[LotFacts]:
    """Materials from suppliers, and the vehicle."""
    return lots_of(session, (LotKind.MATERIAL, LotKind.VEHICLE), asked)


def material_of_code(session: Session, gtin: str, supplier_lot: str) -> str | None:
    """The material of a supplier's item and lot, the newest delivery."""
    first = func.coalesce(Lot.delivery, Lot.number)
    wanted = select(first).where(Lot.gtin == gtin, Lot.supplier_lot == supplier_lot)
    return session.scalar(wanted.order_by(Lot.number.desc()).limit(1))


def containers_of(session: Session, delivery: str | None) -> list[LotFacts]:
    """The containers of a delivery."""
    found = select(Lot).where(Lot.delivery == delivery).order_by(Lot.number)
    return [facts(LotFacts, row) for row in session.scalars(found)]


def is_same_lot(of: Lot | LotFacts) -> ColumnElement[bool]:
    """Whether a lot is the same supplier's lot of the same material, however somebody spelled it."""
    return and_(*(_alike(getattr(Lot, one), getattr(of, one)) for one in SAME))


def _alike(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """As `rules.alike` compares, as far as a database folds letters."""
    return or_(column == text, func.lower(func.replace(column, " ", "")) == rules.alike(text))


def same_supplier_lot(session: Session, of: LotFacts) -> list[str]:
    """Earlier and later deliveries of the same supplier's lot, by their first container."""
    others = is_same_lot(of) & (Lot.delivery == Lot.number)
    found = select(Lot.number).where(others, Lot.number != of.delivery)
    return list(session.scalars(found.order_by(Lot.number)))


def material(session: Session, number: str) -> LotFacts:
    """One lot of a material."""
    row = session.get(Lot, number)
    if row is None or row.kind is not LotKind.MATERIAL:
        raise Missing
    return facts(LotFacts, row)


def lot(session: Session, number: str) -> LotFacts:
    """Any lot."""
    row = session.get(Lot, number)
    if row is None:
        raise Missing
    return facts(LotFacts, row)


def equipment_list(session: Session) -> list[EquipmentFacts]:
    """All instruments."""
    found = select(Equipment).order_by(Equipment.name, Equipment.number)
    return [facts(EquipmentFacts, row) for row in session.scalars(found)]


def equipment(session: Session, number: str) -> EquipmentFacts:
    """One instrument."""
    row = session.get(Equipment, number)
    if row is None:
        raise Missing
    return facts(EquipmentFacts, row)


@dataclass(frozen=True)
class UseFacts:
    """One use of an instrument."""

    of: str
    by: str
    at: datetime


@dataclass(frozen=True)
class EquipmentHistory:
    """An instrument, for whom it was cleared, and the latest of what was done for it and with it."""

    equipment: EquipmentFacts
    cleared: ClearanceFacts | None
    care: tuple[CareFacts, ...]
    uses: tuple[UseFacts, ...]


LATEST = 50


def equipment_history(session: Session, number: str) -> EquipmentHistory:
    """One instrument with its history; all that it was ever used for is in its genealogy."""
    one = equipment(session, number)
    care = select(EquipmentCare).where(EquipmentCare.equipment == number)
    uses = select(EquipmentUse).where(EquipmentUse.equipment == number)
    of_care = session.scalars(care.order_by(EquipmentCare.id.desc()).limit(LATEST))
    of_uses = session.scalars(uses.order_by(EquipmentUse.at.desc(), EquipmentUse.of).limit(LATEST))
    return EquipmentHistory(
        one,
        cleared_for(session, number),
        tuple(facts(CareFacts, row, says="") for row in of_care),
        tuple(facts(UseFacts, row) for row in of_uses),
    )
