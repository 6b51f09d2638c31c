"""Proving who somebody is, at log-in and at each signature; guessing is slowed down apart.

Failures at log-in count for one name from one address, failures at a signature for one name in
one person's session at one station: nobody can stop a nurse's signature from elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login
from lims.core.errors import Refused
from lims.core.folding import folded
from lims.core.reasons import Reason
from lims.trust.identity import people
from lims.trust.identity.entering import Shown, left_open
from lims.trust.identity.factors import factor_of, is_wanted, step_of
from lims.trust.identity.hospital import account_of, owner_of
from lims.trust.identity.passkeys import Asked, PasskeyShown, passkeys_of, shown
from lims.trust.identity.people import Actor, Person
from lims.trust.identity.provider import Vouched
from lims.trust.identity.roles import Role, Side
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.trust.keys import IDENTITY
from lims.trust.trail.apart import keep_apart

FAILED = "trust/fail-to-prove"  # what the trail calls it; no action, nobody was let in
_QUEUES = tuple(Lock() for _ in range(64))
MOST_FROM_AN_ADDRESS = 10  # times what one name may fail: a ward shares its address


class Proof(StrEnum):
    """What a name and password, a badge and PIN, or an authenticator's code were given for."""

    LOGIN = "login"
    SIGNATURE = "signature"
    HOSPITAL = "hospital"
    LOCK = "lock"
    CODE = "code"


@dataclass(frozen=True)
class FactorGiven:
    """What comes beside name and password: a code, or a passkey's answer and where it was asked."""

    code: str = ""
    passkey: str = ""
    origin: str = ""


class FailedProof(Base):
    """A wrong name or password. Whoever it names; what names nobody is kept as a digest only."""

    __tablename__ = "failed_login"
    stream = ("person", "login")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(index=True, comment="of a person, or a keyed digest")
    at: Mapped[datetime]
    proof: Mapped[Proof]
    address: Mapped[str] = mapped_column(comment="at log-in")
    by: Mapped[Login] = mapped_column(comment="in whose session, at a signature")
    station: Mapped[str]


def prove_login(site: Site, given: Credentials, station: str, address: str) -> Actor:
    """Who logs in. A password that somebody else set serves for one log-in."""
    tried = FailedProof(proof=Proof.LOGIN, address=address, by="", station=station)
    actor, person = _prove(site, given, tried)
    if person.password_set_by and person.password_used_at:
        raise Refused(Reason("first-password-used"))
    _must_not_be_of_hospital(site, actor)
    return actor


def _must_not_be_of_hospital(site: Site, actor: Actor) -> None:
    """Where the hospital's log-in is to serve alone, it does for whoever is linked to it.

    The administrator's password opens always: somebody must come in while the hospital is away.
    """
    hospital = site.settings.hospital
    if hospital is None or not hospital.only or Role.ADMIN in actor.roles:
        return
    with site.reading() as session:
        if account_of(session, actor.login):
            raise Refused(Reason("hospital-log-in-only"))


def vouched_person(site: Site, vouched: Vouched, station: str, address: str) -> Actor:
    """Who comes in with the hospital's log-in; whoever has no account here is kept as a failure."""
    now = site.clock()
    with site.reading() as session:
        owner = owner_of(session, vouched.issuer, vouched.subject)
        actor = people.actor_named(session, owner.login, now, station) if owner else None
        if actor is not None:
            needed = is_wanted(site.settings, actor.roles) or factor_of(session, actor.login)
            if (needed or passkeys_of(session, actor.login)) and not vouched.strong:
                raise Refused(Reason("hospital-log-in-is-one-factor"))
            return actor
    login = site.keyed(IDENTITY, f"hospital/{vouched.issuer}/{vouched.subject}")
    failed = FailedProof(proof=Proof.HOSPITAL, address=address, by="", station=station, login=login)
    _keep(site, failed, now)
    raise Refused(Reason("hospital-account-unlinked"))


def proved_until(site: Site, actor: Actor, shown: Shown) -> datetime | None:
    """Until when the session that this browser had lasts, if it is this person's and had a code."""
    with site.reading() as session:
        left = left_open(session, shown, site.clock())
        return left.ends_at if left and left.login == actor.login and left.proved else None


@dataclass(frozen=True)
class FactorShown:
    """What somebody showed beside their password: a code's step, or a passkey; nothing of neither."""

    step: int = 0
    passkey: PasskeyShown | None = None


def prove_factor(site: Site, actor: Actor, given: FactorGiven, address: str) -> FactorShown:
    """What somebody shows beside the password; nothing, for whoever has nothing to show."""
    tried = FailedProof(
        proof=Proof.CODE, address=address, by="", station=actor.station, login=actor.login
    )
    with _one_after_the_other(Credentials(actor.login, ""), tried):
        return _second_alone(site, actor, given, tried)


