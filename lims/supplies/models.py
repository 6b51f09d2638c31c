"""Lots of everything that is made or bought, the catalogue of what may be bought, and equipment."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Hours
from lims.supplies.equipment_rules import CareKind, DilutionMeans, EquipmentKind, EquipmentStanding
from lims.supplies.rules import LotKind, LotStanding

S = LotStanding


class Lot(HasStanding, Base):
    """A lot: a container of a supplier's material, vehicle, bank, or drug product."""

    __tablename__ = "lot"
    __table_args__ = (Index("ix_lot_made_at_number", "made_at", "number"),)  # as lists have them
    stream = ("lot", "number")
    moves: ClassVar = {
        S.QUARANTINE: frozenset({S.RELEASED, S.REJECTED, S.HOLD, S.RECALLED}),
        S.RELEASED: frozenset({S.HOLD, S.RECALLED}),
        S.HOLD: frozenset({S.RELEASED, S.QUARANTINE, S.RECALLED, S.REJECTED}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[LotKind]
    name: Mapped[str]
    supplier: Mapped[str] = mapped_column(default="", comment="empty for our own lots")
    supplier_lot: Mapped[str] = mapped_column(default="")
    certificate: Mapped[str] = mapped_column(default="", comment="the supplier's, as accepted")
    delivery: Mapped[str | None] = mapped_column(
        index=True, comment="the first container of the delivery that it came in"
    )
    content: Mapped[str] = mapped_column(default="", comment="of each container, as printed")
    used_up_at: Mapped[datetime | None]
    used_up_because: Mapped[str] = mapped_column(default="")
    gtin: Mapped[str | None] = mapped_column(index=True, comment="of the supplier's GS1 code")
    expires_on: Mapped[date] = mapped_column(comment="last day of use")
    in_use_life: Mapped[Hours | None] = mapped_column(comment="after opening; empty: to expiry")
    opened_at: Mapped[datetime | None]
    standing: Mapped[LotStanding] = mapped_column(default=S.QUARANTINE)
    was_released: Mapped[bool] = mapped_column(default=False, comment="may return from hold")
    made_by: Mapped[Login]
    made_at: Mapped[datetime]


class CatalogueItem(Base):
    """A material that may be bought, and what is asked of it; a delivery is of it by its name."""

    __tablename__ = "catalogue_item"
    stream = ("catalogue", "name")

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    asks: Mapped[str] = mapped_column(comment="what a delivery has to be")
    storage: Mapped[str]
    in_use_life: Mapped[Hours | None] = mapped_column(comment="the longest after opening")
    certificate_attached: Mapped[bool] = mapped_column(comment="before QA accepts a delivery")
    reorder_at: Mapped[int] = mapped_column(comment="unopened containers; 0: not kept in stock")
    by: Mapped[Login]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="")


class ApprovedSupplier(Base):
    """From whom a material of the catalogue may be bought, and until when that holds."""

    __tablename__ = "approved_supplier"
    stream = ("catalogue", "name")

    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(ForeignKey("catalogue_item.id"), index=True)
    name: Mapped[str] = mapped_column(comment="of the material")
    supplier: Mapped[str]
    their_number: Mapped[str] = mapped_column(comment="in the supplier's own catalogue")
    gtin: Mapped[str | None] = mapped_column(index=True)
    qualified_until: Mapped[date]
    evidence: Mapped[str] = mapped_column(comment="on which the approval rests")
    by: Mapped[Login]
    at: Mapped[datetime]
    ended_by: Mapped[Login | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(default="")


class Equipment(HasStanding, Base):
    """An instrument, with the day until which its calibration holds."""

    __tablename__ = "equipment"
    stream = ("equipment", "number")
    moves: ClassVar = {
        EquipmentStanding.IN_SERVICE: frozenset({EquipmentStanding.OUT_OF_SERVICE}),
        EquipmentStanding.OUT_OF_SERVICE: frozenset({EquipmentStanding.IN_SERVICE}),
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    calibrated_until: Mapped[date]
    serial: Mapped[str] = mapped_column(default="", comment="as the maker printed it")
    clock: Mapped[str] = mapped_column(default="", comment="zone of its clock; empty: the site's")
    dilution: Mapped[DilutionMeans] = mapped_column(
        default=DilutionMeans.UNKNOWN, comment="of a counter, as a known sample showed"
    )
    dilution_shown: Mapped[str] = mapped_column(default="", comment="by which sample")
    standing: Mapped[EquipmentStanding] = mapped_column(default=EquipmentStanding.IN_SERVICE)
    kind: Mapped[EquipmentKind] = mapped_column(default=EquipmentKind.OTHER)
    qualified_until: Mapped[date | None]
    maintain_every_days: Mapped[int] = mapped_column(default=0, comment="0: not asked for")
    maintained_until: Mapped[date | None]
    clean_every_days: Mapped[int] = mapped_column(default=0, comment="0: not asked for")
    cleaned_until: Mapped[date | None]


class KeptIn(Base):
    """A container put into a fridge or a freezer; the newest says where it is."""

    __tablename__ = "kept_in"
    stream = ("lot", "lot")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.number"), index=True)
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.number"), index=True)
    by: Mapped[Login]
    at: Mapped[datetime]


class EquipmentCare(Base):
    """What was done for an instrument: calibrated, maintained, cleaned, repaired."""

    __tablename__ = "equipment_care"
    stream = ("equipment", "equipment")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.number"), index=True)
    kind: Mapped[CareKind]
    passed: Mapped[bool] = mapped_column(comment="it was as it should be")
    what: Mapped[str]
    until: Mapped[date | None] = mapped_column(comment="last day on which it holds")
    by: Mapped[Login]
    at: Mapped[datetime]


class EquipmentUse(Base):
    """One use of an instrument; in the chain of what was made, so that no two lots wait."""

    __tablename__ = "equipment_use"
    __table_args__ = (Index("ix_equipment_use_equipment_at", "equipment", "at"),)
    stream = ("genealogy", "of")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.number"))
    of: Mapped[str] = mapped_column(index=True, comment="number of what was made or worked on")
    by: Mapped[Login]
    since: Mapped[datetime] = mapped_column(comment="when the step began")
    at: Mapped[datetime]


class Clearance(Base):
    """For whom a cabinet was cleared by two people: one donor, or one session of filling."""

    __tablename__ = "clearance"
    stream = ("equipment", "cabinet")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    cabinet: Mapped[str] = mapped_column(ForeignKey("equipment.number"), index=True)
    line: Mapped[str] = mapped_column(comment="number of the donor or of the session")
    by: Mapped[Login]
    second: Mapped[Login]
    at: Mapped[datetime]
