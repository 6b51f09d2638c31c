"""The demonstration trial: almost a year of history, told through the actions."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lims.bags.rules import BagStanding
from lims.bank.labels import PrintVialLabels, print_vial_labels
from lims.core.chance import SeededChance
from lims.core.quantities import InsulinUnits, Percent
from lims.core.texts import say as text
from lims.demonstration import counting, donating, files
from lims.demonstration import making as make
from lims.demonstration import treating as treat
from lims.demonstration.cast import hire
from lims.demonstration.making import D, Stores
from lims.demonstration.present import present
from lims.demonstration.settling import settled
from lims.demonstration.story import Story, StoryClock
from lims.demonstration.volunteers import Volunteer, volunteer
from lims.donation.consent import WithdrawConsent, withdraw_consent
from lims.donation.rules import WithdrawalScope
from lims.donation.serology import enter_serology
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
DAYS = 550  # the first participants have had their year
ROWS = "ABBAABABBABAABBABAAB" * 6
Say = Callable[[str], None]


def tell(site: Site, today: datetime, say: Say) -> int:
    """Play the whole history up to today; the same seed gives the same world."""
    clock = StoryClock((today - timedelta(days=DAYS)).replace(hour=1, minute=0, second=0))
    told = Site(site.settings, site.reactions, clock, SeededChance(SEED))
    story = Story(told, clock)
    say(text("cli.told-people"))
    hire(told)
    stores = make.set_up(story)
    treat.seal_the_list(story, ROWS)
    say(text("cli.told-donors"))
    master = banks(story, stores)
    say(text("cli.told-lots"))
    lots(story, stores, master)
    say(text("cli.told-participants"))
    course(story, stores)
    say(text("cli.told-today"))
    present(story, stores, today)
    told.engine.dispose()
    return story.done


def banks(story: Story, stores: Stores) -> str:
    """Donor one gives the master bank; donor two is found ineligible late."""
    first = make.a_donor(story)
    less = WithdrawConsent(first, WithdrawalScope.RESEARCH, story.clock.now, "Midwife Hu")
    story.do("tang", withdraw_consent, less)
    p0 = make.harvested(story, stores, make.isolated(story, stores, first), 25)
    p1 = make.harvested(story, stores, make.passaged(story, stores, p0, 2, 12_000_000), 1200)
    master = make.filled(story, stores, p1, LotKind.MASTER_BANK, 20)
    make.stored(story, master, stores.box, [f"A{n}" for n in range(1, 13)] + _row("B", 6))
    make.tested(story, master)
    make.released(story, master)
    second = make.a_donor(story)
    p0 = counting.harvested(story, stores, make.isolated(story, stores, second), 100)
    lost = make.filled(story, stores, p0, LotKind.MASTER_BANK, 1)
    story.wait(days=60)
    late = donating.one_marker(second, "HIV NAT", story.clock.now)
    story.do("ana", enter_serology, late)
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
    p2 = make.harvested(story, stores, make.passaged(story, stores, p3, 2, 20_000_000), 8000)
    product = make.filled(story, stores, p2, LotKind.PRODUCT, 146)
    rows = [f"{letter}{n}" for letter in "DEFGHI" for n in range(1, 13)]
    make.stored(story, product, stores.box, rows, make.another_box(story, stores))
    files.certificate(story, stores.medium_for_freezing)
    files.flow_plot(story, make.tested(story, product))
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
    """Ten participants over the three infusions and their year, with what happens in a real trial."""
    people = [volunteer(n) for n in range(8)]
    weights = [one.weight for one in people]
    who = [treat.joined(story, one, f"H-{1000 + n}") for n, one in enumerate(people)]
    entered = [assessed(story, number, one, 0) for number, one in zip(who, people, strict=True)]
    power_cut(story, who[5])
    slip = followup.AmendOutcome(
        who[7], 0, Percent(D(people[7].hba1c)), InsulinUnits(D(64)),
        assessment=entered[7], why="digits swapped; the paper form says 64",
    )  # fmt: skip
    story.do("asa", followup.amend_outcome, slip)
    order = "blood pressure was taken after infusion 1, not before it"
    noted = DeviateFromProtocol(who[6], WardDeviationKind.OTHER, order)
    story.do("ines", deviate_from_protocol, noted)
    unfit, unasked = volunteer(8), volunteer(9)
    number = treat.registered(story, unfit.initials, "H-1020", unfit)
    treat.screened(story, number, unfit, hba1c="6.8", tumour="yes")
    treat.registered(story, unasked.initials, "H-1021", unasked)
    begin = story.clock.now
    groups = [(0, 3, 3), (3, 6, 2), (6, 8, 1)]  # first, end, infusions so far
    made: list[treat.Baby] = []
    for round_no in range(1, 4):
        for day, (first, end, most) in enumerate(groups):
            if round_no <= most:
                story.wait_until(begin + timedelta(days=28 * (round_no - 1) + day))
                visit = [(who[n], round_no, weights[n]) for n in range(first, end)]
                if round_no > 1:
                    for n in range(first, end):
                        assessed(story, who[n], people[n], 4 * (round_no - 1))
                how = treat.on_paper if (round_no, day) == (2, 1) else treat.infused
                made += treat.one_visit(story, stores, visit, how)
            if (round_no, day) == (3, 1):
                lost = [(who[n], 3, weights[n]) for n in range(3, 6)]
                lost_bags(story, stores, lost)
    files.photo(story, made[-1].bag)
    for baby in made[:9]:
        treat.sterility_closed(story, baby)
    event = followup.ReportEvent(
        who[0], "fever", story.today, Severity.MILD, False, True, "38.1 °C for 5 h"
    )
    story.do("ines", followup.report_event, event)
    leaves = trial.WithdrawParticipant(who[7], "moved to another city")
    story.do("ines", trial.withdraw_participant, leaves)
    first_year(story, begin, dict(zip(who[:7], people, strict=False)))
    settled(story)


def assessed(story: Story, number: str, who: Volunteer, week: int) -> int:
    """What was measured of a participant in a week."""
    hba1c, insulin = who.measured(week)
    command = followup.AssessOutcome(
        number, week, Percent(hba1c), InsulinUnits(insulin), D(who.c_peptide)
    )
    return story.do("asa", followup.assess_outcome, command).id


def first_year(story: Story, begin: datetime, people: dict[str, Volunteer]) -> None:
    """The measurements of the later weeks, up to the endpoint."""
    for week in (12, 24, 36, 48):
        story.wait_until(begin + timedelta(days=7 * week + 2))
        for number, who in people.items():
            assessed(story, number, who, week)


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
