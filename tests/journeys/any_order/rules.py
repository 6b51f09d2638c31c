"""Everything that can come between, as the rules of a state machine."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import cycle
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.models import Vial
from lims.bedside import infusing
from lims.bedside.models import Infusion
from lims.core.days import start_of
from lims.core.quantities import Hours
from lims.demonstration import donating
from lims.deviations.models import Deviation
from lims.donation.serology import enter_serology
from lims.filling import actions as filling
from lims.filling import giving_back, sessions
from lims.filling.expiring import ExpireBags, expire_bags
from lims.filling.models import Preparation
from lims.followup.actions import ReportEvent, report_event
from lims.followup.rules import Severity
from lims.orders.models import Order
from lims.release import actions as release
from lims.supplies import actions as supplies
from lims.supplies.equipment import SetEquipment, set_equipment
from lims.trial import actions as trial
from lims.trial import ordering, pausing
from lims.trust.actions import Request, perform
from lims.trust.identity.people import PROGRAM
from tests.journeys.any_order import eyes
from tests.journeys.any_order.day import BENCH, NURSES, Edge
from tests.journeys.any_order.guide import Guide
from tests.journeys.any_order.winding_up import wound_up

D = Decimal
ON = st.lists(
    st.sampled_from([0, 0, 0, 1, 1, 1, 2]), min_size=1, max_size=6
)  # who goes on after each deed
WHOM, WHICH, YES_OR_NO = st.integers(0, 2), st.integers(0, 3), st.booleans()
NURSE, HANDS = st.sampled_from(NURSES), st.sampled_from(BENCH)
JUDGE = st.sampled_from(["quinn", "qiu", "tang", "ana"])
HOLDER = st.sampled_from(["qiu", "tang", "qiu", "quinn"])
# A weight by the dose error that it makes, or by its change against the last visit; ± a tenth.
AGAINST = [("ordered", share) for share in (0, 0, 0, 9, -9, 10, -10, 20)]
EDGE = st.tuples(
    st.sampled_from([*AGAINST, *AGAINST[:-1], ("before", 15), ("before", -15)]), st.integers(-1, 1)
)
# By how many per cent a draw misses its dose: about half of them cannot be given to anybody.
AIM = st.sampled_from(
    [D(a) for a in ("0", "0", "9", "9.05", "9.15", "-11", "-10.1", "-9.9", "-11.2", "4", "10.1")]
    + [D(a) for a in ("-14", "19.9", "20.1", "9", "-11", "2", "-4", "-9.95")]
)
DAY = 1440
SPAN = st.sampled_from([1, 1, 5, 5, 20, 20, 30, 60, 60, 180, DAY, 7 * DAY, 21 * DAY])
USUAL = (("46.0", "45.1", "45.0"), ("75.9", "72.0", "75.0"), ("75.9", "72.0", "75.0"))


def deed(*needs: Callable[[Any], object], **entries: st.SearchStrategy[Any]) -> Any:
    """A rule: somebody does this; then the day goes on for some participants, as it should."""

    def made(act: Callable[..., object]) -> Any:
        def step(self: "AnyOrder", then: list[int], **given: Any) -> None:
            self.step(partial(act, self, **given))
            for person in then:
                self.step(partial(self.go_on, person))

        step.__name__ = act.__name__
        found = rule(then=ON, **entries)(step)
        for need in needs:
            found = precondition(need)(found)
        return found

    return made


def bags(self: Any) -> object:
    return self.bags


class AnyOrder(Guide, RuleBasedStateMachine):
    """Everything that can come between, in any order."""

    @initialize(
        aims=st.lists(AIM, min_size=3, max_size=3),
        edges=st.lists(EDGE, min_size=3, max_size=3),
        careful=st.lists(YES_OR_NO, min_size=3, max_size=3),
        judges=st.lists(JUDGE, min_size=3, max_size=3),
        usual=WHOM,
        ahead=st.sampled_from([0, 12, 24, 36, 44]),
    )
    def begins(
        self,
        aims: list[Decimal],
        edges: list[Edge],
        careful: list[bool],
        judges: list[str],
        usual: int,
        ahead: int,
    ) -> None:
        self.aims, self.edges, self.careful = cycle(aims), cycle(edges), cycle(careful)
        self.judges = cycle(judges)
        self.usual = [D(weights[usual]) for weights in USUAL]
        midnight = start_of(self.story.today + timedelta(days=1), self.site.settings.zone)
        self.story.wait_until(midnight + timedelta(hours=8))
        for turn in range(ahead):
            self.step(partial(self.go_on, turn % 2))

    def teardown(self) -> None:
        """However it stopped: everything open can be brought to its end by somebody."""
        try:
            wound_up(self.world)
            assert not (faults := list(eyes.contradictions(self.site, self.ended))), faults
        finally:
            self.site.engine.dispose()

    def bag(self, which: int) -> str:
        return self.bags[which % len(self.bags)]

    @deed()
    def the_day_goes_on(self) -> None:
        pass

    @deed(minutes=SPAN)
    def wait(self, minutes: int) -> None:
        self.story.wait(minutes=minutes)

    # --- the ward ---

    @deed(who=NURSE, n=WHOM, edge=EDGE, second=st.sampled_from(["", "alike", "otherwise"]))
    def weigh_at_an_edge(self, who: str, n: int, edge: Edge, second: str) -> None:
        weight = self.edge(n, edge)
        if self.weigh(who, n, weight) and second:
            differs = D("0.1") if second == "otherwise" else D(0)
            self.weigh(NURSES[who == "nora"], n, weight + differs)

    @deed(n=WHOM)
    def confirm_weight(self, n: int) -> None:
        self.do("ines", trial.confirm_weight, trial.ConfirmWeight(self.people[n], "seen"))

    @deed(n=WHOM, fit=YES_OR_NO)
    def sign_fitness(self, n: int, fit: bool) -> None:
        self.sign(n, fit=fit)

    @deed(n=WHOM, severity=st.sampled_from(list(Severity)), serious=YES_OR_NO, related=YES_OR_NO)
    def report_event(self, n: int, severity: Severity, serious: bool, related: bool) -> None:
        self.event(n, severity, serious=serious, related=related)

    def event(self, n: int, severity: Severity, *, serious: bool, related: bool) -> None:
        wanted = ReportEvent(
            self.people[n], "fever", self.story.today, severity, serious, related, "seen"
        )
        self.do("niu", report_event, wanted)

    @deed(n=WHOM, minutes=st.sampled_from([180, 179, 240, 1440, 2880]), ahead=st.integers(0, 1))
    def order_infusion(self, n: int, minutes: int, ahead: int) -> None:
        slot = self.story.clock.now + timedelta(minutes=minutes)
        wanted = ordering.OrderInfusion(self.people[n], self.visit(n) + ahead, slot)
        self.do("nora", ordering.order_infusion, wanted)

    @deed(which=WHICH)
    def cancel_order(self, which: int) -> None:
        if found := self.all(Order):
            order = found[which % len(found)]
            self.do("niu", ordering.cancel_order, ordering.OfOrder(order.number, "ill"))

    @deed(lambda self: self.received, who=NURSE, which=WHICH,
          news=st.sampled_from(["event", "not fit", "one weight", "two weights"]),
          severity=st.sampled_from(list(Severity)), serious=YES_OR_NO)  # fmt: skip
    def news_at_the_bedside(
        self, who: str, which: int, news: str, severity: Severity, serious: bool
    ) -> None:
        bag = self.received[which % len(self.received)]
        treatment = self.all(Order, Order.number == bag.order)[0].treatment
        n = self.treatments.index(treatment)
        if news == "event":
            self.event(n, severity, serious=serious, related=True)
        elif news == "not fit":
            self.sign(n, fit=False)
        elif self.weigh("nora", n, self.usual[n]) and news == "two weights":
            self.weigh("niu", n, self.usual[n] + D("0.1"))
        self.verify(who, n, bag.number)

    @deed(bags, who=NURSE, n=WHOM, which=WHICH)
    def verify_bag(self, who: str, n: int, which: int) -> None:
        self.verify(who, n, self.bag(which))

    @deed(bags, who=NURSE, second=NURSE, which=WHICH, end=YES_OR_NO)
    def start_or_give_up(self, who: str, second: str, which: int, end: bool) -> None:
        found = self.newest(Infusion, Infusion.bag == self.bag(which))
        if found and end:
            wanted = infusing.GiveUpInfusion(found.number, "asked to wait")
            self.do(who, infusing.give_up_infusion, wanted)
        elif found:
            self.start(who, found, second)

    @deed(n=WHOM, paused=YES_OR_NO)
    def pause_trial(self, n: int, paused: bool) -> None:
        self.do("ines", pausing.pause_trial, pausing.PauseTrial(paused, "the board asks"))

    # --- the laboratory ---

    @deed(who=HANDS, second=HANDS, material=WHICH)
    def open_preparation(self, who: str, second: str, material: int) -> None:
        self.open_session(who, second, material)

    @deed(who=HANDS, which=WHICH, session=WHICH)
    def start_a_fill(self, who: str, which: int, session: int) -> None:
        orders, opened = self.all(Order)[::-1], self.all(Preparation)[::-1]
        if orders and opened:
            order = orders[which % len(orders)]
            self.start_fill(who, order, opened[session % len(opened)])

    @deed(bags, who=HANDS, which=WHICH, vial=WHICH)
    def thaw_for_bag(self, who: str, which: int, vial: int) -> None:
        found = self.all(Vial, Vial.standing.in_(["reserved", "thawed"]))
        if found:
            self.thaw(who, self.bag(which), found[vial % len(found)].number)

    @deed(bags, who=HANDS, second=HANDS, which=WHICH, aim=AIM)
    def draw_a_bag(self, who: str, second: str, which: int, aim: Decimal) -> None:
        self.draw(who, second, self.bag(which), aim)

    @deed(
        bags, who=HANDS, which=WHICH, what=st.sampled_from(["sample", "results", "label", "sleeve"])
    )
    def finish_a_bag(self, who: str, which: int, what: str) -> None:
        self.finish(who, "tian" if who == "tang" else "tang", self.bag(which), what)

    @deed(bags, who=JUDGE, which=WHICH)
    def release_a_bag(self, who: str, which: int) -> None:
        if who != "ana" or which < 2:
            self.release(who, self.bag(which))

    @deed(bags, who=HANDS, which=WHICH, degrees=st.sampled_from([D(2), D(5), D(8), D("8.1")]))
    def dispatch_a_bag(self, who: str, which: int, degrees: Decimal) -> None:
        self.dispatch(who, self.bag(which), degrees)

    @deed(bags, who=HANDS, which=WHICH)
    def discard_a_bag(self, who: str, which: int) -> None:
        wanted = filling.DiscardBag(self.bag(which), True, "leaks")
        self.do(who, filling.discard_bag, wanted, "tian" if who == "tang" else "tang")

    @deed(who=NURSE, which=WHICH)
    def destroy_a_bag_on_the_ward(self, who: str, which: int) -> None:
        if found := self.all(Bag, Bag.dispatched_at.is_not(None)):
            bag = found[which % len(found)].number
            wanted = infusing.AccountForBag(bag, BagStanding.DESTROYED, "in doubt")
            self.do(who, infusing.account_for_bag, wanted, NURSES[who == "nora"])

    @deed(who=JUDGE, which=WHICH)
    def give_back_a_session(self, who: str, which: int) -> None:
        if found := self.all(Preparation):
            session = found[which % len(found)].number
            wanted = giving_back.GiveBackSession(session, "a false alarm")
            self.do(who, giving_back.give_back_session, wanted)

    @deed()
    def expire_what_is_over(self) -> None:
        perform(self.site, expire_bags, ExpireBags(), Request(PROGRAM))

    @deed(who=JUDGE, which=WHICH)
    def close_a_deviation(self, who: str, which: int) -> None:
        if found := self.all(Deviation, Deviation.standing == "open"):
            self.close(who, found[which % len(found)])

    @deed(who=HANDS)
    def close_the_session(self, who: str) -> None:
        if found := self.newest(Preparation, Preparation.closed_at.is_(None)):
            self.do(who, sessions.close_preparation, sessions.ClosePreparation(found.number))

    # --- what QA learns ---

    def lot(self, which: int) -> str:
        stores, lots = self.world.stores, self.world.lots
        assert stores is not None
        ours = [lots[name] for name in ("second product", "second vehicle", "product", "vehicle")]
        return [*ours, stores.albumin, stores.medium, *self.materials][which]

    @deed(who=HOLDER, which=st.integers(0, 6), recall=st.sampled_from([False, False, False, True]))
    def hold_a_lot(self, who: str, which: int, recall: bool) -> None:
        command = release.JudgeLot(self.lot(which), "a doubt")
        self.do(who, release.recall_lot if recall and which < 2 else release.hold_lot, command)

    @deed(who=JUDGE, which=st.integers(0, 6))
    def return_a_lot(self, who: str, which: int) -> None:
        lot = self.lot(which)
        self.judge_lot(who, release.return_lot, lot, release.JudgeLot(lot, "nothing found"))

    @deed(who=JUDGE, reader=JUDGE)
    def release_a_lot(self, who: str, reader: str) -> None:
        lot = self.world.lots["second vehicle"]
        self.do(reader, release.review_trail, release.ReviewTrail(lot))
        self.judge_lot(who, release.release_lot, lot, release.ReleaseLot(lot))

    @deed(
        first=st.sampled_from([False, False, False, True]),
        marker=st.sampled_from(["HIV NAT", "CMV IgG"]),
    )
    def news_of_a_donor(self, first: bool, marker: str) -> None:
        donor = self.world.donor if first else self.world.lots["second donor"]
        now = self.story.clock.now
        self.do("ana", enter_serology, donating.one_marker(donor, marker, now))

    @deed(days=st.integers(-1, 2), in_service=st.sampled_from([True, True, False]))
    def look_at_the_cabinet(self, days: int, in_service: bool) -> None:
        stores, until = self.world.stores, self.story.today + timedelta(days=days)
        assert stores is not None
        wanted = SetEquipment(stores.cabinet, until, in_service)
        self.do("quinn", set_equipment, wanted)

    @deed(who=HANDS, accepts=JUDGE, days=st.integers(0, 2), hours=st.sampled_from([2, 24]))
    def take_in_a_material(self, who: str, accepts: str, days: int, hours: int) -> None:
        until = self.story.today + timedelta(days=days)
        wanted = supplies.ReceiveMaterial("Bags", "Bench", "S-1", until, Hours(D(hours)))
        lot = self.do(who, supplies.receive_material, wanted)
        accepted = supplies.AcceptMaterial(lot.number, "CoA 2")
        if self.judge_lot(accepts, supplies.accept_material, lot.number, accepted):
            self.materials.insert(0, lot.number)
