"""The whole journey, told through the actions, in both arms and on both databases."""

from lims.demonstration import treating
from lims.trust.trail.verify import verify_trail
from tests.support.worlds import World


def test_both_arms_end_with_an_infusion_and_a_trail_that_verifies(either_world: World) -> None:
    first, second = either_world.participants
    assert either_world.stores is not None
    treating.one_visit(
        either_world.story, either_world.stores, [(first, 1, "72.5"), (second, 1, "81.6")]
    )

    with either_world.site.reading() as session:
        report = verify_trail(session, either_world.site.key.public_key())

    assert report.faults == ()
    assert report.entries > 300
