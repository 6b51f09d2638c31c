"""Steps on the pages of what they are done with, and a step under way as a page of its own."""

from collections.abc import Sequence

from lims.core.texts import named, say, say_each, unit_of
from lims.culture import outputs, queries
from lims.culture.actions import feed_flask, harvest_flasks, isolate_cells, passage_cells
from lims.culture.executed import (
    StepFacts,
    asked_of,
    left,
    photographed,
    step_of,
    steps_of,
)
from lims.culture.executing import begin_step, give_up_step, take_up_step
from lims.culture.outputs import STEPS_OF, StepStanding, missing
from lims.culture.recipe import recipe_of
from lims.culture.recording import amend_output, record_output
from lims.culture.views import LAB, LABELS, TO_FLASK, TO_HARVEST, pages
from lims.identifiers.numbers import is_number, kind_of
from lims.protocol.steps import OutputKind, StepKind, StepOutput
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import BESIDE, Page
from lims.web.tables import Link, Table, Todo

STEPS = say_each("step", "standing", "procedure", "begun", "begun-by", "station", "ended.label")


@pages.read("/steps/<step>", step_of, may=LAB)
def step(at: RequestContext, found: StepFacts) -> Page:
    """A step under way: the next output in hand, then what ends it; or a step as it was done."""
    asked = asked_of(at, found)
    here = found.standing is StepStanding.UNDER_WAY and found.station == at.actor.station
    elsewhere = found.standing is StepStanding.UNDER_WAY and not here
    recorded = {one.code: one for one in found.outputs}
    waiting = missing(asked, recorded, photographed=photographed(at, found))
    words = {output.code: output.text for output in asked}
    entering = [
        at.form(
            record_output,
            fixed={"step": int(found.id), "code": output.code},
            choices={"value": _choices(output)},
            title=output.text,
        )
        for output in sorted(waiting, key=lambda output: not output.required)
        if here and output.kind is not OutputKind.PHOTO
    ]
    needed = sum(output.required for output in waiting if output.kind is not OutputKind.PHOTO)
    fixed = {"step": int(found.id)}
    right = at.form(
        amend_output,
        choices={"output": [(str(one.id), words.get(one.code, "")) for one in found.outputs]},
    )
    return Page(
        named(found.kind),
        number=found.of,
        standing=found.standing,
        notice=[
            *(outputs.ending_reasons(waiting, (), photographed=False) if here else ()),
            *outputs.out_of_limits(asked, {code: one.value for code, one in recorded.items()}),
        ],
        facts=(
            (say("procedure"), found.procedure),
            (say("version-of-the-protocol"), found.protocol),
            (say("station"), found.station),
            (say("begun"), found.begun_at),
            (say("begun-by"), found.begun_by),
            (say("ended.label"), found.ended_at),
            (say("ended-by"), found.ended_by),
            (say("came-of-it"), found.made),
            (say("why-it-is-given-up"), found.because),
        ),
        tables=[_record(asked, found)],
        forms=[
            at.form(take_up_step, fixed=fixed) if elsewhere else None,
            *entering[:needed],
            _ending(at, found) if here else None,
            *entering[needed:],
            right if found.outputs else None,
            at.form(give_up_step, fixed=fixed, danger=True) if here or elsewhere else None,
        ],
        onwards=[(say("fill-vials-from-this-harvest"), f"/bank/?harvest={found.of}")]
        if here and found.kind is StepKind.FILLING
        else [],
        links=[(say("files-and-photos"), f"/find?code={found.of}")],
    )


def _record(asked: Sequence[StepOutput], found: StepFacts) -> Table:
    """Every output that the step asks for, recorded or not."""
    recorded = {one.code: one for one in found.outputs}
    rows = [
        (
            output.text,
            _limits(output),
            _value(output, one.value) if (one := recorded.get(output.code)) else None,
            one.by if one else None,
            one.at if one else None,
        )
        for output in asked
    ]
    return Table(say("outputs"), say_each("output", "rule", "value", "who", "when"), rows)


def _limits(output: StepOutput) -> str:
    if output.kind is not OutputKind.NUMBER:
        return "" if output.required else say("not-required")
    parts = [output.limit or output.possible, unit_of(output.unit)]
    return " ".join(part for part in parts if part)


def _value(output: StepOutput, value: str) -> str:
    said = dict(_choices(output)).get(value, value)
    return f"{said} {unit_of(output.unit)}" if output.unit else said


def _choices(output: StepOutput) -> Sequence[tuple[str, str]]:
    if output.kind is OutputKind.DONE:
        return (("yes", say("done")),)
    return tuple((choice.code, choice.text) for choice in output.choice)


def _ending(at: RequestContext, found: StepFacts) -> Form | None:
    """The form of what ends a step; of a filling it stands on the bank's page."""
    last = queries.last_count(at.session)
    if found.kind is StepKind.ISOLATION:
        return at.form(isolate_cells, fixed={"cord": found.of}, suggested=LABELS, then=TO_FLASK)
    if found.kind is StepKind.FEEDING:
        return at.form(feed_flask, fixed={"flask": found.of}, then=f"/culture/flasks/{found.of}")
    if found.kind is StepKind.HARVEST:
        suggested = {"flasks": (found.of,), **last, **LABELS}
        return at.form(harvest_flasks, suggested=suggested, then=TO_HARVEST)
    if found.kind is StepKind.PASSAGE:
        suggested = {"area": queries.area_of(at.session, found.of), **LABELS}
        return at.form(
            passage_cells, fixed={"harvest": found.of}, suggested=suggested, then=TO_FLASK
        )
    return None


def beside(at: RequestContext, number: str) -> tuple[Sequence[Table], Sequence[Form | None]]:
    """What the page of a cord, a vessel or a harvest has besides: its steps, and the way to the next."""
    kinds = STEPS_OF.get(kind_of(number), ()) if is_number(number) else ()
    if not kinds:
        return (), ()
    done = steps_of(at.session, number)
    rows = [
        (Link(named(s.kind), f"/culture/steps/{s.id}"), s.standing, s.procedure, s.begun_at, s.begun_by,
         s.station, s.ended_at)
        for s in done
    ]  # fmt: skip
    tables = [Table(say("batch-record"), STEPS, rows)] if rows else []
    asked = recipe_of(at, number).trial.culture
    open_ = any(s.standing is StepStanding.UNDER_WAY for s in done)
    forms = [
        at.form(
            begin_step,
            fixed={"of": number, "kind": kind},
            choices={"procedure": [(rules.named, rules.named)]},
            title=say("begin-step", step=named(kind)),
            then="/culture/steps/{made}",
        )
        for kind in kinds
        if (rules := asked.asks(kind)) and not open_
    ]
    return tables, forms


BESIDE.setdefault(Side.LAB, []).append(beside)


@pages.todo(Permission.CULTURE_CELLS)
def steps_under_way(at: RequestContext) -> Sequence[Todo]:
    """Steps that were begun wait to be ended, here or wherever they are taken up."""
    return [
        Todo(
            say("go-on-with-step", step=named(one.kind)),
            one.of,
            say("begun-at-station", station=one.station),
            one.begun_at,
            href=f"/culture/steps/{one.id}",
        )
        for one in left(at.session)
    ]
