"""A bad week of the laboratory, lived in a browser: what goes wrong is a person's at a page."""

from datetime import timedelta
from typing import Any

from lims.bank.inventory import count_box
from lims.bank.models import Vial
from lims.bank.queries import held_in
from lims.bank.rules import VialStanding
from lims.blinding.rules import Arm
from lims.core.uploads import Upload
from lims.demonstration import donating, making, treating
from lims.deviations.actions import close_deviation
from lims.deviations.queries import open_about
from lims.donation.accepting import accept_cord
from lims.donation.cords import read_logger
from lims.filling.actions import draw_cells, thaw_for_bag
from lims.filling.counting import count_pool
from lims.filling.missing import miss_vial
from lims.filling.models import Fill
from lims.monitoring.excursions import end_excursion, judge_held, raise_alarm
from lims.monitoring.models import Excursion
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.training.actions import issue_procedure, sign_off_person
from lims.trust.actions import Action
from tests.browser.conftest import Place
from tests.support.scenes import read, row, stores_of


class Week:
    """The people of the laboratory at their pages."""

    def __init__(self, bench: Place) -> None:
        self.bench, self.world, self.story = bench, bench.world, bench.world.story

    def act(
        self, who: str, path: str, wanted: Action[Any, Any], second: str = "", /, **entries: Any
    ) -> None:
        self.bench.hands.act(who, path, wanted.title, second, **entries)
        self.story.wait(seconds=20)

    def refused(
        self, who: str, path: str, wanted: Action[Any, Any], second: str = "", /, **entries: Any
    ) -> str:
        """What a person reads who may not do it now."""
        try:
            self.act(who, path, wanted, second, **entries)
        except AssertionError as refused:
            return str(refused)
        raise AssertionError(f"{wanted.path} was not refused")

    def local(self, minutes: int) -> str:
        at = self.world.clock.now - timedelta(minutes=minutes)
        return f"{at.astimezone(self.world.site.settings.zone):%Y-%m-%dT%H:%M}"

    def logger_excursion(self) -> None:
        """A cord came too warm, says its logger; QA judges it and accepts the cord."""
        story = self.story
        donor = donating.registered(story)
        donating.history(story, donor)
        cord = donating.received(story, donor, story.clock.now - timedelta(hours=9))
        until = story.today + timedelta(days=300)
        story.do("tang", register_equipment, RegisterEquipment("Logger 7", until, "TL-7"))
        rows = ["Serial,TL-7", "Time,Temperature (°C)"]
        zone = self.world.site.settings.zone
        for n in range(55):
            at = (story.clock.now - timedelta(hours=9, minutes=-10 * n)).astimezone(zone)
            rows.append(f"{at:%Y-%m-%d %H:%M:%S},{'14.5' if 20 < n < 26 else '5.0'}")
        file = Upload("TL-7.csv", "\r\n".join([*rows, ""]).encode())
        self.act("tang", f"/donation/cords/{cord}", read_logger, file=file)
        found = read(self.world, open_about, [cord])
        assert found
        told = self.refused("quinn", f"/donation/cords/{cord}", accept_cord, comment="looked at")
        assert "Deviation" in told
        for number in found:
            self.act(
                "quinn", f"/deviations/{number}", close_deviation,
                conclusion="one hour at 14.5 °C; bioburden follows",
            )  # fmt: skip
        self.act("qiu", f"/donation/cords/{cord}", accept_cord, comment="bioburden is awaited")

    def expired_training(self) -> None:
        """A new version of a procedure stops who has not read it; QA signs her off."""
        today = self.story.today
        self.act(
            "quinn", "/training/", issue_procedure, number="SOP-BANK-02", version="5",
            title="Tanks", effective_on=f"{today}", kept_at="QA's folder", permission="lab:bank-cells",
        )  # fmt: skip
        box = stores_of(self.world).box
        told = self.refused("tang", f"/bank/freezer/{box}", count_box, is_empty="yes")
        assert "SOP-BANK-02 v5" in told
        assert "Quinn Ma" in told
        for login in ("tang", "tian"):
            self.bench.hands.act(login, "/training/", "I have read SOP-BANK-02 v5")
            self.act("quinn", "/training/", sign_off_person, procedure="1", login=login)

    def tank_alarm(self) -> None:
        """The tank's alarm at night: everything in it is held, until QA says what may be used."""
        rack = read(self.world, making.place, stores_of(self.world).box).within
        tank = str(read(self.world, making.place, rack).within)
        self.act(
            "tang", f"/bank/freezer/{tank}", raise_alarm, since=self.local(20), what="level alarm"
        )
        (excursion,) = self.bench.rows(Excursion)
        path = f"/monitoring/excursions/{excursion.id}"
        early = {"fit": "yes", "why": "six minutes"}
        assert "going on" in self.refused("quinn", path, judge_held, **early)
        self.act("tang", path, end_excursion, until=self.local(1), how="filled up by hand")
        box = stores_of(self.world).box
        self.act("quinn", path, judge_held, boxes=box, vials="", fit="yes", why="validated: 30 min")

    def vial_not_found_and_counts_that_differ(self) -> None:
        """A picked vial is not there; the next one is fetched; then two people's counts differ."""
        story, stores = self.story, stores_of(self.world)
        orders = [treating.ordered(story, p, 1, "72.5") for p in self.world.participants[:6]]
        session = treating.opened_session(story, stores)
        story.wait(minutes=70)
        bags = [treating.begun(story, session, order).bag for order in orders]
        bag = next(b for b in bags if row(self.world, Fill, b).content is Arm.CELLS)
        page = f"/filling/bags/{bag}"
        picked = [v.number for v in self.bench.rows(Vial) if v.taken_for == bag]
        self.act("tang", page, miss_vial, "tian", vial=picked[0])
        assert row(self.world, Vial, picked[0]).standing is VialStanding.MISSING
        for vial in [v.number for v in self.bench.rows(Vial) if v.taken_for == bag]:
            self.act("tang", page, thaw_for_bag, vial=vial)
        count = {"squares": "8", "dilution": "20"}
        self.act("tian", page, count_pool, live="210", dead="12", **count)
        drawn = {**count, "live": "440", "dead": "24", "pool": f"{3.6 * len(picked):.1f}"}
        assert "differ" in self.refused("tang", page, draw_cells, "tian", **drawn)
        self.act("tian", page, count_pool, live="424", dead="22", **count)
        self.act("tang", page, draw_cells, "tian", **drawn)
        with self.world.site.reading() as reading:
            there = set(held_in(reading, stores.box).values()) - {picked[0]}
        for who in ("tang", "tian"):
            self.act(who, f"/bank/freezer/{stores.box}", count_box, vials="\n".join(sorted(there)))
        assert row(self.world, Vial, picked[0]).standing is VialStanding.LOST


def test_a_bad_week_of_the_laboratory_ends_well(bench: Place) -> None:
    week = Week(bench)
    week.logger_excursion()
    week.expired_training()
    week.tank_alarm()
    week.vial_not_found_and_counts_that_differ()
    assert not bench.hands.errors
