"""The dossier of a lot: everything that its release rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.bank.freezing_queries import freezing_of
from lims.bank.queries import OUR_LOTS, BankFacts, bank_of, reconciliation
from lims.core.errors import Missing
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.deviations.queries import open_about
from lims.donation.evidence import ancestor_reasons
from lims.genealogy.hands import hands_on
from lims.genealogy.queries import ancestors
from lims.identifiers.numbers import kind_of
from lims.protocol.sections import Trial
from lims.release.models import LotDecision, TrailReview
from lims.release.rules import Decision, LotEvidence, in_process_reasons
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts
from lims.testing.actions import IN_PROCESS
from lims.testing.queries import evidence_of, in_process, samples_of
from lims.testing.rules import SampleEvidence, own_reasons
from lims.trust.trail.entries import StreamHead, TrailEntry


@dataclass(frozen=True)
class DecisionFacts:
    """A decision as it is read."""

    decision: Decision
    reason: str
    by: str
    at: datetime
    signature: str | None


@dataclass(frozen=True)
class Dossier:
    """A lot with its decisions."""

    lot: LotFacts
    decisions: tuple[DecisionFacts, ...]
    samples: tuple[str, ...]


def dossier(session: Session, number: str) -> Dossier:
    """Everything decided about a lot."""
    row = session.get(Lot, number)
    if row is None or row.kind not in OUR_LOTS:
        raise Missing
    return Dossier(
        facts(LotFacts, row),
        tuple(decisions_of(session, number)),
        tuple(sample.number for sample in samples_of(session, number)),
    )


def decisions_of(session: Session, number: str) -> list[DecisionFacts]:
    """The decisions about a lot in order."""
    rows = session.scalars(
        select(LotDecision).where(LotDecision.lot == number).order_by(LotDecision.id)
    )
    return [facts(DecisionFacts, row) for row in rows]


def evidence(session: Session, number: str, trial: Trial) -> LotEvidence:
    """What the release of a lot rests on, read in this moment."""
    row = session.get(Lot, number)
    if row is None:
        raise Missing
    sample = evidence_of(session, number)
    bank = bank_of(session, number)
    samples = [s.number for s in samples_of(session, number)]
    above = ancestors(session, number)
    return LotEvidence(
        number=number,
        standing=row.standing,
        expires_on=row.expires_on,
        sample=sample,
        hands=hands_on(session, number),
        ancestors=tuple(ancestor_reasons(session, number)),
        in_process=tuple(_in_process(session, above)),
        own_counts=tuple(_own_counts(sample, bank, trial)),
        open_deviations=open_about(session, [number, *samples, *above]),
        vials_balance=reconciliation(session, number).balances,
        lacks_run=bool(bank and trial.freezing and freezing_of(session, number) is None),
        trail_reviewed=trail_length(session, number) <= reviewed_length(session, number),
        was_released=row.was_released,
        is_ours=row.kind in OUR_LOTS,
    )


def _in_process(session: Session, above: Sequence[str]) -> list[Reason]:
    """What samples that were taken on the way have found, or not yet."""
    on_the_way = [number for number in above if kind_of(number) in IN_PROCESS]
    return [
        reason
        for one in in_process(session, on_the_way)
        for reason in in_process_reasons(one.of, one.sample, one.evidence)
    ]


def _own_counts(
    sample: SampleEvidence | None, bank: BankFacts | None, trial: Trial
) -> list[Reason]:
    """Our own count before freezing, held against the lines that ask for it."""
    if sample is None or bank is None:
        return []
    return [
        reason
        for line in sample.lines
        if line.own == "viability"
        for reason in own_reasons(
            line,
            bank.viability.value,
            sample.results.get(line.code),
            trial.bag.viability_differs_pct,
        )
    ]


def held_by(session: Session, number: str) -> str:
    """Who put a lot on hold the last time; empty if nobody did."""
    newest = select(LotDecision.by).where(
        LotDecision.lot == number, LotDecision.decision == Decision.HELD
    )
    return session.scalar(newest.order_by(LotDecision.id.desc()).limit(1)) or ""


def trail_streams(session: Session, number: str) -> list[str]:
    """The trail streams that tell a lot's story: its own, its samples', and of the files of both."""
    samples = [sample.number for sample in samples_of(session, number)]
    files = [f"lab/attachment/{thing}" for thing in (number, *samples)]
    return [f"lab/lot/{number}", *(f"lab/sample/{sample}" for sample in samples), *files]


def trail_length(session: Session, number: str) -> int:
    """How many entries a lot's trail has."""
    streams = trail_streams(session, number)
    total = select(func.sum(StreamHead.length)).where(StreamHead.name.in_(streams))
    return int(session.scalar(total) or 0)


def reviewed_length(session: Session, number: str) -> int:
    """How many entries QA has read."""
    newest = select(func.max(TrailReview.entries)).where(TrailReview.lot == number)
    return session.scalar(newest) or 0


def trail_of(session: Session, streams: list[str]) -> list[dict[str, Any]]:
    """The entries of some streams, in order, as they were written; a damaged one is said to be so."""
    rows = session.scalars(
        select(TrailEntry).where(TrailEntry.stream_name.in_(streams)).order_by(TrailEntry.id)
    )
    return [
        {"stream": row.stream_name, "seq": row.seq, **(row.read or {"damaged": True})}
        for row in rows
    ]
