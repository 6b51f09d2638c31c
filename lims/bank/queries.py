"""Reads of banks, vials and the freezer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.bank.holding import IS_HELD
from lims.bank.models import Bank, Place, Vial
from lims.bank.rules import PlaceLevel, Reconciliation, VialStanding
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import CellCount, Millilitres, Minutes, Percent
from lims.core.telling import Made, Told
from lims.supplies.models import Lot
from lims.supplies.queries import lots_of
from lims.supplies.rules import LotFacts, LotKind, LotStanding

BANKS = (LotKind.MASTER_BANK, LotKind.WORKING_BANK, LotKind.PRODUCT)
OUR_LOTS = (*BANKS, LotKind.VEHICLE)


@dataclass(frozen=True)
class BankFacts:
    """A bank or product lot's filling."""

    lot: str
    donor: str
    harvest: str
    passage: int
    doublings: Decimal
    viability: Percent
    viable_per_vial: CellCount
    volume_per_vial: Millilitres
    filled: int
    filled_by: str
    checked_by: str
    filled_at: datetime


@dataclass(frozen=True)
class VialFacts:
    """A vial as it is read."""

    number: str
    lot: str
    standing: VialStanding
    box: str | None
    position: str | None
    taken_for: str | None
    thawed_at: datetime | None
    out_at: datetime | None
    warmed: Minutes | None
    says: Told = ""


@dataclass(frozen=True)
class PlaceFacts:
    """A storage place as it is read."""

    number: Made
    level: PlaceLevel
    name: str
    within: str | None
    rows: int
    columns: int
    vials: tuple[VialFacts, ...] = ()


VIALS = Listing(
    (Vial.number,),
    finds=(Vial.position,),
    numbers=(Vial.number, Vial.lot, Vial.box),
    stands=Vial.standing,
    sorts={"lot": Vial.lot},
)


def vials(session: Session, asked: Asked = EVERYTHING) -> Listed[VialFacts]:
    """Every vial there is or was, the newest number first."""
    page = one_page(session, select(Vial), VIALS, asked)
    return page.told(facts(VialFacts, row, says="") for row in page.rows)


def our_lots(session: Session, asked: Asked = EVERYTHING) -> Listed[LotFacts]:
    """Banks, product lots and vehicle lots."""
    return lots_of(session, OUR_LOTS, asked)


def bank_of(session: Session, lot: str) -> BankFacts | None:
    """What a lot of vials was filled with; None for a lot that is not in vials."""
    row = session.get(Bank, lot)
    return facts(BankFacts, row) if row else None


def vial_facts(row: Vial, says: str = "") -> VialFacts:
    """A vial's fields."""
    return facts(VialFacts, row, says=says)


def vials_of(session: Session, lot: str) -> list[VialFacts]:
    """A lot's vials."""
    rows = session.scalars(select(Vial).where(Vial.lot == lot).order_by(Vial.number))
    return [vial_facts(row) for row in rows]


def vial(session: Session, number: str) -> VialFacts:
    """One vial."""
    row = session.get(Vial, number)
    if row is None:
        raise Missing
    return vial_facts(row)


def stored_vials(session: Session, lot: str, count: int) -> list[str]:
    """So many stored vials of a lot that nothing holds, by number."""
    stored = select(Vial.number).where(
        Vial.lot == lot,
        Vial.standing == VialStanding.STORED,
        Vial.out_at.is_(None),
        ~IS_HELD,
    )
    return list(session.scalars(stored.order_by(Vial.number).limit(count)))


@dataclass(frozen=True)
class StoredLot:
    """A product lot with the vials of it that are in store."""

    number: str
    standing: LotStanding
    expires_on: date
    was_released: bool
    viable_per_vial: CellCount
    stored: int


def stored_lots(session: Session) -> list[StoredLot]:
    """Every product lot of which vials are in store, what expires first before the others."""
    counted = (
        select(Lot, Bank.viable_per_vial, func.count(Vial.number))
        .join(Bank, Bank.lot == Lot.number)
        .join(Vial, Vial.lot == Lot.number)
        .where(Lot.kind == LotKind.PRODUCT, Vial.standing == VialStanding.STORED, ~IS_HELD)
        .group_by(Lot.number, Bank.viable_per_vial)
        .order_by(Lot.expires_on, Lot.number)
    )
    return [
        facts(StoredLot, lot, viable_per_vial=each, stored=stored)
        for lot, each, stored in session.execute(counted)
    ]


def vials_of_bag(session: Session, bag: str) -> list[VialFacts]:
    """The vials that are picked for a bag or were thawed for it."""
    rows = session.scalars(select(Vial).where(Vial.taken_for == bag).order_by(Vial.number))
    return [vial_facts(row) for row in rows]


def lots_of_vials(session: Session, vials: Sequence[str]) -> list[str]:
    """The lots of vials."""
    lots = select(Vial.lot).where(Vial.number.in_(vials)).distinct().order_by(Vial.lot)
    return list(session.scalars(lots))


