"""A pool counted by a second person too, who has not seen what the first one found."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.blinding.rules import Arm
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import CellsPerMillilitre
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.culture.fields import Dilution, SeenDead, SeenLive, SeenSquares
from lims.culture.rules import Squares, count_reasons, counted
from lims.filling import queries
from lims.filling.models import Fill, PoolCount
from lims.filling.queries import FillFacts
from lims.identifiers.fields import BagNumber
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class CountPool:
    """The second person's own count."""

    bag: BagNumber
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution


@action(may=Permission.FILL_BAG)
def count_pool(work: Work, wanted: CountPool) -> FillFacts:
    """Count the pool as the second person, before the draw; nobody sees it until the dose is drawn."""
    row = work.lock(Fill, wanted.bag)
    seen, parcel = facts(Squares, wanted), work.get(Bag, row.bag)
    reasons = [
        *when(row.content is not Arm.CELLS, Reason("other-content")),
        *when(
            parcel.standing is not BagStanding.FILLING,
            Reason("not-filling", standing=named(parcel.standing)),
        ),
        *count_reasons(seen, trial_in_force(work).culture.min_cells_counted),
    ]
    if reasons:
        raise Refused(say("the-count-was-not-taken"), reasons)
    kept = vars(seen) | {"by": work.actor.login, "at": work.now}
    work.add(PoolCount(bag=row.bag, session=row.session, **kept))
    return queries.fill_facts(work.session, row, say("counted-nobody-sees-it-yet"))


def second_count(work: Work, bag: str, who: str) -> CellsPerMillilitre | None:
    """The newest count of this person, as a concentration; None if there is none."""
    mine = select(PoolCount).where(PoolCount.bag == bag, PoolCount.by == who)
    row = work.session.scalars(mine.order_by(PoolCount.id.desc()).limit(1)).first()
    return counted(facts(Squares, row)).viable if row else None


@dataclass(frozen=True)
class SecondCount:
    """A second person's own count of a pool."""

    by: str
    at: datetime
    live: int
    dead: int
    squares: int
    dilution: Decimal


def second_counts(session: Session, bag: str) -> list[SecondCount]:
    """Every count by a second person, in the order in which they were made."""
    rows = session.scalars(select(PoolCount).where(PoolCount.bag == bag).order_by(PoolCount.id))
    return [facts(SecondCount, row) for row in rows]
