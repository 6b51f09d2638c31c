"""Tank, rack, box and position are scanned, and must belong together."""

import pytest
from sqlalchemy import select

from lims.bank import actions as bank
from lims.bank.models import Place, Vial
from lims.bank.rules import PlaceLevel
from lims.core.errors import Refused
from tests.support.worlds import World


@pytest.fixture
def vial(world: World) -> str:
    """A vial that was filled and never stored."""
    with world.site.writing([]) as writing:
        row = writing.session.scalars(select(Vial).where(Vial.standing == "stored")).first()
        assert row is not None
        row.standing, row.box, row.position = bank.VialStanding.FILLED, None, None
        return row.number


def places(world: World) -> dict[str, str]:
    with world.site.reading() as session:
        return {row.level: row.number for row in session.scalars(select(Place))}


def test_a_technician_scans_tank_rack_box_and_position(world: World, vial: str) -> None:
    at = places(world)
    command = bank.StoreVial(vial, at["box"], "J12", at["rack"], at["tank"])

    assert world.story.do("tang", bank.store_vial, command).position == "J12"


@pytest.mark.parametrize(("wrong", "code"), [("rack", "wrong-rack"), ("tank", "wrong-tank")])
def test_it_refuses_a_box_that_is_not_where_it_was_scanned(
    world: World, vial: str, wrong: str, code: str
) -> None:
    at = places(world)
    other = world.story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.TANK, "Tank 2"))
    rack = other.number if wrong == "rack" else at["rack"]
    tank = other.number if wrong == "tank" else at["tank"]

    with pytest.raises(Refused) as refused:
        world.story.do("tang", bank.store_vial, bank.StoreVial(vial, at["box"], "J12", rack, tank))

    assert [reason.code for reason in refused.value.reasons] == [code]
