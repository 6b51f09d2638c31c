"""Outputs of a step: recorded while it is under way, amended whenever one was wrong."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.culture import outputs
from lims.culture.executed import StepFacts, asked_of, step_of
from lims.culture.models import Output, Step
from lims.culture.outputs import StepStanding
from lims.deviations.actions import note_findings
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


def _of_this_station(work: Work, id_: int) -> Step:
    row = work.lock(Step, id_)
    reasons = [
        *when(row.standing is not StepStanding.UNDER_WAY, Reason("step-has-ended")),
        *outputs.here_reasons(row.kind, row.kind, row.station, work.actor.station),
    ]
    if reasons:
        raise Refused(say("nothing-was-recorded"), reasons)
    return row


@dataclass(frozen=True)
class RecordOutput:
    """One output of a step that is under way."""

    step: int
    code: Annotated[str, About(label=say("output"))]
    value: str


@action(may=Permission.CULTURE_CELLS, late=True)
def record_output(work: Work, wanted: RecordOutput) -> StepFacts:
    """Record an output; a number out of its limit stands, and QA judges it."""
    row = _of_this_station(work, wanted.step)
    value = wanted.value.strip()
    known = {output.code: output for output in asked_of(work, row)}
    output = known.get(wanted.code)
    recorded = select(Output.id).where(Output.step == row.id, Output.code == wanted.code)
    reasons = [
        *when(output is None, Reason("no-such-output")),
        *(outputs.value_reasons(output, value) if output else ()),
        *when(work.session.scalar(recorded), Reason("output-recorded-already")),
    ]
    if reasons or output is None:
        raise Refused(say("nothing-was-recorded"), reasons)
    kept = {"step": row.id, "of": row.of, "code": wanted.code, "value": value}
    work.add(Output(**kept, by=work.actor.login, at=work.now))
    note_findings(work, row.of, outputs.out_of_limits([output], {wanted.code: value}))
    return step_of(work.session, str(row.id))


@dataclass(frozen=True)
class AmendOutput:
    """What an output really was, and why it was wrong."""

    output: int
    value: str
    why: WhyAmended


@action(may=Permission.CULTURE_CELLS, signed_as=say("fact-amended"))
def amend_output(work: Work, wanted: AmendOutput) -> StepFacts:
    """Amend an output, of an ended step too; what is out of its limit now goes to QA."""
    row = work.lock(Output, wanted.output)
    of = work.lock(Step, row.step)
    value = wanted.value.strip()
    asked = next(output for output in asked_of(work, of) if output.code == row.code)
    if reasons := outputs.value_reasons(asked, value):
        raise Refused(say("nothing-was-recorded"), reasons)
    amend(work, row, row.of, {"value": value}, wanted.why)
    note_findings(work, row.of, outputs.out_of_limits([asked], {row.code: value}))
    return step_of(work.session, str(of.id))
