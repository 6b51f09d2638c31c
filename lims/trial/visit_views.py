"""The visit calendar of one participant: in rows, and as it lies in time."""

from collections.abc import Collection
from decimal import Decimal

from lims.core.days import day_of
from lims.core.texts import say, say_each
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.queries import ParticipantFacts
from lims.trial.views import WARD, pages
from lims.trial.windows import Window, visits_in
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.pictures import Curve, Picture, Point, picture_of
from lims.web.tables import Table


@pages.page("/participants/<number>/visits", may=WARD, sensitive=True)
def visits(at: RequestContext, number: str) -> Page:
    """The visit calendar of one participant."""
    found = queries.participant(at.session, number)
    trial = trial_in_force(at)
    done = queries.done_visits(at.session, found.treatment)
    missed = visits_in(found.missed)
    windows = {
        visit: window
        for p, visit, window in queries.next_visits(at.session, trial, at.zone)
        if p.number == number
    }
    rows = []
    for visit in range(1, trial.schedule.infusions + 1):
        window = windows.get(visit)
        state = _state(visit, done, missed, window)
        rows.append(
            (visit, state, window and window.first, window and window.due, window and window.last)
        )
    columns = say_each("infusion", "state", "from", "due", "to")
    return Page(
        say("visits-of"),
        number=number,
        pictures=_calendar(at, found, done),
        tables=[Table("", columns, rows)],
    )


def _calendar(at: RequestContext, found: ParticipantFacts, done: Collection[int]) -> list[Picture]:
    """Each infusion's window between two lines, what was given, and today."""
    trial = trial_in_force(at)
    visits = range(1, trial.schedule.infusions + 1)
    windows = {n: queries.planned_window(trial, found, n, at.zone) for n in visits}
    known = {n: window for n, window in windows.items() if window}
    slots = {o.visit: day_of(o.slot_at, at.zone) for o in found.orders if not o.cancelled}
    curves = [
        Curve(say("window-from"), [Point(w.first, Decimal(n)) for n, w in known.items()]),
        Curve(say("window-to"), [Point(w.last, Decimal(n)) for n, w in known.items()]),
        Curve(
            say("state.given"), [Point(slots[n], Decimal(n)) for n in sorted(done) if n in slots]
        ),
    ]
    title, up = say("visit-calendar"), say("infusion-no")
    return picture_of(Picture(title, say("day.axis"), up, curves, today=at.today))


def _state(
    visit: int, done: Collection[int], missed: Collection[int], window: Window | None
) -> str:
    if visit in done:
        return say("state.given")
    if visit in missed:
        return say("state.missed")
    return say("state.next") if window else say("state.later")
