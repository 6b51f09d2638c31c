"""The page of a lot's freezing run: its figures, its curve, and the way to read it."""

from collections.abc import Sequence
from decimal import Decimal

from lims.bank import freezing_queries as queries
from lims.bank.freezing import record_freezing
from lims.bank.freezing_queries import FreezingFacts, FreezingOf
from lims.bank.views import LAB, pages
from lims.core.texts import say, say_each
from lims.instruments.rules import points_of
from lims.protocol.queries import trial_in_force
from lims.protocol.sections import FreezingRules
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.pictures import Curve, Picture, Point
from lims.web.tables import Link, Table, Todo


@pages.read("/freezing/<number>", queries.freezing, may=LAB)
def freezing(at: RequestContext, found: FreezingOf) -> Page:
    """How a lot was frozen."""
    rules = trial_in_force(at).freezing
    run = found.run
    form = at.form(
        record_freezing, fixed={"lot": found.number}, opened=run is None,
        then=f"/bank/freezing/{found.number}",
    )  # fmt: skip
    return Page(
        say("freezing-run"),
        facts=((say("lot"), found.number), *(_figures(run) if run else ())),
        pictures=[_picture(run, rules)] if run and rules else [],
        forms=[form] if rules else [],
        links=[(say("lot"), f"/release/lots/{found.number}")],
    )


@pages.look(record_freezing)
def look_at_freezing(at: RequestContext, found: FreezingFacts) -> Sequence[Table]:
    """What a freezer's file says, but for the file, which is not kept yet."""
    rows = [pair for pair in _figures(found) if not isinstance(pair[1], Link)]
    return [Table(say("freezing-run"), say_each("figure", "value"), rows)]


def _figures(run: FreezingFacts) -> Sequence[tuple[str, object]]:
    return (
        (say("freezer.equipment"), run.freezer),
        (say("file"), Link(say("open-the-file"), f"/attachments/{run.file}")),
        (say("freezing-medium-added"), run.medium_at),
        (say("run-began"), run.started_at),
        (say("run-ended"), run.ended_at),
        (say("contact-with-the-medium"), run.contact.rounded(0)),
        (say("rate-in-each-minute"), None if run.rate is None else f"{run.rate:.2f}"),
        (say("coldest"), run.coldest.rounded(1)),
        (say("held-at-its-end"), run.held.rounded(0)),
        (say("by"), run.by),
        (say("checked-by"), run.checked_by),
    )


def _picture(run: FreezingFacts, rules: FreezingRules) -> Picture:
    points = [
        Point(minutes.quantize(Decimal(1)), celsius) for minutes, celsius in points_of(run.curve)
    ]
    return Picture(
        say("freezing-run"),
        say("minutes.axis"),
        say("temperature.axis"),
        [Curve(say("temperature.curve"), points)],
        limits=((rules.end_c.value, f"{rules.end_c.value:f} °C"),),
    )


@pages.todo(Permission.BANK_CELLS)
def to_read(at: RequestContext) -> Sequence[Todo]:
    """Lots that were filled and of whose freezing nothing is known."""
    if trial_in_force(at).freezing is None:
        return []
    return [
        Todo(
            say("read-the-freezers-file"),
            lot,
            say("no-freezing-run"),
            since,
            href=f"/bank/freezing/{lot}",
        )
        for lot, since in queries.without_run(at.session)
    ]
