"""Limits of the recipe stop the cells; a deviation that QA has signed is the only way on."""

from datetime import timedelta

from lims.bank.actions import FillVials, fill_vials
from lims.core.quantities import CellCount
from lims.culture.departing import PermitDeparture, permit_departure, permitted
from lims.culture.queries import HarvestFacts
from lims.culture.rules import span_reasons
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.queries import open_about
from lims.deviations.rules import DeviationKind
from lims.protocol.steps import Filled, PassageSpan, StepKind
from lims.release.actions import ReleaseLot, release_lot
from lims.supplies.rules import LotKind
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.steps import stepped
from tests.support.worlds import World

WHY = "the second cord of this donor was lost; the cells grew evenly"


def at_p0(world: World) -> HarvestFacts:
    stores = stores_of(world)
    flasks = making.isolated(world.story, stores, making.a_donor(world.story))
    return making.harvested(world.story, stores, flasks, 400)


def product(world: World, harvest: str) -> FillVials:
    stores = stores_of(world)
    stepped(world.story, StepKind.FILLING, harvest)
    expires = world.story.today + timedelta(days=300)
    return FillVials(
        harvest, LotKind.PRODUCT, 2, CellCount(D(50_000_000)), expires,
        (stores.medium_for_freezing,), (stores.cabinet,),
    )  # fmt: skip


def test_a_product_is_not_filled_too_early_unless_qa_permits_it(world: World) -> None:
    harvest, story = at_p0(world), world.story
    wanted = product(world, harvest.id)
    assert codes(world, "tang", fill_vials, wanted, "tian") == {"passage-span"}
    other = PermitDeparture(harvest.id, DeviationKind.DOUBLINGS_LIMIT, WHY)
    story.do("quinn", permit_departure, other)
    assert codes(world, "tang", fill_vials, wanted, "tian") == {"passage-span"}
    permit = PermitDeparture(harvest.id, DeviationKind.PASSAGE_SPAN, WHY)
    turned_away(world, permit_departure, permit, "quinn", "qiu")
    made = story.do("quinn", permit_departure, permit)
    assert codes(world, "quinn", permit_departure, permit) == {"departure-is-permitted"}
    lot = story.do("tang", fill_vials, wanted, "tian").number
    assert "open-deviation" in codes(world, "qiu", release_lot, ReleaseLot(lot))
    closed = CloseDeviation(made.number, "identity and growth as at P1")
    assert codes(world, "quinn", close_deviation, closed) == {"you-opened-it"}
    story.do("qiu", close_deviation, closed)
    assert made.number not in read(world, open_about, [harvest.id])


def test_what_was_permitted_for_one_harvest_is_not_for_another(world: World) -> None:
    one, other = at_p0(world), at_p0(world)
    permit = PermitDeparture(one.id, DeviationKind.PASSAGE_SPAN, WHY)
    world.story.do("quinn", permit_departure, permit)
    assert read(world, permitted, one.id) == {"passage-span"}
    assert codes(world, "tang", fill_vials, product(world, other.id), "tian") == {"passage-span"}


def test_a_span_holds_at_both_its_ends() -> None:
    spans = [PassageSpan(Filled.PRODUCT, 1, 3)]
    found = [bool(span_reasons(passage, "product", spans)) for passage in range(5)]
    assert found == [True, False, False, False, True]
    assert not span_reasons(9, "master_bank", spans)
