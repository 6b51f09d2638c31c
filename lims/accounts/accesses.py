"""Who came in, failed, was refused and looked, on one side of the wall, over a time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.accounts.rules import Accesses, Stay
from lims.core.days import day_of, start_of
from lims.core.db import Base, Login
from lims.trust.identity.passwords import FailedProof
from lims.trust.identity.people import LoginSession, Person, Presence, RoleGrant
from lims.trust.identity.roles import PERMISSIONS, SIDES, Permission, Role, Side
from lims.trust.looks import RecordLook
from lims.trust.refusals import FORBIDDEN, RefusedAct

Conditions = list[ColumnElement[bool]]
NOBODY = ""  # whoever is behind a name that nobody has


class AccessReview(Base):
    """That somebody went through all accesses of a side up to a moment, and signed."""

    __tablename__ = "access_review"
    __table_args__ = (UniqueConstraint("side", "until"),)
    stream = ("access-review", "side")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side]
    since: Mapped[datetime | None] = mapped_column(comment="empty: from the beginning")
    until: Mapped[datetime]
    odd: Mapped[int] = mapped_column(comment="things that stood out")
    concluded: Mapped[str]
    by: Mapped[Login]
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


def week_begins(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the site's week, which begins on Monday (ISO 8601)."""
    today = day_of(now, zone)
    return start_of(today - timedelta(days=today.weekday()), zone)


def reviews(session: Session, side: Side) -> list[AccessReview]:
    """The newest reviews of a side, the newest first."""
    mine = select(AccessReview).where(AccessReview.side == side)
    return list(session.scalars(mine.order_by(AccessReview.until.desc()).limit(20)))


def reviewers(session: Session, side: Side) -> frozenset[str]:
    """Who may go through a side's accesses."""
    roles = [r for r in Role if SIDES[r] is side and Permission.REVIEW_ACCESS in PERMISSIONS[r]]
    held = (
        select(RoleGrant.login)
        .join(Person, Person.login == RoleGrant.login)
        .where(RoleGrant.role.in_(roles), RoleGrant.until.is_(None), Person.active)
    )
    return frozenset(session.scalars(held))


def is_due(session: Session, side: Side, until: datetime) -> bool:
    """Whether anybody came in before this moment and after the last review."""
    reviewed = (
        select(func.max(AccessReview.until)).where(AccessReview.side == side).scalar_subquery()
    )
    came = select(LoginSession.digest).where(
        LoginSession.opened_at < until, (LoginSession.opened_at >= reviewed) | reviewed.is_(None)
    )
    return session.scalar(came.limit(1)) is not None


def accesses(session: Session, side: Side, until: datetime) -> Accesses:
    """All accesses of a side's people since its last review and before `until`."""
    last = session.scalar(select(func.max(AccessReview.until)).where(AccessReview.side == side))
    others = _people_of_others(session, side)

    def within(column: Mapped[datetime]) -> Conditions:
        return [column < until, *([column >= last] if last else [])]

    failed = _counted(session, FailedProof.login, within(FailedProof.at), others)
    people = frozenset(session.scalars(select(Person.login)))
    nobodys = sum(count for name, count in failed if name not in people)
    failures = (
        *((name, count) for name, count in failed if name in people),
        *([(NOBODY, nobodys)] if nobodys else []),
    )
    tried = [RefusedAct.codes == FORBIDDEN, *within(RefusedAct.at)]
    seen = (
        select(RecordLook.by, func.count(RecordLook.about.distinct()))
        .where(RecordLook.side == side, *within(RecordLook.at))
        .group_by(RecordLook.by)
        .order_by(RecordLook.by)
    )
    return Accesses(
        last,
        until,
        stays=_stays(session, within(LoginSession.opened_at), others),
        known=_stations_before(session, last) if last else frozenset(),
        failures=failures,
        forbidden=_counted(session, RefusedAct.by, tried, others),
        looks=tuple((by, count) for by, count in session.execute(seen)),
    )


def _counted(
    session: Session, column: Mapped[str], where: Conditions, others: frozenset[str]
) -> tuple[tuple[str, int], ...]:
    counted = select(column, func.count()).where(*where).group_by(column).order_by(column)
    return tuple((who, count) for who, count in session.execute(counted) if who not in others)


def _stays(session: Session, where: Conditions, others: frozenset[str]) -> tuple[Stay, ...]:
    """How long each browser was used: until it was closed, over, or last seen, whichever came first."""
    rows = session.execute(
        select(LoginSession, Presence.last_seen_at)
        .outerjoin(Presence, Presence.digest == LoginSession.digest)
        .where(*where)
        .order_by(LoginSession.opened_at, LoginSession.digest)
    )
    return tuple(
        Stay(one.login, one.station, one.name, one.opened_at, _end(one, seen))
        for one, seen in rows
        if one.login not in others
    )


def _end(one: LoginSession, seen: datetime | None) -> datetime:
    used = seen or one.opened_at
    return min(used, one.ends_at, *([one.closed_at] if one.closed_at else []))


def _stations_before(session: Session, last: datetime) -> frozenset[tuple[str, str]]:
    known = select(LoginSession.login, LoginSession.station).where(LoginSession.opened_at < last)
    return frozenset((login, station) for login, station in session.execute(known.distinct()))


def _people_of_others(session: Session, side: Side) -> frozenset[str]:
    """Whom another side's reviewer goes through: the ward's monitor the ward, QA everybody else."""
    sides: dict[str, set[Side]] = {}
    for login, role in session.execute(select(RoleGrant.login, RoleGrant.role)):
        sides.setdefault(login, set()).add(SIDES[role])
    return frozenset(
        login for login, of in sides.items() if (Side.WARD in of) is not (side is Side.WARD)
    )
