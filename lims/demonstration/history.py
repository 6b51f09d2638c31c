"""The demonstration trial: almost a year of history, told through the actions."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lims.bags.rules import BagStanding
from lims.bank.labels import PrintVialLabels, print_vial_labels
from lims.bedside import actions as bedside
from lims.core.chance import SeededChance
from lims.core.quantities import Celsius, Grams, InsulinUnits, Percent
from lims.demonstration import making as make
from lims.demonstration import treating as treat
from lims.demonstration.cast import hire
from lims.demonstration.making import D, Stores
from lims.demonstration.story import Story, StoryClock
from lims.deviations import actions as deviations
from lims.donation import actions as donation
from lims.filling import actions as filling
from lims.filling import giving_back
from lims.followup import actions as followup
from lims.followup.rules import Severity
from lims.labelling.actions import (
    EndLabel,
    PrintLabel,
    ReconcileLabels,
    ScanBack,
    print_label,
    reconcile_labels,
    scan_back,
    void_label,
)
from lims.release.actions import JudgeLot, hold_lot, return_lot
from lims.supplies.rules import LotKind
from lims.testing import actions as testing
from lims.trial import actions as trial
from lims.trial.deviating import DeviateFromProtocol, deviate_from_protocol
from lims.trial.windows import WardDeviationKind
from lims.trust.installation import Site
from lims.trust.lateness import Earlier

SEED = "funis-demonstration"
DAYS = 380
ROWS = "ABBAABABBABAABBABAAB" * 6
Say = Callable[[str], None]


def tell(site: Site, today: datetime, say: Say) -> int:
    """Play the whole history up to today; the same seed gives the same world."""
    clock = StoryClock((today - timedelta(days=DAYS)).replace(hour=1, minute=0, second=0))
    told = Site(site.settings, site.reactions, clock, SeededChance(SEED))
    story = Story(told, clock)
    say("people, specifications, materials")
    hire(told)
    stores = make.set_up(story)
    treat.seal_the_list(story, ROWS)
    say("three donors, master and working bank")
    master = banks(story, stores)
    say("product and vehicle lots")
    lots(story, stores, master)
    say("participants and their infusions")
    course(story, stores)
    say("today's work")
    present(story, stores, today)
    told.engine.dispose()
    return story.done


def banks(story: Story, stores: Stores) -> str:
    """Donor one gives the master bank; donor two is found ineligible late."""
    first = make.a_donor(story)
    p0 = make.harvested(story, stores, make.isolated(story, stores, first), 25)
    p1 = make.harvested(story, stores, make.passaged(story, stores, p0, 2, 12_000_000), 1200)
    master = make.filled(story, stores, p1, LotKind.MASTER_BANK, 20)
    make.stored(story, master, stores.box, [f"A{n}" for n in range(1, 13)] + _row("B", 6))
    make.tested(story, master)
    make.released(story, master)
    second = make.a_donor(story)
    p0 = make.harvested(story, stores, make.isolated(story, stores, second), 100)
    lost = make.filled(story, stores, p0, LotKind.MASTER_BANK, 1)
    story.wait(days=60)
    late = donation.EnterSerology(second, "HIV NAT", story.clock.now, True, "Central laboratory")
    story.do("ana", donation.enter_serology, late)
    story.do("tang", print_label, PrintLabel(lost))
    labelled_vials(story, master)
    return master


def labelled_vials(story: Story, lot: str) -> None:
    """A lot's vials labelled: read back but for one that was spoilt; reconciled to zero."""
    found = story.do("tang", print_vial_labels, PrintVialLabels(lot))
    for code in found.codes[1:]:
        story.do("tang", scan_back, ScanBack(code))
    spoilt = EndLabel(found.codes[0], "jammed in the printer")
    story.do("tang", void_label, spoilt, "tian")
    story.do("tang", reconcile_labels, ReconcileLabels(lot), "tian")


def _row(letter: str, count: int) -> list[str]:
    return [f"{letter}{n}" for n in range(1, count + 1)]


