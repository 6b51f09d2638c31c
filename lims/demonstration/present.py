"""What waits on the day on which somebody opens the demonstration; and the next such day."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import IN_THE_LABORATORY, STOPPED, BagStanding
from lims.bank.models import Place
from lims.bank.rules import PlaceLevel
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.models import Infusion
from lims.bedside.rules import InfusionStanding
from lims.core.errors import Refused
from lims.core.quantities import Grams
from lims.demonstration import cataloguing, donating, measuring, watching
from lims.demonstration import making as make
from lims.demonstration import treating as treat
from lims.demonstration.making import D, Stores
from lims.demonstration.story import Story, StoryClock
from lims.demonstration.volunteers import volunteer
from lims.deviations import actions as deviations
from lims.filling import actions as filling
from lims.filling import sessions
from lims.filling.models import Preparation
from lims.supplies.models import Equipment, Lot
from lims.testing import actions as testing
from lims.trial.models import Participant
from lims.trust.installation import Site
from lims.trust.trail.entries import TrailEntry

MORNING = timedelta(hours=5)  # what a day's bags need before the first of them can be given
LATER = timedelta(minutes=100)  # after the first bags come the next ones
ENOUGH = timedelta(hours=1)  # that a bag lasts still: it can be given to its end


def present(story: Story, stores: Stores, today: datetime) -> None:
    """A warm cord, a screening under way, and a day of infusions of which one waits for its nurse."""
    story.wait_until(today - timedelta(days=1, hours=12))
    cataloguing.catalogue(story)
    watching.excursion(story)
    watching.monitored(story, stores.cabinet)
    watching.procedure(story)
    third = make.a_donor(story, decide=False)
    collected = story.clock.now - timedelta(hours=30)
    warm = donating.received(
        story,
        third,
        collected,
        lowest=None,
        highest=None,
        weight=Grams(D(41)),
        condition="intact, label legible",
        seal="S-100431",
    )
    donating.logged(story, warm, collected, "11.5")
    story.do("tang", testing.sample_in_process, testing.SampleInProcess(warm))
    fresh = make.a_vehicle(story, stores)
    measuring.plate(story, story.do("tang", testing.sample_lot, testing.SampleLot(fresh)).number)
    asked = volunteer(10)
    number = treat.registered(story, asked.initials, "H-1022", asked)
    treat.screened(story, number, asked)
    story.wait_until(today - MORNING)
    people = [volunteer(n) for n in range(11, 20)]
    new = [treat.joined(story, one, f"H-{1030 + n}") for n, one in enumerate(people)]
    now, later = today - timedelta(minutes=5), today + LATER
    orders = [
        treat.ordered(story, number, 1, one.weight, now if n < 5 else later)
        for n, (number, one) in enumerate(zip(new, people, strict=True))
    ]
    babies = filled(story, stores, today, orders)
    story.wait_until(now - timedelta(minutes=29))
    for baby in babies[:5]:
        treat.sent(story, baby)
    for baby in babies[:4]:
        treat.received(story, baby.bag)
    on_the_ward(story, new, [baby.bag for baby in babies])


def filled(story: Story, stores: Stores, today: datetime, orders: list[str]) -> list[treat.Baby]:
    """Five bags for now; for later one ready, one drawn, one spoilt and one begun."""
    story.wait_until(today - timedelta(minutes=184))
    session = treat.opened_session(story, stores)
    babies = treat.made_ready(story, session, orders[:5])
    story.wait_until(today + LATER - timedelta(minutes=179))
    next_ones = [treat.begun(story, session, order) for order in orders[5:8]]
    for baby in next_ones[:2]:
        treat.drawn(story, baby)
    treat.finished(story, next_ones[0])
    spoilt = filling.DiscardBag(next_ones[2].bag, False, "stopper cracked")
    story.do("tang", filling.discard_bag, spoilt, "tian")
    about = deviations.OpenDeviation(next_ones[2].bag, "Stopper of an empty bag cracked.")
    story.do("tang", deviations.open_deviation, about)
    return [*babies, *next_ones, treat.begun(story, session, orders[8])]


def on_the_ward(story: Story, people: list[str], bags: list[str]) -> None:
    """A wrong bag stopped, one dropped, one infused in part, one that runs."""
    story.do("nora", bedside.verify_bag, bedside.VerifyBag(people[1], bags[0]))
    treat.accounted(story, bags[1], BagStanding.DAMAGED, "dropped beside the bed")
    in_part = treat.verified(story, people[2], bags[2])
    story.wait(minutes=15)
    treat.ended(story, in_part, "40")
    treat.verified(story, people[3], bags[3])


def moved_on(site: Site, now: datetime) -> str:
    """The present, moved on where its bags can be given no more; what came of it, in a sentence."""
    anew = "`make demo-reset` starts it anew."
    with site.reading() as session:
        if can_be_given(session, now):
            return f"The demonstration is there already; {anew}"
        if not is_at_rest(session, now):
            return f"No bag can be given now, and somebody works in the demonstration; {anew}"
    try:
        return f"Today's work was done in the demonstration: {next_day(site, now)} actions."
    except Refused as refused:
        return f"Today's work stopped: {refused.sentence} {anew}"


def can_be_given(session: Session, now: datetime) -> bool:
    """Whether a bag is on the ward, or ready to go there, that lasts to the end of an infusion."""
    ready = (BagStanding.RELEASED, BagStanding.DISPATCHED, BagStanding.RECEIVED)
    here = Bag.standing.in_(ready)
    lasts = select(func.count()).where(here, Bag.expires_at > now + ENOUGH)
    return bool(session.scalar(lasts))


def is_at_rest(session: Session, now: datetime) -> bool:
    """Whether nobody did anything for as long as a day's bags need."""
    newest = session.scalar(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1))
    entry = newest.read if newest else None
    return entry is not None and datetime.fromisoformat(entry["at"]) < now - MORNING