def _second_alone(site: Site, actor: Actor, given: FactorGiven, tried: FailedProof) -> FactorShown:
    now = site.clock()
    with site.reading() as session:
        factor, keys = factor_of(session, actor.login), passkeys_of(session, actor.login)
        if factor is None and not keys:
            return FactorShown()
        if not (given.code or given.passkey):
            raise Refused(Reason("code-needed"))
        since = now - timedelta(minutes=site.settings.failure_window_minutes)
        if _is_paused(session, tried, since, site.settings.failures_before_pause):
            raise Refused(Reason("too-many-failures"))
        asked = Asked(given.origin, site.keyed, now)
        if given.passkey and (key := shown(asked, given.passkey, keys)):
            return FactorShown(passkey=key)
        if given.code and factor and (step := step_of(site.settings, factor, given.code, now)):
            return FactorShown(step)
    _keep(site, tried, now)
    raise Refused(Reason("wrong-code" if given.code else "wrong-passkey"))


def stronger_hash(site: Site, given: Credentials, actor: Actor) -> str:
    """The same password hashed as of today, where it was hashed more lightly; else nothing."""
    of_today = people.hasher(light=site.settings.light_passwords)
    with site.reading() as session:
        known = session.get_one(Person, actor.login).password_hash
    return of_today.hash(given.password) if of_today.check_needs_rehash(known) else ""


def prove_signer(site: Site, given: Credentials, actor: Actor, *, first: bool = False) -> Actor:
    """Who signs; with a password of their own, but where they choose it (`first`)."""
    tried = FailedProof(proof=Proof.SIGNATURE, address="", by=actor.login, station=actor.station)
    signer, person = _prove(site, given, tried)
    if person.password_set_by and not first:
        raise Refused(Reason("choose-own-password", name=signer.name))
    if not first:
        _must_not_be_of_hospital(site, signer)
    return signer


def prove_pin(
    site: Site, badge: str, pin: str, shown: Shown, address: str
) -> tuple[Actor, datetime]:
    """Who opens a lock with badge and PIN, and until when: where they gave their password before.

    The session of this browser must be theirs, neither closed nor over; only its idle time may be.
    A script's token is no browser: it lasts for months.
    """
    nothing = Refused(Reason("pin-opens-no-session"))
    with site.reading() as session:
        left = left_open(session, shown, site.clock())
        if (
            left is None
            or not badge.isprintable()
            or left.login != people.login_of(session, badge)
            or left.login == badge
        ):
            raise nothing
        until, station = left.ends_at, left.station
    tried = FailedProof(proof=Proof.LOCK, address=address, by="", station=station)
    actor, _ = _prove(site, Credentials(badge, pin), tried, people.pin_fits)
    return actor, until


def _prove(
    site: Site,
    given: Credentials,
    tried: FailedProof,
    fits: Callable[..., bool] = people.password_fits,
) -> tuple[Actor, Person]:
    if not given.login.isprintable():
        raise _wrong()
    with _one_after_the_other(given, tried):
        return _prove_alone(site, given, tried, fits)


def _one_after_the_other(given: Credentials, tried: FailedProof) -> Lock:
    """Guesses for one name from one place wait for each other, so that each is counted."""
    place = (given.login, tried.proof, tried.address, tried.by, tried.station)
    return _QUEUES[hash(place) % len(_QUEUES)]


def _prove_alone(
    site: Site, given: Credentials, tried: FailedProof, fits: Callable[..., bool]
) -> tuple[Actor, Person]:
    settings, now = site.settings, site.clock()
    with site.reading() as session:
        given = replace(given, login=people.login_of(session, given.login))
        known = session.get(Person, given.login)
        tried.login = given.login if known else site.keyed(IDENTITY, f"login/{folded(given.login)}")
        since = now - timedelta(minutes=settings.failure_window_minutes)
        if _is_paused(session, tried, since, settings.failures_before_pause):
            raise Refused(Reason("too-many-failures"))
        light = settings.light_passwords
        if fits(session, given.login, given.password, light=light):
            actor = people.actor_named(session, given.login, now, tried.station)
            if actor is not None and known is not None:
                return actor, known
    _keep(site, tried, now)
    raise _wrong() if tried.proof is not Proof.LOCK else Refused(Reason("wrong-pin"))


def _keep(site: Site, failed: FailedProof, now: datetime) -> None:
    """Keep the failure, in the trail too; at log-in in nobody's name, for nobody has proved it."""

    def row_at(_: datetime) -> FailedProof:
        failed.at = now  # by the clock, as the pause is
        return failed

    nobody = Actor(failed.by, "", frozenset(), failed.station)
    keep_apart(site, Side.HOUSE, row_at, nobody.told(FAILED))


def _is_paused(session: Session, tried: FailedProof, since: datetime, most: int) -> bool:
    """Whether this name failed too often here, or this address with whatever names."""
    here = select(func.count()).where(
        FailedProof.at > since,
        FailedProof.proof == tried.proof,
        FailedProof.address == tried.address,
        FailedProof.by == tried.by,
    )
    if tried.proof is Proof.SIGNATURE:
        here = here.where(FailedProof.station == tried.station)
    of_name = session.scalar(here.where(FailedProof.login == tried.login)) or 0
    return of_name >= most or (session.scalar(here) or 0) >= most * MOST_FROM_AN_ADDRESS


def _wrong() -> Refused:
    return Refused(Reason("wrong-password"))
