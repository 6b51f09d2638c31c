"""Pages of the bedside: receive, verify, infuse."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from lims.accounts.scanning import GOAL, RECENT_DAYS, scanned_at_the_bed
from lims.bags.rules import STOPPED, BagStanding
from lims.bedside import queries, rules
from lims.bedside.actions import receive_bag
from lims.bedside.amending import amend_infusion, amend_observation
from lims.bedside.infusing import (
    account_for_bag,
    confirm_infusion,
    end_infusion,
    give_up_infusion,
    observe,
    start_infusion,
)
from lims.bedside.paper import enter_given_against_stop, enter_paper_form
from lims.bedside.queries import InfusionFacts, ObservationFacts, WardBag
from lims.bedside.rules import InfusionStanding
from lims.core.quantities import Minutes, Percent
from lims.core.texts import say, say_each
from lims.identifiers.numbers import Kind
from lims.protocol.queries import trial_in_force
from lims.trust.actions import Action
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.trust.late_entries import EnteredLater, entered_later_on_the_ward
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.history import late_table
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("bedside")
# How a bag or an infusion went tells of reactions, which an assessor must not know.
COURSE = Permission.READ_REACTIONS
OBSERVED = ("seen", "temperature", "pulse", "systolic", "diastolic", "interrupted")


@pages.read("/bags", queries.ward_bags, may=COURSE, menu=say("bags"), is_list=True)
def bags(at: RequestContext, found: list[WardBag]) -> Page:
    """The bags that came to the ward."""
    rows = [(b.number, b.standing, b.treatment, b.visit, b.slot_at, b.expires_at) for b in found]
    columns = say_each("bag", "standing", "treatment-number", "infusion", "slot", "expires")
    return Page(
        say("bags-on-the-ward"),
        facts=_scanned(at),
        tables=[Table("", columns, rows, say("no-bag-has-come"))],
        forms=[at.form(receive_bag, opened=True)],
    )


def _scanned(at: RequestContext) -> tuple[tuple[str, object], ...]:
    """The share of wristbands and bags that were scanned at the bedside, beside its goal."""
    scanned, every = scanned_at_the_bed(at.session, at.now)
    if not every:
        return ()
    share = Percent(Decimal(scanned * 100) / every).rounded(1)
    told = say(
        "scanned-of-all", share=f"{share.value:f}", scanned=scanned, count=every, goal=f"{GOAL:f}"
    )
    return ((say("scanned-at-the-bed", count=RECENT_DAYS), told),)


@pages.read("/bags/<number>", queries.ward_bag, may=COURSE, opens=Kind.BAG)
def bag(at: RequestContext, found: WardBag) -> Page:
    """One bag."""
    here = found.standing in STOPPED | {BagStanding.DISPATCHED, BagStanding.RECEIVED}
    notice = say("call-the-cell-laboratory-about") if found.notice else None
    on_paper = {"bag": found.number, "bag_again": ""}
    return Page(
        say("bag"),
        number=found.number,
        standing=found.standing,
        facts=(
            (say("treatment-number"), found.treatment),
            (say("infusion"), found.visit),
            (say("volume.label"), found.volume),
            (say("slot"), found.slot_at),
            (say("expires"), found.expires_at),
            (say("notice"), notice),
        ),
        forms=[
            at.form(receive_bag, opened=True) if found.standing is BagStanding.DISPATCHED else None,
            at.form(account_for_bag, fixed={"bag": found.number}, danger=True),
            at.form(enter_paper_form, fixed=on_paper),
            at.form(enter_given_against_stop, fixed=on_paper, danger=True),
        ]
        if here
        else [],
    )


@pages.read("/infusions", queries.infusions, may=COURSE, menu=say("infusions"), is_list=True)
def infusions(at: RequestContext, found: list[InfusionFacts]) -> Page:
    """All infusions."""
    del at
    rows = [(i.number, i.standing, i.participant, i.visit, i.started_at, i.given) for i in found]
    columns = say_each("infusion", "standing", "participant", "no", "started", "given")
    return Page(say("infusions"), tables=[Table("", columns, rows)])


@pages.read("/infusions/<number>", queries.infusion, may=COURSE, opens=Kind.INFUSION)
def infusion(at: RequestContext, found: InfusionFacts) -> Page:
    """One infusion: start it, watch it, end it."""
    seen = [
        (
            o.at,
            o.temperature,
            o.pulse,
            f"{o.systolic or '–'}/{o.diastolic or '–'}",
            o.seen,
            o.interrupted,
            Link(say("amend"), f"/bedside/observations/{o.id}"),
        )
        for o in queries.observations_of(at.session, found.number)
    ]
    columns = say_each(
        "when", "temperature.label", "pulse", "pressure", "seen", "interrupted", "put-right"
    )
    return Page(
        say("infusion"),
        number=found.number,
        standing=found.standing,
        facts=(
            (say("participant"), found.participant),
            (say("bag"), found.bag),
            (say("infusion-no"), found.visit),
            (say("verified-by"), found.verified_by),
            (say("confirmed-by"), found.confirmed_by),
            (say("started"), found.started_at),
            (say("ended.label"), found.ended_at),
            (say("rate"), rate(at, found.bag)),
            (say("volume-given"), marked(found, "given")),
            (say("bag-accounted-for"), marked(found, "empty_bag")),
        ),
        tables=[Table(say("observations"), columns, seen)],
        forms=_next(at, found),
        links=[
            (
                say("report-event"),
                f"/followup/events?participant={found.participant}#do-followup-report-event",
            )
        ]
        if at.actor.may(Permission.REPORT_EVENT)
        else [],
    )


def _next(at: RequestContext, found: InfusionFacts) -> list[Form | None]:
    fixed = {"infusion": found.number}
    return {
        InfusionStanding.VERIFIED: [
            at.form(starts(at, found), fixed=fixed, opened=True),
            at.form(give_up_infusion, fixed=fixed),
        ],
        InfusionStanding.INFUSING: [
            at.form(observe, fixed=fixed, opened=True),
            at.form(end_infusion, fixed=fixed),
        ],
        InfusionStanding.ENDED: [
            at.form(observe, fixed=fixed),
            at.form(
                amend_infusion,
                fixed=fixed,
                suggested={"given": found.given, "empty_bag": found.empty_bag},
            ),
        ],
    }.get(found.standing, [])


def starts(at: RequestContext, found: InfusionFacts) -> Action[Any, Any]:
    """Who verified it calls the second nurse; who did not confirms it by themselves."""
    return start_infusion if at.actor.login == found.verified_by else confirm_infusion


@pages.read(
    "/entered-later",
    entered_later_on_the_ward,
    may=COURSE,
    menu=say("entered-later"),
    is_list=True,
)
def late(_at: RequestContext, found: Sequence[EnteredLater]) -> Page:
    """What the ward entered later than it happened, with both times."""
    return Page(say("entered-later"), tables=[late_table(found)])


@pages.read("/observations/<observation>", queries.observation, may=COURSE)
def observation(at: RequestContext, found: ObservationFacts) -> Page:
    """One observation."""
    values = {name: getattr(found, name) for name in OBSERVED}
    labels = say_each(
        "seen", "temperature.label", "pulse", "field.systolic", "field.diastolic", "interrupted"
    )
    return Page(
        say("observation"),
        facts=(
            (say("infusion"), found.infusion),
            (say("when"), found.at),
            *zip(labels, values.values(), strict=True),
            (say("by"), found.by),
        ),
        forms=[
            at.form(
                amend_observation,
                fixed={"infusion": found.infusion, "observation": found.id},
                suggested=values,
                then=f"/bedside/infusions/{found.infusion}",
            )
        ],
    )


def rate(at: RequestContext, bag_number: str) -> str:
    """How fast the planned infusion runs (F18)."""
    asked = trial_in_force(at).infusion
    volume = queries.ward_bag(at.session, bag_number).volume
    span = Minutes(Decimal(asked.planned_minutes))
    drops = rules.drops_per_minute(volume, span, asked.drops_per_ml)
    per_hour = volume.times(60).value / span.value
    return say(
        "ml-h-drops-a-minute",
        per_hour=f"{per_hour:.0f}",
        drops=f"{drops:.0f}",
        planned_minutes=asked.planned_minutes,
    )


@pages.todo(Permission.GIVE_INFUSION)
def waiting(at: RequestContext) -> Sequence[Todo]:
    """Bags to receive and to infuse, infusions to watch, notices to heed."""
    todos = []
    watch = timedelta(minutes=trial_in_force(at).infusion.watch_minutes)
    for b in queries.bags_to_see(at.session):
        if b.standing in STOPPED:
            todos.append(
                Todo(
                    say("dispose-of-bag"),
                    b.number,
                    say("return-or-destroy-it-with"),
                    b.expires_at,
                    act=account_for_bag,
                )
            )
        if b.standing is BagStanding.DISPATCHED:
            todos.append(
                Todo(
                    say("receive-bag"),
                    b.number,
                    say("infusion-visit", visit=b.visit),
                    b.slot_at,
                    act=receive_bag,
                )
            )
        if b.standing is BagStanding.RECEIVED:
            todos.append(
                Todo(
                    say("infuse-bag"),
                    b.number,
                    say("scan-wristband-and-bag"),
                    b.expires_at,
                    "/bedside/verify",
                )
            )
    under_way = (InfusionStanding.VERIFIED, InfusionStanding.INFUSING)
    for i in queries.infusions_that_are(at.session, *under_way):
        if i.standing is InfusionStanding.VERIFIED:
            todos.append(
                Todo(
                    say("start-infusion"),
                    i.number,
                    say("second-nurse-confirms"),
                    i.verified_at,
                    act=starts(at, i),
                )
            )
        if i.standing is InfusionStanding.INFUSING and i.started_at:
            due = i.started_at + watch
            todos.append(
                Todo(
                    say("watch-infusion"),
                    i.number,
                    say("vital-signs-then-the-end"),
                    due,
                    act=observe,
                )
            )
    return todos
