"""Electronic signatures: who, when, what it means, and the digest of what was signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lims.core import shapes
from lims.core.canonical import canonical
from lims.core.db import Base


class Signature(Base):
    """One signature (21 CFR 11.50, 11.70); the database refuses to change or delete it."""

    __tablename__ = "signature"
    stream = ("person", "login")
    insert_only = True

    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"))
    name: Mapped[str] = mapped_column(comment="as printed at the time")
    meaning: Mapped[str]
    action: Mapped[str]
    digest: Mapped[str] = mapped_column(comment="SHA-256 of the RFC 8785 form of what was signed")
    at: Mapped[datetime]
    station: Mapped[str]


@dataclass(frozen=True)
class Credentials:
    """A name and a password, given at the moment of signing.

    Without a password it is the hospital that vouches, for the form of this key.
    """

    login: str
    password: str
    form: str = ""
    second: bool = False  # whether as the second person

    @property
    def by_hospital(self) -> bool:
        """Whether the hospital is to vouch for it."""
        return bool(self.login and self.form and not self.password)


NOBODY = Credentials("", "")


def signed_form(
    action: str, command: Any, keyed: Callable[[str, str], str], happened_at: datetime | None = None
) -> dict[str, Any]:
    """What a signature is bound to: the action and every field; guessable ones are keyed.

    Of what is entered later, the time at which it happened too.
    """
    signed = {"action": action, "command": shapes.signable(command, keyed)}
    if happened_at:
        signed["happened_at"] = happened_at.isoformat()
    return signed


def digest_of(
    action: str, command: Any, keyed: Callable[[str, str], str], happened_at: datetime | None = None
) -> str:
    """SHA-256 of the RFC 8785 form of what is signed."""
    return sha256(canonical(signed_form(action, command, keyed, happened_at))).hexdigest()
