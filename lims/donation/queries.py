"""Reads of donors and cords."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.attachments.queries import attached
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.gathering import gathered
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.quantities import Celsius, Centimetres, Grams
from lims.core.rounding import Qualifier
from lims.core.telling import Made, Told
from lims.core.texts import named, say
from lims.donation.models import Cord, Donor, Serology, Withdrawal
from lims.donation.rules import (
    CordStanding,
    DonorStanding,
    Finding,
    SpecimenOf,
    WithdrawalScope,
)
from lims.trust.amending import Was, recorded, what_was

NOT_REJECTED = Cord.standing != CordStanding.REJECTED
AT_HAND = (CordStanding.RECEIVED, CordStanding.ACCEPTED)


@dataclass(frozen=True)
class SerologyFacts:
    """One marker's result as it is read."""

    id: int
    donor: str
    marker: str
    finding: Finding
    qualifier: Qualifier | None
    value: Decimal | None
    method: str
    specimen_of: SpecimenOf
    specimen: str
    specimen_at: datetime
    laboratory: str
    report: str | None
    entered_by: str
    entered_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    was: tuple[Was, ...] = ()


@dataclass(frozen=True)
class WithdrawalFacts:
    """What a mother withdrew."""

    id: int
    scope: WithdrawalScope
    said_at: datetime
    told_to: str
    by: str
    at: datetime
    annulled_by: str | None
    annulled_at: datetime | None
    annulled_why: str


@dataclass(frozen=True)
class DonorFacts:
    """A donor as she is read: a pseudonym and what was found."""

    number: Made
    consent_version: str
    consent_language: str
    consent_at: datetime
    consent_witness: str
    protocol: int | None
    recontact: bool | None
    research: bool | None
    history: str
    history_clear: bool | None
    standing: DonorStanding
    basis: str
    decided_at: datetime | None
    results: tuple[SerologyFacts, ...]
    withdrawals: tuple[WithdrawalFacts, ...]
    cords: tuple[str, ...]
    was: tuple[Was, ...] = ()
    says: Told = ""


@dataclass(frozen=True)
class CordFacts:
    """A cord as it is read."""

    number: Made
    donor: str
    collected_at: datetime
    received_at: datetime
    lowest: Celsius | None
    highest: Celsius | None
    weight: Grams
    length: Centimetres | None
    seal: str
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
    undecided = select(Cord.donor).where(Cord.cleared_at.is_(None), NOT_REJECTED)
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


def donor_facts(session: Session, row: Donor, says: str = "") -> DonorFacts:
    """A donor with her results, withdrawals and cords."""
    (found,) = _with_results(session, [row])
    return replace(found, says=says) if says else found


def _with_results(session: Session, rows: Sequence[Donor]) -> list[DonorFacts]:
    numbers = [row.number for row in rows]
    of_these = select(Serology).where(Serology.donor.in_(numbers)).order_by(Serology.id)
    results = gathered(session, of_these, Serology.donor)
    was = what_was(session, Serology, [one.id for every in results.values() for one in every])
    withdrew = select(Withdrawal).where(Withdrawal.donor.in_(numbers)).order_by(Withdrawal.id)
    withdrawals = gathered(session, withdrew, Withdrawal.donor)
    collected = select(Cord).where(Cord.donor.in_(numbers)).order_by(Cord.number)
    cords = gathered(session, collected, Cord.donor)
    amended = what_was(session, Donor, numbers)
    return [
        facts(
            DonorFacts,
            row,
            results=tuple(_serology(one, was) for one in results[row.number]),
            withdrawals=tuple(facts(WithdrawalFacts, one) for one in withdrawals[row.number]),
            cords=tuple(cord.number for cord in cords[row.number]),
            was=tuple(amended.get(row.number, ())),
            says="",
        )
        for row in rows
    ]


def _serology(row: Serology, was: Mapping[str, list[Was]]) -> SerologyFacts:
    amended = tuple(_finding(one) for one in was.get(str(row.id), ()))
    return facts(SerologyFacts, row, specimen_of=row.whose, was=amended)


def _finding(was: Was) -> Was:
    """What stood there as a finding, where the table says whether it was reactive."""
    if was.field != "reactive":
        return was
    findings = {
        str(say("answer.yes")): Finding.REACTIVE,
        str(say("answer.no")): Finding.NOT_REACTIVE,
    }
    return replace(was, field="finding", old=named(findings.get(was.old, Finding.INCONCLUSIVE)))


def withdrawn(session: Session, number: str) -> list[WithdrawalScope]:
    """What a donor withdrew, and did not by mistake."""
    counts = (Withdrawal.donor == number) & Withdrawal.annulled_at.is_(None)
    return list(session.scalars(select(Withdrawal.scope).where(counts)))


def donors_to_destroy(session: Session) -> list[str]:
    """The donors who withdrew: QA disposes of what is left, or keeps it held."""
    found = select(Donor.number).where(Donor.standing == DonorStanding.WITHDRAWN)
    return list(session.scalars(found.order_by(Donor.number)))


def serology_rows(session: Session, number: str) -> list[Serology]:
    """The results of a donor."""
    of_her = select(Serology).where(Serology.donor == number).order_by(Serology.id)
    return list(session.scalars(of_her))


def unreviewed(session: Session, number: str) -> list[Serology]:
    """The results of a donor that nobody has held against their report."""
    rows = serology_rows(session, number)
    return [row for row in rows if row.reviewed_by is None and row.specimen_of is not None]


def hands_on_results(session: Session, rows: Sequence[Serology]) -> dict[int, set[str]]:
    """Who entered or amended each of these results."""
    was = what_was(session, Serology, [row.id for row in rows])
    return {row.id: {row.entered_by, *(one.by for one in was.get(str(row.id), ()))} for row in rows}


def has_report(session: Session, row: Serology) -> bool:
    """Whether the report that a result was read from is there and counts."""
    return row.report is not None and row.report in attached(session, [row.report])


def donors_to_review(session: Session) -> list[str]:
    """The donors of whom a result waits for review."""
    bare = Serology.reviewed_by.is_(None) & Serology.specimen_of.is_not(None)
    waiting = select(Serology.donor).where(bare).distinct()
    return list(session.scalars(waiting.order_by(Serology.donor)))


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
    withdrew = select(Donor.number).where(Donor.standing == DonorStanding.WITHDRAWN)
    rows = session.execute(
        select(Cord.number, Cord.donor, Cord.received_at)
        .where(Cord.standing == standing, Cord.donor.not_in(withdrew))
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


def cords_at_hand(session: Session, number: str) -> list[str]:
    """The cords of a donor that are still cords."""
    at_hand = (Cord.donor == number) & Cord.standing.in_(AT_HAND)
    return list(session.scalars(select(Cord.number).where(at_hand).order_by(Cord.number)))


def undecided_cords(session: Session, number: str) -> list[str]:
    """The cords of a donor whose donation QA has not decided upon."""
    waits = (Cord.donor == number) & Cord.cleared_at.is_(None) & NOT_REJECTED
    found = select(Cord.number).where(waits)
    return list(session.scalars(found.order_by(Cord.collected_at)))
