"""The catalogue as it is read, and how much of each material there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.supplies.models import ApprovedSupplier, CatalogueItem, Lot
from lims.supplies.rules import ItemFacts, LotFacts, LotKind, LotStanding, SupplierFacts, alike
from lims.trust.amending import recorded


@dataclass(frozen=True)
class Kept:
    """Containers of a material that are alike: where they stand, whether open, until when they last."""

    standing: LotStanding
    opened: bool
    expires_on: date
    count: int


@dataclass(frozen=True)
class Stock:
    """A material of the catalogue, who may supply it, and its containers that are not used up."""

    item: ItemFacts
    suppliers: tuple[SupplierFacts, ...]
    containers: tuple[Kept, ...]

    def count(self, today: date, standing: LotStanding, *, opened: bool) -> int:
        """How many of its containers stand so and have not expired."""
        fit = (k for k in self.containers if k.standing is standing and k.opened is opened)
        return sum(kept.count for kept in fit if kept.expires_on >= today)

    def unopened(self, today: date) -> int:
        """How many containers can still be opened."""
        return self.count(today, LotStanding.RELEASED, opened=False)

    def short(self, today: date) -> bool:
        """Whether it is time to order."""
        return self.item.withdrawn_at is None and self.unopened(today) < self.item.reorder_at


@dataclass(frozen=True)
class Short:
    """A material of which too few unopened containers are left."""

    id: int
    name: str
    unopened: int


def short(session: Session, today: date) -> list[Short]:
    """The materials that it is time to order, by name."""
    fit = (
        (Lot.name == CatalogueItem.name)
        & (Lot.kind == LotKind.MATERIAL)
        & (Lot.standing == LotStanding.RELEASED)
        & (Lot.expires_on >= today)
        & Lot.used_up_at.is_(None)
        & Lot.opened_at.is_(None)
    )
    left = func.count(Lot.number)
    counted = (
        select(CatalogueItem.id, CatalogueItem.name, left)
        .outerjoin(Lot, fit)
        .where(CatalogueItem.withdrawn_at.is_(None))
        .group_by(CatalogueItem.id, CatalogueItem.name, CatalogueItem.reorder_at)
        .having(left < CatalogueItem.reorder_at)
        .order_by(CatalogueItem.name)
    )
    return [Short(*row) for row in session.execute(counted)]


def approvals_ending(session: Session, before: date) -> list[SupplierFacts]:
    """The approvals of materials still bought that end before a day."""
    ending = (
        select(ApprovedSupplier)
        .join(CatalogueItem, CatalogueItem.id == ApprovedSupplier.item)
        .where(
            ApprovedSupplier.ended_at.is_(None),
            ApprovedSupplier.qualified_until < before,
            CatalogueItem.withdrawn_at.is_(None),
        )
        .order_by(ApprovedSupplier.qualified_until, ApprovedSupplier.id)
    )
    return [facts(SupplierFacts, row, says="") for row in session.scalars(ending)]


def stock(session: Session) -> list[Stock]:
    """Every material of the catalogue by its name, with what there is of it."""
    items = [facts(ItemFacts, row) for row in session.scalars(select(CatalogueItem))]
    suppliers = suppliers_of(session, [item.id for item in items])
    containers: dict[str, list[Kept]] = {}
    opened = Lot.opened_at.is_not(None)
    alike_ones = (Lot.name, Lot.standing, opened, Lot.expires_on)
    counts = select(*alike_ones, func.count()).where(
        Lot.kind == LotKind.MATERIAL, Lot.used_up_at.is_(None)
    )
    for name, standing, is_open, expires_on, count in session.execute(
        counts.group_by(*alike_ones).order_by(Lot.expires_on)
    ):
        kept = Kept(standing, is_open, expires_on, count)
        containers.setdefault(alike(name), []).append(kept)
    return [
        Stock(
            item,
            tuple(one for one in suppliers if one.item == item.id),
            tuple(containers.get(alike(item.name), ())),
        )
        for item in sorted(items, key=lambda item: alike(item.name))
    ]


def suppliers_of(session: Session, items: Sequence[int]) -> list[SupplierFacts]:
    """Who may supply these, without those whose approval was ended, by their names."""
    going = ApprovedSupplier.item.in_(items) & ApprovedSupplier.ended_at.is_(None)
    rows = select(ApprovedSupplier).where(going)
    ordered = rows.order_by(ApprovedSupplier.supplier, ApprovedSupplier.id)
    return [facts(SupplierFacts, row, says="") for row in session.scalars(ordered)]


@dataclass(frozen=True)
class ItemWithSuppliers:
    """A material of the catalogue, all who may or might supply it, and its deliveries."""

    item: ItemFacts
    suppliers: tuple[SupplierFacts, ...]
    deliveries: tuple[LotFacts, ...]


LATEST = 30  # deliveries of a material on its page; the list of materials has them all


def item(session: Session, item: str) -> ItemWithSuppliers:
    """One material of the catalogue."""
    row = recorded(session, CatalogueItem, item)
    ever = select(ApprovedSupplier).where(ApprovedSupplier.item == row.id)
    suppliers = session.scalars(ever.order_by(ApprovedSupplier.id.desc()))
    delivered = select(Lot).where(
        Lot.kind == LotKind.MATERIAL, Lot.name == row.name, Lot.delivery == Lot.number
    )
    newest = delivered.order_by(Lot.made_at.desc(), Lot.number).limit(LATEST)
    return ItemWithSuppliers(
        facts(ItemFacts, row),
        tuple(facts(SupplierFacts, one, says="") for one in suppliers),
        tuple(facts(LotFacts, one) for one in session.scalars(newest)),
    )


def item_named(session: Session, name: str) -> ItemFacts | None:
    """The material of the catalogue that is called so, however it is written."""
    found = session.scalars(select(CatalogueItem))
    return next((facts(ItemFacts, row) for row in found if alike(row.name) == alike(name)), None)


def begun(session: Session) -> bool:
    """Whether there is a catalogue: before its first material nothing is asked of deliveries."""
    return session.scalar(select(CatalogueItem.id).limit(1)) is not None


def supplier_of_code(session: Session, gtin: str) -> SupplierFacts | None:
    """Whose item a supplier's code names."""
    going = (ApprovedSupplier.gtin == gtin) & ApprovedSupplier.ended_at.is_(None)
    row = session.scalars(select(ApprovedSupplier).where(going).limit(1)).first()
    return facts(SupplierFacts, row, says="") if row else None