def next_day(site: Site, now: datetime) -> int:
    """Put away what was left, and do the work of a day of infusions: again one waits for its nurse."""
    clock = StoryClock(now - MORNING + timedelta(minutes=1))
    story = Story(Site(site.settings, site.reactions, clock, site.chance), clock)
    put_away(story)
    with story.site.reading() as session:
        stores = stores_of(session)
        known = session.scalar(select(func.count()).select_from(Participant)) or 0
    people = [volunteer(known + n) for n in range(3)]
    new = [treat.joined(story, one, f"H-{2000 + known + n}") for n, one in enumerate(people)]
    due, later = now - timedelta(minutes=5), now + LATER
    orders = [
        treat.ordered(story, number, 1, one.weight, slot)
        for number, one, slot in zip(new, people, (due, due, later), strict=True)
    ]
    story.wait_until(due - timedelta(minutes=179))
    session_number = treat.opened_session(story, stores)
    babies = treat.prepared(story, session_number, orders[:2])
    treat.begun(story, session_number, orders[2])
    treat.received(story, babies[0].bag)
    story.site.engine.dispose()
    return story.done


def put_away(story: Story) -> None:
    """What is left of the day before: infusions ended, bags destroyed, the session closed."""
    with story.site.reading() as session:
        running = _numbers(session, Infusion, InfusionStanding.INFUSING)
        verified = _numbers(session, Infusion, InfusionStanding.VERIFIED)
    for number in running:
        treat.ended(story, number)
    for number in verified:
        given_up = infusing.GiveUpInfusion(number, "the day was over")
        story.do("nora", infusing.give_up_infusion, given_up)
    with story.site.reading() as session:
        sent = Bag.dispatched_at.is_not(None)
        here = (*STOPPED, BagStanding.DISPATCHED, BagStanding.RECEIVED)
        on_ward = session.scalars(select(Bag.number).where(sent, Bag.standing.in_(here))).all()
        inside = (*STOPPED, *IN_THE_LABORATORY)
        in_lab = session.scalars(select(Bag.number).where(~sent, Bag.standing.in_(inside))).all()
    for bag in on_ward:
        treat.accounted(story, bag, BagStanding.DESTROYED, "not used on its day")
    for bag in in_lab:
        story.do(
            "tang", filling.discard_bag, filling.DiscardBag(bag, False, "the day was over"), "tian"
        )
    with story.site.reading() as session:
        still = session.scalars(
            select(Preparation.number).where(Preparation.closed_at.is_(None))
        ).all()
    for number in still:
        story.do("tang", sessions.close_preparation, sessions.ClosePreparation(number))


def _numbers(session: Session, table: type[Infusion], standing: InfusionStanding) -> list[str]:
    return list(session.scalars(select(table.number).where(table.standing == standing)))


def stores_of(session: Session) -> Stores:
    """What stands in the demonstration's laboratory."""
    lots = {row.name: row.number for row in session.scalars(select(Lot).order_by(Lot.number))}
    instruments = {row.name: row.number for row in session.scalars(select(Equipment))}
    boxes = select(Place.number).where(Place.level == PlaceLevel.BOX).order_by(Place.number)
    box = session.scalars(boxes).first() or ""
    medium, albumin, saline, freezing, bags = (lots[name] for name in make.MATERIALS)
    cabinet, incubator, centrifuge = (instruments[name] for name in make.INSTRUMENTS)
    return Stores(medium, albumin, saline, freezing, bags, cabinet, incubator, centrifuge, box)
