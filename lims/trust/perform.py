"""Performs an action: permission, signature, transaction, function, trail, commit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from lims.core import shapes
from lims.core.canonical import canonical
from lims.core.db import Base
from lims.core.errors import Forbidden, Refused
from lims.core.prepared import Prepared, insert_row, together
from lims.core.reasons import Reason
from lims.core.telling import Telling, tells
from lims.core.texts import say
from lims.identifiers.reading import BY_HAND, HowRead
from lims.trust.action import Action, C, R, request_digest
from lims.trust.keys import IDENTITY
from lims.trust.people import Actor
from lims.trust.proving import prove_signer
from lims.trust.reads import keep_reads, nobody_in_clear, scans_in
from lims.trust.recording import record, seal
from lims.trust.signatures import Credentials, Signature, digest_of
from lims.trust.site import Site
from lims.trust.transaction import Transaction
from lims.trust.work import Work

_TRIES = 5
_TRY_AGAIN = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock
LITTLE = timedelta(seconds=5)  # by which the clocks of two machines may differ
CHOOSE = "accounts/change-password"
ACCEPTS_THE_CLOCK = "accounts/accept-clock"
WHATEVER_THE_CLOCK = frozenset({"trust/open-session", "trust/close-session"})


class Answer(Base):
    """What an action answered to an idempotency key, so that a retry does nothing twice."""

    __tablename__ = "answer"
    stream = None
    insert_only = True

    key: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str] = mapped_column(comment="digest of action and command")
    result: Mapped[str] = mapped_column(comment="JSON")
    at: Mapped[datetime]


@dataclass(frozen=True)
class Request:
    """Who asks, with which signatures, under which key, and how each code was read."""

    actor: Actor
    signed: Credentials | None = None
    witnessed: Credentials | None = None
    key: str | None = None
    reads: Mapping[str, tuple[str, HowRead]] = field(default_factory=dict)


def perform(site: Site, wanted: Action[C, R], command: C, request: Request) -> R:
    """Do what is wanted, wholly or not at all; raise Forbidden or Refused otherwise."""
    if not request.actor.may(wanted.may):
        raise Forbidden
    signers = [
        _signer(site, wanted, request, request.signed, own=True) if wanted.signed_as else None,
        _signer(site, wanted, request, request.witnessed, own=False)
        if wanted.witnessed_as
        else None,
    ]
    for attempt in range(_TRIES):
        try:
            return _once(site, wanted, command, request, signers)
        except OperationalError as error:
            if attempt + 1 == _TRIES or not _worth_another_try(error):
                raise
        except IntegrityError as error:
            if not is_taken(error):
                raise  # a fault of the program, or a forged change: never a person's refusal
            if request.key and attempt == 0:
                continue  # the same request may have been first: it is answered alike
            raise Refused(Reason("conflict")) from error
    raise AssertionError


def _worth_another_try(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


_UNIQUE_PG = "23505"
_UNIQUE_SQLITE = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def is_taken(error: IntegrityError) -> bool:
    """Whether something of the same kind is there already; every other breach is a fault."""
    original: Any = error.orig
    if (state := getattr(original, "sqlstate", None)) is not None:
        return bool(state == _UNIQUE_PG)
    if (name := getattr(original, "sqlite_errorname", None)) is not None:
        return name in _UNIQUE_SQLITE
    return str(original).startswith("UNIQUE constraint failed")


def _moment(site: Site, wanted: Action[Any, Any], transaction: Transaction) -> datetime:
    """Now; never before what was recorded last, or nothing that depends on time could be judged."""
    now, last = site.clock(), transaction.last_seal
    if last is None or now >= last.at:
        return now
    if wanted.path == ACCEPTS_THE_CLOCK:
        return now  # alone it may set time back
    if last.at - now <= LITTLE or wanted.path in WHATEVER_THE_CLOCK:
        newest: datetime = last.at
        return newest  # time stands still until the clock has caught up
    raise Refused(Reason("clock-went-back", at=last.at - now))


def _once(
    site: Site,
    wanted: Action[C, R],
    command: C,
    request: Request,
    signers: list[Actor | None],
) -> R:
    digest = request_digest(wanted.path, canonical(shapes.signable(command, site.keyed)))
    with site.writing([]) as transaction:
        connection = transaction.connection
        if request.key and (earlier := _earlier(connection, request)):
            return _again(wanted, earlier, digest)
        now = _moment(site, wanted, transaction)
        work = Work(transaction, request.actor, now, site.settings, site.chance, site.reactions)
        work.how = {name: how for name, (_, how) in request.reads.items()}
        own, witness = signers
        work.signature = _sign(work, wanted, command, own, wanted.signed_as)
        work.witness = _sign(work, wanted, command, witness, wanted.witnessed_as)
        for name, scan in scans_in(command):
            if scan.copy > 1 or _was_scanned(request, name):
                work.announce(scan)
        result = wanted.function(work, command)
        transaction.flush()
        with together(connection):
            _keep_reads(work, wanted, request)
            made = record(transaction, wanted.may.side, now, _about(work, wanted, request))
            if request.key and not tells(type(result), Telling.ONCE):  # shown once, never kept
                _remember(connection, request, digest, result, now)
        seal(site, transaction, now, made)
    for step in work.afterwards:
        site.later(partial(step, site))
    return result


def _was_scanned(request: Request, name: str) -> bool:
    """Whether a label was read for an entry: not typed, nor from the page's own list."""
    raw, how = request.reads.get(name, ("", BY_HAND))
    return not how.by_hand(raw)


