"""The laboratory looks back to the treatment number and the visit, and no further."""

from lims.bags.models import Bag
from lims.filling.looking_back import held_by
from lims.orders.models import Order
from tests.support.scene_fixtures import Scene
from tests.support.scenes import read, row, stores_of


def test_cells_lead_to_the_bags_that_hold_them_and_not_to_those_they_were_staged_for(
    received: Scene,
) -> None:
    world, cells, vehicle = received
    for number in (world.donor, world.lots["product"], stores_of(world).medium_for_freezing):
        assert [one.bag for one in read(world, held_by, number)] == [cells.bag]
    both = {one.bag for one in read(world, held_by, world.lots["vehicle"])}
    assert both == {cells.bag, vehicle.bag}


def test_it_ends_at_treatment_number_and_visit(received: Scene) -> None:
    world, cells, _ = received
    (found,) = read(world, held_by, world.lots["product"])
    order = row(world, Order, row(world, Bag, cells.bag).order)
    assert (found.treatment, found.visit) == (order.treatment, 1)
    app = world.app()
    path = f"/filling/look-back/{world.lots['product']}"
    page = world.client("quinn", app).get(path).get_data(as_text=True)
    assert order.treatment in page
    for participant in world.participants:
        assert participant not in page
    listed = world.client("quinn", app).get(f"/api{path}").get_json()
    assert [one["bag"] for one in listed["items"]] == [cells.bag]
    for login in ("nora", "ines", "mona", "stan", "ada"):
        assert world.client(login, app).get(path).status_code in {403, 404}


def test_nonsense_leads_nowhere(received: Scene) -> None:
    world, *_ = received
    for number in ("nonsense", "LML99999999X", ""):
        assert read(world, held_by, number) == []
