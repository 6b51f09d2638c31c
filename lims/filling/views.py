"""Pages of the preparation room."""

from collections.abc import Sequence
from decimal import Decimal

from flask import request

from lims.bags.models import Bag
from lims.bags.queries import bag
from lims.bags.rules import IN_THE_LABORATORY, STOPPED, BagStanding
from lims.bank.queries import vial
from lims.bank.rules import VialStanding
from lims.blinding.rules import Arm
from lims.core.quantities import Minutes, Quantity
from lims.core.reasons import Reason
from lims.core.texts import named, say, say_each
from lims.filling import dose, finishing, giving_back, queries, rules
from lims.filling.actions import (
    discard_bag,
    draw_cells,
    draw_vehicle,
    pick_more,
    start_fill,
    thaw_for_bag,
)
from lims.filling.amending import amend_draw
from lims.filling.counting import SecondCount, count_pool, second_counts
from lims.filling.missing import miss_vial
from lims.filling.models import Fill
from lims.filling.paper import enter_paper_cells
from lims.filling.queries import FillFacts, PreparationFacts
from lims.filling.sessions import close_preparation, open_preparation
from lims.filling.stock import stock_pictures
from lims.identifiers.numbers import Kind
from lims.labelling.actions import reprint_label, scan_back
from lims.labelling.queries import LIVE, LabelFacts, labels_of, live_label
from lims.labelling.rules import LabelStanding
from lims.orders.queries import order
from lims.orders.rules import bench_reasons, lightest
from lims.protocol.queries import trial_in_force, trial_of_version
from lims.testing.queries import samples_of
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form, due_first
from lims.web.pages import Page, Pages
from lims.web.tables import Table

pages = Pages("filling", say("menu.bags"))
LAB = Permission.READ_LAB
COUNT = ("live", "dead", "squares", "dilution", "pool")


@pages.read("/", queries.preparations, may=LAB, menu=say("filling"), is_list=True)
def preparations(at: RequestContext, found: list[PreparationFacts]) -> Page:
    """All sessions; orders wait to be started in the open one."""
    rows = [
        (p.number, p.opened_at, p.cell_lot, p.vehicle_lot, len(p.bags), p.closed_at) for p in found
    ]
    columns = say_each("session", "opened", "cell-lot", "vehicle-lot", "bags", "closed.label")
    still = queries.open_preparation(at.session)
    wanted = request.args.get("order")
    forms: list[Form | None] = []
    if still:
        fixed = {"session": still.number, **({"order": wanted} if wanted else {})}
        then = "/filling/bags/{made}"
        forms.append(at.form(start_fill, fixed=fixed, opened=True, then=then))
    forms.append(at.form(open_preparation, opened=not still, then="/filling/sessions/{made}"))
    return Page(
        say("filling"),
        tables=[Table(say("sessions"), columns, rows)],
        pictures=stock_pictures(at),
        forms=forms,
    )


@pages.read("/sessions/<number>", queries.preparation, may=LAB, opens=Kind.SESSION)
def preparation(at: RequestContext, found: PreparationFacts) -> Page:
    """One session."""
    rows = [(b.number, b.standing, b.order, b.expires_at, b.sleeve) for b in found.bags]
    columns = say_each("bag", "standing", "order", "expires", "sleeve")
    fixed = {"session": found.number}
    forms = [
        at.form(start_fill, fixed=fixed, opened=True, then="/filling/bags/{made}"),
        at.form(close_preparation, fixed=fixed),
    ]
    return Page(
        say("preparation-session"),
        number=found.number,
        notice=[*_news(at, found), *_against(at, found)],
        renews=found.closed_at is None,
        facts=(
            (say("cell-lot-staged"), found.cell_lot),
            (say("vehicle-lot-staged"), found.vehicle_lot),
            (say("opened"), found.opened_at),
            (say("opened-by"), found.opened_by),
            (say("line-clearance"), found.cleared_by),
            (say("closed.label"), found.closed_at),
            (say("stopped-because"), found.stopped_because),
        ),
        tables=[Table(say("bags"), columns, rows)],
        forms=[*([] if found.closed_at else forms), _give_back(at, found)],
        links=[
            (say("genealogy"), f"/release/trace/{found.number}"),
            (say("labels-of-this-session"), f"/labelling/batches/{found.number}"),
        ],
    )


