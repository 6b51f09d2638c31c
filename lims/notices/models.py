"""Notices and their acknowledgements. A notice knows a number and a kind, no content, no person."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login, Word
from lims.notices.rules import NoticeKind


class Notice(Base):
    """Something that people must know."""

    __tablename__ = "notice"
    stream = ("notice", "id")
    insert_only = True

    id: Mapped[str] = mapped_column(primary_key=True, comment="random: it tells nothing")
    kind: Mapped[NoticeKind] = mapped_column(Word(NoticeKind), index=True)
    about: Mapped[str] = mapped_column(index=True)
    raised_at: Mapped[datetime] = mapped_column(index=True)


class Acknowledgement(Base):
    """That one person has read a notice, and what they will do."""

    __tablename__ = "acknowledgement"
    stream = ("notice", "notice")
    insert_only = True

    notice: Mapped[str] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    login: Mapped[Login] = mapped_column(primary_key=True)
    will_do: Mapped[str]
    at: Mapped[datetime]
