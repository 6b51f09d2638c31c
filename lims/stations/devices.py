"""Which browsers are stations: registered where they stand, ended when they are lost or moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.telling import Told
from lims.core.texts import say
from lims.identifiers.reading import ScannerSetUp
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.devices import Station, station_of
from lims.trust.identity.people import LoginSession
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class StationFacts:
    """A registered station."""

    name: str
    scanner: ScannerSetUp
    by: str
    since: datetime
    ended_at: datetime | None
    says: Told = ""


def stations(session: Session) -> list[StationFacts]:
    """Every station that ever was, those that are there first."""
    rows = session.scalars(
        select(Station).order_by(Station.ended_at.is_not(None), Station.name, Station.id)
    )
    return [facts(StationFacts, row, says="") for row in rows]


@dataclass(frozen=True)
class RegisterStation:
    """What this place is called, and what scans there."""

    name: str
    scanner: Annotated[ScannerSetUp, About(label=say("what-scans-here"))]
    device: str  # digest of what the browser keeps


@action(may=Permission.MANAGE_ACCOUNTS, signed_as=say("station-registered"))
def register_station(work: Work, wanted: RegisterStation) -> StationFacts:
    """Register the browser in which this is done as a station."""
    taken = select(Station.id).where(Station.name == wanted.name, Station.ended_at.is_(None))
    if reasons := [
        *when(not wanted.device, Reason("browser-keeps-nothing")),
        *when(bool(station_of(work.session, wanted.device)), Reason("browser-is-a-station")),
        *when(work.session.scalar(taken) is not None, Reason("station-name-taken")),
    ]:
        raise Refused(say("not-registered"), reasons)
    row = work.add(
        Station(
            name=wanted.name,
            device=wanted.device,
            scanner=wanted.scanner,
            by=work.actor.login,
            since=work.now,
            ended_at=None,
        )
    )
    return facts(StationFacts, row, says=say("station-is-registered", name=row.name))


@dataclass(frozen=True)
class EndStation:
    """Which station."""

    name: str


@action(may=Permission.MANAGE_ACCOUNTS)
def end_station(work: Work, wanted: EndStation) -> StationFacts:
    """End a station that was lost, sold or moved; whoever is logged in there is out."""
    named = select(Station.id).where(Station.name == wanted.name, Station.ended_at.is_(None))
    found = work.session.scalar(named)
    if found is None:
        raise Missing(say("thing.station"))
    row = work.lock(Station, found)
    row.ended_at = work.now
    there = select(LoginSession).where(
        LoginSession.device == row.device,
        LoginSession.closed_at.is_(None),
        LoginSession.ends_at > work.now,
    )
    opened = work.session.scalars(there).all()
    for session in opened:
        session.closed_at = work.now
    told = say("station-is-ended", name=row.name, count=len(opened))
    return facts(StationFacts, row, says=told)
