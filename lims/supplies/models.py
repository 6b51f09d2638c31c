"""Lots of everything that is made or bought, and equipment."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.core.quantities import Hours
from lims.supplies.rules import DilutionMeans, EquipmentStanding, LotKind, LotStanding

S = LotStanding


class Lot(HasStanding, Base):
    """A lot: a container of a supplier's material, vehicle, bank, or drug product."""

    __tablename__ = "lot"
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
