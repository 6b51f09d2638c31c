"""A second factor: codes of an authenticator on one's own telephone (TOTP, RFC 6238).

The secret lies in the database sealed under a key outside it; each code serves once.
"""

import base64
import hmac
import os
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base
from lims.settings import Settings
from lims.trust.identity.roles import Role
from lims.trust.keys import IDENTITY, load_key

SECONDS: Final = 30  # of one code
DRIFT: Final = 1  # codes before and after that are taken: telephones' clocks differ
NONCE: Final = 12
BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Factor(Base):
    """An authenticator of a person; it counts from the first code that it showed."""

    __tablename__ = "factor"
    stream = ("person", "login")
    secrets = frozenset({"sealed"})

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    sealed: Mapped[str] = mapped_column(comment="nonce and AES-GCM of the secret, hexadecimal")
    since: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(
        default=0, comment="no code of this one or before serves"
    )


def _key(settings: Settings) -> AESGCM:
    return AESGCM(hmac.digest(load_key(settings.key_folder, IDENTITY), b"funis factor", "sha256"))


def sealed_secret(settings: Settings, login: str, secret: bytes) -> str:
    """The secret as it is kept: moved to somebody else it does not open."""
    nonce = os.urandom(NONCE)
    return (nonce + _key(settings).encrypt(nonce, secret, login.encode())).hex()


def step_of(settings: Settings, factor: Factor, code: str, now: datetime) -> int | None:
    """Which step a code is of; None for a wrong one, or one that has served."""
    data = bytes.fromhex(factor.sealed)
    secret = _key(settings).decrypt(data[:NONCE], data[NONCE:], factor.login.encode())
    kind = SHA1()  # noqa: S303 -- what authenticators know (RFC 6238)
    totp, at = TOTP(secret, 6, kind, SECONDS, enforce_key_length=False), int(now.timestamp())
    plain = code.replace(" ", "")
    for drift in range(-DRIFT, DRIFT + 1):
        step = at // SECONDS + drift
        try:
            totp.verify(plain.encode(), step * SECONDS)
        except (InvalidToken, ValueError):
            continue
        return step if step > factor.last_step else None
    return None


def factor_of(session: Session, login: str, *, confirmed: bool = True) -> Factor | None:
    """The authenticator that somebody has, or is about to have."""
    mine = select(Factor).where(Factor.login == login, Factor.ended_at.is_(None))
    state = Factor.confirmed_at.is_not(None) if confirmed else Factor.confirmed_at.is_(None)
    return session.scalar(mine.where(state).order_by(Factor.id.desc()).limit(1))


def is_wanted(settings: Settings, roles: frozenset[Role]) -> bool:
    """Whether people of these roles must have one."""
    return bool({role.value for role in roles} & set(settings.second_factor))


def secret_in(letters: str) -> bytes:
    """The 160 bits of 32 letters (RFC 4226 4, R6)."""
    return base64.b32decode(letters)


def key_of(secret: bytes) -> str:
    """The secret as a person types it: in groups of four."""
    told = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(told[place : place + 4] for place in range(0, len(told), 4))


def address_of(login: str, secret: bytes) -> str:
    """The secret as an authenticator reads it."""
    told = key_of(secret).replace(" ", "")
    return f"otpauth://totp/Funis:{quote(login)}?secret={told}&issuer=Funis"


LONGEST_WAIT: Final = timedelta(minutes=15)  # between making one and its first code
