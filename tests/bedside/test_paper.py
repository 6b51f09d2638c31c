"""The power fails on the ward: what was written on paper is entered in one go, or not at all."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside.models import Check, Infusion, Receipt
from lims.bedside.paper import (
    EnterGivenAgainstStop,
    EnterPaperForm,
    enter_given_against_stop,
    enter_paper_form,
)
from lims.bedside.rules import Word
from lims.core.quantities import Celsius, Millilitres
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.release.actions import JudgeLot, hold_lot
from lims.trial.actions import SignFitness, sign_fitness
from lims.trial.deviating import deviations_of
from lims.trial.labels import LinkWristband, link_wristband
from lims.trial.models import Participant
from lims.trial.windows import WardDeviationKind
from lims.trust.late_entries import entered_later_on_the_ward
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World

B = BagStanding


def minutes(begin: datetime, *after: float) -> list[datetime]:
    return [begin + timedelta(minutes=m) for m in after]


def form(participant: str, bag: str, begin: datetime, *, came: bool = False) -> EnterPaperForm:
    arrived, compared, started, ended = minutes(begin, 0, 5, 8, 60)
    return EnterPaperForm(
        participant,
        bag,
        received_at=arrived if came else None,
        temperature=Celsius(D(5)) if came else None,
        verified_at=compared,
        started_at=started,
        ended_at=ended,
        given=Millilitres(D(100)),
        empty_bag="sealed, returned",
        because="power cut from 10:00 to 12:00",
    )


def against(wanted: EnterPaperForm) -> EnterGivenAgainstStop:
    return EnterGivenAgainstStop(**vars(wanted), what="given by torchlight")


def given(world: World, participant: str) -> list[Infusion]:
    with world.site.reading() as session:
        mine = select(Infusion).where(Infusion.participant == participant)
        found = list(session.scalars(mine))
        session.expunge_all()
        return found


def test_a_whole_form_is_entered_in_one_go_in_both_arms(released: Scene) -> None:
    world, *babies = released
    for baby in babies:
        treating.sent(world.story, baby)
    begin = world.clock.now + timedelta(minutes=1)
    world.story.wait(hours=3)
    for person, baby in zip(world.participants, babies, strict=True):
        paper = form(person, baby.bag, begin, came=True)
        world.story.do("nora", enter_paper_form, paper, "niu")
        (infusion,) = given(world, person)
        assert (infusion.verified_at, infusion.started_at, infusion.ended_at) == (
            paper.verified_at, paper.started_at, paper.ended_at,
        )  # fmt: skip
        assert (infusion.verified_by, infusion.confirmed_by) == ("nora", "niu")
        assert row(world, Bag, baby.bag).standing is B.INFUSED
        assert row(world, Receipt, baby.bag).at == paper.received_at
        assert row(world, Participant, person).last_infusion_at == paper.started_at
        late = [e for e in read(world, entered_later_on_the_ward) if e.thing == baby.bag]
        assert [(e.happened_at, e.second) for e in late] == [(paper.received_at, "niu")]


def test_a_form_that_cannot_be_is_not_entered_in_part(received: Scene) -> None:
    world, cells, _ = received
    person = world.participants[0]
    begin = world.clock.now + timedelta(minutes=1)
    world.story.wait(hours=2)
    paper = form(person, cells.bag, begin)
    for wrong, why in (
        (replace(paper, started_at=paper.ended_at + timedelta(minutes=1)), "steps-out-of-order"),
        (replace(paper, ended_at=world.clock.now + timedelta(hours=1)), "happened-in-the-future"),
        (replace(paper, temperature=Celsius(D(5))), "arrival-with-its-temperature"),
        (replace(paper, given=Millilitres(D(101))), "volume"),
        (replace(paper, wristband=world.participants[1]), "wrong-participant"),
        (form(person, cells.bag, begin - timedelta(hours=6)), "happened-before"),
    ):
        found = codes(world, "nora", enter_paper_form, wrong, "niu")
        assert why in found, (why, found)
        assert given(world, person) == []
        assert row(world, Bag, cells.bag).standing is B.RECEIVED
    turned_away(world, enter_paper_form, paper, "nora", "niu")


def test_what_was_given_against_a_stop_is_kept_as_a_deviation_in_both_arms(
    received: Scene,
) -> None:
    world, *babies = received
    world.story.wait_until(row(world, Bag, babies[0].bag).expires_at + timedelta(minutes=1))
    begin = world.clock.now
    world.story.wait(hours=2)
    for person, baby in zip(world.participants, babies, strict=True):
        paper = form(person, baby.bag, begin)
        found = codes(world, "nora", enter_paper_form, paper, "niu")
        assert {"expired", "given-nevertheless"} <= found
        world.story.do("ines", enter_given_against_stop, against(paper), "nora")
        (infusion,) = given(world, person)
        assert infusion.started_at == paper.started_at
        assert row(world, Bag, baby.bag).standing is B.INFUSED
        (deviation,) = read(world, deviations_of, person)
        assert deviation.kind is WardDeviationKind.GIVEN_AGAINST_STOP
        assert "torchlight" in deviation.what
        assert "expired" in deviation.what
        with world.site.reading() as session:
            newest = session.scalars(select(Check).order_by(Check.id.desc()).limit(1)).one()
            assert (newest.word, newest.at) == (Word.STOP, paper.verified_at)


def test_a_bag_that_was_withdrawn_meanwhile_and_given_is_entered(received: Scene) -> None:
    """The laboratory's call did not reach the ward in the dark."""
    world, *babies = received
    begin = world.clock.now + timedelta(minutes=5)
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "a doubt"))
    world.story.wait(hours=2)
    for person, baby in zip(world.participants, babies, strict=True):
        assert row(world, Bag, baby.bag).standing is B.WITHDRAWN
        world.story.do(
            "ines", enter_given_against_stop, against(form(person, baby.bag, begin)), "nora"
        )
        assert row(world, Bag, baby.bag).standing is B.INFUSED