def _keep_reads(work: Work, wanted: Action[Any, Any], request: Request) -> None:
    about = {
        "side": wanted.may.side,
        "action": wanted.path,
        "by": work.actor.login,
        "station": work.actor.station,
        "at": work.now,
    }
    keep_reads(work.connection, about, _without_identities(work, wanted, request))


def _without_identities(
    work: Work, wanted: Action[Any, Any], request: Request
) -> Mapping[str, tuple[str, HowRead]]:
    """The reads as they came in; a person's number that is not ours is kept as a digest."""
    apart, known = shapes.kept_apart(wanted.command), shapes.foreign_codes(wanted.command)
    kept = {}
    for name, (raw, how) in request.reads.items():
        keyed = partial(work.keyed, apart.get(name, IDENTITY))
        kept[name] = (raw if name in known else nobody_in_clear(raw, keyed)), how
    return kept


_ANSWERS = cast("Table", Answer.__table__)
_KNOWN = Prepared(
    select(_ANSWERS.c.request, _ANSWERS.c.result).where(
        _ANSWERS.c.key == bindparam("key"), _ANSWERS.c.login == bindparam("login")
    )
)


def _earlier(connection: Connection, request: Request) -> Any:
    return _KNOWN.first(connection, key=request.key, login=request.actor.login)


def _again(wanted: Action[C, R], earlier: Any, digest: str) -> R:
    if earlier.request != digest:
        raise Refused(Reason("key-used-before"))
    return shapes.read_back(wanted.result, earlier.result)


def _remember(
    connection: Connection, request: Request, digest: str, result: object, now: datetime
) -> None:
    values = {
        "key": request.key,
        "login": request.actor.login,
        "request": digest,
        "result": json.dumps(shapes.write(result), ensure_ascii=False),
        "at": now,
    }
    insert_row(connection, _ANSWERS, values)


def _signer(
    site: Site, wanted: Action[C, R], request: Request, given: Credentials | None, *, own: bool
) -> Actor:
    """The person who proves with name and password that the signature is theirs."""
    if given is None or not given.login or not given.password:
        who = say("your") if own else say("a-second-persons")
        raise Refused(Reason("signature-needed", who=who))
    signer = prove_signer(site, given, request.actor, first=wanted.path == CHOOSE)
    if own and signer.login != request.actor.login:
        raise Refused(Reason("not-your-own-name"))
    if not own and signer.login == request.actor.login:
        raise Refused(Reason("same-person.the"))
    if not own and not signer.may(wanted.second_may or wanted.may):
        raise Refused(Reason("second-person-role"))
    return signer


def _sign(
    work: Work, wanted: Action[Any, Any], command: object, signer: Actor | None, meaning: str | None
) -> Signature | None:
    if signer is None or meaning is None:
        return None
    return work.add(
        Signature(
            id=work.chance.letters("signature", "0123456789abcdef", 32),
            login=signer.login,
            name=signer.name,
            meaning=meaning,
            action=wanted.path,
            digest=digest_of(wanted.path, command, work.keyed),
            at=work.now,
            station=work.actor.station,
        )
    )


def _about(work: Work, wanted: Action[Any, Any], request: Request) -> dict[str, Any]:
    """Who did what, from where, signed by whom: what every entry of an action says."""
    about = {
        "by": work.actor.login,
        "name": work.actor.name,
        "station": work.actor.station,
        "action": wanted.path,
        "signatures": [s.id for s in (work.signature, work.witness) if s is not None],
    }
    if typed := [name for name, (raw, how) in request.reads.items() if how.by_hand(raw)]:
        about["typed_by_hand"] = typed
    return about