def _give_back(at: RequestContext, found: PreparationFacts) -> Form | None:
    stopped = giving_back.bags_stopped(at.session, found.number)
    return (
        at.form(giving_back.give_back_session, fixed={"session": found.number}) if stopped else None
    )


def _against(at: RequestContext, found: PreparationFacts) -> list[Reason]:
    """What still stands against bags that were stopped."""
    if not any(b.standing is BagStanding.WITHDRAWN for b in found.bags):
        return []
    return giving_back.why_stopped(at.session, found.number, at.moment)


def _news(at: RequestContext, found: PreparationFacts) -> list[Reason]:
    """What the ward or the protocol says of orders whose bags are still here."""
    return [
        Reason(reason.code, f"{b.number}: {reason.sentence}")
        for b in found.bags
        if b.standing in IN_THE_LABORATORY
        for reason in bench_reasons(queries.order_at_bench(at, b.order))
    ]


@pages.read("/bags/<number>", queries.fill, may=LAB, opens=Kind.BAG)
def filled(at: RequestContext, found: FillFacts) -> Page:
    """One bag: what goes in, what was drawn, what still stops its release."""
    parcel = bag(at.session, found.bag)
    wanted = order(at.session, found.order)
    labels = labels_of(at.session, found.bag)
    return Page(
        say("bag"),
        number=found.bag,
        standing=parcel.standing,
        notice=_blockers(at, found, parcel.standing),
        renews=parcel.standing in IN_THE_LABORATORY,
        facts=(
            (say("content"), named(found.content)),
            (say("order"), found.order),
            (say("treatment-number"), wanted.treatment),
            (say("body-weight"), wanted.weight),
            (say("judged-by-protocol-version"), parcel.protocol),
            (say("final-volume"), parcel.volume),
            (say("expires"), parcel.expires_at),
            (say("stopped-because"), found.given_up_because or parcel.because),
            (say("session"), found.session),
            (say("target-dose"), found.target),
            (say("viability-of-the-pool"), _rounded(found.viability, 1)),
            (say("drawn"), found.drawn),
            (say("diluent"), found.diluent),
            (say("actual-dose"), _rounded(found.actual, 0)),
            (say("deviation-from-the-target"), _rounded(found.deviation, 2)),
            (say("recovery-after-thawing"), _rounded(queries.recovery_of(at.session, found), 1)),
            (say("endotoxin"), _endotoxin(at, found.bag)),
            ("DMSO", f"{found.dmso_g_per_kg:.5f} g/kg" if found.dmso_g_per_kg else None),
            (say("drawn-by"), found.drawn_by),
            (say("checked-by"), found.checked_by),
            (say("sleeve"), parcel.sleeve),
            (say("samples"), tuple(s.number for s in samples_of(at.session, found.bag))),
            (say("released-by"), found.released_by),
            (say("certified.label"), found.certified_at),
        ),
        tables=_tables(at, found, labels),
        forms=_forms(at, found, parcel.standing),
        links=[*_labels(labels), (say("genealogy"), f"/release/trace/{found.bag}")],
    )


def _tables(at: RequestContext, found: FillFacts, labels: Sequence[LabelFacts]) -> list[Table]:
    picked = [vial(at.session, number) for number in found.vials]
    return [
        Table(
            say("vials-picked") if found.content is Arm.CELLS else say("vials-held-not-thawed"),
            say_each("vial", "standing", "lot", "box", "position"),
            [(v.number, v.standing, v.lot, v.box, v.position) for v in picked],
            say("no-vials-for-this-bag"),
        ),
        Table(
            say("counts-of-the-second-person"),
            say_each(
                "who", "when", "field.live", "field.dead", "squares-counted", "dilution.label"
            ),
            [(c.by, c.at, *_seen(c, found)) for c in second_counts(at.session, found.bag)],
        ),
        Table(
            say("labels"),
            say_each("copy", "standing", "printed", "scanned-back"),
            [(n.copy, n.standing, n.printed_at, n.scanned_at) for n in labels],
        ),
    ]


def _labels(labels: Sequence[LabelFacts]) -> list[tuple[str, str]]:
    return [
        (say("label-copy-copy", copy=n.copy), f"/labelling/labels/{n.code}")
        for n in labels
        if n.standing in LIVE
    ]


