"""What was refused at the bedside: an attempt that nobody sees again unless it is kept."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.errors import Refused
from lims.core.trouble import trouble_of
from lims.identifiers.scans import read_scan
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site
from lims.trust.trail.recording import record, seal

KEPT: Final = frozenset({Permission.GIVE_INFUSION})


class RefusedAct(Base):
    """That somebody tried something and was refused; which of our numbers were read for it."""

    __tablename__ = "refused_act"
    stream = ("refusal", "by")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    about: Mapped[str] = mapped_column(comment="our own numbers that were read")
    codes: Mapped[str] = mapped_column(comment="of every reason")
    by: Mapped[Login]
    station: Mapped[str]
    at: Mapped[datetime]


def _numbers_in(command: Any) -> Iterator[str]:
    """Our own numbers among the entries; what is not ours may be a hospital's number of a person."""
    for value in vars(command).values():
        if isinstance(value, str):
            with suppress(Refused):
                yield read_scan(value).number


def keep_refusal(site: Site, path: str, command: Any, actor: Actor, refused: Refused) -> None:
    """Keep a refusal, in a transaction of its own; the person is told either way."""
    numbers = sorted(set(_numbers_in(command)))
    try:
        with site.writing([]) as transaction:
            last = transaction.last_seal
            at = max(site.clock(), last.at) if last else site.clock()
            row = RefusedAct(
                action=path,
                about=" ".join(numbers),
                codes=" ".join(dict.fromkeys(reason.code for reason in refused.reasons)),
                by=actor.login,
                station=actor.station,
                at=at,
            )
            transaction.keep(row)
            about = {
                "by": actor.login,
                "name": actor.name,
                "station": actor.station,
                "action": path,
                "signatures": [],
            }
            made = record(transaction, Permission.GIVE_INFUSION.side, at, about)
            seal(site, transaction, at, made)
    except Exception as error:
        if trouble_of(error) is None:
            raise
        logging.getLogger("lims").warning("a refusal was not kept: %s", error)
