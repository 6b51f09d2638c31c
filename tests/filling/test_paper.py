"""The power fails at the bench: vials, count and draw on paper are entered in one go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.core.quantities import Millilitres
from lims.demonstration import treating
from lims.demonstration.treating import D
from lims.filling import actions as filling
from lims.filling.models import Fill
from lims.filling.paper import EnterPaperCells, enter_paper_cells
from lims.filling.queries import fill
from lims.trust.lateness import Earlier
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def begun(world: World) -> tuple[treating.Baby, treating.Baby]:
    """A bag of cells and one of vehicle, begun before the power fails."""
    treating.at_eight(world.story)
    orders = [treating.ordered(world.story, n, 1, "72.5") for n in world.participants]
    slots = [treating.slot_of(world.story, order) for order in orders]
    world.story.wait_until(max(slots) - timedelta(hours=3))
    session = treating.opened_session(world.story, stores_of(world))
    cells, vehicle = (treating.begun(world.story, session, order) for order in orders)
    return cells, vehicle


def paper(world: World, bag: str, thawed: datetime, live: int = 440) -> EnterPaperCells:
    vials: Sequence[str] = read(world, fill, bag).vials
    pool = Millilitres(D("3.6") * len(vials))
    return EnterPaperCells(
        bag, live, 24, 8, D(20), pool,
        vials=tuple(vials), thawed_at=thawed, drawn_at=thawed + timedelta(minutes=12),
        because="power cut",
    )  # fmt: skip


def test_both_arms_are_entered_as_they_were_drawn(world: World) -> None:
    cells, vehicle = begun(world)
    thawed = world.clock.now + timedelta(minutes=1)
    world.story.wait(minutes=70)
    wanted = paper(world, cells.bag, thawed)
    world.story.do("tang", enter_paper_cells, wanted, "tian")
    then = Earlier(wanted.drawn_at, "power cut")
    world.story.do("tang", filling.draw_vehicle, filling.DrawVehicle(vehicle.bag), "tian", then)
    for baby in (cells, vehicle):
        assert row(world, Bag, baby.bag).standing is BagStanding.DRAWN
        assert row(world, Fill, baby.bag).drawn_at == wanted.drawn_at
    with world.site.reading() as session:
        used = session.scalars(select(Vial).where(Vial.taken_for == cells.bag)).all()
        assert {v.standing for v in used} == {VialStanding.THAWED}
        assert {v.thawed_at for v in used} == {thawed}


def test_a_form_that_cannot_be_thaws_nothing(world: World) -> None:
    cells, _ = begun(world)
    thawed = world.clock.now + timedelta(minutes=1)
    early = world.clock.now - timedelta(hours=1)
    world.story.wait(minutes=70)
    for wrong, why in (
        (paper(world, cells.bag, thawed, live=40), "too-few-cells"),
        (paper(world, cells.bag, early), "happened-before"),
        (paper(world, cells.bag, world.clock.now), "happened-in-the-future"),
    ):
        assert why in codes(world, "tang", enter_paper_cells, wrong, "tian")
        with world.site.reading() as session:
            mine = session.scalars(select(Vial).where(Vial.taken_for == cells.bag)).all()
            assert {v.standing for v in mine} == {VialStanding.RESERVED}
    turned_away(world, enter_paper_cells, paper(world, cells.bag, thawed), "tang", "tian")
