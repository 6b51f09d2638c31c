"""What came from what: one edge from each thing to each thing it was made of or with."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base


class CameFrom(Base):
    """A child, and one thing that went into it. Numbers name their kind themselves."""

    __tablename__ = "came_from"
    __table_args__ = (Index("ix_came_from_parent", "parent"),)
    stream = ("genealogy", "child")
    insert_only = True

    child: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
