"""What must hold in whatever order things are done: read from the tables, by rules written anew."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bank.models import Bank, Vial
from lims.bedside.actions import Verdict, VerifyBag, verify_bag
from lims.bedside.models import Check, Infusion
from lims.blinding.rules import Arm
from lims.core.chance import SeededChance
from lims.core.quantities import CellCount, Millilitres, Percent
from lims.donation.models import Cord, Donor
from lims.filling.models import Fill, Preparation
from lims.followup.models import AdverseEvent
from lims.genealogy.models import CameFrom
from lims.orders.models import Order, TrialPause
from lims.supplies.models import Equipment, Lot
from lims.testing.models import Sample
from lims.trial.models import Fitness, Participant, Weighing
from lims.trust.context import Work
from lims.trust.identity.signatures import Signature
from lims.trust.installation import Site
from lims.trust.trail.entries import TrailEntry
from tests.support.worlds import World

D = Decimal
PER_KG, CEILING = 1_500_000, 20
FITNESS_LASTS = timedelta(hours=24)
GRAVE = {"severe", "life_threatening", "fatal"}
HELD = {"hold", "recalled", "rejected"}
ENDS = {"infused", "partly_infused", "returned", "destroyed", "damaged", "not_given"}
GIVEN = {"infused", "partly_infused"}
# What the ward's verdict must not read: whatever tells of content.
CONTENT = {"fill", "preparation", "vial", "bank", "lot", "sample", "result", "sterility_reading",
           "came_from", "donor", "sealed_list", "deviation", "harvest", "equipment"}  # fmt: skip
# Decisions about a thing are no work on it, and a donor's or a sample's news touches nothing.
DECIDING = {"supplies/accept-material", "supplies/set-equipment", "deviations/close-deviation",
            "donation/enter-serology", "filling/certify-bag", "filling/release-bag",
            "release/hold-downstream", "release/hold-lot", "release/recall-lot",
            "release/reject-lot", "release/release-lot", "release/return-lot",
            "release/review-trail"}  # fmt: skip


def _above(session: Session) -> dict[str, set[str]]:
    parents: dict[str, set[str]] = defaultdict(set)
    for child, parent in session.execute(select(CameFrom.child, CameFrom.parent)):
        parents[child].add(parent)
    return parents


def _all_above(parents: dict[str, set[str]], numbers: Collection[str]) -> set[str]:
    found, waiting = set(numbers), list(numbers)
    while waiting:
        new = parents.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def paused(session: Session) -> bool:
    """Whether the newest word on the trial is a pause."""
    return bool(session.scalar(select(TrialPause.paused).order_by(TrialPause.id.desc()).limit(1)))


def trouble(site: Site, *numbers: str, ward: bool = False, drawn: bool = False) -> list[str]:
    """All that forbids, at this moment, the next step on these bags, orders and sessions.

    What was opened is used up to the draw, instruments up to the ward.
    """
    now = site.clock()
    today = now.astimezone(site.settings.zone).date()
    with site.reading() as session:
        parents = _above(session)
        at_hand = {n for number in numbers for n in parents.get(number, ())}
        at_hand |= {n for number in at_hand for n in parents.get(number, ()) if number[2] in "XV"}
        above = _all_above(parents, numbers)
        found: list[str] = []
        for lot in session.scalars(select(Lot).where(Lot.number.in_(above))):
            used = lot.number in at_hand or lot.number in numbers
            if lot.standing in HELD or (used and lot.standing != "released"):
                found.append(f"{lot.number} is in {lot.standing}")
            if used and lot.expires_on < today:
                found.append(f"{lot.number} expired on {lot.expires_on}")
            life = timedelta(hours=float(lot.in_use_life.value)) if lot.in_use_life else None
            if used and life and not drawn and lot.opened_at and now > lot.opened_at + life:
                found.append(f"{lot.number} was opened too long ago")
        for tool in session.scalars(select(Equipment).where(Equipment.number.in_(at_hand))):
            if not ward and (tool.standing != "in_service" or tool.calibrated_until < today):
                found.append(f"{tool.number}: {tool.standing} until {tool.calibrated_until}")
        for donor in session.scalars(select(Donor).where(Donor.number.in_(above))):
            found += [] if donor.standing == "eligible" else [f"donor is {donor.standing}"]
        for cord in session.scalars(select(Cord).where(Cord.number.in_(above))):
            found += [] if cord.cleared_at else [f"{cord.number} is not decided upon"]
        for held in session.scalars(select(Preparation).where(Preparation.number.in_(above))):
            found += [f"session: {held.stopped_because}"] if held.stopped_because else []
        bags = list(session.scalars(select(Bag).where(Bag.number.in_(numbers))))
        for bag in bags:
            if bag.standing in ENDS or bag.notice_at:
                found.append(f"the bag is {bag.standing}, notice {bag.notice_at}")
            found += ["the bag expired"] if bag.expires_at <= now else []
        orders = {bag.order for bag in bags} | set(numbers)
        for order in session.scalars(select(Order).where(Order.number.in_(orders))):
            found += ["the trial is paused"] if paused(session) else []
            found += ["the order is cancelled"] if order.standing == "cancelled" else []
            found += ["the order is halted"] if order.halted_at else []
        return found


def hands_on(site: Site, number: str) -> set[str]:
    """Everybody whom the trail names for work on a bag or lot, its samples, session and vials."""
    with site.reading() as session:
        samples = session.scalars(select(Sample.number).where(Sample.of == number))
        marks = [number, *samples]
        fill = session.get(Fill, number)
        opened = f"lab/session/{fill.session}" if fill else ""
        people, signed = set(), set()
        for stream, payload in session.execute(select(TrailEntry.stream_name, TrailEntry.payload)):
            named = any(mark in stream for mark in marks) or (fill and number.encode() in payload)
            if named or (stream == opened and b'"table":"preparation"' in payload):
                entry: dict[str, Any] = json.loads(payload)
                if entry["action"] not in DECIDING:
                    people.add(entry["by"])
                    signed |= set(entry["signatures"])
        logins = session.scalars(select(Signature.login).where(Signature.id.in_(signed)))
        return people | set(logins)


def fitness_faults(session: Session, participant: str, visit: int, now: datetime) -> list[str]:
    """Why no fitness holds: none, not fit, too old, or an event after it that asks to judge anew."""
    newest = select(Fitness).where(Fitness.participant == participant, Fitness.visit == visit)
    word = session.scalar(newest.order_by(Fitness.id.desc()).limit(1))
    if word is None or not word.fit:
        return ["not signed as fit"]
    events = select(AdverseEvent).where(AdverseEvent.participant == participant)
    after = [
        e
        for e in session.scalars(events.where(AdverseEvent.at >= word.at))
        if e.serious or e.severity in GRAVE or (e.related and e.severity != "mild")
    ]
    old = now - word.at > FITNESS_LASTS
    return [*(["fitness is too old"] if old else []), *(["an event came after"] if after else [])]


def true_error(session: Session, participant: str, bag: str) -> Decimal | None:
    """Per cent by which the actual cells miss the dose for the newest weight that two agree on."""
    fill = session.get_one(Fill, bag)
    agreed = select(Weighing).where(Weighing.participant == participant)
    agreed = agreed.where(Weighing.standing == "confirmed").order_by(Weighing.id.desc()).limit(1)
    found = session.scalar(agreed)
    if found is None or fill.actual is None:
        return None
    return fill.actual.value * 100 / (found.weight.value * PER_KG) - 100


def go_faults(site: Site, participant: str, bag_number: str) -> list[str]:
    """Everything for which a bag may not be given to a person now, but for the bag's own trouble."""
    now, zone = site.clock(), site.settings.zone
    with site.reading() as session:
        person = session.get_one(Participant, participant)
        order = session.get_one(Order, session.get_one(Bag, bag_number).order)
        newest = select(Weighing.standing).where(Weighing.participant == participant)
        found = fitness_faults(session, participant, order.visit, now)
        if session.scalar(newest.order_by(Weighing.id.desc()).limit(1)) != "confirmed":
            found.append("the newest weight is not agreed on")
        error = true_error(session, participant, bag_number)
        if error is not None and abs(error) > CEILING:
            found.append(f"the dose is {error:.2f} % off")
        if person.treatment != order.treatment or person.standing != "randomised":
            found.append("not this participant's bag, or not in the trial")
        given = select(Order.visit).join(Bag, Bag.order == Order.number)
        given = given.where(Order.treatment == person.treatment, Bag.standing.in_(GIVEN))
        if set(session.scalars(given)) != set(range(1, order.visit)):
            found.append("not this visit's bag")
        if person.last_infusion_at and order.visit > 1:
            today = now.astimezone(zone).date()
            assert person.first_infusion_at is not None
            since = (today - person.last_infusion_at.astimezone(zone).date()).days
            due = (today - person.first_infusion_at.astimezone(zone).date()).days
            if since < 25 or abs(due - 28 * (order.visit - 1)) > 3:
                found.append(f"{since} days after the last, {due} after the first")
        return found