def lots(story: Story, stores: Stores, master: str) -> None:
    """A working bank from the master bank, two product lots and two vehicle lots."""
    grown = make.harvested(story, stores, (make.regrown(story, stores, master),), 900)
    working = make.filled(story, stores, grown, LotKind.WORKING_BANK, 14)
    make.stored(story, working, stores.box, [f"B{n}" for n in range(7, 13)] + _row("C", 6))
    make.tested(story, working)
    make.released(story, working)
    p3 = make.harvested(story, stores, (make.regrown(story, stores, working),), 200)
    p2 = make.harvested(story, stores, make.passaged(story, stores, p3, 2, 20_000_000), 4000)
    product = make.filled(story, stores, p2, LotKind.PRODUCT, 74)
    rows = [f"{letter}{n}" for letter in "DEFGHI" for n in range(1, 13)]
    make.stored(story, product, stores.box, rows)
    make.tested(story, product)
    make.released(story, product)
    vehicle = make.a_vehicle(story, stores)
    make.tested(story, vehicle)
    make.released(story, vehicle)
    p3 = make.harvested(story, stores, make.passaged(story, stores, p2, 2, 20_000_000), 600)
    failing = make.filled(story, stores, p3, LotKind.PRODUCT, 10)
    make.tested(story, failing, {"CD105": "93.1"})
    again = make.a_vehicle(story, stores)
    sampled = story.do("tang", testing.sample_lot, testing.SampleLot(again)).number
    make.entered(story, sampled)


def course(story: Story, stores: Stores) -> None:
    """Ten participants over the three infusions, with what happens in a real trial."""
    weights = ["72.5", "81.6", "58.4", "95.0", "66.3", "77.7", "89.2", "61.8"]
    who = [
        treat.randomised(story, f"P{n:02}", f"H-{1000 + n}", weight)
        for n, weight in enumerate(weights)
    ]
    for number in who:
        baseline = followup.AssessOutcome(number, 0, Percent(D("8.6")), InsulinUnits(D(42)))
        entered = story.do("asa", followup.assess_outcome, baseline)
    power_cut(story, who[5])
    slip = followup.AmendOutcome(
        who[7], 0, Percent(D("8.6")), InsulinUnits(D(24)),
        assessment=entered.id, why="digits swapped; the paper form says 24",
    )  # fmt: skip
    story.do("asa", followup.amend_outcome, slip)
    order = "blood pressure was taken after infusion 1, not before it"
    noted = DeviateFromProtocol(who[6], WardDeviationKind.OTHER, order)
    story.do("ines", deviate_from_protocol, noted)
    treat.screened(story, treat.registered(story, "P20", "H-1020"), hba1c="6.8", tumour="yes")
    treat.registered(story, "P21", "H-1021")
    begin = story.clock.now
    groups = [(0, 3, 3), (3, 6, 2), (6, 8, 1)]  # first, end, infusions so far
    made: list[treat.Baby] = []
    for round_no in range(1, 4):
        for day, (first, end, most) in enumerate(groups):
            if round_no <= most:
                story.wait_until(begin + timedelta(days=28 * (round_no - 1) + day))
                visit = [(who[n], round_no, weights[n]) for n in range(first, end)]
                how = treat.on_paper if (round_no, day) == (2, 1) else treat.infused
                made += treat.one_visit(story, stores, visit, how)
            if (round_no, day) == (3, 1):
                lost = [(who[n], 3, weights[n]) for n in range(3, 6)]
                lost_bags(story, stores, lost)
    for baby in made[:9]:
        treat.sterility_closed(story, baby)
    event = followup.ReportEvent(
        who[0], "fever", story.today, Severity.MILD, False, True, "38.1 °C for 5 h"
    )
    story.do("ines", followup.report_event, event)
    leaves = trial.WithdrawParticipant(who[7], "moved to another city")
    story.do("ines", trial.withdraw_participant, leaves)


