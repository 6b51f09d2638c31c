"""The sterility test: inoculated, read, closed after 14 × 24 h; growth acts at once."""

from dataclasses import dataclass

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import SampleNumber
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_of_version
from lims.testing import queries, rules
from lims.testing.actions import somebody_else
from lims.testing.models import Sample, SterilityReading
from lims.testing.queries import SampleFacts
from lims.testing.rules import SterilityStanding
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class GrowthFound:
    """News: a sterility test of this lot or bag grew."""

    of: str
    sample: str


@dataclass(frozen=True)
class Inoculate:
    """The sterility sample into its media."""

    sample: SampleNumber


@action(may=Permission.ENTER_RESULT, late=True)
def inoculate(work: Work, wanted: Inoculate) -> SampleFacts:
    """Inoculate the sterility sample; its clock starts."""
    row = work.lock(Sample, wanted.sample)
    row.move_to(SterilityStanding.INCUBATING)
    row.inoculated_at, row.inoculated_by = work.now, work.actor.login
    return queries.sample_facts(work.session, row, say("inoculated-the-clock-runs"))


@dataclass(frozen=True)
class ReadSterility:
    """What is seen in the cultures."""

    sample: SampleNumber
    growth: bool
    organism: str = ""


@action(may=Permission.ENTER_RESULT, late=True)
def read_sterility(work: Work, wanted: ReadSterility) -> SampleFacts:
    """Read the cultures; the first sign of growth holds everything related at once."""
    row = work.lock(Sample, wanted.sample)
    if row.standing is SterilityStanding.TO_DO:
        raise Refused(Reason("not-inoculated"))
    if row.inoculated_at and work.now < row.inoculated_at:
        raise Refused(Reason("not-inoculated.then"))
    work.add(
        SterilityReading(sample=row.number, at=work.now, by=work.actor.login, growth=wanted.growth)
    )
    if wanted.growth and row.standing is not SterilityStanding.GROWTH:
        row.move_to(SterilityStanding.GROWTH)
        row.growth_seen_at, row.organism = work.now, wanted.organism
        note_deviation(
            work,
            row.of,
            DeviationKind.GROWTH,
            say("growth-in-the-sterility-test", number=row.number),
        )
        raise_notice(work, NoticeKind.GROWTH, row.of)
        work.publish(GrowthFound(row.of, row.number))
    return queries.sample_facts(work.session, row)


@dataclass(frozen=True)
class CloseSterility:
    """The final reading."""

    sample: SampleNumber


@action(
    may=Permission.ENTER_RESULT,
    signed_as=say("no-growth-after-the-whole"),
    witnessed_as=say("sterility-reading-reviewed"),
)
def close_sterility(work: Work, wanted: CloseSterility) -> SampleFacts:
    """Close a sterility test as "no growth", never before 14 × 24 h."""
    row = work.lock(Sample, wanted.sample)
    hours = trial_of_version(work.connection, row.protocol).sterility.hours
    if reasons := rules.closing_reasons(row.inoculated_at, work.now, hours):
        raise Refused(say("the-sterility-test-stays-open"), reasons)
    somebody_else(work, row.of, "", work.actor.login, work.second)
    row.move_to(SterilityStanding.NO_GROWTH)
    row.closed_at, row.closed_by = work.now, work.actor.login
    row.closing_checked_by = work.second
    return queries.sample_facts(work.session, row, say("closed-no-growth"))
