"""Pages of specifications and samples."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lims.core.rounding import Outcome, Qualifier
from lims.core.texts import say, say_each
from lims.identifiers.numbers import Kind, kind_of
from lims.labelling.views import label_form
from lims.protocol.queries import trial_of_version
from lims.protocol.sections import Stage
from lims.testing import queries, rules
from lims.testing.actions import (
    IN_PROCESS,
    enter_result,
    review_result,
    sample_lot,
    void_sample,
)
from lims.testing.amending import amend_result, invalidate_run
from lims.testing.importing import ResultsTaken, import_by_map, import_results
from lims.testing.queries import SampleFacts
from lims.testing.rules import ResultStanding, SterilityStanding
from lims.testing.sterility import close_sterility, inoculate, read_sterility
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table

pages = Pages("testing", say("menu.testing"))
LAB = Permission.READ_LAB


@pages.read("/samples", queries.samples, may=LAB, menu=say("samples"), is_list=True)
def samples(at: RequestContext, found: list[SampleFacts]) -> Page:
    """The newest samples."""
    rows = [(s.number, s.standing, s.of, which(s.specification), s.taken_at) for s in found]
    columns = say_each("sample", "sterility.label", "of", "specification", "taken")
    return Page(
        say("samples"),
        tables=[Table("", columns, rows)],
        forms=[
            at.form(sample_lot, then="/testing/samples/{made}"),
            at.form(import_results, then="/testing/samples"),
            at.form(import_by_map, then="/testing/samples"),
        ],
    )


@pages.look(import_results, import_by_map)
def look_at_results(at: RequestContext, found: ResultsTaken) -> Sequence[Table]:
    """What a file would bring in."""
    rows = [(r.sample, r.code, shown(r), r.outcome, r.measured_at) for r in found.results]
    columns = say_each("sample", "test", "result", "outcome", "measured")
    return [Table(say("results"), columns, rows)]


@pages.read("/samples/<number>", queries.sample, may=LAB, opens=Kind.SAMPLE)
def sample(at: RequestContext, found: SampleFacts) -> Page:
    """One sample: every line of its specification with its result, and the sterility clock."""
    why = {r.amends: r.reason for r in found.results if r.amends}
    old = [
        (r.code, shown(r), r.standing, r.entered_by, why.get(r.id, r.reason))
        for r in found.results
        if r.standing not in queries.LIVE
    ]
    hours = trial_of_version(at.connection, found.protocol).sterility.hours
    clock = _clock(at, found, hours)
    return Page(
        say("sample"),
        number=found.number,
        standing=found.standing,
        facts=(
            (say("of"), found.of),
            (
                say("judged-by"),
                say(
                    "specification-protocol-version-protocol",
                    specification=which(found.specification),
                    protocol=found.protocol,
                ),
            ),
            (say("taken"), found.taken_at),
            (say("taken-by"), found.taken_by),
            (say("inoculated"), found.inoculated_at),
            (say("growth-seen"), found.growth_seen_at),
            (say("organism"), found.organism),
            (say("closed.label"), found.closed_at),
            *(
                ((say("does-not-count-because"), found.voided_why),)
                if found.voided_at is not None
                else ()
            ),
        ),
        tables=[
            Table(
                say("tests"),
                say_each(
                    "test", "requirement", "result", "standing", "outcome", "code", "read-from"
                ),
                _table(at, found),
            ),
            Table(
                say("superseded-and-invalid"),
                say_each("test", "value", "standing", "by", "why"),
                old,
            ),
        ],
        forms=[*_forms(at, found), label_form(at, found.number), _void(at, found)],
        template="testing/sample.html",
        more={"clock": clock},
    )


def _void(at: RequestContext, found: SampleFacts) -> Form | None:
    """QA's way out of a sample on the way that was taken by mistake."""
    if kind_of(found.of) not in IN_PROCESS or found.voided_at is not None:
        return None
    return at.form(void_sample, fixed={"sample": found.number}, danger=True, aside=True)


def _table(at: RequestContext, found: SampleFacts) -> list[tuple[Any, ...]]:
    lines = queries.lines_of(at.session, found.specification)
    live = {r.code: r for r in found.results if r.standing in queries.LIVE}
    table = []
    for line in lines:
        result = live.get(line.code)
        value = shown(result, line) if result else ""
        state = result.standing if result else (found.standing if line.sterility else None)
        outcome = result.outcome if result else judged(line, found.standing)
        table.append((line.test, line.requirement, value, state, outcome, line.code, _file(result)))
    return table


