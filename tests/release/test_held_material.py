"""A material on hold is not a dead end: its page leads QA to the way back, and says what was decided."""

from lims.release.actions import JudgeLot, return_lot
from lims.release.recall import HoldDownstream, hold_downstream
from lims.supplies.queries import material
from lims.supplies.rules import LotStanding
from tests.support.scenes import read, stores_of
from tests.support.worlds import World


def test_qa_finds_the_way_back_from_hold_on_the_materials_own_page(world: World) -> None:
    number = stores_of(world).saline
    hold = HoldDownstream(number, "the supplier looks into a complaint")
    world.story.do("quinn", hold_downstream, hold)
    assert read(world, material, number).standing is LotStanding.HOLD
    decide = f"/release/materials/{number}"
    page = world.client("qiu").get(f"/supplies/materials/{number}").text
    assert f'href="{decide}">' in page
    assert decide in world.client("tang").get(f"/supplies/materials/{number}").text  # to read
    assert "do-release-return-lot" not in world.client("tang").get(decide).text
    assert "do-release-return-lot" in world.client("qiu").get(decide).text

    world.story.do("qiu", return_lot, JudgeLot(number, "the complaint was about another lot"))

    assert read(world, material, number).standing is LotStanding.RELEASED
    told = world.client("qiu").get(decide).text
    assert "the supplier looks into a complaint" in told
    assert "the complaint was about another lot" in told
    assert "do-release-hold-lot" in told
    assert world.client("nora").get(decide).status_code == 404
