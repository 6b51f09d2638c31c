"""Reports that come later, and the review of markers by somebody else."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.uploads import Upload
from lims.donation import queries, rules
from lims.donation.models import Donor
from lims.donation.queries import DonorFacts
from lims.donation.serology import keep_report
from lims.identifiers.fields import DonorNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class BringReport:
    """The report on a specimen whose results were entered before it came."""

    donor: DonorNumber
    specimen: Annotated[str, About(label=say("specimen-number"), scan=True, foreign=True)]
    report: Annotated[Upload, About(label=say("report-of-the-laboratory"))]


@action(may=Permission.ENTER_RESULT)
def bring_report(work: Work, wanted: BringReport) -> DonorFacts:
    """Attach the report to all results of its specimen that have none, or whose report was struck out."""
    donor = work.lock(Donor, wanted.donor)
    rows = [
        r
        for r in queries.serology_rows(work.session, donor.number)
        if r.specimen == wanted.specimen
    ]
    bare = [row for row in rows if not queries.has_report(work.session, row)]
    if not bare:
        raise Refused(Reason("no-result-waits-for-it", specimen=wanted.specimen))
    report = keep_report(work, donor.number, wanted.specimen, wanted.report)
    for row in bare:
        row.report = report
    return queries.donor_facts(work.session, donor)


@dataclass(frozen=True)
class ReviewSerology:
    """Results that were held against their report."""

    donor: DonorNumber


@action(may=Permission.REVIEW_RESULT, signed_as=say("result-reviewed"))
def review_serology(work: Work, wanted: ReviewSerology) -> DonorFacts:
    """Review a donor's results that somebody else entered, against the laboratory's reports."""
    donor = work.lock(Donor, wanted.donor)
    waiting = queries.unreviewed(work.session, donor.number)
    without = [row.marker for row in waiting if not queries.has_report(work.session, row)]
    entered_by = [row.entered_by for row in waiting]
    if reasons := rules.review_reasons(entered_by, without, work.actor.login):
        raise Refused(say("somebody-else-judges-this-result"), reasons)
    for row in waiting:
        row.reviewed_by, row.reviewed_at = work.actor.login, work.now
    return queries.donor_facts(work.session, donor)
