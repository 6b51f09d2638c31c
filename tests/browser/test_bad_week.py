"""A bad week, lived in a browser in both arms: slips, a power cut, a false alarm, growth.

What goes as it should is told by the story; every slip, and what mends it, is a person at a page.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import TERMINAL, BagStanding
from lims.bank.actions import TakeVial, take_vial
from lims.bank.destroying import DestroyVials, destroy_vials
from lims.bank.models import Vial
from lims.bank.queries import reconciliation, stored_vials
from lims.bank.rules import VialStanding
from lims.bedside import actions as bedside
from lims.bedside.infusing import account_for_bag
from lims.bedside.paper import enter_paper_form
from lims.blinding.rules import Arm
from lims.core.db import Base
from lims.core.uploads import Upload
from lims.demonstration import donating, making, treating
from lims.demonstration.cast import CAST
from lims.demonstration.treating import Baby, D
from lims.donation.deciding import decide_eligibility
from lims.donation.models import Serology
from lims.donation.reviewing import review_serology
from lims.donation.serology import amend_serology, enter_serology
from lims.filling.actions import discard_bag, draw_vehicle
from lims.filling.giving_back import give_back_session
from lims.filling.models import Fill, Preparation
from lims.filling.paper import enter_paper_cells
from lims.filling.queries import fill
from lims.filling.sessions import ClosePreparation, close_preparation
from lims.followup.actions import amend_outcome, assess_outcome
from lims.followup.models import Assessment
from lims.labelling.actions import ScanBack
from lims.labelling.models import Label
from lims.notices.actions import acknowledge
from lims.notices.queries import unread
from lims.orders.models import Order
from lims.release.actions import return_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotKind, LotStanding
from lims.testing.sterility import read_sterility
from lims.trial import ordering
from lims.trial.deviating import deviate_from_protocol
from lims.trial.labels import reprint_ward_label, scan_ward_label
from lims.trial.models import Participant
from lims.trust.actions import Action
from lims.trust.trail.verify import verify_trail
from lims.unblinding.actions import break_code
from tests.browser.hands import Hands, served
from tests.journeys.any_order.winding_up import wound_up
from tests.support.scenes import read, row, stores_of, two_received
from tests.support.worlds import World


class Week:
    """Two participants, one with cells and one with vehicle, and everybody about them."""

    def __init__(self, world: World, hands: Hands, babies: list[Baby]) -> None:
        self.world, self.hands, self.babies = world, hands, babies
        self.people = world.participants

    def act(
        self,
        who: str,
        path: str,
        wanted: Action[Any, Any],
        second: str = "",
        **entries: str | Upload,
    ) -> Any:
        page = self.hands.act(who, path, wanted.title, second, **entries)
        self.world.story.wait(seconds=20)
        return page

    def local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.world.site.settings.zone):%Y-%m-%dT%H:%M}"

    def all(self, table: type[Base], *where: Any) -> list[Any]:
        with self.world.site.reading() as session:
            return list(session.scalars(select(table).where(*where)))

    def standing(self, baby: Baby) -> BagStanding:
        found: BagStanding = row(self.world, Bag, baby.bag).standing
        return found

    def session_of(self, baby: Baby) -> str:
        return str(row(self.world, Fill, baby.bag).session)

    def band(self, person: str) -> str:
        """What stands on the wristband that is worn now."""
        mine = (Label.number == person) & (Label.standing == "active")
        (found,) = self.all(Label, mine)
        return str(found.code)

    # --- the days ---

    def a_mistyped_marker_stops_and_gives_back(self) -> None:
        """Reactive by a slip: her lots are held, bags on the ward stopped; then all is put right."""
        donor = self.world.donor
        when = self.local(self.world.clock.now)
        self.act(
            "ana", f"/donation/donors/{donor}/report", enter_serology, specimen_of="mother",
            specimen="B-7", specimen_at=when, laboratory="Central laboratory",
            results__1__finding="reactive", report=donating.report_of(donor, "HIV NAT"),
        )  # fmt: skip
        assert {self.standing(baby) for baby in self.babies} == {BagStanding.WITHDRAWN}
        newest = max(self.all(Serology), key=lambda found: found.id)
        self.act(
            "ana", f"/donation/serology/{newest.id}", amend_serology,
            finding="not_reactive", why="the line above was read",
        )  # fmt: skip
        self.act("aiko", f"/donation/donors/{donor}", review_serology)
        self.act(
            "quinn", f"/donation/donors/{donor}", decide_eligibility,
            eligible="yes", basis="the report says not reactive",
        )  # fmt: skip
        for lot in self.all(Lot, Lot.standing == LotStanding.HOLD):
            self.act("qiu", f"/release/lots/{lot.number}", return_lot, reason="a slip of the pen")
        session = self.session_of(self.babies[0])
        self.act("qiu", f"/filling/sessions/{session}", give_back_session, reason="a slip")
        assert {self.standing(baby) for baby in self.babies} == {BagStanding.RECEIVED}

    def a_jammed_printer(self) -> None:
        """The wristband came out smeared: the new one is read, the old one is dead."""
        person = self.people[0]
        (old,) = self.all(Label, Label.number == person)
        self.act(
            "nora", f"/trial/labels/{old.code}", reprint_ward_label, "niu", reason="jammed, smeared"
        )
        code = max(self.all(Label, Label.number == person), key=lambda found: found.copy).code
        self.world.story.do("nora", scan_ward_label, ScanBack(code))
        stopped = bedside.VerifyBag(old.code, self.babies[0].bag)
        verdict = self.world.story.do("nora", bedside.verify_bag, stopped)
        assert "superseded-wristband" in {reason.code for reason in verdict.reasons}

    def a_bag_is_dropped_and_the_other_is_given(self) -> None:
        given, dropped = self.babies
        self.act(
            "nora", f"/bedside/bags/{dropped.bag}", account_for_bag, "niu",
            became="damaged", reason="fell beside the bed",
        )  # fmt: skip
        treating.infused(self.world.story, [self.band(self.people[0])], [given.bag])

    def a_mistyped_insulin(self) -> None:
        for person in self.people:
            path = f"/followup/participants/{person}"
            self.act("asa", path, assess_outcome, week="0", hba1c="8.6",
                     insulin="420")  # fmt: skip
            newest = max(self.all(Assessment), key=lambda found: found.id)
            right = f"/followup/assessments/{newest.id}"
            self.act("asa", right, amend_outcome, insulin="42", why="a nought too many")

    def ordered(self, place: int, visit: int) -> str:
        story = self.world.story
        treating.at_eight(story)
        return treating.ordered(story, self.people[place], visit, ("72.5", "81.6")[place])

    def begun(self, orders: list[str]) -> list[Baby]:
        story = self.world.story
        slot = max(treating.slot_of(story, order) for order in orders)
        story.wait_until(slot - timedelta(hours=3))
        opened = self.all(Preparation, Preparation.closed_at.is_(None))
        session = (
            opened[0].number if opened else treating.opened_session(story, stores_of(self.world))
        )
        return [treating.begun(story, session, order) for order in orders]

    def the_power_fails_at_the_bench(self, babies: list[Baby]) -> None:
        """What stood on paper is entered from the bag's own page, cells and vehicle."""
        began = self.world.clock.now.replace(second=0, microsecond=0) + timedelta(minutes=2)
        self.world.story.wait(minutes=70)
        for baby in babies:
            path = f"/filling/bags/{baby.bag}"
            known = read(self.world, fill, baby.bag)
            drawn = self.local(began + timedelta(minutes=12))
            if known.content is Arm.VEHICLE:
                self.act(
                    "tang", path, draw_vehicle, "tian", _happened_at=drawn, _because="power cut"
                )
            else:
                self.act(
                    "tang", path, enter_paper_cells, "tian", vials="\n".join(known.vials),
                    thawed_at=self.local(began), drawn_at=drawn, live="440", dead="24", squares="8",
                    dilution="20", pool=str(D("3.6") * len(known.vials)), because="power cut",
                )  # fmt: skip
            assert row(self.world, Fill, baby.bag).drawn_at == began + timedelta(minutes=12)

    def sent(self, babies: list[Baby]) -> None:
        story = self.world.story
        for baby in babies:
            treating.finished(story, baby)
        slot = max(treating.slot_of(story, baby.order) for baby in babies)
        story.wait_until(slot - timedelta(minutes=29))
        for baby in babies:
            treating.sent(story, baby)

    def the_power_fails_on_the_ward(self, person: str, baby: Baby) -> None:
        begin = self.world.clock.now.replace(second=0, microsecond=0) + timedelta(minutes=2)
        self.world.story.wait(hours=2)
        band = self.band(person)
        times = {
            name: self.local(begin + timedelta(minutes=m))
            for name, m in (
                ("received_at", 0),
                ("verified_at", 4),
                ("started_at", 6),
                ("ended_at", 60),
            )
        }
        page = self.hands.go("nora", f"/bedside/bags/{baby.bag}")
        assert enter_paper_form.title in page.content()
        self.act(
            "nora", f"/bedside/bags/{baby.bag}", enter_paper_form, "niu", wristband=band,
            wristband_again=band, temperature="5", given="100", empty_bag="sealed",
            because="power cut", **times,
        )  # fmt: skip
        assert self.standing(baby) is BagStanding.INFUSED

    def an_order_is_cancelled_at_the_bath(self, place: int, baby: Baby) -> None:
        """The open page of the bag says so by itself; the bag is given up, its vials go back."""
        page = self.hands.go("tang", f"/filling/bags/{baby.bag}")
        assert page.locator("[data-news] [data-code]").count() == 0
        person = self.people[place]
        self.act("nora", f"/trial/participants/{person}", ordering.cancel_order,
                 order=baby.order, reason="a fever this morning")  # fmt: skip
        page.locator("[data-news] [data-code]").first.wait_for(timeout=15000)
        self.act("tang", f"/filling/bags/{baby.bag}", discard_bag, "tian",
                 damaged="no", reason="the ward cancelled")  # fmt: skip
        assert not self.all(Vial, Vial.taken_for == baby.bag, Vial.standing == "reserved")

    def two_vials_are_left(self, lot: str) -> list[str]:
        """All but two vials of the older lot are gone."""
        for vial in self.all(Vial, Vial.lot == lot, Vial.standing == VialStanding.RESERVED):
            broken = DestroyVials((vial.number,), "held for a bag that has ended")
            self.world.story.do("tian", destroy_vials, broken, "tang")
        with self.world.site.reading() as session:
            stored = stored_vials(session, lot, 1000)
        for number in stored[2:]:
            taken = TakeVial(number, VialStanding.QC, "stability")
            self.world.story.do("tian", take_vial, taken)
        return stored[:2]

    def what_is_left_is_used_up(self, vials: list[str]) -> None:
        """Two might still serve somebody very light; one serves nobody, and is on the list."""
        for number, listed in zip(vials, (True, False), strict=True):
            wanted = {"what_for": "qc", "reason": "left over"}
            self.act("tian", f"/bank/vials/{number}", take_vial, **wanted)
            assert ("Use up vials" in self.hands.go("tian", "/").content()) is listed

    def a_window_is_missed(self, place: int, visit: int) -> None:
        self.world.story.wait(days=40)
        path = f"/trial/participants/{self.people[place]}"
        self.act("ines", path, deviate_from_protocol, kind="missed", visit=str(visit),
                 what="was abroad for a funeral")  # fmt: skip

    def a_code_is_broken_and_the_answer_lost(self, place: int) -> None:
        told = []
        for _ in range(2):
            page = self.act("ines", "/unblinding/break", break_code, participant=self.people[place],
                            reason="pregnancy", detail="test positive")  # fmt: skip
            told.append(page.locator("main .once").first.inner_text())
        assert told[0] == told[1]

    def growth_on_day_eleven(self, baby: Baby) -> None:
        self.world.story.wait(days=11)
        self.act("ana", f"/testing/samples/{baby.sample}", read_sterility, growth="yes",
                 organism="Gram-positive cocci")  # fmt: skip

    def everybody_reads(self) -> None:
        """Each notice by each person who must know, on their own page; then nobody's is left."""
        for who in CAST:
            actor = self.world.story.actor(who)
            with self.world.site.reading() as session:
                mine = [n.id for n, _ in unread(session, actor.roles, who, self.world.clock.now)]
            for number in mine:
                self.act(who, f"/notices/{number}", acknowledge, will_do="I call the other side.")
        for who in CAST:
            actor = self.world.story.actor(who)
            with self.world.site.reading() as session:
                assert not unread(session, actor.roles, who, self.world.clock.now), who


