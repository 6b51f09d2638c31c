"""Stations: browsers that an administrator has registered, each at its place; and how they scan."""

from datetime import datetime

from sqlalchemy import Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login
from lims.identifiers.reading import ScannerSetUp

_THERE = text("ended_at IS NULL")


class Station(Base):
    """One browser at one place; only the digest of what it keeps is kept here."""

    __tablename__ = "station"
    __table_args__ = tuple(
        Index(f"uq_station_{of}", of, unique=True, sqlite_where=_THERE, postgresql_where=_THERE)
        for of in ("name", "device")
    )
    stream = ("station", "name")

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    device: Mapped[str]
    scanner: Mapped[ScannerSetUp]
    by: Mapped[Login]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def station_of(session: Session, device: str) -> Station | None:
    """The station that this browser is."""
    there = select(Station).where(Station.device == device, Station.ended_at.is_(None))
    return session.scalar(there) if device else None
