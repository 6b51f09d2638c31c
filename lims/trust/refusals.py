"""What was refused and is kept: every no at the bedside, and whatever somebody may not do at all."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login
from lims.core.errors import Refused
from lims.identifiers.scans import read_scan
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission, Side
from lims.trust.installation import Site
from lims.trust.trail.apart import keep_if_possible

KEPT: Final = frozenset({Permission.GIVE_INFUSION})
FORBIDDEN: Final = "forbidden"


class RefusedAct(Base):
    """That somebody tried something and was refused; which of our numbers were read for it."""

    __tablename__ = "refused_act"
    stream = ("refusal", "by")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side] = mapped_column(comment="of who tried")
    action: Mapped[str]
    about: Mapped[str] = mapped_column(comment="our own numbers that were read")
    codes: Mapped[str] = mapped_column(comment="of every reason")
    by: Mapped[Login] = mapped_column(index=True)
    station: Mapped[str]
    at: Mapped[datetime]


def keep_refusal(site: Site, path: str, command: Any, actor: Actor, refused: Refused) -> None:
    """Keep a refusal, in a transaction of its own; the person is told either way."""
    codes = " ".join(dict.fromkeys(reason.code for reason in refused.reasons))
    _keep(site, actor, path, _numbers_in(vars(command).values()), codes)


def keep_forbidden(site: Site, path: str, values: Iterable[Any], actor: Actor) -> None:
    """Keep that somebody asked for what their roles do not allow, or what another side has."""
    _keep(site, actor, path, _numbers_in(values), FORBIDDEN)


def _keep(site: Site, actor: Actor, path: str, numbers: Iterator[str], codes: str) -> None:
    about = " ".join(sorted(set(numbers)))

    def row_at(at: datetime) -> RefusedAct:
        return RefusedAct(
            side=actor.side,
            action=path,
            about=about,
            codes=codes,
            by=actor.login,
            station=actor.station,
            at=at,
        )

    keep_if_possible(site, actor.side, row_at, actor.told(path))


def _numbers_in(values: Iterable[Any]) -> Iterator[str]:
    """Our own numbers among entries; what is not ours may be a hospital's number of a person."""
    for value in values:
        if isinstance(value, str):
            with suppress(Refused):
                yield read_scan(value).number
