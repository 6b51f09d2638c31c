"""Versions of the protocol: the file's text as two people signed it. The newest in force governs."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login


class ProtocolVersion(Base):
    """One version; it governs from its moment on, once a second person has signed it too."""

    __tablename__ = "protocol_version"
    stream = ("protocol", "version")

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(unique=True, comment="SHA-256 of the text")
    text: Mapped[str] = mapped_column(comment="the file as it was signed")
    change: Mapped[str] = mapped_column(comment="what changed and why")
    effective_at: Mapped[datetime] = mapped_column(comment="not in force before")
    signed_by: Mapped[Login]
    signed_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))
    approved_by: Mapped[Login | None]
    approved_at: Mapped[datetime | None] = mapped_column(comment="empty: it governs nothing")
    approval: Mapped[str | None] = mapped_column(ForeignKey("signature.id"))
