"""What is judged of donors and cords: the evidence for a decision, what stands upstream, what is due."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.attachments.queries import attached
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.deviations.queries import open_about
from lims.donation import journey
from lims.donation.models import Cord, Donor, DonorAnswer, Serology, Withdrawal
from lims.donation.queries import serology_rows, withdrawn
from lims.donation.rules import (
    STOPPING,
    CordStanding,
    DonorEvidence,
    DonorStanding,
    MarkerFacts,
    Upstream,
    WithdrawalScope,
    repeat_due,
    upstream_reasons,
)
from lims.genealogy.queries import ancestors
from lims.instruments.queries import run_of
from lims.protocol.sections import Trial
from lims.supplies.models import Lot


def evidence_of(
    session: Session, trial: Trial, number: str, *, decided: bool = False
) -> DonorEvidence:
    """What the decision on a donor rests on, for the first donation that is not decided upon.

    Of one that is `decided` upon: what its decision rests on now.
    """
    row = session.get_one(Donor, number)
    results = serology_rows(session, number)
    cords = (Cord.donor == number) & (Cord.standing != CordStanding.REJECTED)
    given = select(func.min(Cord.collected_at)).where(cords)
    undecided = None if decided else session.scalar(given.where(Cord.cleared_at.is_(None)))
    recovered = undecided or session.scalar(given)
    earlier = session.scalar(select(func.max(Cord.cleared_at)).where(Cord.donor == number))
    # A history that an earlier donation was decided on was not asked for a later one.
    is_old = undecided and earlier and (row.history_at is None or row.history_at <= earlier)
    proved = attached(session, [result.report for result in results if result.report])
    return DonorEvidence(
        consent_at=row.consent_at,
        withdrawn=bool(STOPPING & set(withdrawn(session, number))),
        recovered_at=recovered,
        questions=trial.donor.question,
        answers=answers_of(session, number),
        answered=answers_of(session, number, earlier if undecided else None).keys(),
        history_clear=row.history_clear,
        is_asked=row.history_clear is not None and not is_old,
        results=tuple(_marker(result, proved) for result in results),
        required=trial.donor.markers,
        window_days=trial.donor.specimen_window_days,
    )


def _marker(row: Serology, proved: Collection[str]) -> MarkerFacts:
    """A result counts as reviewed while its report does.

    What was entered before specimens were asked for needed no review, and needs none.
    """
    struck = row.report is not None and row.report not in proved
    reviewed_by = row.entered_by if row.specimen_of is None else row.reviewed_by
    return facts(
        MarkerFacts, row, specimen_of=row.whose, reviewed_by=None if struck else reviewed_by
    )


def answers_of(session: Session, number: str, since: datetime | None = None) -> dict[str, str]:
    """The newest answer to each question of a donor's history, of those given after a moment."""
    told = select(DonorAnswer.code, DonorAnswer.value).where(DonorAnswer.donor == number)
    if since is not None:
        told = told.where(DonorAnswer.at > since)
    return {code: value for code, value in session.execute(told.order_by(DonorAnswer.id))}  # noqa: C416 -- rows


@dataclass(frozen=True)
class RepeatDue:
    """A donor whose markers are to be repeated."""

    donor: str
    due: datetime


def repeats_due(session: Session, trial: Trial, until: datetime) -> list[RepeatDue]:
    """Whose markers are to be repeated by then, the one that is due first before the others.

    Not of whom nothing is used any more, and not of whoever may not be asked again.
    """
    used = Donor.standing.in_((DonorStanding.PENDING, DonorStanding.ELIGIBLE))
    alone = select(Withdrawal.donor).where(
        Withdrawal.scope == WithdrawalScope.RECONTACT, Withdrawal.annulled_at.is_(None)
    )
    asked = used & Donor.recontact.is_not(False) & Donor.number.not_in(alone)
    given = select(Donor.number, func.max(Cord.collected_at).label("latest")).join(
        Cord, Cord.donor == Donor.number
    )
    rows = session.execute(given.where(asked).group_by(Donor.number))
    latest = {row.number: row.latest for row in rows}
    drawn = (
        select(Serology.donor, Serology.specimen_at).where(Serology.donor.in_(latest)).distinct()
    )
    specimens: defaultdict[str, list[datetime]] = defaultdict(list)
    for number, moment in session.execute(drawn):
        specimens[number].append(moment)
    rules = trial.donor
    found = []
    for number, moment in latest.items():
        of_her = specimens[number]
        due = repeat_due(moment, rules.repeat_after_days, of_her, rules.specimen_window_days)
        if due is not None and due <= until:
            found.append(RepeatDue(number, due))
    return sorted(found, key=lambda one: (one.due, one.donor))


def acceptance_reasons(session: Session, number: str, who: str) -> list[Reason]:
    """Everything against this person accepting this cord now."""
    row = session.get_one(Cord, number)
    return journey.acceptance_reasons(
        session.get_one(Donor, row.donor).standing,
        open_about(session, [number]),
        row.received_by,
        who,
        has_temperature=row.lowest is not None or run_of(session, number) is not None,
    )


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


def disposal_reasons(session: Session, number: str) -> list[Reason]:
    """Why the laboratory does not take or discard this by itself: she withdrew, and QA disposes."""
    above = Donor.number.in_(ancestors(session, number))
    withdrew = select(Donor.number).where(above, Donor.standing == DonorStanding.WITHDRAWN)
    return list(when(session.scalar(withdrew.limit(1)), Reason("only-qa-disposes")))
