"""Receipt and verification at the bedside."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from lims.bags.actions import end_bag, withdraw_bag
from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import facts, queries, rules
from lims.bedside.models import Check, Infusion, Receipt
from lims.bedside.queries import WardBag
from lims.bedside.rules import Word
from lims.core.days import Moment
from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.invariants import must_hold
from lims.core.quantities import Celsius
from lims.core.reasons import Reason
from lims.core.texts import named, say
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scan, read_scan
from lims.identifiers.wristbands import read_wristband
from lims.labelling.queries import active_copy
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.orders.models import Order
from lims.protocol.queries import trial_in_force
from lims.trial.identity import participant_wearing
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.keys import IDENTITY
from lims.trust.trail.scan_log import nobody_in_clear

ScannedBag = Annotated[
    str, About(label=say("scan-the-bag"), scan=True, identity=IDENTITY, goes="^LMB")
]
ScannedWristband = Annotated[
    str, About(label=say("scan-the-wristband"), scan=True, identity=IDENTITY, goes="^LMW")
]


TYPE_AGAIN, TYPED_DIFFERENTLY, SAY_WHY = "type-again-", "typed-differently-", "say-why-"


@dataclass(frozen=True)
class ReceiveBag:
    """A bag as it arrives on the ward."""

    scan: ScannedBag
    temperature: Annotated[Celsius, About(label=say("temperature-in-the-box"), least=-40, most=60)]
    intact: Annotated[bool, About(label=say("bag-and-sleeve-intact"))]


@action(may=Permission.GIVE_INFUSION, late=True)
def receive_bag(work: Work, wanted: ReceiveBag) -> WardBag:
    """Receive a bag on the ward; one that is not intact, or came too warm or cold, is not used.

    What was read is kept: a bag that is refused could be entered again with a better number.
    """
    scan = read_scan(wanted.scan)
    row = work.session.get(Bag, scan.number, with_for_update=True, populate_existing=True)
    if row is None or row.dispatched_at is None:
        raise Missing(say("bag-on-its-way-to"))
    limits = trial_in_force(work).bag
    arriving = rules.Arriving(
        row.standing,
        row.dispatched_at,
        row.expires_at,
        active_copy(work.session, row.number) == scan.copy,
    )
    if reasons := rules.receipt_reasons(arriving, work.now):
        raise Refused(say("this-bag-is-not-received"), reasons)
    off = rules.temperature_reasons(
        wanted.temperature, limits.storage_low_c, limits.storage_high_c, limits.storage
    )
    work.add(
        Receipt(
            bag=row.number,
            temperature=wanted.temperature,
            intact=wanted.intact,
            by=work.actor.login,
            at=work.now,
        )
    )
    if not wanted.intact:
        end_bag(work, row.number, BagStanding.DAMAGED, say("not-intact-on-arrival"))
        says = say("kept-as-damaged-order-a")
    elif off:
        row.move_to(BagStanding.RECEIVED)
        withdraw_bag(work, row.number, off[0].sentence)
        raise_notice(work, NoticeKind.EXCURSION, row.number)
        says = say("kept-do-not-use-call", why=off[0].sentence)
    else:
        row.move_to(BagStanding.RECEIVED)
        says = say("received")
    return queries.ward_bag_facts(row, work.get(Order, row.order), says)


@dataclass(frozen=True)
class VerifyBag:
    """The wristband and the bag, as the scanner sent them."""

    wristband: ScannedWristband
    bag: ScannedBag
    wristband_again: Annotated[
        str, About(label=say("wristband-once-more-if-it"), identity=IDENTITY)
    ] = ""
    bag_again: Annotated[str, About(label=say("bag-once-more-if-it"), identity=IDENTITY)] = ""


@dataclass(frozen=True)
class StopReason:
    """One reason of a STOP."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """GO with the infusion's number, or STOP with every reason."""

    word: Word
    reasons: tuple[StopReason, ...]
    number: str


