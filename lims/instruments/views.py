"""Pages of counters' counts: taken in from a file, assigned, struck out, taken for a harvest."""

from collections.abc import Sequence

from lims.core.facts import facts
from lims.core.texts import say, say_each
from lims.core.words import as_words
from lims.instruments import queries
from lims.instruments.counting import import_counts
from lims.instruments.counts import CellsCounted
from lims.instruments.queries import CountFacts, CountsTaken
from lims.instruments.rules import CountStanding
from lims.instruments.taking import assign_count, strike_count
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("instruments", say("menu.cells"))
LAB = Permission.READ_LAB


@pages.read("/counts", queries.counts, may=LAB, menu=say("counts"), is_list=True)
def counts(at: RequestContext, found: list[CountFacts]) -> Page:
    """All counts of counters, and the way to one more file."""
    rows = [
        (
            Link(one.sample or one.image or one.id, f"/instruments/counts/{one.id}"),
            one.standing,
            one.of,
            one.live.rounded(0),
            facts(CellsCounted, one).viability.rounded(1),
            one.counted_at,
            one.instrument,
        )
        for one in found
    ]
    columns = say_each(
        "sample-name", "standing", "of", "viable-in-each-ml", "viability", "counted", "counter"
    )
    return Page(
        say("counts"),
        tables=[Table("", columns, rows, say("no-counts-yet"))],
        forms=[at.form(import_counts, then="/instruments/counts")],
    )


@pages.look(import_counts)
def look_at_counts(at: RequestContext, found: CountsTaken) -> Sequence[Table]:
    """What a counter's file would bring in."""
    rows = [
        (
            one.sample,
            one.of,
            one.live.rounded(0),
            facts(CellsCounted, one).viability.rounded(1),
            one.counted_at,
        )
        for one in found.counts
    ]
    columns = say_each("sample-name", "of", "viable-in-each-ml", "viability", "counted")
    return [Table(say("counts"), columns, rows)]


@pages.read("/counts/<count>", queries.count, may=LAB)
def count(at: RequestContext, found: CountFacts) -> Page:
    """One count, with the file that it came in."""
    serves = found.standing is CountStanding.COUNTED
    fixed = {"count": found.id}
    return Page(
        say("cell-count"),
        standing=found.standing,
        facts=(
            (say("sample-name"), found.sample),
            (say("image"), found.image),
            (say("of"), found.of),
            (say("viable-in-each-ml"), found.live.rounded(0)),
            (say("all-in-each-ml"), found.total.rounded(0)),
            (say("viability"), facts(CellsCounted, found).viability.rounded(1)),
            (say("dilution.label"), found.dilution),
            (say("counted"), found.counted_at),
            (say("counter"), found.instrument),
            (say("file"), Link(say("open-the-file"), f"/attachments/{found.file}")),
            (say("line-of-the-file"), found.line),
            (say("taken-for"), _taken_for(found)),
            (say("assigned-by"), _assigned(found)),
            (say("entered-by"), found.by),
            (say("entered.at"), found.at),
            (say("because"), found.struck_why),
        ),
        forms=[
            at.form(assign_count, fixed=fixed, opened=found.of is None) if serves else None,
            at.form(strike_count, fixed=fixed, danger=True) if serves else None,
        ],
        onwards=[(say("harvest-with-this-count"), f"/culture/flasks/{found.of}")]
        if serves and found.of and at.actor.may(Permission.CULTURE_CELLS)
        else [],
    )


def _taken_for(found: CountFacts) -> Link | None:
    if found.taken_for is None:
        return None
    return Link(say("harvest"), f"/culture/harvests/{found.taken_for}")


def _assigned(found: CountFacts) -> tuple[str, ...]:
    return tuple(login for login in (found.assigned_by, found.assigned_second) if login)


@pages.todo(Permission.CULTURE_CELLS)
def to_assign(at: RequestContext) -> Sequence[Todo]:
    """Counts of which nobody has said yet what they are of."""
    return [
        Todo(
            say("assign-count"),
            "",
            say("count-of-sample", sample=one.sample, live=as_words(one.live.rounded(0), at.zone)),
            href=f"/instruments/counts/{one.id}",
        )
        for one in queries.to_assign(at.session)
    ]
