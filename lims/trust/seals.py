"""Signed seals over the whole trail: a Merkle root of all new entries, chained and signed.

On SQLite each transaction is sealed with its commit. On PostgreSQL writers are not made to
wait: whoever commits after a second has passed seals every transaction below the snapshot's
horizon. The signing key lies outside the database.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import BigInteger, Text, cast, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base
from lims.trust.trail import GENESIS, TrailEntry

_SEALER_LOCK = 5_317_201


class Seal(Base):
    """One seal: which batches it covers, their Merkle root, the seal before, the signature."""

    __tablename__ = "seal"
    stream = None
    insert_only = True

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    below: Mapped[int] = mapped_column(comment="covers the batches from the last seal to below")
    count: Mapped[int]
    root: Mapped[str]
    previous: Mapped[str]
    signature: Mapped[str]
    at: Mapped[datetime]

    @property
    def signed(self) -> str:
        """What the signature is over."""
        return f"{self.number}/{self.below}/{self.count}/{self.root}/{self.previous}"


def merkle_root(leaves: Sequence[str]) -> str:
    """Root over the hashes (RFC 6962 prefixes); an odd one out goes up unchanged."""
    level = [sha256(b"\0" + leaf.encode()).digest() for leaf in leaves] or [b"\0" * 32]
    while len(level) > 1:
        paired = [
            sha256(b"\1" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = paired + level[len(level) & ~1 :]
    return level[0].hex()


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key of the seals, made on first use and readable by its owner only."""
    path = folder / "trail.pem"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.touch(mode=0o600)
        path.write_bytes(pem)
    loaded = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(loaded, Ed25519PrivateKey):
        msg = f"{path} is not an Ed25519 key"
        raise TypeError(msg)
    return loaded


def next_batch(session: Session) -> int:
    """The number of this transaction: PostgreSQL's own, or a count on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        return session.scalar(select(cast(cast(func.pg_current_xact_id(), Text), BigInteger))) or 0
    return (session.scalar(select(func.max(TrailEntry.batch))) or 0) + 1


def last_seal(session: Session) -> Seal | None:
    """The newest seal."""
    return session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1))


def seal_new_entries(session: Session, key: Ed25519PrivateKey, now: datetime, below: int) -> None:
    """Seal every entry of the batches up to `below` that no seal covers yet."""
    last = last_seal(session)
    start = last.below if last else 0
    new = select(TrailEntry.hash).where(TrailEntry.batch >= start, TrailEntry.batch < below)
    leaves = list(session.scalars(new.order_by(TrailEntry.id)))
    if not leaves:
        return
    previous = sha256(last.signature.encode()).hexdigest() if last else GENESIS
    seal = Seal(
        number=(last.number if last else 0) + 1,
        below=below,
        count=len(leaves),
        root=merkle_root(leaves),
        previous=previous,
        at=now,
    )
    values = {
        "number": seal.number,
        "below": below,
        "count": seal.count,
        "root": seal.root,
        "previous": previous,
        "signature": key.sign(seal.signed.encode()).hex(),
        "at": now,
    }
    session.execute(insert(Seal).values(values), execution_options={"unrecorded": True})


def seal_horizon(session: Session) -> int | None:
    """Below which no PostgreSQL transaction is still under way; None if another one seals now."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_SEALER_LOCK))):
        return None
    horizon = func.pg_snapshot_xmin(func.pg_current_snapshot())
    return session.scalar(select(cast(cast(horizon, Text), BigInteger)))
