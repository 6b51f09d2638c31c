"""Cumulative doublings over a long history with pools are those that a walk along every path finds."""

import random
from decimal import Decimal, localcontext

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.quantities import CellCount, Millilitres, SquareCentimetres
from lims.culture import actions as culture
from lims.culture.models import Flask, Harvest
from lims.culture.queries import HarvestFacts
from lims.demonstration import making
from lims.demonstration.executing import executed
from lims.demonstration.making import Stores
from lims.demonstration.treating import D
from lims.genealogy.models import CameFrom
from lims.identifiers.numbers import Kind, kind_of
from lims.protocol.steps import StepKind
from tests.support.scenes import stores_of
from tests.support.worlds import World

DONORS, PASSAGES = 6, 5


def pooled(world: World, stores: Stores, flasks: list[str], chance: random.Random) -> HarvestFacts:
    """These flasks as one harvest of so many cells as chance has it."""
    world.story.wait(days=3)
    executed(world.story, StepKind.HARVEST, flasks[0])
    volume = Millilitres(D(chance.randint(20, 60)))
    wanted = culture.HarvestFlasks(
        tuple(flasks), chance.randint(300, 500), chance.randint(5, 30), 8, D(2), volume,
        stores.growing, (stores.centrifuge,),
    )  # fmt: skip
    return world.story.do("tang", culture.harvest_flasks, wanted, "tian")


def seeded(world: World, stores: Stores, harvest: HarvestFacts, chance: random.Random) -> list[str]:
    """One to three flasks of the next passage."""
    making.cleared(world.story, stores, harvest.id)
    executed(world.story, StepKind.PASSAGE, harvest.id)
    cells = CellCount(D(chance.randint(1_000_000, 6_000_000)))
    wanted = culture.PassageCells(
        harvest.id, chance.randint(1, 3), SquareCentimetres(D(525)), cells,
        stores.growing, (stores.cabinet,),
    )  # fmt: skip
    return list(world.story.do("tang", culture.passage_cells, wanted, "tian").flasks)


def lived(world: World, chance: random.Random) -> None:
    """A donor's cells up to the last passage; at each of them in one pool or in two, as chance has it."""
    stores = stores_of(world)
    donor = making.a_donor(world.story)
    flasks = list(making.isolated(world.story, stores, donor, 3))
    for passage in range(PASSAGES + 1):
        chance.shuffle(flasks)
        cut = chance.randint(1, len(flasks))
        pools = [part for part in (flasks[:cut], flasks[cut:]) if part]
        harvests = [pooled(world, stores, pool, chance) for pool in pools]
        if passage < PASSAGES:
            flasks = [f for h in harvests for f in seeded(world, stores, h, chance)]


def oldest_path(session: Session, harvest: str) -> Decimal:
    """The most doublings on any way back to the cord, every way walked by itself."""
    parents = session.scalars(select(CameFrom.parent).where(CameFrom.child == harvest)).all()
    flasks = [session.get_one(Flask, n) for n in parents if kind_of(n) is Kind.FLASK]
    inside = sum(flask.seeded.value for flask in flasks if flask.seeded is not None)
    gained = Decimal(0)
    if inside:
        with localcontext(prec=40):
            cells = session.get_one(Harvest, harvest).viable_cells.value
            gained = (cells / inside).ln() / Decimal(2).ln()
    before = [Decimal(0)]
    for flask in flasks:
        came = session.scalars(select(CameFrom.parent).where(CameFrom.child == flask.number))
        before += [oldest_path(session, one) for one in came.all() if kind_of(one) is Kind.HARVEST]
    return gained + max(before)


@pytest.mark.parametrize("seed", [11])
def test_six_donors_of_five_passages_with_pools_are_as_old_as_their_oldest_path(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(DONORS):
        lived(world, chance)
    with world.site.reading() as session:
        last = session.scalars(select(Harvest).where(Harvest.passage == PASSAGES)).all()
        every = session.scalars(select(Harvest)).all()
        unlike = [
            (row.id, row.cumulative, oldest_path(session, row.id))
            for row in every
            if kind_of(row.id) is Kind.HARVEST
            and abs(row.cumulative - oldest_path(session, row.id)) > Decimal("1e-9")
        ]

    assert len({row.donor for row in last}) >= DONORS
    assert len(last) > DONORS  # some were not pooled to the end
    assert unlike == []
