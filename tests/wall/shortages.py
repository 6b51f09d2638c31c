"""When something is missing for the cells alone: either both arms get a bag or neither does."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lims.bank import actions as bank
from lims.bank.queries import stored_vials
from lims.bank.rules import VialStanding
from lims.core.errors import Refused
from lims.release import actions as release
from tests.wall.comparing import Scene
from tests.wall.scenes import LEAD, made, morning, ordered, sent, staged, weighed
from tests.wall.twins import Twin


def _one_order(twin: Twin) -> tuple[str, datetime]:
    slot = morning(twin) + timedelta(hours=4)
    weighed(twin, 0)
    order = ordered(twin, 0, slot)
    twin.at(slot - LEAD)
    return order, slot


def _made_if_it_can_be(twin: Twin, session: str, order: str, slot: datetime) -> Iterator[str]:
    """The laboratory does what it can: whether a bag comes must not depend on the arm."""
    try:
        babies = made(twin, session, [order])
        sent(twin, slot, babies)
    except Refused:
        babies = []
    twin.at(slot)
    yield f"bags at the slot: {len(babies)}"


def too_few_vials(twin: Twin) -> Iterator[str]:
    """The cell lot has fewer vials left than a dose needs; there is vehicle enough."""
    order, slot = _one_order(twin)
    session = staged(twin)
    with twin.world.site.reading() as reading:
        left = stored_vials(reading, twin.world.lots["product"], 100)
    for number in left[2:]:
        taken = bank.TakeVial(number, VialStanding.QC, "stability")
        twin.story.do("tang", bank.take_vial, taken)
    return (yield from _made_if_it_can_be(twin, session, order, slot))


def ancestor_on_hold(twin: Twin) -> Iterator[str]:
    """What the cells were frozen in goes on hold after both lots were staged."""
    order, slot = _one_order(twin)
    session = staged(twin)
    assert twin.world.stores is not None
    why = release.JudgeLot(twin.world.stores.medium_for_freezing, "supplier's notice")
    twin.story.do("quinn", release.hold_lot, why)
    return (yield from _made_if_it_can_be(twin, session, order, slot))


SHORTAGES: dict[str, Scene] = {s.__name__: s for s in (too_few_vials, ancestor_on_hold)}
