"""Pages of watched places: what was wrong, what is held for it, and what QA made of it."""

from collections.abc import Sequence

from lims.core.texts import named, say, say_each
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.monitoring import queries
from lims.monitoring.excursions import end_excursion, judge_held, raise_alarm
from lims.monitoring.queries import ExcursionFacts, ExcursionSummary, WatchFacts
from lims.monitoring.rules import ExcursionStanding, next_reading
from lims.monitoring.watching import read_sensor, set_watch
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import BESIDE, Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("monitoring", say("menu.cells"))
LAB = Permission.READ_LAB
TO_EXCURSION = "/monitoring/excursions/{made}"
MOST = 40  # vials that are shown one by one; more are judged by their boxes
WATCHED = {Kind.PLACE, Kind.EQUIPMENT}


@pages.read("/excursions", queries.excursions, may=LAB, menu=say("excursions"), is_list=True)
def excursions(at: RequestContext, found: list[ExcursionSummary]) -> Page:
    """Every excursion, and the vials that wait for QA."""
    rows = [
        (
            Link(named(one.excursion.kind), f"/monitoring/excursions/{one.excursion.id}"),
            one.excursion.standing, one.excursion.of, one.excursion.since, one.excursion.until,
            one.excursion.worst, one.waiting,
        )
        for one in found
    ]  # fmt: skip
    columns = say_each("excursion", "standing", "where", "since", "until", "worst", "vials-waiting")
    long_out = [(v.vial, v.lot, v.because, v.at) for v in queries.held_for_long(at.session)]
    tables = [Table("", columns, rows)]
    if long_out:
        held = say_each("vial", "lot", "reason", "since")
        tables.append(Table(say("too-long-out-of-storage"), held, long_out))
    forms = [at.form(raise_alarm, then=TO_EXCURSION), at.form(judge_held)]
    return Page(say("excursions"), tables=tables, forms=forms)


@pages.read("/excursions/<excursion>", queries.excursion, may=LAB)
def excursion(at: RequestContext, found: ExcursionFacts) -> Page:
    """One excursion with each vial that it holds."""
    waiting = found.waiting
    rows = [
        (h.lot, h.box, h.count, _judged(h), h.why, h.judged_by, h.judged_at) for h in found.held
    ]
    columns = say_each("lot", "box", "vials", "judged", "on-what-that-rests", "who", "when")
    going_on = found.standing is ExcursionStanding.GOING_ON
    picture = [(say("open-the-file"), f"/attachments/{found.file}")] if found.file else []
    return Page(
        named(found.kind),
        number=found.of,
        standing=found.standing,
        facts=(
            (say("what-was-noticed"), found.what),
            (say("since"), found.since),
            (say("until"), found.until),
            (say("worst"), found.worst),
            (say("by"), found.by),
            (say("when"), found.at),
            (say("vials-waiting"), len(waiting)),
        ),
        tables=[
            Table(say("held-vials"), columns, rows),
            *(
                [Table(say("vials-waiting"), say_each("vial"), [(v,) for v in waiting[:MOST]])]
                if waiting
                else []
            ),
        ],
        forms=[
            at.form(end_excursion, fixed={"excursion": int(found.id)}) if going_on else None,
            at.form(judge_held, suggested={"vials": waiting[:MOST]}) if waiting else None,
        ],
        links=picture,
    )


def _judged(held: queries.HeldGroup) -> str:
    if held.fit is None:
        return say("waits-for-qa")
    return say("may-be-used") if held.fit else say("given-up")


def beside(at: RequestContext, number: str) -> tuple[Sequence[Table], Sequence[Form | None]]:
    """What the page of a place or an instrument has besides: its limits, its excursions, the alarm."""
    if not is_number(number) or kind_of(number) not in WATCHED:
        return (), ()
    watch = queries.watch_of(at.session, number)
    tables = []
    if watch:
        columns = say_each("sensor", "not-colder-than", "not-warmer-than", "read-until")
        row = (watch.sensor, watch.lowest, watch.highest, watch.read_until)
        tables.append(Table(say("watched"), columns, [row]))
    rows = [
        (Link(named(one.kind), f"/monitoring/excursions/{one.id}"), one.standing, one.since, one.until, one.worst)
        for one in queries.excursions_of(at.session, number)
    ]  # fmt: skip
    if rows:
        columns = say_each("excursion", "standing", "since", "until", "worst")
        tables.append(Table(say("excursions"), columns, rows))
    fixed = {"of": number}
    forms = [
        at.form(read_sensor, fixed=fixed, aside=True) if watch else None,
        at.form(raise_alarm, fixed=fixed, then=TO_EXCURSION, aside=True, danger=True),
        at.form(set_watch, fixed=fixed, suggested=vars(watch) if watch else {}, aside=True),
    ]
    return tables, forms


BESIDE.setdefault(Side.LAB, []).append(beside)


@pages.todo(Permission.BANK_CELLS)
def to_read(at: RequestContext) -> Sequence[Todo]:
    """Sensors whose file is due, and excursions that nobody has said are over."""
    due = [
        Todo(
            say("read-the-sensor"),
            watch.of,
            say("last-reading-is-known"),
            next_reading(watch.read_until or watch.since, watch.read_every_hours),
            act=read_sensor,
        )
        for watch in queries.watches(at.session)
    ]
    going = [
        Todo(named(one.kind), one.of, one.what, one.since,
             href=f"/monitoring/excursions/{one.id}", act=end_excursion)
        for one in queries.going_on(at.session)
    ]  # fmt: skip
    return [*going, *due]


@pages.todo(Permission.RELEASE_LOT)
def to_judge(at: RequestContext) -> Sequence[Todo]:
    """Held vials wait for QA."""
    alone = [
        Todo(say("judge-held-vial"), held.vial, held.because, held.at, href="/monitoring/excursions",
             act=judge_held)
        for held in queries.held_for_long(at.session)
    ]  # fmt: skip
    return alone + [
        Todo(say("judge-held-vials"), one.excursion.of, say("vials-wait", count=one.waiting),
             one.excursion.since, href=f"/monitoring/excursions/{one.excursion.id}", act=judge_held)
        for one in queries.to_judge(at.session)
    ]  # fmt: skip


@pages.look(read_sensor)
def look_at_sensor(_at: RequestContext, _found: WatchFacts) -> Sequence[Table]:
    """What a sensor's file would open is told in its sentence."""
    return []
