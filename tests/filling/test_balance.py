"""The balance of bags, sleeves and labels is closed to zero with each bag that ends."""

from lims.bags.rules import BagStanding
from lims.demonstration import treating
from lims.filling.balance import balance
from tests.support.scene_fixtures import Scene
from tests.support.scenes import read


def test_what_is_open_is_counted_until_it_has_ended(received: Scene) -> None:
    world, cells, vehicle = received
    before = read(world, balance)
    assert set(before.open_bags) == {cells.bag, vehicle.bag}
    assert before.sleeves_used == before.open_labels == 2
    assert sum(c.count for c in before.sleeves) == before.sleeves_used + before.open_sleeves

    treating.infused(world.story, world.participants[:1], [cells.bag])
    treating.accounted(world.story, vehicle.bag, BagStanding.DESTROYED, "dropped")

    after = read(world, balance)
    assert (after.open_bags, after.open_labels) == ((), 0)
    assert {(c.standing, c.count) for c in after.bags} == {("infused", 1), ("destroyed", 1)}
    page = world.client("quinn").get("/filling/balance").get_data(as_text=True)
    assert "Bags that have not ended" in page
