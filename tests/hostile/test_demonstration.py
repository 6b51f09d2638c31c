"""Whenever somebody opens the demonstration, a bag waits that can be given; its people differ."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside.actions import VerifyBag, verify_bag
from lims.bedside.rules import Word
from lims.demonstration import treating
from lims.demonstration.cast import CAST
from lims.demonstration.present import LATER, moved_on
from lims.demonstration.volunteers import VOLUNTEERS, volunteer
from lims.orders.models import Order
from lims.trial.models import Participant
from lims.trial.rules import ParticipantStanding
from lims.trust.trail.verify import verify_trail
from tests.labelling.pages import BY_SCANNER, post
from tests.support.worlds import World, copies_of

pytestmark = pytest.mark.xdist_group("hostile")  # the busy world is told once


@pytest.fixture
def shown(told_busy: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demonstration as it was made."""
    with copies_of(told_busy, tmp_path_factory.mktemp("demonstration")) as copy:
        yield copy()


def given_now(world: World) -> Word:
    """What a nurse reads who takes the bag that is on the ward to its participant."""
    with world.site.reading() as session:
        here = select(Bag).where(Bag.standing == BagStanding.RECEIVED)
        bag = session.scalars(here.order_by(Bag.expires_at.desc())).first()
        assert bag is not None
        order = session.get_one(Order, bag.order)
        who = select(Participant.number).where(Participant.treatment == order.treatment)
        person = session.scalars(who).one()
    return world.story.do("nora", verify_bag, VerifyBag(person, bag.number)).word


def test_a_bag_can_be_given_when_it_is_made(shown: World) -> None:
    assert given_now(shown) is Word.GO


def test_the_next_day_its_present_has_moved_on_and_a_bag_can_be_given_again(shown: World) -> None:
    for days in (1, 1, 3):
        shown.clock.now += timedelta(days=days)
        assert "Today's work was done" in moved_on(shown.site, shown.clock.now)
        assert given_now(shown) is Word.GO
        assert "is there already" in moved_on(shown.site, shown.clock.now)
    with shown.site.reading() as session:
        assert verify_trail(session, shown.site.key.public_key()).faults == ()


def test_while_somebody_works_in_it_nothing_moves(shown: World) -> None:
    shown.clock.now += LATER + timedelta(hours=4)
    treating.registered(shown.story, "WORKING", "H-9999")
    shown.clock.now += timedelta(hours=1)
    assert "somebody works" in moved_on(shown.site, shown.clock.now)


def test_its_people_are_as_unlike_as_real_ones_and_meet_every_criterion(shown: World) -> None:
    again = [volunteer(n) for n in range(2 * len(VOLUNTEERS))]
    assert len({one.initials for one in again}) == len(again)
    assert len({(one.sex, one.born, one.weight, one.hba1c) for one in VOLUNTEERS}) == len(
        VOLUNTEERS
    )
    with shown.site.reading() as session:
        people = session.scalars(select(Participant)).all()
        assert len({(p.sex, p.born_on) for p in people}) > len(people) * 0.8
        assert sum(p.standing is ParticipantStanding.RANDOMISED for p in people) > 10


def test_the_first_participants_have_had_their_year(shown: World) -> None:
    told = shown.client("ines").get("/followup/assessments?sort=-week").text
    assert ">48<" in told


def test_its_tour_walks_a_real_task_and_ticks_itself_off(shown: World) -> None:
    shown.site.settings = replace(shown.site.settings, demonstration=False)
    assert "Try this" not in shown.client("ines").get("/").text
    shown.site.settings = replace(shown.site.settings, demonstration=True)
    for who in CAST:
        page = shown.client(who).get("/").text
        assert "Try this" in page, who
        for href in re.findall(r'<li>.*?<a href="(/[^"#]*)', page.partition('class="tour"')[2]):
            assert shown.client(who).get(href).status_code == 200, (who, href)
    nora = shown.client("nora")
    hint = re.search(r"wristband (LM\w+), then bag (LM\w+)", nora.get("/").text)
    assert hint
    band, bag = hint.groups()
    answer = post(nora, "bedside/verify-bag", how_wristband=BY_SCANNER, how_bag=BY_SCANNER,
                  wristband=band, bag=bag)  # fmt: skip
    assert answer.status_code == 303
    tour = nora.get("/").text.partition('class="tour"')[2].partition("</section>")[0]
    assert tour.count('class="tried"') == 1
    assert re.search(r'class="tried".*?Verify bag', tour, re.DOTALL)
