"""What is in files: kept once by its digest on each side of the wall, in the database itself.

Why there and not beside it: it is written and lost with the record that names it, whichever process
dies; it is encrypted, copied and restored as the record is; and each door's role sees its own rows.
The trail tells the digest, which proves the content.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import cast

from sqlalchemy import Connection, LargeBinary, Table, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, insert_or_update
from lims.core.errors import Missing
from lims.trust.identity.roles import Side


class Content(Base):
    """What is in a file."""

    __tablename__ = "content"
    stream = None
    insert_only = True

    digest: Mapped[str] = mapped_column(primary_key=True, comment="SHA-256")
    side: Mapped[Side] = mapped_column(
        primary_key=True, comment="who attaches the same on the other learns nothing"
    )
    data: Mapped[bytes] = mapped_column(LargeBinary)


_CONTENTS = cast("Table", Content.__table__)


def keep_content(connection: Connection, side: Side, digest: str, data: bytes) -> None:
    """Keep it, unless this side has it already."""
    here = select(literal(1)).where(Content.side == side, Content.digest == digest)
    if connection.scalar(here) is None:  # or somebody else attaches the same at this moment
        made = insert_or_update(_CONTENTS, connection.dialect.name)
        values = {"side": side, "digest": digest, "data": data}
        connection.execute(made.values(values).on_conflict_do_nothing())


def content_of(connection: Connection, side: Side, digest: str) -> bytes:
    """What is in a file; Missing if it is not here, or is not what was attached."""
    here = select(Content.data).where(Content.side == side, Content.digest == digest)
    data = connection.scalar(here)
    if data is None or sha256(data).hexdigest() != digest:
        raise Missing
    return bytes(data)


def every_content(connection: Connection) -> Iterator[tuple[str, str, bytes]]:
    """Side, digest and content of each, one at a time: none is carried through a sort."""
    each = select(Content.side, Content.digest).order_by(Content.digest, Content.side)
    for side, digest in connection.execute(each).all():
        here = select(Content.data).where(Content.side == side, Content.digest == digest)
        yield str(side), digest, bytes(connection.scalar(here) or b"")
