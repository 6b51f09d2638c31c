"""Reports that come later, and the review of markers by somebody else."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import heed, say
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
        row.reviewed_by = row.reviewed_at = None  # against another report
    return queries.donor_facts(work.session, donor)


@dataclass(frozen=True)
class ReviewSerology:
    """Results that were held against their report, up to the last one that was seen."""

    donor: DonorNumber
    last: Annotated[int, About(label=say("last-result-seen"))]


@action(may=Permission.REVIEW_RESULT, signed_as=say("result-reviewed"))
def review_serology(work: Work, wanted: ReviewSerology) -> DonorFacts:
    """Review what others entered, against the laboratory's reports; what cannot be reviewed stays."""
    donor = work.lock(Donor, wanted.donor)
    waiting = [r for r in queries.unreviewed(work.session, donor.number) if r.id <= wanted.last]
    hands = queries.hands_on_results(work.session, waiting)
    proved = {row.id: queries.has_report(work.session, row) for row in waiting}
    mine = work.actor.login
    able = [row for row in waiting if proved[row.id] and mine not in hands[row.id]]
    if not able:
        everybody = sorted({login for logins in hands.values() for login in logins})
        bare = [row.marker for row in waiting if not proved[row.id]]
        reasons = rules.review_reasons(everybody if waiting else [], bare, mine)
        raise Refused(say("somebody-else-judges-this-result"), reasons)
    for row in able:
        row.reviewed_by, row.reviewed_at = mine, work.now
    left = len(waiting) - len(able)
    says = heed(say("results-stay-unreviewed", count=left)) if left else ""
    return queries.donor_facts(work.session, donor, says)
