"""Opening and closing log-in sessions, and tokens for scripts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.telling import Told, ToldOnce
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.devices import station_of
from lims.trust.identity.factors import Factor, factor_of
from lims.trust.identity.passkeys import Passkey, has_served
from lims.trust.identity.people import (
    LoginSession,
    Person,
    new_token,
    token_digest,
)
from lims.trust.identity.roles import Permission, Side

LONGEST_SESSION = timedelta(hours=12)
LONGEST_TOKEN_DAYS = 90


@dataclass(frozen=True)
class OpenSession:
    """Begin to work at a station; with a PIN no longer than the session that it follows."""

    station: str = ""
    until: Annotated[datetime | None, About(label=say("until"))] = None
    stronger: Annotated[str, About(secret=True)] = ""  # the same password, hashed as of today
    step: int = 0  # of the code that its authenticator showed
    proved: bool = False  # by one that was shown before, in the session that this one follows
    shown: bool = False  # here and now, in the act that this session follows
    device: str = ""  # digest of what this browser keeps
    passkey: str = ""  # that was shown
    asked_at: datetime | None = None  # when it was asked for
    uses: int = 0  # as its device counts them
    vouched: bool = False  # by the hospital's log-in, without a password of ours


@dataclass(frozen=True)
class Opened:
    """The secret of a new session or token; it is shown once and not kept."""

    token: str
    once: ToldOnce = ""


@action(may=Permission.OWN_ACCOUNT, served=False)  # only the log-in page proves who it is
def open_session(work: Work, wanted: OpenSession) -> Opened:
    """Open a log-in session for the person who has just proved who they are."""
    person = work.lock(Person, work.actor.login)
    if person.password_set_by and not wanted.vouched:
        if person.password_used_at:  # of two at once, one comes in
            raise Refused(Reason("first-password-used"))
        person.password_used_at = work.now
    if wanted.stronger:
        person.password_hash = wanted.stronger
    if wanted.step:
        _use_code(work, wanted.step)
    if wanted.passkey:
        _use_passkey(work, wanted)
    shown = wanted.shown or wanted.step > 0 or bool(wanted.passkey)
    at = station_of(work.session, wanted.device)
    return _open(
        work,
        name="",
        station=at.name if at else wanted.station,
        ends_at=wanted.until or work.now + LONGEST_SESSION,
        proved=wanted.proved or shown,
        proved_at=work.now if shown else None,
        device=wanted.device,
    )


def _use_code(work: Work, step: int) -> None:
    """A code serves once: of two who come with the same one, one is in."""
    found = factor_of(work.session, work.actor.login)
    row = work.lock(Factor, found.id) if found else None
    if row is None or row.last_step >= step:
        raise Refused(Reason("wrong-code"))
    row.last_step = step


def _use_passkey(work: Work, wanted: OpenSession) -> None:
    """A challenge serves once: of two who come with the same answer, one is in."""
    row, asked_at = work.lock(Passkey, wanted.passkey), wanted.asked_at
    if row.ended_at or asked_at is None or has_served(row, asked_at):
        raise Refused(Reason("wrong-passkey"))
    row.shown_at, row.uses = asked_at, wanted.uses


def close_sessions(work: Work, login: str) -> None:
    """Close whatever somebody has open, tokens too."""
    opened = select(LoginSession).where(
        LoginSession.login == login, LoginSession.closed_at.is_(None)
    )
    for session in work.session.scalars(opened):
        session.closed_at = work.now


@dataclass(frozen=True)
class MakeToken:
    """A token for a script that acts with this person's rights."""

    name: Annotated[str, About(label=say("name-of-the-script"))]
    days: Annotated[int, About(hint=say("1-to-90-days"))] = 30
    door: Annotated[Side | None, About(label=say("door-of-a-token"))] = None
    writes: Annotated[bool, About(label=say("token-may-change"))] = False


@action(may=Permission.OWN_ACCOUNT, signed_as=say("token-for-a-script-of"))
def make_token(work: Work, wanted: MakeToken) -> Opened:
    """Make a personal access token for one door, to read or to change; it is shown once."""
    days = min(max(wanted.days, 1), LONGEST_TOKEN_DAYS)
    door = wanted.door or work.actor.side
    if door not in work.actor.sides:
        raise Refused(Reason("no-such-door"))
    made = _open(
        work,
        name=wanted.name,
        station="script",
        ends_at=work.now + timedelta(days=days),
        door=door.value,
        writes=wanted.writes,
    )
    return Opened(made.token, say("token-for-name-token", name=wanted.name, token=made.token))


def _open(work: Work, **columns: Any) -> Opened:
    token, login = new_token(), work.actor.login
    row = LoginSession(digest=token_digest(token), login=login, opened_at=work.now, **columns)
    work.add(row)
    return Opened(token)


@dataclass(frozen=True)
class Closed:
    """How many were closed."""

    count: int
    says: Told = ""


@dataclass(frozen=True)
class LockSession:
    """The session of this cookie."""

    token: str


@action(may=Permission.OWN_ACCOUNT, served=False)  # what a browser sends of itself
def lock_session(work: Work, wanted: LockSession) -> Closed:
    """Lock one's session: nothing is seen in it; badge and PIN or the password lead on."""
    row = work.lock(LoginSession, token_digest(wanted.token))
    row.locked_at = work.now
    return Closed(1, say("locked"))


@dataclass(frozen=True)
class CloseSession:
    """The session of this cookie, the token of this name, or a browser of one's own elsewhere."""

    token: str = ""
    name: str = ""
    browser: str = ""  # how its digest begins


@action(may=Permission.OWN_ACCOUNT)
def close_session(work: Work, wanted: CloseSession) -> Closed:
    """Close a session or revoke a token of one's own."""
    mine = select(LoginSession).where(
        LoginSession.login == work.actor.login, LoginSession.closed_at.is_(None)
    )
    if wanted.name:
        mine = mine.where(LoginSession.name == wanted.name)
    elif wanted.browser:
        begins = LoginSession.digest.startswith(wanted.browser, autoescape=True)
        mine = mine.where(begins, LoginSession.name == "")
    else:
        mine = mine.where(LoginSession.digest == token_digest(wanted.token))
    rows = list(work.session.scalars(mine))
    if not rows:
        raise Missing(say("open-session"))
    for row in rows:
        row.closed_at = work.now
    return Closed(len(rows), say("closed.sentence"))
