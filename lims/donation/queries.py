"""Reads of donors and cords."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import Celsius, Grams
from lims.core.reasons import Reason
from lims.core.telling import Made
from lims.donation.models import Cord, Donor, Serology
from lims.donation.rules import (
    CordStanding,
    DonorEvidence,
    DonorStanding,
    MarkerFacts,
    Upstream,
    upstream_reasons,
)
from lims.genealogy.queries import ancestors
from lims.protocol.sections import Trial
from lims.supplies.models import Lot
from lims.trust.amending import Was, recorded, what_was


@dataclass(frozen=True)
class SerologyFacts:
    """One marker's result as it is read."""

    id: int
    donor: str
    marker: str
    specimen_at: datetime
    reactive: bool
    laboratory: str
    entered_by: str
    entered_at: datetime
    was: tuple[Was, ...] = ()


@dataclass(frozen=True)
class DonorFacts:
    """A donor as she is read: a pseudonym and what was found."""

    number: Made
    consent_version: str
    consent_language: str
    consent_at: datetime
    consent_witness: str
    history: str
    history_clear: bool | None
    standing: DonorStanding
    basis: str
    decided_at: datetime | None
    results: tuple[SerologyFacts, ...]
    cords: tuple[str, ...]


@dataclass(frozen=True)
class CordFacts:
    """A cord as it is read."""

    number: Made
    donor: str
    collected_at: datetime
    received_at: datetime
    lowest: Celsius
    highest: Celsius
    weight: Grams
    condition: str
    received_by: str
    standing: CordStanding
    accepted_by: str | None
    cleared_at: datetime | None
    donation: str | None
    was: tuple[Was, ...] = ()


@dataclass(frozen=True)
class WaitingCord:
    """A cord that waits for somebody, since it came."""

    number: str
    donor: str
    received_at: datetime


def cord_of_donation(session: Session, donation: str) -> str | None:
    """The cord of an ISBT 128 donation number."""
    return session.scalar(select(Cord.number).where(Cord.donation == donation))


DONORS = Listing((Donor.number,), finds=(Donor.number,), stands=Donor.standing)


def donors(session: Session, asked: Asked = EVERYTHING) -> Listed[DonorFacts]:
    """All donors, the newest first."""
    page = one_page(session, select(Donor), DONORS, asked)
    return page.told(_with_results(session, page.rows))


def to_decide(session: Session) -> list[str]:
    """The donors whom QA has to decide upon, or one of whose donations."""
    undecided = select(Cord.donor).where(Cord.cleared_at.is_(None))
    waits = (Donor.standing == DonorStanding.PENDING) | (
        (Donor.standing == DonorStanding.ELIGIBLE) & Donor.number.in_(undecided)
    )
    return list(session.scalars(select(Donor.number).where(waits).order_by(Donor.number)))


def donor(session: Session, number: str) -> DonorFacts:
    """One donor."""
    row = session.get(Donor, number)
    if row is None:
        raise Missing
    return donor_facts(session, row)


def donor_facts(session: Session, row: Donor) -> DonorFacts:
    """A donor with her results and cords."""
    (found,) = _with_results(session, [row])
    return found


def _with_results(session: Session, rows: Sequence[Donor]) -> list[DonorFacts]:
    numbers = [row.number for row in rows]
    of_these = select(Serology).where(Serology.donor.in_(numbers)).order_by(Serology.id)
    results = gathered(session, of_these, Serology.donor)
    was = what_was(session, Serology, [one.id for every in results.values() for one in every])
    collected = select(Cord).where(Cord.donor.in_(numbers)).order_by(Cord.number)
    cords = gathered(session, collected, Cord.donor)
    return [
        facts(
            DonorFacts,
            row,
            results=tuple(_serology(one, was) for one in results[row.number]),
            cords=tuple(cord.number for cord in cords[row.number]),
        )
        for row in rows
    ]


def _serology(row: Serology, was: Mapping[str, list[Was]]) -> SerologyFacts:
    return facts(SerologyFacts, row, was=tuple(was.get(str(row.id), ())))


def serology(session: Session, serology: str) -> SerologyFacts:
    """One marker's result."""
    row = recorded(session, Serology, serology)
    return _serology(row, what_was(session, Serology, [row.id]))


CORDS = Listing(
    (Cord.number,),
    finds=(Cord.number, Cord.donor),
    stands=Cord.standing,
    sorts={"donor": Cord.donor, "received.label": Cord.received_at},
)


def cords(session: Session, asked: Asked = EVERYTHING) -> Listed[CordFacts]:
    """All cords, the newest first."""
    page = one_page(session, select(Cord), CORDS, asked)
    return page.told(_cords(session, page.rows))


def cords_that_are(session: Session, standing: CordStanding) -> list[WaitingCord]:
    """Every cord of a standing, the one that waits longest first."""
    rows = session.execute(
        select(Cord.number, Cord.donor, Cord.received_at)
        .where(Cord.standing == standing)
        .order_by(Cord.received_at, Cord.number)
    )
    return [WaitingCord(*row) for row in rows]


def cord(session: Session, number: str) -> CordFacts:
    """One cord."""
    row = session.get(Cord, number)
    if row is None:
        raise Missing
    return _cords(session, [row])[0]


def _cords(session: Session, rows: Sequence[Cord]) -> list[CordFacts]:
    was = what_was(session, Cord, [row.number for row in rows])
    return [facts(CordFacts, row, was=tuple(was.get(row.number, ()))) for row in rows]


def evidence(session: Session, trial: Trial, number: str) -> DonorEvidence:
    """What the decision on a donor rests on, for the first donation that is not decided upon."""
    known = donor(session, number)
    given = select(func.min(Cord.collected_at)).where(Cord.donor == number)
    undecided = session.scalar(given.where(Cord.cleared_at.is_(None)))
    recovered = undecided or session.scalar(given)
    earlier = session.scalar(select(func.max(Cord.cleared_at)).where(Cord.donor == number))
    row = session.get_one(Donor, number)
    # A history that an earlier donation was decided on says nothing of a later one.
    is_old = undecided and earlier and (row.history_at is None or row.history_at <= earlier)
    return DonorEvidence(
        consent_at=known.consent_at,
        recovered_at=recovered,
        history_clear=None if is_old else known.history_clear,
        results=tuple(facts(MarkerFacts, result) for result in known.results),
        required=trial.donor.markers,
        window_days=trial.donor.specimen_window_days,
    )


def undecided_cords(session: Session, number: str) -> list[str]:
    """The cords of a donor whose donation QA has not decided upon."""
    found = select(Cord.number).where(Cord.donor == number, Cord.cleared_at.is_(None))
    return list(session.scalars(found.order_by(Cord.collected_at)))


def ancestor_reasons(session: Session, *numbers: str, settled: bool = True) -> list[Reason]:
    """Every lot, donor or donation upstream of these that forbids their use at this moment."""
    above = ancestors(session, *numbers)
    lots = session.execute(
        select(Lot.number, Lot.name, Lot.standing).where(Lot.number.in_(above)).order_by(Lot.number)
    ).all()
    donors = session.execute(
        select(Donor.number, Donor.standing).where(Donor.number.in_(above)).order_by(Donor.number)
    ).all()
    cords = select(Cord.number).where(Cord.number.in_(above), Cord.cleared_at.is_(None))
    found = Upstream(
        [(row.number, row.name, row.standing) for row in lots],
        [(row.number, row.standing) for row in donors],
        list(session.scalars(cords.order_by(Cord.number))),
    )
    return upstream_reasons(found, settled=settled)
