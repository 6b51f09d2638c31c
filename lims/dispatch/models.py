"""The laboratory's side of the hand-over."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.quantities import Celsius


class Dispatch(Base):
    """A bag handed to a courier."""

    __tablename__ = "dispatch"
    stream = ("bag", "bag")
    insert_only = True

    bag: Mapped[str] = mapped_column(ForeignKey("bag.number"), primary_key=True)
    courier: Mapped[str]
    temperature: Mapped[Celsius]
    by: Mapped[Login]
    at: Mapped[datetime]