@action(may=Permission.GIVE_INFUSION)
def verify_bag(work: Work, wanted: VerifyBag) -> Verdict:
    """Say GO or STOP and keep what was said. A STOP is a fact to commit, not an error.

    A GO claims the bag in the same transaction: of two nurses who scan it one gets the GO.
    """
    typed = typed_twice(work, wanted)
    person_scan, person_fault = wearer(work, wanted.wristband)
    bag_scan, bag_fault = scan_of(wanted.bag, Kind.BAG)
    trial = trial_in_force(work)
    connection = work.connection
    bag = facts.bag_at_bedside(connection, bag_scan.number, bag_scan.copy) if bag_scan else None
    number, copy = (person_scan.number, person_scan.copy or None) if person_scan else ("", None)
    zone = work.settings.zone
    person, limits = facts.person_at_bedside(connection, trial, number, copy, zone)
    stops = [
        *person_fault,
        *bag_fault,
        *rules.stop_reasons(person, bag, limits, Moment(work.now, zone)),
    ]
    word = Word.STOP if stops else Word.GO
    work.add(
        Check(
            wristband=nobody_in_clear(wanted.wristband, partial(work.keyed, IDENTITY)),
            bag=nobody_in_clear(wanted.bag, partial(work.keyed, IDENTITY)),
            manual=typed,
            word=word,
            reasons=" ".join(stop.code for stop in stops),
            by=work.actor.login,
            at=work.now,
        )
    )
    if stops or person is None or bag is None:
        reasons = tuple(StopReason(stop.code, stop.sentence) for stop in stops)
        return Verdict(word, reasons, "")
    must_hold(bag.standing is BagStanding.RECEIVED, f"{bag.number} had come before its GO")
    return Verdict(word, (), claim(work, person.number, bag.number, bag.visit).number)


def claim(work: Work, participant: str, bag: str, visit: int) -> Infusion:
    """A bag is somebody's infusion from now on."""
    work.get(Bag, bag).move_to(BagStanding.IN_USE)
    return work.add(
        Infusion(
            number=work.new_number(Kind.INFUSION),
            participant=participant,
            bag=bag,
            visit=visit,
            verified_by=work.actor.login,
            verified_at=work.now,
        )
    )


def typed_twice(work: Work, wanted: VerifyBag) -> bool:
    """Whether something was typed by hand; then twice, alike, and with what kept it from a scan.

    What is entered from paper later says nothing of a scanner.
    """
    entries = (("wristband", wanted.wristband, wanted.wristband_again),
               ("bag", wanted.bag, wanted.bag_again))  # fmt: skip
    typed = [e for e in entries if e[0] in work.how and work.how[e[0]].by_hand(e[1])]
    at_once = work.now == work.entered
    reasons = [
        Reason(f"{TYPED_DIFFERENTLY if again else TYPE_AGAIN}{name}")
        for name, first, again in typed
        if again.strip() != first.strip()
    ] or [Reason(f"{SAY_WHY}{n}") for n, *_ in typed if at_once and work.how[n].why is None]
    if reasons:
        raise Refused(say("not-verified"), reasons)
    return bool(typed)


def wearer(work: Work, raw: str) -> tuple[Scan | None, list[Reason]]:
    """Whose wristband this is: ours, or the hospital's where its pattern is configured."""
    found, faults = scan_of(raw, Kind.PARTICIPANT)
    settings = work.settings
    if found is None and settings.wristbands:
        named = read_wristband(raw, settings.wristbands, settings.isbt_facility)
        if named and (number := participant_wearing(work, named)):
            return Scan(number, Kind.PARTICIPANT, 0), []
    return found, faults


def scan_of(raw: str, kind: Kind) -> tuple[Scan | None, list[Reason]]:
    """The scan if it is one of ours of this kind; otherwise what was wrong with it."""
    try:
        scan = read_scan(raw)
    except Refused as refused:
        return None, list(refused.reasons)
    if scan.kind is kind:
        return scan, []
    return None, [Reason("wrong-kind", found=named(scan.kind), wants=named(kind))]
