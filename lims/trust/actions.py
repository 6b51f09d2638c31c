"""Every change to the database is a function under @action, and is done here, top to bottom.

Permission, signatures, transaction, the earlier answer to a retry, the function, flush, trail,
the answer for a retry, seal, commit; then what reaches outside. There is no default for `may`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar, get_type_hints

from sqlalchemy.exc import IntegrityError, OperationalError

from lims.core import shapes
from lims.core.canonical import canonical
from lims.core.errors import Forbidden, Looked, Refused
from lims.core.prepared import together
from lims.core.reasons import Reason
from lims.core.telling import Telling, tells
from lims.core.texts import say
from lims.core.trouble import is_taken
from lims.identifiers.reading import BY_HAND, HowRead
from lims.trust.answers import answer_again, answered, remember, request_digest
from lims.trust.context import Work
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.identity.signatures import NOBODY, Credentials, signed_form
from lims.trust.identity.signing import prove_own, prove_second, sign
from lims.trust.identity.training import must_be_trained
from lims.trust.installation import Site, really_write
from lims.trust.keys import keyed_digest
from lims.trust.lateness import Earlier, enter_late, lateness_reasons
from lims.trust.refusals import KEPT, keep_refusal
from lims.trust.trail.recording import record, seal
from lims.trust.trail.scan_log import keep_reads, scans_in
from lims.trust.transaction import Transaction

_TRIES = 5
_TRY_AGAIN = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock
LITTLE = timedelta(seconds=5)  # by which the clocks of two machines may differ
CHOOSE = "accounts/change-password"
ACCEPTS_THE_CLOCK = "accounts/accept-clock"
WHATEVER_THE_CLOCK = frozenset({"trust/open-session", "trust/lock-session", "trust/close-session"})

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True)
class Action(Generic[C, R]):
    """One thing that a person does.

    `second_may` is what the second person must be allowed; what is `late` may be entered after it
    happened, from paper; what is `urgent` protects a person: no missing training holds it up.
    """

    function: Callable[[Work, C], R]
    may: Permission
    signed_as: str | None
    witnessed_as: str | None
    command: type[C]
    result: type[R]
    served: bool = True
    second_may: Permission | None = None
    late: bool = False
    urgent: bool = False

    @property
    def name(self) -> str:
        """The verb, as the trail has it."""
        return self.function.__name__

    @property
    def slice(self) -> str:
        """The stage that the action belongs to."""
        return self.function.__module__.split(".")[1]

    @property
    def sentence(self) -> str:
        """What it does, in a sentence."""
        return say(f"action.{self.path}.does")

    @property
    def path(self) -> str:
        """Where it is reached: slice/verb-with-hyphens."""
        return f"{self.slice}/{self.name.replace('_', '-')}"

    @property
    def title(self) -> str:
        """The verb as a person reads it."""
        return say(f"action.{self.path}")


Signers = tuple[Actor | None, Actor | None]
ACTIONS: dict[str, Action[Any, Any]] = {}


def action(
    *,
    may: Permission,
    signed_as: str | None = None,
    witnessed_as: str | None = None,
    second_may: Permission | None = None,
    served: bool = True,
    late: bool = False,
    urgent: bool = False,
) -> Callable[[Callable[[Work, C], R]], Action[C, R]]:
    """Make an action of a function (work, command) -> result.

    `signed_as` is the meaning of the actor's own signature, `witnessed_as` that of a second
    person's, who signs with their own name and password on the same screen and is allowed
    `second_may`, or the same as the actor where that is left out. What is not
    `served` has a page of its own and neither a form nor an API route. What is `late` may be
    entered after it happened; no missing training holds up what is `urgent`.
    """

    def register(function: Callable[[Work, C], R]) -> Action[C, R]:
        hints = get_type_hints(function)
        names = [name for name in hints if name not in {"work", "return"}]
        made: Action[C, R] = Action(
            function, may, signed_as, witnessed_as, hints[names[0]], hints["return"], served,
            second_may or may, late, urgent,
        )  # fmt: skip
        ACTIONS[made.path] = made
        return made

    return register


@dataclass(frozen=True)
class Request:
    """Who asks, with which signatures, under which key, how each code was read; and when it was."""

    actor: Actor
    signed: Credentials | None = None
    witnessed: Credentials | None = None
    key: str | None = None
    reads: Mapping[str, tuple[str, HowRead]] = field(default_factory=dict)
    earlier: Earlier | None = None
    looks: bool = False  # at what would come of it: nothing is kept, nobody signs


def perform(site: Site, wanted: Action[C, R], command: C, request: Request) -> R:
    """Do what is wanted, wholly or not at all; raise Forbidden or Refused otherwise, or Looked."""
    if not request.actor.may(wanted.may):
        raise Forbidden
    signers = _signers(site, wanted, request)
    try:
        return _tried(site, wanted, command, request, signers)
    except Refused as refused:
        if wanted.may in KEPT:
            keep_refusal(site, wanted.path, command, request.actor, refused)
        raise


def _tried(site: Site, wanted: Action[C, R], command: C, request: Request, signers: Signers) -> R:
    for attempt in range(_TRIES):
        try:
            return _once(site, wanted, command, request, signers)
        except Refused:
            if attempt or not request.key or not _is_answered(site, request.key, request.actor):
                raise  # else it was done while this one waited for the row: it is answered alike
        except OperationalError as error:
            if attempt + 1 == _TRIES or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
        except IntegrityError as error:
            if not is_taken(error):
                raise  # a fault of the program, or a forged change: never a person's refusal
            if request.key and attempt == 0:
                continue  # the same request may have been first: it is answered alike
            raise Refused(Reason("conflict")) from error
    raise AssertionError


def _is_answered(site: Site, key: str, actor: Actor) -> bool:
    with site.reading() as session:
        return answered(session.connection(), key, actor.login) is not None


def _moment(site: Site, wanted: Action[Any, Any], transaction: Transaction) -> datetime:
    """Now; never before what was recorded last, or nothing that depends on time could be judged."""
    now, last = site.clock(), transaction.last_seal
    site.newest = last.at if last and wanted.path != ACCEPTS_THE_CLOCK else now
    if last is None or now >= last.at:
        return now
    if wanted.path == ACCEPTS_THE_CLOCK:
        return now  # alone it may set time back
    if last.at - now <= LITTLE or wanted.path in WHATEVER_THE_CLOCK:
        newest: datetime = last.at
        return newest  # time stands still until the clock has caught up
    raise Refused(Reason("clock-went-back", at=last.at - now))


def _signers(site: Site, wanted: Action[C, R], request: Request) -> Signers:
    own = second = None
    if request.looks:
        return own, second
    if wanted.signed_as:
        first = wanted.path == CHOOSE
        own = prove_own(site, wanted.path, request.signed or NOBODY, request.actor, first=first)
    if wanted.witnessed_as:
        may = wanted.second_may or wanted.may
        second = prove_second(site, wanted.path, request.witnessed or NOBODY, request.actor, may)
    if request.earlier:
        second = _late_second(site, wanted, request, request.earlier, second)
    return own, second


def _late_second(
    site: Site, wanted: Action[C, R], request: Request, earlier: Earlier, second: Actor | None
) -> Actor | None:
    """Who vouches for what is entered long after it happened."""
    if not wanted.late:
        raise Refused(Reason("not-entered-later"))
    now, within = site.clock(), timedelta(minutes=site.settings.late_minutes)
    given = request.witnessed or NOBODY
    witnessed = second is not None or bool(given.login)
    if reasons := lateness_reasons(earlier, now, within, witnessed=witnessed):
        raise Refused(say("not-entered-so"), reasons)
    if second is None and witnessed:
        return prove_second(site, wanted.path, given, request.actor, wanted.may)
    return second


def _once(site: Site, wanted: Action[C, R], command: C, request: Request, signers: Signers) -> R:
    actor, key, own, second = request.actor, request.key, *signers
    keyed = partial(keyed_digest, site.settings.key_folder)
    asked = shapes.signable(command, keyed)
    if request.earlier:
        asked = {"of": asked, "happened_at": request.earlier.happened_at.isoformat()}
    digest = request_digest(wanted.path, canonical(asked))
    with site.writing([]) as transaction:
        connection = transaction.connection
        if key and (earlier := answered(connection, key, actor.login)):
            really_write(connection)  # nothing is told as done that a standby may not have
            again: R = answer_again(earlier, digest, wanted.result)
            return again
        now = _moment(site, wanted, transaction)
        site.anchors.must_be_here(wanted.may, connection, transaction.last_seal)
        work = Work(transaction, actor, now, site.settings, site.chance, site.reactions)
        work.side, work.watch = wanted.may.side, site.anchors
        if request.earlier:
            work.now = work.happened_at = request.earlier.happened_at
            work.because = request.earlier.because
        must_be_trained(work, wanted, second)
        work.how = {name: how for name, (_, how) in request.reads.items()}
        if own and wanted.signed_as:
            given = request.signed or NOBODY
            work.signature = sign(work, wanted.path, command, given, own, wanted.signed_as)
        if second:
            meaning = wanted.witnessed_as or say("late-entry-witnessed")
            given = request.witnessed or NOBODY
            work.witness = sign(work, wanted.path, command, given, second, meaning)
        _tell_scans(work, command, request)
        result = wanted.function(work, command)
        transaction.flush()
        if request.looks:
            raise Looked(result)
        if request.earlier:
            enter_late(work, wanted.path, request.earlier)
        with together(connection):
            about = _about(work, wanted, request)
            keep_reads(work, work.side, wanted.path, wanted.command, request.reads)
            signed = _signed(work, wanted, command)
            made = record(transaction, work.side, now, about, signed)
            if key and not tells(type(result), Telling.ONCE):  # shown once, never kept
                remember(connection, key, actor.login, digest, result, now)
        seal(site, transaction, now, made)
    return result


def _tell_scans(work: Work, command: object, request: Request) -> None:
    """Tell the stages which labels were read, not typed; of a reprint they hear in any case."""
    for name, scan in scans_in(command):
        raw, how = request.reads.get(name, ("", BY_HAND))
        if scan.copy > 1 or not how.by_hand(raw):
            work.publish(scan)


def _signed(work: Work, wanted: Action[C, R], command: C) -> dict[str, Any] | None:
    """What was signed, to stand beside the signature; no password is kept, not even keyed."""
    if work.signature is None and work.witness is None:
        return None
    if shapes.has_secret(wanted.command):
        return None
    return signed_form(wanted.path, command, work.keyed, work.happened_at)


def _about(work: Work, wanted: Action[Any, Any], request: Request) -> dict[str, Any]:
    """Who did what, from where, signed by whom: what every entry of an action says."""
    signatures = [s.id for s in (work.signature, work.witness) if s is not None]
    about: dict[str, Any] = {**work.actor.told(wanted.path), "signatures": signatures}
    if earlier := request.earlier:
        about["happened_at"] = earlier.happened_at.isoformat()
        about["because"] = earlier.because
    if typed := [name for name, (raw, how) in request.reads.items() if how.by_hand(raw)]:
        about["typed_by_hand"] = typed
    return about