def _seen(count: SecondCount, found: FillFacts) -> tuple[object, ...]:
    """What was counted; nothing of it until the dose is drawn."""
    figures = count.live, count.dead, count.squares, count.dilution
    return figures if found.drawn_at else ("–",) * len(figures)


def _rounded(value: Quantity | None, places: int) -> Quantity | None:
    return value.rounded(places) if value is not None else None


def _endotoxin(at: RequestContext, number: str) -> str | None:
    trial = trial_in_force(at)
    parcel = at.session.get(Bag, number)
    load = queries.endotoxin_of(at.session, parcel, trial) if parcel else None
    if parcel is None or load is None:
        return None
    span = Minutes(Decimal(trial.infusion.planned_minutes))
    weight = lightest(order(at.session, parcel.order).weight, trial.weight.reweigh_pct)
    most = dose.endotoxin_limit(trial.infusion.endotoxin_k, weight, parcel.volume, span)
    return say("eu-kg-h-at-most", load=f"{load:.3f}", most=f"{most.value:.3f}")


def _blockers(at: RequestContext, found: FillFacts, standing: BagStanding) -> list[Reason]:
    """What stops the next step on a bag that is filled, or the release of a drawn one."""
    row, parcel = at.session.get(Fill, found.bag), at.session.get(Bag, found.bag)
    if row is None or parcel is None:
        return []
    if standing is BagStanding.FILLING:
        usable = queries.usability(at, parcel, at.moment)
        return rules.usable_reasons(usable, at.moment, labelled=False)
    if standing is not BagStanding.DRAWN:
        return []
    limits = queries.limits_of(trial_of_version(at.connection, parcel.protocol))
    evidence = queries.bag_evidence(at, parcel, row, at.moment)
    return rules.bag_blockers(evidence, at.actor.login, limits, at.moment)


def _forms(at: RequestContext, found: FillFacts, standing: BagStanding) -> list[Form | None]:
    fixed, parcel = {"bag": found.bag}, bag(at.session, found.bag)
    give_up = at.form(discard_bag, fixed=fixed, danger=True)
    if standing is BagStanding.FILLING and found.content is Arm.VEHICLE:
        return [at.form(draw_vehicle, fixed=fixed, opened=True), give_up]
    if standing is BagStanding.FILLING:
        frozen = any(vial(at.session, n).standing is VialStanding.RESERVED for n in found.vials)
        return [
            at.form(thaw_for_bag, fixed=fixed, opened=frozen) if frozen else None,
            at.form(miss_vial, fixed=fixed) if frozen else None,
            None if frozen else at.form(count_pool, fixed=fixed),
            at.form(draw_cells, fixed=fixed, opened=not frozen),
            at.form(pick_more, fixed=fixed),
            at.form(enter_paper_cells, fixed=fixed),
            give_up,
        ]
    right = (
        at.form(amend_draw, fixed=fixed, suggested={name: getattr(found, name) for name in COUNT})
        if found.live is not None
        else None
    )
    if standing is BagStanding.DRAWN:
        label = live_label(at.session, found.bag)
        to_read = label is not None and label.standing is LabelStanding.ISSUED
        sleeved = bool(parcel.sleeve)
        return due_first(
            (not samples_of(at.session, found.bag), at.form(finishing.sample_bag, fixed=fixed)),
            (
                True,
                None
                if label
                else at.form(
                    finishing.print_bag_label, fixed=fixed, then="/labelling/labels/{made}"
                ),
            ),
            (to_read, at.form(scan_back) if to_read else None),
            (not sleeved, None if sleeved else at.form(finishing.sleeve_bag, fixed=fixed)),
            (True, at.form(finishing.release_bag, fixed=fixed)),
            (False, at.form(reprint_label, fixed={"number": found.bag}) if label else None),
            (False, right),
            (False, give_up),
        )
    here = parcel.dispatched_at is None and standing in {BagStanding.RELEASED, *STOPPED}
    alone = standing is BagStanding.WITHDRAWN and parcel.because
    return [
        right,
        at.form(giving_back.give_back_bag, fixed=fixed) if alone else None,
        give_up if here else None,
        at.form(finishing.certify_bag, fixed=fixed)
        if found.released_at and not found.certified_at
        else None,
    ]