@pytest.fixture
def week(world: World, chromium: Browser) -> Iterator[Week]:
    world.lots["newer"] = another_lot(world)
    babies = two_received(world)
    world.story.wait(minutes=30)
    with served(world) as address:
        found = Week(world, Hands(chromium, address), babies)
        yield found
        found.hands.close()


def another_lot(world: World) -> str:
    """A product lot of another donor, in a row of its own."""
    story, stores = world.story, stores_of(world)
    p0 = making.harvested(story, stores, making.isolated(story, stores, making.a_donor(story)), 20)
    flasks = making.passaged(story, stores, p0, 2, 5_000_000)
    lot = making.filled(
        story, stores, making.harvested(story, stores, flasks, 60 * 14), LotKind.PRODUCT, 14
    )
    making.stored(story, lot, stores.box, [f"J{n}" for n in range(1, 13)])
    making.tested(story, lot)
    making.released(story, lot)
    return lot


def test_a_bad_week_ends_with_everything_accounted_for(week: Week) -> None:
    world, story = week.world, week.world.story
    week.a_mistyped_marker_stops_and_gives_back()
    week.a_jammed_printer()
    week.a_bag_is_dropped_and_the_other_is_given()
    week.a_mistyped_insulin()

    lost = row(world, Bag, week.babies[1].bag).order
    story.do("nora", ordering.cancel_order, ordering.OfOrder(lost, "ordered anew"))
    babies = week.begun([week.ordered(1, 1)])
    week.an_order_is_cancelled_at_the_bath(1, babies[0])
    babies = week.begun([week.ordered(1, 1)])
    week.the_power_fails_at_the_bench(babies)
    week.sent(babies)
    week.the_power_fails_on_the_ward(week.people[1], babies[0])

    older, newer = world.lots["product"], world.lots["newer"]
    for session in week.all(Preparation, Preparation.closed_at.is_(None)):
        story.do("tang", close_preparation, ClosePreparation(session.number))
    left = week.two_vials_are_left(older)
    first = row(world, Participant, week.people[0]).first_infusion_at
    story.wait_until(first + timedelta(days=27))
    orders = [week.ordered(0, 2)]
    babies = week.begun(orders)
    assert row(world, Preparation, week.session_of(babies[0])).cell_lot == newer
    week.what_is_left_is_used_up(left)
    week.the_power_fails_at_the_bench(babies)
    week.sent(babies)
    treating.received(story, babies[0].bag)
    treating.infused(story, [week.band(week.people[0])], [babies[0].bag])

    week.growth_on_day_eleven(babies[0])
    week.a_code_is_broken_and_the_answer_lost(1)
    week.a_window_is_missed(1, 2)
    week.everybody_reads()

    wound_up(world)
    assert {bag.standing for bag in week.all(Bag)} <= TERMINAL
    for lot in (older, newer):
        assert read(world, reconciliation, lot).balances
    over = {row.number for table in (Bag, Order) for row in week.all(table)}
    for who in ("nora", "niu", "tang", "tian"):  # the analysts still read cultures
        listed = week.hands.go(who, "/").locator("main").inner_text().replace(" ", "")
        assert not [number for number in over if number in listed], who
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()
    assert week.hands.errors == []
