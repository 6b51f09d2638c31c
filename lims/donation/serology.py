"""Infectious markers of a specimen: entered from a report, reviewed by somebody else, amended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from lims.attachments.keeping import AttachFile, attach_or_find
from lims.core.entries import About, HowMuch
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.rounding import Qualifier
from lims.core.texts import say
from lims.core.uploads import Upload
from lims.donation import queries
from lims.donation.deciding import against, judge_again, must_be_past
from lims.donation.models import Donor, Serology
from lims.donation.queries import DonorFacts
from lims.donation.rules import Finding, SpecimenOf
from lims.identifiers.fields import DonorNumber
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, must_be_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

REACTIVE = {Finding.REACTIVE: True, Finding.NOT_REACTIVE: False, Finding.INCONCLUSIVE: None}
Method = Annotated[str, About(label=say("kit-and-method"))]


@dataclass(frozen=True)
class MarkerResult:
    """What a report says of one marker; without a finding it says nothing."""

    marker: str
    finding: Finding | None = None
    qualifier: HowMuch = Qualifier.EQUAL
    value: Decimal | None = None
    method: Method = ""


@dataclass(frozen=True)
class EnterSerology:
    """A report on one specimen."""

    donor: DonorNumber
    specimen_of: Annotated[SpecimenOf, About(label=say("specimen-of"))]
    specimen: Annotated[str, About(label=say("specimen-number"), scan=True, foreign=True)]
    specimen_at: Annotated[datetime, About(label=say("specimen-drawn"))]
    laboratory: str
    results: tuple[MarkerResult, ...]
    report: Annotated[
        Upload | None, About(label=say("report-of-the-laboratory"), hint=say("needed-for-review"))
    ] = None


@action(may=Permission.ENTER_RESULT)
def enter_serology(work: Work, wanted: EnterSerology) -> DonorFacts:
    """Enter a report on her markers; a late reactive result makes a donor ineligible at once."""
    must_be_past(work, wanted.specimen_at, say("moment.specimen"))
    told = [result for result in wanted.results if result.finding is not None]
    reasons = [
        *when(not told, Reason("no-marker")),
        *_markers(work, [result.marker for result in wanted.results]),
        *(
            Reason("value-without-finding", marker=result.marker)
            for result in wanted.results
            if result.finding is None and result.value is not None
        ),
    ]
    if reasons:
        raise Refused(say("the-report-was-not-taken"), reasons)
    row = work.lock(Donor, wanted.donor)
    before = against(work, row)
    report = keep_report(work, row.number, wanted.specimen, wanted.report)
    for result in told:
        work.add(_row_of(work, wanted, result, report))
    judge_again(work, row, before)
    return queries.donor_facts(work.session, row)


def _row_of(
    work: Work, wanted: EnterSerology, result: MarkerResult, report: str | None
) -> Serology:
    return Serology(
        donor=wanted.donor,
        marker=result.marker,
        specimen_of=wanted.specimen_of,
        specimen=wanted.specimen,
        specimen_at=wanted.specimen_at,
        reactive=REACTIVE[result.finding or Finding.INCONCLUSIVE],
        qualifier=result.qualifier if result.value is not None else None,
        value=result.value,
        method=result.method,
        laboratory=wanted.laboratory,
        report=report,
        entered_by=work.actor.login,
        entered_at=work.now,
    )


def keep_report(work: Work, donor: str, specimen: str, report: Upload | None) -> str | None:
    """The file of a report, with the donor; None where none came."""
    if report is None:
        return None
    what = say("report-on-specimen", specimen=specimen)
    return attach_or_find(work, AttachFile(donor, what, report)).id


def _markers(work: Work, markers: Sequence[str]) -> list[Reason]:
    asked = trial_in_force(work).donor
    known = {*asked.markers, *asked.informative_markers}
    return [
        *(Reason("unknown-marker", marker=m) for m in dict.fromkeys(markers) if m not in known),
        *(Reason("answered-twice", code=m) for m in sorted(known) if markers.count(m) > 1),
    ]


@dataclass(frozen=True)
class AmendSerology:
    """What is right about one marker, and why it was wrong."""

    donor: DonorNumber
    serology: int
    marker: str
    finding: Finding
    specimen_of: Annotated[SpecimenOf, About(label=say("specimen-of"))]
    specimen: Annotated[str, About(label=say("specimen-number"), scan=True, foreign=True)]
    specimen_at: Annotated[datetime, About(label=say("specimen-drawn"))]
    laboratory: str
    why: WhyAmended
    qualifier: HowMuch = Qualifier.EQUAL
    value: Decimal | None = None
    method: Method = ""


@action(may=Permission.ENTER_RESULT, signed_as=say("fact-amended"))
def amend_serology(work: Work, wanted: AmendSerology) -> DonorFacts:
    """Amend one marker; the donor is judged again at once.

    Reactive now: an eligible donor is ineligible, and all that descends from her is stopped. Not
    reactive any more: QA decides on a donor again whom that alone had excluded. What was reviewed
    is reviewed anew.
    """
    row = work.lock(Serology, wanted.serology)
    must_be_of(row.donor, wanted.donor)
    if reasons := _markers(work, [wanted.marker]):
        raise Refused(say("the-report-was-not-taken"), reasons)
    must_be_past(work, wanted.specimen_at, say("moment.specimen"))
    donor = work.lock(Donor, wanted.donor)
    before = against(work, donor)
    right = {
        "marker": wanted.marker,
        "reactive": REACTIVE[wanted.finding],
        "specimen_of": wanted.specimen_of,
        "specimen": wanted.specimen,
        "specimen_at": wanted.specimen_at,
        "laboratory": wanted.laboratory,
        "qualifier": wanted.qualifier if wanted.value is not None else None,
        "value": wanted.value,
        "method": wanted.method,
    }
    amend(work, row, donor.number, right, wanted.why)
    row.reviewed_by = row.reviewed_at = None
    judge_again(work, donor, before)
    return queries.donor_facts(work.session, donor)
