"""A pool of flasks counted by a second person too, who has not seen what the first one found."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import CellsPerMillilitre
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.culture import queries
from lims.culture.fields import Dilution, SeenDead, SeenLive, SeenSquares
from lims.culture.models import Flask, VesselCount
from lims.culture.queries import FlaskFacts
from lims.culture.recipe import recipe_of
from lims.culture.rules import (
    Squares,
    count_again_reasons,
    count_reasons,
    counted,
    growing_reasons,
)
from lims.identifiers.fields import FlaskNumber
from lims.protocol.steps import CultureRules
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class CountFlasks:
    """The second person's own count of a pool, by one of its flasks."""

    flask: FlaskNumber
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution


@action(may=Permission.CULTURE_CELLS)
def count_flasks(work: Work, wanted: CountFlasks) -> FlaskFacts:
    """Count the pool as the second person, before the harvest; nobody sees it until it is harvested."""
    flask, seen = work.lock(Flask, wanted.flask), facts(Squares, wanted)
    fewest = recipe_of(work, flask.number).trial.culture.min_cells_counted
    if reasons := [
        *growing_reasons(flask.number, flask.standing),
        *count_reasons(seen, fewest),
    ]:
        raise Refused(say("the-count-was-not-taken"), reasons)
    kept = vars(seen) | {"by": work.actor.login, "at": work.now}
    work.add(VesselCount(flask=flask.number, **kept))
    return queries.flask(work.session, flask.number, say("counted-nobody-sees-it-before"))


def second_reasons(
    work: Work, culture: CultureRules, flasks: Collection[str], first: CellsPerMillilitre
) -> list[Reason]:
    """Why the first count does not stand: the second person has counted nothing, or otherwise.

    What was on paper was counted and signed by two there.
    """
    by_two = culture.harvest_counted_by_two and work.now == work.entered
    most = culture.second_count_pct if by_two else Decimal(0)
    mine = VesselCount.flask.in_(flasks) & (VesselCount.by == work.second)
    row = work.session.scalars(
        select(VesselCount).where(mine).order_by(VesselCount.id.desc())
    ).first()
    second = counted(facts(Squares, row)).viable if row else None
    return count_again_reasons(first, second, most)
