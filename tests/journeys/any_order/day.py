"""What people do in the tests of any order, each act watched."""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bank.models import Bank, Vial
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.bedside.models import Infusion
from lims.blinding.rules import Arm
from lims.core.errors import Refused
from lims.core.quantities import Celsius, Kilograms, Millilitres
from lims.demonstration import making
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.models import Deviation
from lims.filling import actions as filling
from lims.filling import finishing, sessions
from lims.filling.counting import CountPool, count_pool
from lims.filling.models import Fill, Preparation
from lims.labelling.actions import MakeSleeves, ScanBack, make_sleeves, scan_back
from lims.orders.models import Order
from lims.release.models import LotDecision
from lims.testing.models import Result, Sample
from lims.trial import actions as trial
from lims.trial.models import Participant, Weighing
from tests.journeys.any_order import eyes
from tests.support.worlds import World

D = Decimal
NURSES, BENCH = ("nora", "niu"), ("tang", "tian", "qiu")
USING = {"open_preparation", "start_fill", "thaw_for_bag", "draw_cells", "draw_vehicle"}
DRAWN = D("0.3")  # mL: so small that rounding to 0.1 mL can miss the dose by −14 to +20 %
Edge = tuple[tuple[str, int], int]


def other(people: tuple[str, ...], who: str) -> str:
    """Somebody else of these."""
    return next(one for one in people if one != who)


