"""Opening and closing deviations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.deviations import rules
from lims.deviations.capa_queries import corrections_planned
from lims.deviations.models import Deviation
from lims.deviations.queries import DeviationFacts, facts_of
from lims.deviations.rules import DeviationKind, DeviationStanding
from lims.genealogy.hands import hands_on
from lims.identifiers.fields import AnyNumber, DeviationNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

ON_THE_WARD = frozenset({Kind.PARTICIPANT, Kind.INFUSION})


@dataclass(frozen=True)
class OpenDeviation:
    """What was not as it should be."""

    about: AnyNumber
    what: Annotated[str, About(label=say("what-happened"), rows=3)]


def note_deviation(work: Work, about: str, code: DeviationKind, what: str) -> Deviation:
    """Open a deviation from inside another action."""
    return work.add(
        Deviation(
            number=work.new_number(Kind.DEVIATION),
            about=about,
            code=code,
            what=what,
            opened_by=work.actor.login,
            opened_at=work.now,
        )
    )


def note_findings(work: Work, about: str, findings: Sequence[Reason]) -> list[str]:
    """Open a deviation for each finding that was never noted with these very figures; their numbers."""
    mine = select(Deviation.code, Deviation.what).where(Deviation.about == about)
    known = {(code, what) for code, what in work.session.execute(mine)}
    new = [f for f in findings if (DeviationKind(f.code), str(f.sentence)) not in known]
    return [note_deviation(work, about, DeviationKind(f.code), f.sentence).number for f in new]


@action(may=Permission.MANAGE_DEVIATION, late=True, urgent=True)
def open_deviation(work: Work, wanted: OpenDeviation) -> DeviationFacts:
    """Open a deviation about a lot, a cord, a bag or an instrument."""
    if kind_of(wanted.about) in ON_THE_WARD:
        raise Refused(Reason("not-of-the-laboratory"))
    return facts_of(note_deviation(work, wanted.about, DeviationKind.REPORTED, wanted.what))


@dataclass(frozen=True)
class AmendDeviation:
    """What really happened, and why it was wrong."""

    number: DeviationNumber
    what: Annotated[str, About(label=say("what-happened"), rows=3)]
    why: WhyAmended


@action(may=Permission.MANAGE_DEVIATION, signed_as=say("fact-amended"))
def amend_deviation(work: Work, wanted: AmendDeviation) -> DeviationFacts:
    """Amend what a person reported, before QA has closed it."""
    row = work.lock(Deviation, wanted.number)
    if reasons := rules.amending_reasons(row.standing, row.code):
        raise Refused(say("this-deviation-stays-as-it-is"), reasons)
    amend(work, row, row.number, {"what": wanted.what}, wanted.why)
    return facts_of(row)


@dataclass(frozen=True)
class CloseDeviation:
    """What QA concluded."""

    number: DeviationNumber
    conclusion: Annotated[str, About(label=say("cause-effect-on-product-and"), rows=4)]


@action(may=Permission.RELEASE_LOT, signed_as=say("deviation-assessed-and-closed"))
def close_deviation(work: Work, wanted: CloseDeviation) -> DeviationFacts:
    """Close a deviation with QA's conclusion and signature."""
    row = work.lock(Deviation, wanted.number)
    hands = hands_on(work.session, row.about)
    reasons = [
        *rules.closing_reasons(row.opened_by, hands, work.actor.login),
        *rules.grave_reasons(
            row.severity, row.cause, corrections_planned(work.session, row.number)
        ),
    ]
    if reasons:
        raise Refused(say("number-stays-open", number=row.number), reasons)
    row.move_to(DeviationStanding.CLOSED)
    row.conclusion = wanted.conclusion
    row.closed_by = work.actor.login
    row.closed_at = work.now
    return facts_of(row)
