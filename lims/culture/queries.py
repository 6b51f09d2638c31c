"""Reads of flasks and harvests."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import CellCount, Hours, Millilitres, Percent, SquareCentimetres
from lims.core.telling import Made, Told
from lims.culture.models import Feeding, Flask, Harvest
from lims.culture.rules import FlaskStanding, doubling_time, sum_of
from lims.identifiers.numbers import is_number
from lims.labelling.queries import live_label


@dataclass(frozen=True)
class FeedingFacts:
    """A change of medium as it is read."""

    id: int
    at: datetime
    by: str
    confluence: Percent
    seen: str


@dataclass(frozen=True)
class HarvestFacts:
    """A harvest as it is read."""

    id: Made
    donor: str
    passage: int
    live: int
    dead: int
    squares: int
    dilution: Decimal
    volume: Millilitres
    viable_cells: CellCount
    used: CellCount
    viability: Percent
    doublings: Decimal | None
    cumulative: Decimal
    counted_by: str
    checked_by: str
    at: datetime


@dataclass(frozen=True)
class FlaskFacts:
    """A culture vessel as it is read."""

    number: str
    donor: str
    passage: int
    area: SquareCentimetres
    seeded: CellCount | None
    doublings_before: Decimal
    doublings: Decimal | None
    harvest: str | None
    standing: FlaskStanding
    protocol: int | None
    seeded_by: str
    seeded_at: datetime
    ended_at: datetime | None
    feedings: tuple[FeedingFacts, ...] = ()
    says: Told = ""


@dataclass(frozen=True)
class Seeded:
    """The flasks that were seeded."""

    number: Made
    flasks: tuple[str, ...]
    says: Told


_GROWING = case((Flask.standing == FlaskStanding.GROWING, 1), else_=0)
FLASKS = Listing(
    (_GROWING, Flask.seeded_at, Flask.number),
    finds=(Flask.number, Flask.donor),
    stands=Flask.standing,
    sorts={"passage": Flask.passage, "donor": Flask.donor, "since": Flask.seeded_at},
)


def flasks(session: Session, asked: Asked = EVERYTHING) -> Listed[FlaskFacts]:
    """All flasks: the growing ones first, then the newest."""
    page = one_page(session, select(Flask), FLASKS, asked)
    return page.told(flask_facts(row) for row in page.rows)


def flask_facts(row: Flask) -> FlaskFacts:
    """A flask without its feedings."""
    return facts(FlaskFacts, row, feedings=(), says="")


def seeded_with(session: Session, one: Flask) -> list[Flask]:
    """The growing flasks that were seeded with this one, itself among them."""
    together = select(Flask).where(
        Flask.donor == one.donor,
        Flask.passage == one.passage,
        Flask.seeded_at == one.seeded_at,
        Flask.standing == FlaskStanding.GROWING,
    )
    return list(session.scalars(together.order_by(Flask.number)))


def lack_labels(session: Session, number: str) -> bool:
    """Whether a flask that was seeded with this one has no label yet."""
    row = session.get(Flask, number)
    return row is not None and any(
        not live_label(session, one.number) for one in seeded_with(session, row)
    )


def flask(session: Session, number: str, says: str = "") -> FlaskFacts:
    """One flask."""
    row = session.get(Flask, number)
    if row is None:
        raise Missing
    found = session.scalars(
        select(Feeding).where(Feeding.flask == number).order_by(Feeding.at, Feeding.id)
    )
    fed = tuple(facts(FeedingFacts, feeding) for feeding in found)
    return facts(FlaskFacts, row, feedings=fed, says=says)


def harvest(session: Session, number: str) -> HarvestFacts:
    """One harvest."""
    row = session.get(Harvest, number)
    if row is None:
        raise Missing
    return facts(HarvestFacts, row)


def doubling_time_of(session: Session, found: HarvestFacts) -> Hours | None:
    """Hours for one doubling in this passage; None for P0 and for cells that did not grow."""
    pool = session.scalars(select(Flask).where(Flask.harvest == found.id)).all()
    seeded = [flask.seeded for flask in pool if flask.seeded is not None]
    if not seeded:
        return None
    since = min(flask.seeded_at for flask in pool)
    return doubling_time(sum_of(seeded), found.viable_cells, found.at - since)


def seeded_for(session: Session, found: HarvestFacts) -> CellCount | None:
    """The viable cells that were seeded into the flasks of a harvest; None for P0."""
    pool = session.scalars(select(Flask.seeded).where(Flask.harvest == found.id)).all()
    seeded = [cells for cells in pool if cells is not None]
    return sum_of(seeded) if seeded else None


def sources(session: Session, harvest_id: str) -> list[str]:
    """What is made of a harvest came from it; of one without a number of ours, from its flasks."""
    return [harvest_id] if is_number(harvest_id) else flasks_of(session, harvest_id)


def last_fed(session: Session) -> dict[str, datetime]:
    """When each growing flask was last fed; nothing for one that was not."""
    fed = (
        select(Feeding.flask, func.max(Feeding.at))
        .join(Flask, Flask.number == Feeding.flask)
        .where(Flask.standing == FlaskStanding.GROWING)
        .group_by(Feeding.flask)
    )
    return {flask: at for flask, at in session.execute(fed)}  # noqa: C416 -- rows


def harvests_of(session: Session, donor: str) -> list[HarvestFacts]:
    """A donor's harvests in order: her growth curve."""
    rows = session.scalars(select(Harvest).where(Harvest.donor == donor).order_by(Harvest.at))
    return [facts(HarvestFacts, row) for row in rows]


def last_count(session: Session) -> dict[str, Any]:
    """How the last pool was counted: squares and dilution, which a laboratory seldom changes."""
    by_eye = select(Harvest).where(Harvest.squares > 0)
    newest = by_eye.order_by(Harvest.at.desc(), Harvest.id).limit(1)
    row = session.scalars(newest).first()
    return {"squares": row.squares, "dilution": row.dilution} if row else {}


def flasks_of(session: Session, harvest_id: str) -> list[str]:
    """The flasks that were harvested."""
    mine = select(Flask.number).where(Flask.harvest == harvest_id)
    return list(session.scalars(mine.order_by(Flask.number)))


def area_of(session: Session, harvest_id: str) -> SquareCentimetres | None:
    """The growth area of the flasks that were harvested, where it was one."""
    areas = set(session.scalars(select(Flask.area).where(Flask.harvest == harvest_id)))
    return areas.pop() if len(areas) == 1 else None


def growing(session: Session) -> list[FlaskFacts]:
    """The flasks in the incubator, all of them."""
    rows = session.scalars(
        select(Flask).where(Flask.standing == FlaskStanding.GROWING).order_by(Flask.number)
    )
    return [flask_facts(row) for row in rows]
