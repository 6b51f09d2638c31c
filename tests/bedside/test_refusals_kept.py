"""What was refused at the bed is seen by whoever looks later: the near miss, not only the STOP."""

from dataclasses import replace

from lims.bedside.infusing import StartInfusion, start_infusion
from lims.demonstration import treating
from lims.trust.refusals import RefusedAct
from lims.trust.trail.verify import verify_trail
from tests.support.scene_fixtures import Scene, received
from tests.support.scenes import codes
from tests.support.worlds import World

__all__ = ["received"]


def kept(world: World) -> list[RefusedAct]:
    with world.site.reading() as session:
        return list(session.query(RefusedAct).order_by(RefusedAct.id))


def test_another_persons_wristband_before_the_start_stays_in_the_trail(received: Scene) -> None:
    world, cells, other = received
    person, wrong = world.participants[:2]
    infusion = treating.verified(world.story, person, cells.bag)
    wanted = StartInfusion(wristband=wrong, bag=cells.bag, infusion=infusion)
    refused = codes(world, "nora", start_infusion, wanted, "niu")
    (act,) = kept(world)
    assert set(act.codes.split()) == refused
    assert act.by == "nora"
    assert act.about.split() == sorted([wrong, cells.bag, infusion])
    assert codes(world, "nora", start_infusion, replace(wanted, bag=other.bag), "niu")
    assert len(kept(world)) == 2
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_what_a_hospital_calls_a_person_is_not_kept_with_it(received: Scene) -> None:
    world, cells, _ = received
    infusion = treating.verified(world.story, world.participants[0], cells.bag)
    wanted = StartInfusion(wristband="H-4711", bag=cells.bag, infusion=infusion)
    assert codes(world, "nora", start_infusion, wanted, "niu")
    assert all("4711" not in f"{act.about}{act.codes}" for act in kept(world))
