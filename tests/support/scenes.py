"""Short words for the tests of single stages: what was refused, and worlds told a bit further."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lims.bedside.infusing import StartInfusion
from lims.bedside.models import Infusion
from lims.core.db import Base
from lims.core.errors import Forbidden, Refused
from lims.demonstration import treating
from lims.demonstration.cast import CAST
from lims.demonstration.making import Stores
from lims.demonstration.treating import Baby
from lims.filling.actions import DrawCells
from lims.filling.counting import CountPool, count_pool
from lims.trust.actions import Action, Request, perform
from lims.trust.lateness import Earlier
from tests.support.worlds import World, retold

_TOLD: dict[str, tuple[World, list[Baby]]] = {}


def codes(
    world: World,
    who: str,
    wanted: Action[Any, Any],
    command: Any,
    second: str = "",
    earlier: Earlier | None = None,
) -> set[str]:
    """The codes of every reason for which this is refused; fails when it is not refused."""
    with pytest.raises(Refused) as refused:
        world.story.do(who, wanted, command, second, earlier)
    return {reason.code for reason in refused.value.reasons}


def turned_away(world: World, wanted: Action[Any, Any], command: Any, *but: str) -> None:
    """Everybody of the cast except these is forbidden to do it, whatever they sign."""
    for login in CAST:
        if login in but:
            assert world.story.actor(login).may(wanted.may), login
        else:
            with pytest.raises(Forbidden):
                perform(world.site, wanted, command, Request(world.story.actor(login)))


def second_scan(world: World, infusion: str) -> StartInfusion:
    """What the second nurse scans at the bed before the start of this infusion."""
    claimed = row(world, Infusion, infusion)
    return StartInfusion(claimed.participant, claimed.bag, infusion=infusion)


def counted_too(world: World, wanted: DrawCells, who: str = "tian") -> DrawCells:
    """The same pool counted by the second person, before it is drawn."""
    own = CountPool(wanted.bag, wanted.live, wanted.dead, wanted.squares, wanted.dilution)
    world.story.do(who, count_pool, own)
    return wanted


def row(world: World, table: type[Base], number: Any) -> Any:
    """One row, fresh from the database."""
    with world.site.reading() as session:
        found = session.get(table, number)
        assert found is not None, number
        session.expunge(found)
        return found


def read(world: World, query: Callable[..., Any], *arguments: Any) -> Any:
    """What a query of a slice answers now."""
    with world.site.reading() as session:
        return query(session, *arguments)


def stores_of(world: World) -> Stores:
    """The stores, which every told world has."""
    assert world.stores is not None
    return world.stores


def _copied(world: World, folder: Path, seed: str) -> World:
    folder.mkdir(parents=True)
    world.site.engine.dispose()
    shutil.copy(str(world.site.engine.url.database), folder / "funis.sqlite")
    return retold(world, folder, f"sqlite:///{folder / 'funis.sqlite'}", seed)


@contextmanager
def further(
    told: World, folder: Path, tell: Callable[[World], list[Baby]]
) -> Iterator[tuple[World, list[Baby]]]:
    """A copy of the told world after one more scene, which is played once in a run."""
    if tell.__name__ not in _TOLD:
        template = _copied(told, folder / "template", tell.__name__)
        _TOLD[tell.__name__] = template, tell(template)
    template, babies = _TOLD[tell.__name__]
    mine = _copied(template, folder / "mine", f"after {tell.__name__}")
    yield mine, [replace(baby) for baby in babies]
    mine.site.engine.dispose()


def two_released(world: World) -> list[Baby]:
    """A bag in each arm, released in the laboratory, half an hour before their slot."""
    story = world.story
    treating.at_eight(story)
    weights = zip(world.participants, ("72.5", "81.6"), strict=True)
    orders = [treating.ordered(story, number, 1, weight) for number, weight in weights]
    session = treating.opened_session(story, stores_of(world))
    slots = [treating.slot_of(story, order) for order in orders]
    story.wait_until(max(slots) - timedelta(hours=3))
    babies = [treating.begun(story, session, order) for order in orders]
    for baby in babies:
        treating.drawn(story, baby)
    for baby in babies:
        treating.finished(story, baby)
    story.wait_until(max(slots) - timedelta(minutes=29))
    return babies


def two_received(world: World) -> list[Baby]:
    """A bag in each arm, received on the ward."""
    babies = two_released(world)
    for baby in babies:
        treating.sent(world.story, baby)
        treating.received(world.story, baby.bag)
    return babies
