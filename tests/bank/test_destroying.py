"""Vials are destroyed before a witness, all that were scanned or none."""

from lims.bank.destroying import DestroyVials, destroy_vials
from lims.bank.models import Vial
from lims.bank.queries import reconciliation, vials_of
from lims.bank.rules import VialStanding
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World


def test_vials_are_destroyed_before_a_witness(either_world: World) -> None:
    world = either_world
    lot = world.lots["product"]
    stored = [v.number for v in read(world, vials_of, lot) if v.standing is VialStanding.STORED]
    wanted = DestroyVials((stored[0], stored[1], stored[0]), "thawed in the tank; autoclaved")
    made = world.story.do("tang", destroy_vials, wanted, "tian")
    assert made.vials == tuple(sorted(stored[:2]))
    vial = row(world, Vial, stored[0])
    assert (vial.standing, vial.box, vial.taken_for) == (
        VialStanding.DESTROYED,
        None,
        wanted.reason,
    )
    assert read(world, reconciliation, lot).balances
    again = DestroyVials((stored[1], stored[2]), "once more")
    assert codes(world, "tang", destroy_vials, again, "tian") == {"vial-is-not-destroyed"}
    assert row(world, Vial, stored[2]).standing is VialStanding.STORED


def test_only_technicians_destroy_vials(world: World) -> None:
    stored = [v.number for v in read(world, vials_of, world.lots["product"])]
    turned_away(world, destroy_vials, DestroyVials((stored[-1],), "broken"), "tang", "tian")