def _file(result: rules.ResultFacts | None) -> Link | None:
    """The file that a result was read from, where no hand typed it."""
    if result is None or result.file is None:
        return None
    return Link(say("open-the-file"), f"/attachments/{result.file}")


def which(specification: str) -> str:
    """A version of a specification as people call it: its stage and its number."""
    stage, _, version = specification.partition("/")
    return say("stage-and-version", stage=Stage(stage), version=version)


def judged(line: rules.LineFacts, standing: SterilityStanding) -> Outcome | None:
    """What a sterility test says of its line, once it says anything."""
    ends = {SterilityStanding.NO_GROWTH: Outcome.CONFORMS, SterilityStanding.GROWTH: Outcome.FAILS}
    return ends.get(standing) if line.sterility else None


def shown(result: rules.ResultFacts, line: rules.LineFacts | None = None) -> str:
    """A result as it stands on pages and certificates; what was asked for, in the reader's words."""
    if result.value is None:
        if line and result.category.casefold() == line.category.casefold():
            return line.category
        if result.category == OTHERWISE[0]:
            return OTHERWISE[1]
        return result.category or say(
            "not-performed-not-performed", not_performed=result.not_performed
        )
    return f"{result.qualifier.value.replace('=', '')}{result.value:f}"


def _clock(at: RequestContext, found: SampleFacts, hours: int) -> dict[str, object] | None:
    if found.inoculated_at is None:
        return None
    start, whole = found.inoculated_at, timedelta(hours=hours)
    end = found.closed_at or found.growth_seen_at or at.now

    def share(when: datetime) -> Decimal:
        return min(Decimal(100), Decimal(int((when - start) / whole * 1000)) / 10)

    days = hours // 24
    return {
        "percent": share(end),
        "day": min(days, (end - start) // timedelta(days=1)),
        "days": [(Decimal(day * 100) / days, day) for day in range(days + 1)],
        "running": end == at.now,
        "due": start + whole,
        "readings": [(share(r.at), r.growth, r.at) for r in found.readings],
    }


def _forms(at: RequestContext, found: SampleFacts) -> list[Form | None]:
    if found.voided_at is not None:
        return []
    fixed = {"sample": found.number}
    live = {r.code for r in found.results if r.standing in queries.LIVE}
    lines = queries.lines_of(at.session, found.specification)
    missing = [n for n in lines if n.code not in live and not n.sterility]
    entered = _choices(found, ResultStanding.ENTERED)
    mine = {r.id for r in found.results if r.entered_by == at.actor.login}
    of_others = [choice for choice in entered if choice[0] not in mine]
    amendable = [*entered, *_choices(found, ResultStanding.REVIEWED)]
    forms: list[Form | None] = []
    forms += [_entry(at, found.number, n, opened=n is missing[0]) for n in missing]
    if of_others:
        first = {"result": of_others[0][0]}
        forms.append(
            at.form(
                review_result, suggested=first, choices={"result": of_others}, opened=not missing
            )
        )
    if found.standing is SterilityStanding.TO_DO:
        forms.append(at.form(inoculate, fixed=fixed, opened=True))
    else:
        forms.append(at.form(read_sterility, fixed=fixed))
    if found.standing is SterilityStanding.INCUBATING:
        forms.append(at.form(close_sterility, fixed=fixed))
    if amendable:
        words = _words([n for n in lines if n.code in live])
        forms.append(at.form(amend_result, choices={"result": amendable, "category": words}))
        forms.append(at.form(invalidate_run, choices={"result": amendable}))
    return forms


OTHERWISE = (str(say("does-not-conform")), say("does-not-conform"))


def _entry(at: RequestContext, sample: str, line: rules.LineFacts, *, opened: bool) -> Form | None:
    """The entry of one test: a number, or one of two words."""
    fixed = {"sample": sample, "code": line.code}
    fixed |= {"category": ""} if line.limit else {"qualifier": Qualifier.EQUAL, "value": ""}
    words = [(str(line.category), line.category), OTHERWISE]
    choices = {} if line.limit else {"category": words}
    title = say("enter-test", test=line.test)
    return at.form(enter_result, fixed=fixed, choices=choices, title=title, opened=opened)


def _words(lines: Sequence[rules.LineFacts]) -> list[tuple[str, str]]:
    """What may be amended to, of tests that are judged by a word."""
    asked = {str(n.category): n.category for n in lines if n.category}
    return [("", say("choose")), *asked.items(), OTHERWISE]


def _choices(found: SampleFacts, standing: ResultStanding) -> list[tuple[str, str]]:
    return [
        (r.id, say("code-r-by-entered-by", code=r.code, r=shown(r), entered_by=r.entered_by))
        for r in found.results
        if r.standing is standing
    ]