def contradictions(site: Site, ended: dict[str, str]) -> Iterator[str]:
    """Whatever in the tables cannot be; `ended` remembers how each bag ended."""
    with site.reading() as session:
        bags = {bag.number: bag for bag in session.scalars(select(Bag))}
        for number, bag in bags.items():
            if ended.get(number, bag.standing) != bag.standing:
                yield f"{number} was {ended[number]} and is {bag.standing}"
            if bag.standing in ENDS:
                ended[number] = bag.standing
        counted: Counter[str] = Counter()
        vials = select(Vial.number, Vial.lot, Vial.standing, Vial.taken_for, Vial.thawed_at)
        held = set(session.scalars(select(Fill.bag).where(Fill.content == Arm.VEHICLE)))
        for number, lot, standing, taken_for, thawed_at in session.execute(vials):
            counted[lot] += 1
            of = bags.get(taken_for or "")
            filling = of is not None and (of.standing == "filling" or of.number in held)
            if standing == "reserved" and not filling:
                yield f"{number} is reserved for {taken_for}, which is not being filled"
            if standing in {"stored", "filled"} and (taken_for or thawed_at):
                yield f"{number} is in store and was taken for {taken_for}"
        for lot, filled in session.execute(select(Bank.lot, Bank.filled)):
            if filled != counted[lot]:
                yield f"{lot}: {filled} vials filled, {counted[lot]} known"
        infusions = list(session.scalars(select(Infusion)))
        live = Counter(i.bag for i in infusions if i.standing != "given_up")
        went = Counter(c.bag for c in session.scalars(select(Check).where(Check.word == "GO")))
        back = Counter(i.bag for i in infusions if i.standing == "given_up")
        for number in went:
            if live[number] > 1 or went[number] - back[number] != live[number]:
                yield f"{number}: {went[number]} GO, {back[number]} given up, {live[number]} live"
        under_way = {i.bag for i in infusions if i.standing in {"verified", "infusing"}}
        if under_way != {n for n, bag in bags.items() if bag.standing == "in_use"}:
            yield f"in use and infusions do not agree: {sorted(under_way)}"
        orders = {order.number: order for order in session.scalars(select(Order))}
        visits = Counter(
            (orders[b.order].treatment, orders[b.order].visit)
            for b in bags.values()
            if b.standing in GIVEN
        )
        yield from (f"visit {visit} was given {n} times" for visit, n in visits.items() if n > 1)
        held = set(session.scalars(select(Lot.number).where(Lot.standing.in_(HELD))))
        parents = _above(session) if held else {}
        for fill in session.scalars(select(Fill)) if held else ():
            bag = bags[fill.bag]
            stopped = bag.standing in ENDS | {"expired"} or bag.notice_at is not None
            if not stopped and _all_above(parents, [fill.session, fill.bag]) & held:
                yield f"{bag.number} is {bag.standing} although a lot of it is held"