def frozen_in(session: Session, vials: Sequence[str]) -> CellCount:
    """The viable cells that were frozen in these vials."""
    rows = [session.get_one(Bank, session.get_one(Vial, number).lot) for number in vials]
    return CellCount(sum((row.viable_per_vial.value for row in rows), Decimal(0)))


def reconciliation(session: Session, lot: str) -> Reconciliation:
    """Where each of a lot's vials is."""
    counted = select(Vial.standing, func.count()).where(Vial.lot == lot).group_by(Vial.standing)
    counts = {str(standing): count for standing, count in session.execute(counted)}
    filled = session.scalar(select(Bank.filled).where(Bank.lot == lot)) or 0
    return Reconciliation(filled, dict(sorted(counts.items())))


def stored_of(session: Session, lots: Sequence[str]) -> dict[str, int]:
    """How many vials of each of these lots are in store; nothing for a lot without one."""
    theirs = Vial.lot.in_(lots) & (Vial.standing == VialStanding.STORED)
    counted = select(Vial.lot, func.count()).where(theirs).group_by(Vial.lot)
    return {lot: count for lot, count in session.execute(counted)}  # noqa: C416 -- rows


def vials_there(session: Session) -> list[tuple[str, bool, int, int]]:
    """Each lot with vials at hand: whether it is lost, how many are filled and not stored, how many stored."""
    lost = Lot.standing.in_((LotStanding.REJECTED, LotStanding.RECALLED))
    there = Vial.standing.in_((VialStanding.FILLED, VialStanding.STORED))
    filled = func.sum(case((Vial.standing == VialStanding.FILLED, 1), else_=0))
    stored = func.sum(case((Vial.standing == VialStanding.STORED, 1), else_=0))
    counted = select(Vial.lot, lost, filled, stored).join(Lot, Lot.number == Vial.lot).where(there)
    rows = session.execute(counted.group_by(Vial.lot, lost).order_by(Vial.lot))
    return [(lot, bool(gone), int(new), int(kept)) for lot, gone, new, kept in rows]


def vials_out(session: Session) -> list[VialFacts]:
    """The vials that are out of the cold and on their way, the first to leave before the others."""
    there = Vial.standing.in_((VialStanding.STORED, VialStanding.RESERVED))
    rows = session.scalars(
        select(Vial).where(Vial.out_at.is_not(None), there).order_by(Vial.out_at, Vial.number)
    )
    return [vial_facts(row) for row in rows]


def to_recount(session: Session) -> list[str]:
    """The boxes in which somebody did not find a vial."""
    missing = select(Vial.box).where(Vial.standing == VialStanding.MISSING).distinct()
    return sorted(box for box in session.scalars(missing) if box)


def held_in(session: Session, box: str) -> dict[str, str]:
    """Which vial lies in which position of a box."""
    held = select(Vial.position, Vial.number).where(Vial.box == box)
    return {str(position): number for position, number in session.execute(held)}


def has_places(session: Session) -> bool:
    """Whether there is anywhere to store a vial."""
    return session.scalar(select(Place.number).limit(1)) is not None


PLACES = Listing(
    (Place.level, Place.number),  # tank, rack, box: their words stand so from the last to the first
    finds=(Place.name,),
    numbers=(Place.number, Place.within),
    stands=Place.level,
)


def places(session: Session, asked: Asked = EVERYTHING) -> Listed[PlaceFacts]:
    """Tanks, then racks, then boxes."""
    page = one_page(session, select(Place), PLACES, asked)
    return page.told(facts(PlaceFacts, row, vials=()) for row in page.rows)


def places_in(session: Session, number: str) -> list[PlaceFacts]:
    """The racks of a tank, or the boxes of a rack."""
    rows = session.scalars(select(Place).where(Place.within == number).order_by(Place.number))
    return [facts(PlaceFacts, row, vials=()) for row in rows]


def place(session: Session, number: str) -> PlaceFacts:
    """One place with the vials in it."""
    row = session.get(Place, number)
    if row is None:
        raise Missing
    held = session.scalars(select(Vial).where(Vial.box == number).order_by(Vial.number))
    return facts(PlaceFacts, row, vials=tuple(vial_facts(v) for v in held))


def paths(session: Session, numbers: Sequence[str]) -> dict[str, str]:
    """Tank, rack and box of these places by name."""
    known: dict[str, Place] = {}
    wanted = set(numbers)
    while wanted:
        rows = session.scalars(select(Place).where(Place.number.in_(wanted))).all()
        known |= {row.number: row for row in rows}
        wanted = {row.within for row in rows if row.within} - known.keys()

    def path(number: str | None) -> str:
        if number is None or number not in known:
            return ""
        row = known[number]
        above = path(row.within)
        return f"{above} / {row.name}" if above else row.name

    return {number: path(number) for number in numbers}


def path_of(session: Session, number: str | None) -> str:
    """Tank, rack and box by name."""
    names: list[str] = []
    while number and (row := session.get(Place, number)):
        names.append(row.name)
        number = row.within
    return " / ".join(reversed(names))
