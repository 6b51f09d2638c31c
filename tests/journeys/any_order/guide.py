"""What comes next for a participant, as the guide has it, and what mends what was refused."""

from datetime import timedelta
from typing import Any

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.actions import TakeVial, take_vial
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.bedside.infusing import AccountForBag, GiveUpInfusion, account_for_bag, give_up_infusion
from lims.bedside.models import Infusion
from lims.blinding.rules import Arm
from lims.core.quantities import Celsius
from lims.deviations.models import Deviation
from lims.dispatch.actions import DispatchBag, dispatch_bag
from lims.filling import actions as filling
from lims.filling import sessions
from lims.filling.models import Preparation
from lims.labelling.models import Label
from lims.orders.models import Order
from lims.release.actions import JudgeLot, return_lot
from lims.supplies.equipment import SetEquipment, set_equipment
from lims.supplies.models import Equipment, Lot
from lims.testing.models import Sample
from lims.trial import actions as trial
from lims.trial import ordering, pausing
from lims.trial.models import Weighing
from tests.journeys.any_order import eyes
from tests.journeys.any_order.day import NURSES, D, Day, other

LEAD = timedelta(hours=3)


class Guide(Day):
    """Everybody does the right thing next."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.stuck: set[int] = set()
        self.hopeless: set[str] = set()
        self.weighed_again: set[str] = set()

    def go_on(self, n: int) -> None:
        """The next useful step for a participant; what was refused is mended the next time."""
        n = next((m % 3 for m in range(n, n + 3) if self.in_time(m % 3)), n)
        if n in self.stuck:
            self.stuck.discard(n)
            self.mend(n)
        elif not self.next_step(n):
            self.stuck.add(n)

    def in_time(self, n: int) -> bool:
        """Whether there is an infusion to come whose window is not over."""
        visit, first = self.visit(n), self.person(n).first_infusion_at
        due = first and first + timedelta(days=28 * (visit - 1) + 3)
        return visit <= 3 and (visit == 1 or due is None or self.story.clock.now < due)

    def next_step(self, n: int) -> Any:
        mine = Infusion.participant == self.people[n]
        if found := self.newest(Infusion, mine, Infusion.standing.in_(["verified", "infusing"])):
            if found.standing == "verified":
                return self.start("nora", found, "niu")
            self.story.wait(minutes=60)
            return self.end(found)
        order = self.order(n)
        if order is None:
            return self.make_order(n)
        bag = self.bag_of(order)
        if bag is None:
            return self.begin(order)
        if bag.standing == "dispatched":
            return self.receive(bag.number)
        return self.at_bedside(n, bag) if bag.standing == "received" else self.at_bench(bag, order)

    def bag_of(self, order: Order) -> Any:
        return self.newest(Bag, Bag.order == order.number, Bag.standing.not_in(eyes.ENDS))

    def unfit(self, n: int) -> bool:
        """Whether fitness will not hold for the next hours."""
        later = self.story.clock.now + timedelta(hours=4)
        with self.site.reading() as session:
            return bool(eyes.fitness_faults(session, self.people[n], self.visit(n), later))

    def settle(self, n: int, again: bool = True) -> Any:
        """Whatever of fitness and weight is missing for the visit; None when nothing is."""
        if self.unfit(n):
            return self.sign(n, fit=True) or False
        newest = self.newest(Weighing, *self.of_visit(Weighing, n))
        if newest and newest.standing == "open":
            return self.weigh(other(NURSES, newest.by), n, newest.weight.value) or False
        if newest and newest.standing == "unlikely":
            wanted = trial.ConfirmWeight(self.people[n], "oedema, seen by the investigator")
            return self.do("ines", trial.confirm_weight, wanted) or False
        old = newest is None or self.story.clock.now - newest.second_at > timedelta(hours=20)
        if (newest and newest.standing == "disagreed") or (old and again):
            weight = self.usual[n]
            return bool(self.weigh("nora", n, weight) and self.weigh("niu", n, weight))
        return None

    def make_order(self, n: int) -> Any:
        visit, first = self.visit(n), self.person(n).first_infusion_at
        if first and visit > 1:
            self.story.wait_until(first + timedelta(days=28 * (visit - 1)))
        if (settled := self.settle(n)) is not None:
            return settled
        slot = self.story.clock.now + timedelta(minutes=190)
        wanted = ordering.OrderInfusion(self.people[n], visit, slot)
        return self.do("niu", ordering.order_infusion, wanted)

    def begin(self, order: Order) -> Any:
        self.story.wait_until(order.slot_at - LEAD)
        session = self.newest(Preparation, Preparation.closed_at.is_(None))
        if session is None:
            return self.open_session("tang", "tian", 0)
        return self.start_fill("tang", order, session)

    def at_bench(self, bag: Bag, order: Order) -> Any:
        number, fill = bag.number, self.fill(bag.number)
        if bag.standing == "filling":
            frozen = self.all(Vial, Vial.taken_for == number, Vial.standing == "reserved")
            if frozen and fill.content is Arm.CELLS:
                return all(self.thaw("tang", number, vial.number) for vial in frozen)
            return self.draw("tang", "tian", number, next(self.aims))
        if bag.standing == "released":
            self.story.wait_until(order.slot_at - timedelta(minutes=29))
            return self.dispatch("tian", number, D(5))
        sample = self.newest(Sample, Sample.of == number)
        if sample is None or sample.standing == "to_do":
            return self.finish("tang", "tian", number, "results" if sample else "sample")
        if not self.all(Label, Label.number == number, Label.standing == "active"):
            return self.finish("tian", "tang", number, "label")
        if bag.sleeve is None:
            return self.finish("tang", "tian", number, "sleeve")
        if found := self.newest(Deviation, Deviation.about == number, Deviation.standing == "open"):
            return self.close(next(self.judges), found) or self.close("quinn", found)
        return self.release(next(self.judges), number) or self.release("quinn", number)

    def dispatch(self, who: str, bag: str, degrees: Any) -> Any:
        wanted = DispatchBag(bag, "courier Bo", Celsius(degrees))
        return self.do(who, dispatch_bag, wanted, "", bag)

    def at_bedside(self, n: int, bag: Bag) -> Any:
        """A look at the weight once more, often at the edge of what the bag still allows."""
        if bag.number not in self.weighed_again:
            self.weighed_again.add(bag.number)
            weight = self.edge(n, next(self.edges))
            return self.weigh("nora", n, weight) and self.weigh("niu", n, weight)
        if next(self.careful) and (settled := self.settle(n, again=False)) is not None:
            return settled
        return self.verify("nora", n, bag.number)

    def mend(self, n: int) -> Any:
        """The first thing that stands in the way is put right, or the order is begun anew."""
        until = self.story.today
        tool = self.newest(
            Equipment, (Equipment.calibrated_until < until) | (Equipment.standing != "in_service")
        )
        held = self.all(Lot, Lot.standing == "hold", Lot.number.not_in(self.hopeless))
        if self.is_paused():
            return self.do("ines", pausing.pause_trial, pausing.PauseTrial(False, "cleared up"))
        if tool:
            wanted = SetEquipment(tool.number, until + timedelta(days=60), True)
            return self.do("quinn", set_equipment, wanted)
        if held:
            number = held[0].number
            command = JudgeLot(number, "nothing found")
            able = (next(self.judges), "quinn", "qiu")
            done = any(self.judge_lot(who, return_lot, number, command) for who in able)
            self.hopeless |= set() if done else {number}
            return done
        order = self.order(n)
        if order is None or (order.halted_at and self.unfit(n)):
            return self.settle(n)
        bag = self.bag_of(order)
        if bag is None and order.standing == "requested" and self.tidied():
            return True
        if bag and bag.standing in {"dispatched", "received"}:
            back = AccountForBag(bag.number, BagStanding.RETURNED, "not used")
            self.do("nora", account_for_bag, back, "niu")
        elif bag and bag.standing == "in_use":
            claimed = self.newest(Infusion, Infusion.bag == bag.number)
            up = GiveUpInfusion(claimed.number, "not now")
            return self.do("nora", give_up_infusion, up)
        elif bag:
            self.do("tang", filling.discard_bag, filling.DiscardBag(bag.number, False, "?"), "tian")
        return self.do("nora", ordering.cancel_order, ordering.OfOrder(order.number, "anew"))

    def tidied(self) -> bool:
        """The open session closed, and a rest of vials that is too small for a dose put away."""
        found = self.newest(Preparation, Preparation.closed_at.is_(None))
        if found is None:  # what is left of the newest material may be too old to open one
            self.materials = self.materials[1:] + self.materials[:1]
            return False
        rest = self.all(Vial, Vial.lot == found.cell_lot, Vial.standing == "stored")
        for vial in rest if len(rest) < 4 else []:
            self.do("tian", take_vial, TakeVial(vial.number, VialStanding.RETAINED, "a rest"))
        wanted = sessions.ClosePreparation(found.number)
        return bool(self.do("tian", sessions.close_preparation, wanted))

    def is_paused(self) -> bool:
        with self.site.reading() as session:
            return eyes.paused(session)
