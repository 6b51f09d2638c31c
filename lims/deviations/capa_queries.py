"""Reads of measures after deviations."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.telling import Made
from lims.deviations.models import Capa
from lims.deviations.rules import CapaKind, CapaStanding
from lims.trust.amending import recorded


@dataclass(frozen=True)
class CapaFacts:
    """A measure as it is read."""

    id: Made
    deviation: str
    kind: CapaKind
    what: str
    owner: str
    due_on: date
    check_on: date
    standing: CapaStanding
    by: str
    at: datetime
    report: str
    done_by: str | None
    done_at: datetime | None
    checked_by: str | None
    checked_at: datetime | None
    evidence: str


def capa_facts(row: Capa) -> CapaFacts:
    """The explicit fields of a row."""
    return facts(CapaFacts, row, id=str(row.id))


_UNDER_WAY = (CapaStanding.PLANNED, CapaStanding.DONE)
CAPAS = Listing(
    (case((Capa.standing.in_(_UNDER_WAY), 1), else_=0), Capa.at, Capa.id),
    finds=(Capa.deviation, Capa.what, Capa.owner),
    stands=Capa.standing,
    sorts={"due": Capa.due_on},
)


def capas(session: Session, asked: Asked = EVERYTHING) -> Listed[CapaFacts]:
    """All measures, those under way first."""
    page = one_page(session, select(Capa), CAPAS, asked)
    return page.told(capa_facts(row) for row in page.rows)


def capa(session: Session, capa: str) -> CapaFacts:
    """One measure, by its number as an address has it."""
    return capa_facts(recorded(session, Capa, capa))


def capas_of(session: Session, deviation: str) -> list[CapaFacts]:
    """The measures of a deviation, the oldest first."""
    mine = select(Capa).where(Capa.deviation == deviation).order_by(Capa.id)
    return [capa_facts(row) for row in session.scalars(mine)]


def capas_under_way(session: Session) -> list[CapaFacts]:
    """Every measure that is planned, or done and not checked."""
    mine = select(Capa).where(Capa.standing.in_(_UNDER_WAY)).order_by(Capa.due_on, Capa.id)
    return [capa_facts(row) for row in session.scalars(mine)]


def corrections_planned(session: Session, deviation: str) -> int:
    """How many corrective measures of a deviation are not done."""
    mine = (Capa.deviation == deviation) & (Capa.kind == CapaKind.CORRECTIVE)
    waits = select(func.count()).where(mine, Capa.standing == CapaStanding.PLANNED)
    return session.scalar(waits) or 0