class Day:
    """One hospital and its laboratory with three participants; counts what was done and refused."""

    aims: Iterator[Decimal]
    edges: Iterator[Edge]
    usual: list[Decimal]
    careful: Iterator[bool]
    judges: Iterator[str]  # who tries first to release, close and return

    def __init__(self, world: World, tally: Counter[Any]) -> None:
        super().__init__()
        self.world, self.story, self.site, self.tally = world, world.story, world.site, tally
        self.people = [world.participants[n] for n in (3, 1, 0)]  # cells, vehicle, cells
        found = self.all(Participant)
        self.treatments = [
            next(person.treatment for person in found if person.number == number)
            for number in self.people
        ]
        self.ended: dict[str, str] = {}
        self.bags: list[str] = []
        self.received: list[Bag] = []
        assert world.stores is not None
        self.materials = [world.stores.bags]

    def step(self, act: Callable[[], object]) -> None:
        """One step, after which nothing in the tables contradicts anything."""
        self.tally["steps"] += 1
        before = self.story.done
        act()
        if self.story.done == before:
            return
        faults = list(eyes.contradictions(self.site, self.ended))
        assert not faults, faults
        found = self.all(Bag, Bag.standing.not_in(eyes.ENDS))
        self.bags = [bag.number for bag in found]
        self.received = [bag for bag in found if bag.standing == "received"]

    def do(self, who: str, wanted: Any, command: Any, second: str = "", *on: str) -> Any:
        """Done, or refused; anything else is a fault, and so is a step on something stopped."""
        drawn = wanted.name not in USING
        before = eyes.trouble(self.site, *on, drawn=drawn) if on else []
        try:
            result = self.story.do(who, wanted, command, second)
        except Refused as refused:
            return self.refused(wanted, command, {reason.code for reason in refused.reasons})
        self.tally[wanted.name, "done"] += 1
        assert not before, (who, wanted.name, command, before)
        return result

    def refused(self, wanted: Any, command: Any, codes: set[str]) -> None:
        assert not codes & {"invariant", "conflict"}, (wanted.name, command, codes)
        self.tally[wanted.name, "refused"] += 1

    def all(self, table: Any, *where: Any) -> list[Any]:
        """The rows now, by their keys."""
        key = table.__table__.primary_key.columns[0]
        with self.site.reading() as session:
            return list(session.scalars(select(table).where(*where).order_by(key)))

    def newest(self, table: Any, *where: Any) -> Any:
        """The last of the rows, or None."""
        return next(iter(self.all(table, *where)[::-1]), None)

    def person(self, n: int) -> Participant:
        found: Participant = self.all(Participant, Participant.number == self.people[n])[0]
        return found

    def visit(self, n: int) -> int:
        """The infusion that comes next."""
        given = select(Order.visit).join(Bag, Bag.order == Order.number)
        given = given.where(Order.treatment == self.treatments[n])
        with self.site.reading() as session:
            return 1 + len(list(session.scalars(given.where(Bag.standing.in_(eyes.GIVEN)))))

    def fill(self, bag: str) -> Fill:
        found: Fill = self.all(Fill, Fill.bag == bag)[0]
        return found

    def order(self, n: int) -> Any:
        """The live order of the next infusion."""
        mine = Order.treatment == self.treatments[n]
        return self.newest(Order, mine, Order.visit == self.visit(n), Order.standing != "cancelled")

    def of_visit(self, table: Any, n: int) -> tuple[Any, ...]:
        return table.participant == self.people[n], table.visit == self.visit(n)

    # --- the ward ---

    def weigh(self, who: str, n: int, weight: Decimal) -> Any:
        wanted = trial.Weigh(self.people[n], self.visit(n), Kilograms(weight), "scale 3")
        return self.do(who, trial.weigh, wanted)

    def edge(self, n: int, edge: Edge) -> Decimal:
        """A weight at an edge: by the dose error it makes, or by its change since last time."""
        (against, share), tenths = edge
        order, earlier = self.order(n), Weighing.visit < self.visit(n)
        mine = Weighing.participant == self.people[n]
        last = self.newest(Weighing, mine, earlier, Weighing.standing == "confirmed")
        base = order.weight.value if order else self.usual[n]
        exact = base * 100 / (100 + share)
        if against == "before":
            exact = (last.weight.value if last else D(("46", "75", "75")[n])) * (100 + share) / 100
        return exact.quantize(D("0.1")) + D(tenths) / 10

    def sign(self, n: int, *, fit: bool) -> Any:
        wanted = trial.SignFitness(self.people[n], self.visit(n), fit, "as found")
        return self.do("ines", trial.sign_fitness, wanted)

    def verify(self, who: str, n: int, bag: str) -> Any:
        """The verdict; a GO must have nothing against it, and content must not change it."""
        wanted = bedside.VerifyBag(self.people[n], bag)
        others = eyes.told_of_other_content(self.world, who, wanted)
        against = eyes.trouble(self.site, bag, ward=True, drawn=True)
        against += eyes.go_faults(self.site, self.people[n], bag)
        verdict = self.story.do(who, bedside.verify_bag, wanted)
        said = (verdict.word, verdict.reasons)
        assert all((one.word, one.reasons) == said for one in others), (said, others)
        arm = self.fill(bag).content
        self.tally[verdict.word, arm] += 1
        for reason in verdict.reasons:
            self.tally["STOP", reason.code] += 1
        assert verdict.word == "STOP" or not against, against
        return verdict.number

    def start(self, who: str, infusion: Infusion, second: str) -> Any:
        bag = self.all(Bag, Bag.number == infusion.bag)[0]
        against = eyes.trouble(self.site, bag.number, ward=True, drawn=True)
        against += eyes.go_faults(self.site, infusion.participant, bag.number)
        wanted = infusing.StartInfusion(
            infusion.participant, infusion.bag, infusion=infusion.number
        )
        done = self.do(who, infusing.start_infusion, wanted, second)
        assert not (done and against), against
        return done

    def end(self, infusion: Infusion) -> Any:
        wanted = infusing.EndInfusion(infusion.number, Millilitres(D(100)), "sealed")
        return self.do("nora", infusing.end_infusion, wanted)

    def receive(self, bag: str) -> Any:
        wanted = bedside.ReceiveBag(bag, Celsius(D(5)), True)
        return self.do("niu", bedside.receive_bag, wanted)

    # --- the laboratory ---

    def open_session(self, who: str, second: str, material: int) -> Any:
        stores = self.world.stores
        assert stores is not None
        used = (self.materials[material % len(self.materials)], stores.albumin)
        wanted = sessions.OpenPreparation(used, (stores.cabinet,))
        return self.do(who, sessions.open_preparation, wanted, second, *used, stores.cabinet)

    def start_fill(self, who: str, order: Order, session: Preparation) -> Any:
        wanted, on = filling.StartFill(order.number, session.number), (order.number, session.number)
        return self.do(who, filling.start_fill, wanted, "", *on)

    def thaw(self, who: str, bag: str, vial: str) -> Any:
        return self.do(who, filling.thaw_for_bag, filling.ThawForBag(bag, vial), "", bag, vial)

    def draw(self, who: str, second: str, bag: str, aim: Decimal) -> Any:
        """Cells so concentrated that the draw misses the dose by so many per cent; or vehicle."""
        fill = self.fill(bag)
        if fill.content is Arm.VEHICLE:
            return self.do(who, filling.draw_vehicle, filling.DrawVehicle(bag), second, bag)
        frozen = sum(
            (self.all(Bank, Bank.lot == v.lot)[0].viable_per_vial.value
             for v in self.all(Vial, Vial.taken_for == bag)), D(0),
        )  # fmt: skip
        live = int(fill.target.value * (100 + aim) / 100 / DRAWN / 20_000)  # 1 square, 1 in 2
        pool = Millilitres((frozen / (live * 20_000)).quantize(D("0.01")))
        wanted = filling.DrawCells(bag, live, live // 19, 1, D(2), pool)
        own = CountPool(bag, live, live // 19, 1, D(2))
        self.do(second, count_pool, own)
        return self.do(who, filling.draw_cells, wanted, second, bag)

    def finish(self, who: str, second: str, bag: str, what: str) -> Any:
        """One of the steps between the draw and the release."""
        of_bag = finishing.OfBag(bag)
        if what == "sample":
            return self.do(who, finishing.sample_bag, of_bag, "", bag)
        if what == "label":
            label = self.do(who, finishing.print_bag_label, of_bag, "", bag)
            return label and self.do(who, scan_back, ScanBack(label.code))
        if what == "sleeve":
            run = self.do(who, make_sleeves, MakeSleeves(1))
            wanted = finishing.SleeveBag(bag, run.codes[0], bag, run.codes[0])
            return self.do(who, finishing.sleeve_bag, wanted, second, bag)
        sample = self.newest(Sample, Sample.of == bag)
        if sample and not self.all(Result, Result.sample == sample.number):
            making.entered(self.story, sample.number, {"VIA": "95.0"})
        return sample

    def release(self, who: str, bag: str) -> Any:
        hands = eyes.hands_on(self.site, bag)
        done = self.do(who, finishing.release_bag, finishing.ReleaseBag(bag), "", bag)
        assert not (done and who in hands), (who, hands)
        return done

    def close(self, who: str, deviation: Deviation) -> Any:
        hands = eyes.hands_on(self.site, deviation.about) | {deviation.opened_by}
        done = self.do(who, close_deviation, CloseDeviation(deviation.number, "no effect"))
        assert not (done and who in hands), (who, hands)
        return done

    def judge_lot(self, who: str, wanted: Any, lot: str, command: Any) -> Any:
        """A lot released or taken off hold: by nobody who touched it or who held it."""
        held = self.newest(LotDecision, LotDecision.lot == lot, LotDecision.decision == "held")
        hands = eyes.hands_on(self.site, lot)
        done = self.do(who, wanted, command)
        if done and done.standing != "released":  # back to quarantine: nothing is released yet
            hands = set()
        hands |= {held.by} if held else set()
        assert not (done and who in hands), (who, wanted.name, lot, hands)
        return done