def test_somebody_elses_bag_and_a_go_are_not_entered_against_a_stop(received: Scene) -> None:
    world, cells, vehicle = received
    begin = world.clock.now + timedelta(minutes=1)
    world.story.wait(hours=2)
    person = world.participants[0]
    swapped = against(form(person, vehicle.bag, begin))
    assert codes(world, "ines", enter_given_against_stop, swapped, "nora") == {"somebody-elses-bag"}
    fine = against(form(person, cells.bag, begin))
    assert codes(world, "ines", enter_given_against_stop, fine, "nora") == {
        "it-would-have-been-a-go"
    }
    turned_away(world, enter_given_against_stop, fine, "ines")


def test_an_assessor_does_not_read_that_somebody_was_not_fit(received: Scene) -> None:
    world, cells, _ = received
    person = world.participants[0]
    unfit = SignFitness(person, 1, fit=False, reason="a reaction to the last one")
    world.story.do("ines", sign_fitness, unfit)
    begin = world.clock.now + timedelta(minutes=1)
    world.story.wait(hours=2)
    paper = form(person, cells.bag, begin)
    assert "not-fit" in codes(world, "nora", enter_paper_form, paper, "niu")
    world.story.do("ines", enter_given_against_stop, against(paper), "nora")
    page = world.client("asa").get(f"/trial/participants/{person}").get_data(as_text=True)
    assert "torchlight" in page
    assert "not fit" not in page
    with world.site.reading() as session:
        newest = session.scalars(select(Check).order_by(Check.id.desc()).limit(1)).one()
        assert "not-fit" in newest.reasons


def test_a_hospitals_own_wristband_is_read_in_what_was_given_against_a_stop(
    received: Scene,
) -> None:
    world, *babies = received
    world.site.settings = replace(world.site.settings, wristbands=(r"pattern:\d{11}",))
    for person, worn in zip(world.participants, ("20260004711", "20260004712"), strict=True):
        world.story.do("nora", link_wristband, LinkWristband(person, worn), "niu")
    begin = world.clock.now + timedelta(minutes=5)
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "a doubt"))
    world.story.wait(hours=2)
    nobodys = against(form("20260004713", babies[0].bag, begin))
    assert codes(world, "ines", enter_given_against_stop, nobodys, "nora") == {"foreign-code"}
    for baby, worn in zip(babies, ("20260004711", "20260004712"), strict=True):
        paper = form(worn, baby.bag, begin)
        world.story.do("ines", enter_given_against_stop, against(paper), "nora")
        assert row(world, Bag, baby.bag).standing is B.INFUSED
    assert given(world, world.participants[0])
