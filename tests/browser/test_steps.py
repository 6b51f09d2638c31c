"""How many scans, clicks and entries a job takes, counted as a person does it.

A job begins where the work list's row or the step before leads. An entry is what somebody types or
chooses, a password too; a name that the page knows already is none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, Page

from lims.bank.models import Bank
from lims.bedside.models import Infusion
from lims.bedside.rules import InfusionStanding
from lims.culture.models import Flask
from lims.demonstration import making, treating
from lims.demonstration.cast import PASSWORD
from lims.demonstration.executing import executed
from lims.labelling.models import Label
from lims.protocol.queries import Asked, trial_in_force
from lims.protocol.questions import CriterionKind
from lims.protocol.steps import StepKind
from lims.testing.sterility import CloseSterility, close_sterility
from tests.browser.conftest import Place, verdict
from tests.browser.hands import Hands, served
from tests.browser.test_journey import SCREENED
from tests.browser.wedge import Wedge
from tests.support.scene_fixtures import Scene
from tests.support.scenes import stores_of

FEED, PASSAGE, HARVEST = "culture/feed-flask", "culture/passage-cells", "culture/harvest-flasks"
RECONCILE, FILL = "labelling/reconcile-labels", "bank/fill-vials"
RECEIVE, START, END = "bedside/receive-bag", "bedside/start-infusion", "bedside/end-infusion"
CERTIFY, SCREEN = "filling/certify-bag", "trial/screen-participant"


@dataclass
class Counted:
    """A person's hands, counted."""

    page: Page
    wedge: Wedge
    scans: int = 0
    clicks: int = 0
    entries: int = 0

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.scans += 1
            self.wedge.scan(code)
            self.page.wait_for_timeout(80)

    def enter(self, act: str, **values: str) -> None:
        for name, value in values.items():
            self.entries += 1
            box = self.page.locator(f"{form(act)} [name='{name}']")
            if box.first.evaluate("it => it.tagName") == "SELECT":
                box.select_option(value)
            elif box.first.get_attribute("type") == "radio":
                self.page.locator(f"{form(act)} [name='{name}'][value='{value}']").check()
            else:
                box.fill(value)

    def click(self, act: str) -> None:
        with self.page.expect_response(lambda answer: "/do/" in answer.url) as sent:
            self.click_on(f"{form(act)} > button")
        self.page.wait_for_load_state()
        told = self.page.locator(".against, .act .error").all_text_contents()
        assert sent.value.status < 400, (act, told)
        self.page.locator("main .told").first.wait_for()

    def click_on(self, what: str) -> None:
        self.clicks += 1
        self.page.locator(what).first.click()
        self.page.wait_for_load_state()

    @property
    def steps(self) -> tuple[int, int, int]:
        return self.scans, self.clicks, self.entries


def form(act: str) -> str:
    return f"form[data-act='{act}']"


def begin(place: Place, who: str, path: str, act: str) -> Counted:
    page, wedge = place.open(who, "/")
    page.goto(f"{place.hands.address}{path}#do-{act.replace('/', '-')}")
    page.locator(f"{form(act)} > button:visible").first.wait_for()
    return Counted(page, wedge)


@contextmanager
def at_most(hands: Counted, scans: int, clicks: int, entries: int) -> Iterator[None]:
    hands.scans = hands.clicks = hands.entries = 0
    yield
    assert all(a <= b for a, b in zip(hands.steps, (scans, clicks, entries), strict=True)), (
        hands.steps
    )


