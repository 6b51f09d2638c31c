"""Excursions: an alarm that somebody hears, what holds the contents, and what QA makes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select

from lims.bank.holding import hold_vials, not_judged
from lims.bank.models import Place, Vial, VialHold
from lims.bank.rules import VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.telling import Told
from lims.core.texts import say
from lims.deviations.actions import note_findings
from lims.genealogy.hands import hands_on_each
from lims.genealogy.rules import hands_reasons, makers
from lims.identifiers.fields import PlaceNumber, PlaceOrEquipmentNumber, VialNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.monitoring import rules
from lims.monitoring.contents import flasks_in, vials_in
from lims.monitoring.models import Excursion
from lims.monitoring.queries import ExcursionFacts, excursion_facts
from lims.monitoring.rules import ExcursionKind, ExcursionStanding
from lims.supplies.models import Equipment
from lims.supplies.storing import kept_in
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class StoreWarmed:
    """News: vials of these lots lay in a place that was out of order since then."""

    lots: tuple[str, ...]
    since: datetime
    because: str


@dataclass(frozen=True)
class FridgeWarmed:
    """News: these containers of materials were in a fridge or a freezer that was out of order."""

    containers: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class RaiseAlarm:
    """What somebody hears or sees at a tank, an incubator or a fridge, and since when."""

    of: PlaceOrEquipmentNumber
    since: Annotated[datetime, About(label=say("since-when"))]
    what: Annotated[str, About(label=say("what-was-noticed"), rows=2)]


@action(may=Permission.BANK_CELLS, urgent=True)
def raise_alarm(work: Work, wanted: RaiseAlarm) -> ExcursionFacts:
    """Say that a place is out of order: everything in it is held at once, until QA judges it."""
    must_be_there(work, wanted.of)
    if wanted.since > work.now:
        raise Refused(Reason("alarm-of-the-future"))
    row = work.add(
        Excursion(
            of=wanted.of,
            kind=ExcursionKind.ALARM,
            since=wanted.since,
            what=wanted.what,
            by=work.actor.login,
            at=work.now,
        )
    )
    held = hold_contents(work, row, anew=True)
    return excursion_facts(row, say("contents-are-held", count=held))


def must_be_there(work: Work, number: str) -> None:
    """Missing where there is no such place or instrument."""
    work.get(Place if kind_of(number) is Kind.PLACE else Equipment, number)


def hold_contents(work: Work, row: Excursion, *, anew: bool = False) -> int:
    """Hold what lay in the place; how many are held anew.

    Downstream it is told by lots, and not by the vials that were thawed: these would tell which
    bags hold cells.
    """
    if kind_of(row.of) is not Kind.PLACE:
        return _note_vessels(work, row) + _tell_of_containers(work, row)
    vials = vials_in(work.session, row.of, row.since, row.until)
    new = hold_vials(work, vials, row.what, row.id)
    for vial in new:
        if vial.standing is VialStanding.THAWED:
            note_findings(work, vial.number, [Reason("excursion", row.what)])
    if new or anew:
        lots = tuple(sorted({vial.lot for vial in vials}))
        work.publish(StoreWarmed(lots, row.since, row.what))
    return len(new)


def _note_vessels(work: Work, row: Excursion) -> int:
    """A deviation for each vessel in an incubator: no lot of it is released before QA closed it."""
    vessels = flasks_in(work.session, row.of, row.until)
    for number in vessels:
        note_findings(work, number, [Reason("excursion", row.what)])
    return len(vessels)


def _tell_of_containers(work: Work, row: Excursion) -> int:
    """What was in a fridge is held until QA has returned it."""
    containers = tuple(kept_in(work.session, row.of, row.since, row.until))
    if containers:
        work.publish(FridgeWarmed(containers, row.what))
    return len(containers)


@dataclass(frozen=True)
class EndExcursion:
    """When a place was in order again."""

    excursion: int
    until: Annotated[datetime, About(label=say("in-order-since"))]
    how: Annotated[str, About(label=say("what-was-done"), rows=2)]


@action(may=Permission.BANK_CELLS)
def end_excursion(work: Work, wanted: EndExcursion) -> ExcursionFacts:
    """Say that a place is in order again; what was put in meanwhile is held too, and QA judges all."""
    row = work.lock(Excursion, wanted.excursion)
    reasons = [
        *when(row.standing is not ExcursionStanding.GOING_ON, Reason("excursion-is-over")),
        *when(not row.since <= wanted.until <= work.now, Reason("ends-before-it-began")),
    ]
    if reasons:
        raise Refused(say("it-is-not-over"), reasons)
    row.move_to(ExcursionStanding.OVER)
    row.until = wanted.until
    row.what = say("what-then-how", what=row.what, how=wanted.how)
    hold_contents(work, row)
    return excursion_facts(row)


@dataclass(frozen=True)
class JudgeHeld:
    """Held vials, one by one or whole boxes, whether they may be used, and why."""

    fit: Annotated[bool, About(label=say("they-may-be-used"))]
    why: Annotated[str, About(label=say("on-what-that-rests"), rows=3)]
    boxes: Annotated[
        tuple[PlaceNumber, ...],
        About(label=say("whole-boxes"), hint=say("scan-each-one"), scan=True),
    ] = ()
    vials: Annotated[
        tuple[VialNumber, ...],
        About(label=say("single-vials"), hint=say("scan-each-one"), scan=True),
    ] = ()


@dataclass(frozen=True)
class Judged:
    """Which vials were judged."""

    vials: tuple[str, ...]
    says: Told


def _by_whose_hands(work: Work, vials: Collection[str]) -> list[Reason]:
    """Why this person does not say that these may be used: they made the lot (fact 16)."""
    lots = sorted(set(work.session.scalars(select(Vial.lot).where(Vial.number.in_(vials)))))
    hands = hands_on_each(work.session, lots)
    found = [r for lot in lots for r in hands_reasons(makers(hands[lot]), work.actor.login)]
    return list(dict.fromkeys(found))


@action(may=Permission.RELEASE_LOT, signed_as=say("held-vials-judged"))
def judge_held(work: Work, wanted: JudgeHeld) -> Judged:
    """QA judges held vials with a justification; what may not be used stays held, to be destroyed."""
    inside = select(Vial.number).where(Vial.box.in_(wanted.boxes))
    asked = {*wanted.vials, *work.session.scalars(inside)}
    holds = not_judged(work, asked)
    others = sorted(set(wanted.vials) - {hold.vial for hold in holds})
    reasons = [
        *when(not holds and not others, Reason("nothing-is-held-there")),
        *rules.judging_reasons(others, going_on=_going_on(work, holds), fit=wanted.fit),
        *(_by_whose_hands(work, {hold.vial for hold in holds}) if wanted.fit else []),
    ]
    if reasons:
        raise Refused(say("nothing-was-judged"), reasons)
    for hold in holds:
        hold.fit, hold.why = wanted.fit, wanted.why
        hold.judged_by, hold.judged_at = work.actor.login, work.now
    numbers = tuple(sorted({hold.vial for hold in holds}))
    said = "vials-may-be-used" if wanted.fit else "vials-are-given-up"
    return Judged(numbers, say(said, count=len(numbers)))


def _going_on(work: Work, holds: Sequence[VialHold]) -> bool:
    ids = {hold.excursion for hold in holds if hold.excursion is not None}
    going = Excursion.id.in_(ids) & (Excursion.standing == ExcursionStanding.GOING_ON)
    return work.session.scalar(select(Excursion.id).where(going).limit(1)) is not None
