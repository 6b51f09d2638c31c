"""A harvest beside those of earlier donors."""

from lims.core.quantities import Percent
from lims.culture.beside import among, beside_earlier
from lims.demonstration import making
from lims.demonstration.treating import D
from tests.support.scenes import read, stores_of
from tests.support.worlds import World


def test_a_value_lies_among_others_or_outside() -> None:
    others = [D(1), D(4), D(2)]
    inside = among(D(4), others)
    assert inside is not None
    assert (inside.donors, inside.least, inside.middle, inside.most) == (3, D(1), D(2), D(4))
    assert not inside.is_outside
    for value in (D("0.99"), D("4.01")):
        outside = among(value, others)
        assert outside is not None
        assert outside.is_outside
    assert among(D(1), []) is None
    assert among(None, others) is None


def test_only_earlier_donors_at_the_same_passage_count(world: World) -> None:
    story, stores = world.story, stores_of(world)
    first = making.harvested(
        story, stores, making.isolated(story, stores, making.a_donor(story)), 20
    )
    second = making.harvested(
        story, stores, making.isolated(story, stores, making.a_donor(story)), 40
    )
    grew, alive = read(world, beside_earlier, second)
    assert grew is None  # nothing counted was seeded into P0
    earlier = read(world, beside_earlier, first)[1]
    assert alive.donors == earlier.donors + 1
    assert Percent(alive.this) == second.viability
