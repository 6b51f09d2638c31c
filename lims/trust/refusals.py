"""What was refused and is kept: every no at the bedside, and whatever somebody may not do at all."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
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
ONE_ATTEMPT: Final = timedelta(minutes=1)


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
    about = " ".join(sorted(set(_numbers_in(vars(command).values()))))
    codes = " ".join(dict.fromkeys(reason.code for reason in refused.reasons))
    _keep(site, actor.side, actor, RefusedAct(action=path, about=about, codes=codes))


def keep_forbidden(site: Site, path: str, actor: Actor, served: frozenset[Side]) -> None:
    """Keep that somebody asked for what their roles do not allow, or what another side has.

    Of somebody whom this door does not serve, its own side's stage is all that is told, to the house:
    a door writes nothing in another side's name. The same within a minute is the same attempt.
    """
    side = actor.side if actor.side in served else Side.HOUSE
    path = path if side is actor.side else path.partition("/")[0]
    same = select(RefusedAct.id).where(
        RefusedAct.by == actor.login,
        RefusedAct.action == path,
        RefusedAct.codes == FORBIDDEN,
        RefusedAct.at > site.now - ONE_ATTEMPT,
    )
    _keep(site, side, actor, RefusedAct(action=path, about="", codes=FORBIDDEN), same)


def _keep(
    site: Site, side: Side, actor: Actor, row: RefusedAct, unless: Select[Any] | None = None
) -> None:
    row.side, row.by, row.station = side, actor.login, actor.station

    def row_at(at: datetime) -> RefusedAct:
        row.at = at
        return row

    keep_if_possible(site, side, row_at, actor.told(row.action), unless)


def _numbers_in(values: Iterable[Any]) -> Iterator[str]:
    """Our own numbers among entries; what is not ours may be a hospital's number of a person."""
    for value in values:
        if isinstance(value, str):
            with suppress(Refused):
                yield read_scan(value).number