def test_cells_are_fed_harvested_passaged_and_frozen_in_few_steps(bench: Place) -> None:
    story, stores = bench.world.story, stores_of(bench.world)
    flasks = making.isolated(story, stores, making.a_donor(story), 4)
    told = making.harvested(story, stores, flasks[:2], 90)
    used = (stores.medium, stores.cabinet)

    hands = begin(bench, "tang", f"/culture/flasks/{flasks[2]}", FEED)
    with at_most(hands, 2, 1, 1):
        hands.scan(*used)
        hands.enter(FEED, confluence="70")
        hands.click(FEED)

    story.actors["tang"] = replace(story.actor("tang"), station="")  # where the browser is
    executed(story, StepKind.PASSAGE, told.id)
    begin(bench, "tang", f"/culture/harvests/{told.id}", PASSAGE)
    with at_most(hands, 4, 1, 4):  # the second person's name is written this once
        hands.scan(*used)
        hands.enter(PASSAGE, flasks="4", seeded="9000000")
        hands.enter(PASSAGE, _witness_login="tian", _witness_password=PASSWORD)
        hands.click(PASSAGE)
    labels = [n.code for n in bench.rows(Label) if n.number in _just_seeded(bench)]
    assert len(labels) == 4
    with at_most(hands, 4, 2, 2):
        hands.scan(*labels)
        hands.enter(RECONCILE, _sign_password=PASSWORD, _witness_password=PASSWORD)
        hands.click(RECONCILE)

    executed(story, StepKind.HARVEST, flasks[2])
    begin(bench, "tang", f"/culture/flasks/{flasks[2]}", HARVEST)
    with at_most(hands, 4, 1, 4):
        hands.scan(*used, flasks[3])  # in any order: each goes where it belongs
        hands.enter(HARVEST, live="412", dead="21", volume="900", _witness_password=PASSWORD)
        hands.click(HARVEST)
    harvest = hands.page.url.rpartition("/")[2]

    executed(story, StepKind.FILLING, harvest)
    begin(bench, "tang", f"/bank/?harvest={harvest}", FILL)
    with at_most(hands, 4, 1, 4):
        expires = f"{story.today.year + 2}-01-01"
        hands.scan(stores.medium_for_freezing, stores.cabinet)
        hands.enter(FILL, kind="master_bank", expires_on=expires)
        hands.enter(FILL, _witness_password=PASSWORD)
        hands.click(FILL)
    lot = next(bank for bank in bench.rows(Bank) if bank.harvest == harvest)
    assert lot.filled == len([n for n in bench.rows(Label) if n.batch == lot.lot])


def _just_seeded(place: Place) -> set[str]:
    newest = max(flask.seeded_at for flask in place.rows(Flask))
    return {flask.number for flask in place.rows(Flask) if flask.seeded_at == newest}


def test_a_bag_from_its_receipt_to_the_end_with_both_checks(
    released: Scene, chromium: Browser
) -> None:
    world, baby, _ = released
    treating.sent(world.story, baby)
    world.story.wait(minutes=20)
    with served(world) as address:
        place = Place(world, Hands(chromium, address))
        wrist, bag = place.label(world.participants[0]).code, place.label(baby.bag).code
        hands = begin(place, "nora", "/bedside/bags", RECEIVE)
        with at_most(hands, 5, 6, 6):
            hands.scan(bag)
            hands.enter(RECEIVE, temperature="5", intact="yes")
            hands.click(RECEIVE)
            hands.click_on("nav a:text-is('Verify')")
            hands.page.locator("[name=wristband]").wait_for()
            hands.scan(wrist, bag)
            verdict(hands.page, "GO")
            hands.click_on("a.big")
            hands.page.locator(f"{form(START)} [name=wristband]").wait_for()
            hands.scan(wrist, bag)
            hands.enter(START, _witness_login="niu", _witness_password=PASSWORD)
            hands.click(START)
            hands.click_on("summary:has-text('End infusion')")
            hands.enter(END, given="100", empty_bag="sealed and returned")
            hands.click(END)
        assert [row.standing for row in place.rows(Infusion)] == [InfusionStanding.ENDED]
        place.hands.close()


def test_a_bag_is_certified_and_a_participant_screened_in_one_click(
    released: Scene, chromium: Browser
) -> None:
    world, baby, _ = released
    world.story.wait(days=14, minutes=1)
    world.story.do("ana", close_sterility, CloseSterility(baby.sample), "aiko")
    number = treating.registered(world.story, "XY", "H9")
    with served(world) as address:
        place = Place(world, Hands(chromium, address))
        hands = begin(place, "quinn", f"/filling/bags/{baby.bag}", CERTIFY)
        with at_most(hands, 0, 1, 1):
            hands.enter(CERTIFY, _sign_password=PASSWORD)
            hands.click(CERTIFY)

        hands = begin(place, "ines", f"/trial/participants/{number}/screening", SCREEN)
        answers = _answers(place)
        with at_most(hands, 0, 1, len(answers) + 1):  # the answers, and the password
            hands.enter(SCREEN, **answers, _sign_password=PASSWORD)
            hands.click(SCREEN)
        place.hands.close()


def _answers(place: Place) -> dict[str, str]:
    """What the page asks, answered as each criterion wants it."""
    with place.world.site.reading() as session:
        asked = trial_in_force(Asked(session, place.world.clock.now)).eligibility
    said = {}
    for at, criterion in enumerate(asked):
        if criterion.kind in {CriterionKind.YES, CriterionKind.NO}:
            said[f"answers.{at}.value"] = str(criterion.kind)
        elif not criterion.computed:
            said[f"answers.{at}.value"] = SCREENED[criterion.code]
    return said
