"""Files of records; what is in them is kept by its digest (`lims/trust/contents.py`)."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lims.attachments.rules import AttachmentStanding, FileKind
from lims.core.db import Base, Login
from lims.core.moves import HasStanding
from lims.trust.identity.roles import Side


class Attachment(HasStanding, Base):
    """A file of one record."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_about_side", "about", "side"),
        Index(
            "uq_attachment_once",
            "about",
            "side",
            "digest",
            unique=True,
            sqlite_where=text("standing = 'attached'"),
            postgresql_where=text("standing = 'attached'"),
        ),
    )
    stream = ("attachment", "about")
    moves: ClassVar = {AttachmentStanding.ATTACHED: frozenset({AttachmentStanding.STRUCK_OUT})}

    id: Mapped[str] = mapped_column(primary_key=True, comment="random: it counts nothing")
    about: Mapped[str] = mapped_column(comment="number of the record")
    side: Mapped[Side] = mapped_column(comment="of the wall")
    what: Mapped[str] = mapped_column(comment="in a person's words")
    name: Mapped[str] = mapped_column(comment="as it came")
    kind: Mapped[FileKind] = mapped_column(comment="by what is in it")
    size: Mapped[int] = mapped_column(comment="bytes")
    digest: Mapped[str] = mapped_column(comment="SHA-256 of the content")
    standing: Mapped[AttachmentStanding] = mapped_column(default=AttachmentStanding.ATTACHED)
    by: Mapped[Login]
    at: Mapped[datetime]
    struck_by: Mapped[Login | None]
    struck_at: Mapped[datetime | None]
    struck_why: Mapped[str] = mapped_column(default="")
