"""From the cord to two infusions, by the people themselves in a browser, in both arms."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bank.models import Place, Vial
from lims.core.db import Base
from lims.core.rounding import Qualifier
from lims.culture.models import Flask, Harvest
from lims.demonstration import donating
from lims.demonstration.cast import hire
from lims.demonstration.freezing import run_file
from lims.demonstration.story import Story, StoryClock
from lims.donation.models import Cord, Donor
from lims.filling.models import Fill, Preparation
from lims.labelling.masters import masters_in
from lims.labelling.models import Label
from lims.orders.models import Order
from lims.protocol.queries import Asked, trial_in_force
from lims.protocol.questions import CriterionKind
from lims.supplies.models import Equipment, Lot
from lims.testing.actions import EnterResult, ReviewResult, enter_result, review_result
from lims.testing.models import Result, Sample
from lims.testing.queries import lines_of
from lims.testing.rules import LineFacts
from lims.trial.models import Participant
from lims.trust.trail.verify import verify_trail
from tests.browser.hands import Hands, served
from tests.support.chromium import ChromiumNotFound, browser
from tests.support.worlds import World, new_site

SCREENED = {"height": "162", "weight": "71", "daily-insulin": "49", "duration": "9",
            "hba1c": "8.6", "c-peptide": "1.6", "creatinine": "82"}  # fmt: skip
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
GOOD = {"VIA": "95.2", "CNT": "98", "CD73": "99", "CD90": "98", "CD105": "98", "CD14": "0.3",
        "CD11B": "0.5", "END": "0.05", "PH": "7.0", "OSM": "298"}  # fmt: skip


@pytest.fixture
def empty_world(tmp_path: Path) -> Iterator[World]:
    """People and nothing else."""
    site = new_site(tmp_path)
    hire(site)
    assert isinstance(site.clock, StoryClock)
    yield World(Story(site, site.clock))
    site.engine.dispose()


class Journey:
    """The scenes, one after the other."""

    def __init__(self, world: World, hands: Hands) -> None:
        self.world, self.hands = world, hands
        self.measured = False

    def newest(self, table: type[Base], *order: object) -> str:
        with self.world.site.reading() as session:
            row = session.scalars(select(table).order_by(*order).limit(1)).one()  # type: ignore[arg-type]
            return str(getattr(row, "number", None) or getattr(row, "id", ""))

    def all(self, table: type[Base]) -> list[Base]:
        with self.world.site.reading() as session:
            return list(session.scalars(select(table)))

    def local(self, **ago: float) -> str:
        zone = self.world.site.settings.zone
        return (self.world.clock.now - timedelta(**ago)).astimezone(zone).strftime("%Y-%m-%dT%H:%M")

    def day(self, days: int) -> str:
        return (self.world.story.today + timedelta(days=days)).isoformat()

    def stores(self) -> None:
        act = self.hands.act
        act("quinn", "/protocols/approval", "Sign protocol", change="first version")
        act("qiu", "/protocols/approval", "Approve protocol")
        for stage in ("product", "vehicle", "bag", "vehicle-bag"):
            act("quinn", "/testing/specifications", "Approve specification", stage=stage)
        for name, version in masters_in(self.world.site.settings.labels_folder):
            act("quinn", f"/masters/{name}", f"Approve version {version}", change="first")
        for name in ("medium", "albumin", "freezing medium", "bags", donating.KIT):
            act("tian", "/supplies/", "Receive material", name=name, supplier="S",
                supplier_lot="L1", expires_on=self.day(900))  # fmt: skip
        for lot in self.all(Lot):
            act("quinn", f"/supplies/materials/{lot.number}", "Accept material", certificate="C 1")
        act("tang", "/supplies/equipment", "Register equipment", name="cabinet",
            calibrated_until=self.day(500))  # fmt: skip
        self.materials = [lot.number for lot in self.all(Lot)]
        self.cabinet = self.newest(Equipment)

    def donor(self) -> None:
        act = self.hands.act
        act("tang", "/donation/donors", "Register donor", consent_version="2.1", consent_language="zh",
            consent_at=self.local(days=9), consent_witness="Hu", recontact="yes", research="no")  # fmt: skip
        self.donor_number = self.newest(Donor)
        page = f"/donation/donors/{self.donor_number}"
        answers = donating.answers(self.world.story)
        told = {f"answers__{n}__value": answer.value for n, answer in enumerate(answers)}
        act(
            "tang",
            f"{page}/history",
            "Record history",
            history="healthy",
            history_clear="yes",
            **told,
        )
        act("tang", page, "Receive cord", collected_at=self.local(hours=8), lowest="3", highest="6",
            weight="40", condition="intact", length="32", seal="S-1", materials=self.materials[4])  # fmt: skip
        markers = donating.asked_of(self.world.story).markers
        found = {f"results__{n}__finding": "not_reactive" for n in range(len(markers))}
        report = donating.report_of(self.donor_number, "all markers")
        act("ana", f"{page}/report", "Enter a report on markers", specimen_of="mother", specimen="B-1",
            specimen_at=self.local(hours=8), laboratory="central", report=report, **found)  # fmt: skip
        act("aiko", page, "Review markers")
        act("quinn", page, "Decide eligibility", eligible="yes", basis="all not reactive")

    def cells(self) -> None:
        act, use = self.hands.act, {"materials": self.materials[0], "equipment": self.cabinet}
        cord = self.newest(Cord)
        act("quinn", f"/donation/cords/{cord}", "Accept cord", comment="seal in order")
        self.step(f"/donation/cords/{cord}", "isolation", "SOP-CELL-01 v3", {
            "Method of isolation": "enzymatic", "Weight of the minced tissue": "36.5",
        })  # fmt: skip
        act(
            "tang", f"/culture/?cord={cord}", "Isolate cells", "tian", flasks="2", area="175", **use
        )
        harvest = self.harvested(use, "25")
        self.step(f"/culture/harvests/{harvest}", "passage", "SOP-CELL-04 v1", {
            "Volume of medium in each vessel": "1000",
            "Cells spread evenly, seen under the microscope": "yes",
        })  # fmt: skip
        act("tang", f"/culture/harvests/{harvest}", "Passage cells", "tian", flasks="2",
            area="6360", seeded="5000000", **use)  # fmt: skip
        harvest = self.harvested(use, "900")
        self.step(f"/culture/harvests/{harvest}", "filling", "SOP-BANK-01 v4", {
            "Temperature of the cold block": "4",
            "Volume of the first and the last vial weighed": "yes",
        })  # fmt: skip
        act("tang", f"/bank/?harvest={harvest}", "Fill vials", "tian", kind="product", vials="12",
            viable_per_vial="50000000", expires_on=self.day(700), materials=self.materials[2],
            equipment=self.cabinet)  # fmt: skip
        (vial, *_) = self.all(Vial)
        medium = self.local()
        file, minutes = run_file(self.world.clock.now, self.world.site.settings.zone)
        self.world.story.wait(minutes=minutes)
        act("tang", f"/bank/freezing/{vial.lot}", "Read a freezing run", "tian", medium_at=medium,
            freezer=self.cabinet, file=file)  # fmt: skip
        act("tang", "/bank/freezer", "Add place", level="tank", name="T1")
        for level, name in (("rack", "R1"), ("box", "B1")):
            within = self.newest(Place, Place.number.desc())
            act("tang", "/bank/freezer", "Add place", level=level, name=name, within=within,
                rows="9", columns="9")  # fmt: skip
        box = self.newest(Place, Place.number.desc())
        page = self.hands.go("tang", f"/bank/freezer/{box}")
        for vial in self.all(Vial):
            self.hands.scan("tang", vial.number)
        with page.expect_response(lambda answer: "/do/" in answer.url):
            page.locator("details.act[open] button.go").first.click()
        page.locator("main .told").first.wait_for()

    def step(self, path: str, kind: str, procedure: str, outputs: dict[str, str]) -> None:
        """A step begun on its thing's page, and its outputs recorded on its own."""
        page = self.hands.act("tang", path, f"Begin: {kind}", procedure=procedure)
        here = page.url.removeprefix(self.hands.address)
        for output, value in outputs.items():
            self.hands.act("tang", here, output, value=value)

    def harvested(self, use: dict[str, str], volume: str) -> str:
        """The newest two flasks fed, pooled and counted; their harvest."""
        act = self.hands.act
        flasks = sorted(flask.number for flask in self.all(Flask))[-2:]
        self.world.story.wait(days=5)
        act("tang", f"/culture/flasks/{flasks[0]}", "Feed flask", confluence="70", seen="even",
            **use)  # fmt: skip
        self.step(f"/culture/flasks/{flasks[0]}", "harvest", "SOP-CELL-03 v2", {
            "Confluence before detaching": "80", "Time in the detaching enzyme": "5",
        })  # fmt: skip
        count = {"live": "412", "dead": "21", "squares": "8", "dilution": "2", "volume": volume}
        act("tang", "/culture/", "Harvest flasks", "tian", flasks="\n".join(flasks), **count, **use)
        return self.newest(Harvest, Harvest.at.desc())

    def vehicle(self) -> None:
        self.hands.act("tian", "/supplies/", "Make vehicle", name="saline with albumin",
                       expires_on=self.day(400), materials=self.materials[1],
                       equipment=self.cabinet)  # fmt: skip

    def tested(self, lot: str) -> None:
        self.hands.act("tang", f"/release/lots/{lot}", "Sample lot")
        sample = self.newest(Sample, Sample.number.desc())
        self.results(sample)
        self.hands.act("ana", f"/testing/samples/{sample}", "Inoculate")
        self.world.story.wait(days=14, minutes=1)
        self.hands.act("ana", f"/testing/samples/{sample}", "Close sterility", "aiko")
        self.hands.act("qiu", f"/release/lots/{lot}/trail", "Review trail")
        self.hands.act("qiu", f"/release/lots/{lot}", "Release lot", comment="conforms")

    def results(self, sample: str) -> None:
        with self.world.site.reading() as session:
            row = session.get(Sample, sample)
            assert row is not None
            lines = [line for line in lines_of(session, row.specification) if not line.sterility]
        page = f"/testing/samples/{sample}"
        if self.measured:  # the very same steps again need no browser
            self.measure(sample, lines)
            return
        self.measured = True
        for line in lines:
            entry = {"value": GOOD[line.code]} if line.limit else {"category": line.category}
            self.hands.act("ana", page, f"Enter {line.test}", **entry)
            waiting = [r for r in self.all(Result) if r.standing == "entered"]
            self.hands.act("aiko", page, "Review result", result=waiting[0].id)

    def measure(self, sample: str, lines: list[LineFacts]) -> None:
        story = self.world.story
        for line in lines:
            value = Decimal(GOOD[line.code]) if line.limit else None
            category = "" if line.limit else str(line.category)
            entry = EnterResult(sample, line.code, Qualifier.EQUAL, value, category)
            result = story.do("ana", enter_result, entry)
            story.do("aiko", review_result, ReviewResult(result.id))

    def participants(self) -> None:
        act = self.hands.act
        planned = "".join(f"\n{n},ALL,{'BA'[n % 2]}" for n in range(1, 104))
        rows = f"sequence,stratum,code{planned}"
        act("stan", "/unblinding/list", "Seal list", rows=rows, cells_code="A")
        for initials in ("AB", "CD"):
            act("ines", "/trial/participants", "Register participant", initials=initials,
                sex="female", born_on="1976-05-04", hospital_number=f"H{initials}",
                consent_version="3", consent_at=self.local(days=1))  # fmt: skip
        for person in self.all(Participant):
            self.screened(person.number)
            page = f"/trial/participants/{person.number}"
            act("ines", page, "Randomise")
            act("ines", page, "Print wristband")

    def screened(self, number: str) -> None:
        page = self.hands.go("ines", f"/trial/participants/{number}/screening")
        with self.world.site.reading() as session:
            asked = trial_in_force(Asked(session, self.world.clock.now)).eligibility
        for place, criterion in enumerate(asked):
            name = f"answers.{place}.value"
            if criterion.kind in {CriterionKind.YES, CriterionKind.NO}:
                page.locator(f"[name='{name}'][value={criterion.kind}]").check()
            elif not criterion.computed:
                page.locator(f"[name='{name}']").fill(SCREENED[criterion.code])
        self.hands._sign(page.locator("section.act"), "ines", "")
        with page.expect_response(lambda answer: "/do/" in answer.url) as sent:
            page.locator("main button.go").last.click()
        assert sent.value.status == 303
        page.locator("main .told").first.wait_for()

    def orders(self) -> None:
        for person in self.all(Participant):
            page = f"/trial/participants/{person.number}"
            self.hands.act("ines", page, "Sign fitness", visit="1", fit="yes", reason="well")
            for nurse in ("nora", "niu"):
                self.hands.act(nurse, page, "Weigh", visit="1", weight="70.0", scale="3")
            slot = (self.world.clock.now + timedelta(hours=4)).astimezone(
                self.world.site.settings.zone
            )
            self.hands.act("nora", page, "Order infusion", visit="1",
                           slot_at=slot.strftime("%Y-%m-%dT%H:%M"))  # fmt: skip

    def bags(self) -> None:
        act = self.hands.act
        self.world.story.wait(hours=1, minutes=1)
        act("tang", "/filling/", "Open preparation", "tian",
            materials=f"{self.materials[3]}\n{self.materials[1]}", equipment=self.cabinet)  # fmt: skip
        session = self.newest(Preparation)
        for order in self.all(Order):
            act("tang", f"/filling/sessions/{session}", "Start fill", order=order.number)
        act("tang", "/labelling/", "Make sleeves", count="2")
        sleeves = [n.code for n in self.all(Label) if n.master == "sleeve"]
        for fill, sleeve in zip(self.all(Fill), sleeves, strict=True):
            self.one_bag(fill, sleeve)

    def one_bag(self, fill: Fill, sleeve: str) -> None:
        act, page = self.hands.act, f"/filling/bags/{fill.bag}"
        if fill.content == "cells":
            for vial in [v for v in self.all(Vial) if v.taken_for == fill.bag]:
                act("tang", page, "Thaw for bag", vial=vial.number)
            act("tian", page, "Count pool as the second person", live="431", dead="23", squares="8",
                dilution="20")  # fmt: skip
            act("tang", page, "Draw cells", "tian", live="440", dead="24", squares="8",
                dilution="20", pool="10.8")  # fmt: skip
        else:
            act("tang", page, "Draw vehicle", "tian")
        act("tang", page, "Sample bag")
        sample = self.newest(Sample, Sample.number.desc())
        self.results(sample)
        act("ana", f"/testing/samples/{sample}", "Inoculate")
        act("tang", page, "Print bag label")
        code = next(n.code for n in self.all(Label) if n.number == fill.bag)
        act("tang", page, "Scan back", scan=code)
        act(
            "tang", page, "Sleeve bag", "tian", sleeve=sleeve, bag_seen=fill.bag, sleeve_seen=sleeve
        )
        act("quinn", page, "Release bag")

    def ward(self) -> None:
        act = self.hands.act
        self.world.story.wait(hours=2, minutes=35)
        for bag in self.all(Bag):
            cold = {"scan": bag.number, "temperature": "5"}
            act("tang", "/dispatch/", "Dispatch bag", courier="Bo", **cold)
            act("nora", "/bedside/bags", "Receive bag", intact="yes", **cold)
        pairs = {
            o.treatment: b.number
            for o in self.all(Order)
            for b in self.all(Bag)
            if b.order == o.number
        }
        people = self.all(Participant)
        self.verdict(people[0].number, pairs[people[1].treatment], "STOP")
        for person in people:
            bag = pairs[person.treatment]
            self.verdict(person.number, bag, "GO")
            page = self.hands.page("nora")
            page.locator("a.big").click()
            path = urlsplit(page.url).path
            both = {"wristband": person.number, "bag": bag}
            again = {f"{name}_again": code for name, code in both.items()}
            why = {f"_why__{name}": "no_scanner" for name in both}
            act("nora", path, "Start infusion", "niu", **both, **again, **why)
            act("nora", path, "Observe", seen="well", temperature="36.8", pulse="70")
            act("nora", path, "End infusion", given="100", empty_bag="sealed")

    def verdict(self, wristband: str, bag: str, word: str) -> None:
        self.hands.go("nora", "/bedside/verify")
        self.hands.scan("nora", wristband)
        page = self.hands.scan("nora", bag)
        page.locator(".word h1", has_text=word).wait_for()
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"bedside-{word.lower()}.png")


def test_the_whole_journey_by_its_people_in_both_arms(empty_world: World) -> None:
    try:
        with browser() as chromium, served(empty_world) as address:
            hands = Hands(chromium, address)
            journey = Journey(empty_world, hands)
            journey.stores()
            journey.donor()
            journey.cells()
            journey.vehicle()
            for lot in [x for x in journey.all(Lot) if x.kind in {"product", "vehicle"}]:
                journey.tested(lot.number)
            journey.participants()
            journey.orders()
            journey.bags()
            journey.ward()
            hands.close()
    except ChromiumNotFound as missing:
        pytest.skip(f"no browser on this machine: {missing}")

    assert sorted(bag.standing for bag in journey.all(Bag)) == ["infused", "infused"]
    assert sorted(fill.content for fill in journey.all(Fill)) == ["cells", "vehicle"]
    assert hands.errors == []
    with empty_world.site.reading() as session:
        assert verify_trail(session, empty_world.site.key.public_key()).faults == ()