class _Undone(Exception):
    """Ends a transaction that was only for trying."""


@contextmanager
def _tables_read(site: Site) -> Iterator[set[str]]:
    tables: set[str] = set()

    def hear(_c: Any, _d: Any, statement: str, *_: Any) -> None:
        tables.update(re.findall(r"(?:FROM|JOIN|INTO|UPDATE)\s+\"?(\w+)", statement))

    event.listen(site.engine, "before_cursor_execute", hear)
    try:
        yield tables
    finally:
        event.remove(site.engine, "before_cursor_execute", hear)


def told_of_other_content(world: World, who: str, wanted: VerifyBag) -> list[Verdict]:
    """The verdicts, undone at once, had the bag held something else; they may read no content."""
    site, found = world.site, []
    for content, share in ((Arm.CELLS, D("0.5")), (Arm.CELLS, D(3)), (Arm.VEHICLE, D(1))):
        other = {
            "content": content, "drawn": Millilitres(share), "diluent": Millilitres(99 * share),
            "actual": CellCount(D(70_000_000) * share), "deviation": Percent(100 * share - 100),
            "viability": Percent(30 * share), "live": 1, "dead": 9, "pool": Millilitres(share),
        }  # fmt: skip
        with suppress(_Undone), site.writing([]) as writing:
            writing.connection.execute(update(Fill.__table__).values(other))
            actor, chance = world.story.actor(who), SeededChance("undone")
            work = Work(writing, actor, site.clock(), site.settings, chance, site.reactions)
            with _tables_read(site) as tables:
                found.append(verify_bag.function(work, wanted))
            assert not tables & CONTENT, tables & CONTENT
            raise _Undone
    return found