def power_cut(story: Story, number: str) -> None:
    """An event that was on paper for two hours, entered with both times."""
    seen = followup.ReportEvent(
        number, "phlebitis", story.today, Severity.MILD, False, False, "where blood was drawn"
    )
    earlier = Earlier(story.clock.now, "power cut on the ward until noon")
    story.wait(hours=2)
    story.do("nora", followup.report_event, seen, "niu", earlier)


def lost_bags(story: Story, stores: Stores, visit: list[tuple[str, int, str]]) -> None:
    """A day on which no bag is infused: one returned, one outlived, one withdrawn."""
    doubtful = make.a_material(story, "Infusion bags, second lot")
    treat.at_eight(story)
    orders = [treat.ordered(story, *one) for one in visit]
    session = treat.opened_session(story, stores, doubtful)
    babies = treat.prepared(story, session, orders)
    for baby in babies:
        treat.received(story, baby.bag)
    false_alarm(story, session, doubtful)
    returned, expired, _ = (baby.bag for baby in babies)
    treat.accounted(story, returned, BagStanding.RETURNED, "participant has a fever today")
    story.wait(hours=4)
    treat.accounted(story, expired, BagStanding.DESTROYED, "expired: the participant came too late")
    held = JudgeLot(doubtful, "the supplier reports leaking ports")
    story.do("quinn", hold_lot, held)


def false_alarm(story: Story, session: str, material: str) -> None:
    """A hold that proves false: the bags are given back, and stand where they stood."""
    alarm = JudgeLot(material, "the supplier's alarm may be about this lot")
    story.do("quinn", hold_lot, alarm)
    story.do("qiu", return_lot, JudgeLot(material, "the alarm is about another lot"))
    back = giving_back.GiveBackSession(session, "the alarm is about another lot")
    story.do("qiu", giving_back.give_back_session, back)


def present(story: Story, stores: Stores, today: datetime) -> None:
    """What waits on the day on which somebody opens the demonstration."""
    story.wait_until(today - timedelta(days=1, hours=12))
    third = make.a_donor(story, decide=False)
    warm = donation.ReceiveCord(
        third,
        story.clock.now - timedelta(hours=30),
        Celsius(D(3)),
        Celsius(D("11.5")),
        Grams(D(41)),
        "intact, label legible",
    )
    story.do("tang", donation.receive_cord, warm)
    number = treat.registered(story, "P22", "H-1022")
    treat.screened(story, number)
    story.wait_until(today - timedelta(hours=5))
    new = [treat.randomised(story, f"P3{n}", f"H-103{n}") for n in range(9)]
    orders = [treat.ordered(story, one, 1, "70.0") for one in new]
    story.wait_until(treat.slot_of(story, orders[-1]) - timedelta(hours=3))
    session = treat.opened_session(story, stores)
    babies = [treat.begun(story, session, order) for order in orders[:8]]
    for baby in babies[:7]:
        treat.drawn(story, baby)
    for baby in babies[:6]:
        treat.finished(story, baby)
    story.wait_until(treat.slot_of(story, orders[-1]) - timedelta(minutes=28))
    for baby in babies[:5]:
        treat.sent(story, baby)
    for baby in babies[:4]:
        treat.received(story, baby.bag)
    on_the_ward(story, new, [baby.bag for baby in babies])
    spoilt = filling.DiscardBag(babies[7].bag, False, "stopper cracked")
    story.do("tang", filling.discard_bag, spoilt, "tian")
    about = deviations.OpenDeviation(babies[7].bag, "Stopper of an empty bag cracked.")
    story.do("tang", deviations.open_deviation, about)
    treat.begun(story, session, orders[8])


def on_the_ward(story: Story, people: list[str], bags: list[str]) -> None:
    """A wrong bag stopped, one dropped, one infused in part, one that runs."""
    story.do("nora", bedside.verify_bag, bedside.VerifyBag(people[1], bags[0]))
    treat.accounted(story, bags[1], BagStanding.DAMAGED, "dropped beside the bed")
    in_part = treat.verified(story, people[2], bags[2])
    story.wait(minutes=15)
    treat.ended(story, in_part, "40")
    treat.verified(story, people[3], bags[3])
