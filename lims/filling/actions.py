"""Filling a bag: open the treatment number, thaw, count, draw; or draw vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from lims.bags.actions import end_bag
from lims.bags.models import Bag
from lims.bags.rules import IN_THE_LABORATORY, STOPPED, BagStanding
from lims.bank import queries as bank
from lims.bank.picking import free_vials, pick_vials
from lims.bank.rules import VialStanding
from lims.bank.thawing import thaw_vial
from lims.blinding.actions import open_number
from lims.blinding.rules import Arm
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Millilitres, Percent
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.culture.fields import Dilution, SeenDead, SeenLive, SeenSquares
from lims.culture.rules import Squares, count_again_reasons, count_reasons, counted, volume_reasons
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.filling import dose, queries, rules
from lims.filling.beginning import expiry_of, trial_of_order, vials_for, why_not_begun
from lims.filling.counting import second_count
from lims.filling.models import Fill, Preparation
from lims.filling.queries import FillFacts
from lims.genealogy.actions import connect
from lims.identifiers.fields import BagNumber, OrderNumber, SessionNumber, VialNumber
from lims.identifiers.numbers import Kind
from lims.orders.models import Order
from lims.orders.rules import OrderStanding, lightest, target_dose
from lims.supplies.models import Lot
from lims.supplies.using import FurtherInstruments, use
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class StartFill:
    """An order, prepared in a session."""

    order: OrderNumber
    session: SessionNumber


@action(may=Permission.FILL_BAG)
def start_fill(work: Work, wanted: StartFill) -> FillFacts:
    """Open the treatment number of an order and begin its bag; the shelf-life clock runs."""
    trial = trial_of_order(work, wanted.order)
    order = work.lock(Order, wanted.order)
    session = work.lock(Preparation, wanted.session)
    lots = [work.lock(Lot, number) for number in sorted((session.cell_lot, session.vehicle_lot))]
    expires = expiry_of(work, trial, order, session)
    if reasons := why_not_begun(work, order, session, lots, expires):
        raise Refused(say("cannot-be-filled-now", number=order.number), reasons)
    order.move_to(OrderStanding.IN_PREPARATION)
    arm = open_number(work, order.treatment, say("to-fill-order-number", number=order.number))
    bag = Bag(
        number=work.new_number(Kind.BAG),
        order=order.number,
        protocol=order.protocol,
        volume=order.volume,
        expires_at=expires,
    )
    work.add(bag)
    row = Fill(
        bag=bag.number,
        session=session.number,
        order=order.number,
        content=arm,
        started_by=work.actor.login,
        started_at=work.now,
        target=target_dose(order.weight, trial.dose.cells_per_kg) if arm is Arm.CELLS else None,
    )
    work.add(row)
    used = queries.used_in(work.session, session.number)
    connect(work, bag.number, session.number, session.vehicle_lot, *used)
    # For vehicle too, until its bag has ended: short stock must not tell what the others hold.
    pick_vials(work, row.bag, session.cell_lot, vials_for(work, order, session.cell_lot))
    return queries.fill_facts(work.session, row, say("the-treatment-number-is-open"))


@dataclass(frozen=True)
class PickMore:
    """A bag whose pool was short."""

    bag: BagNumber


@action(may=Permission.FILL_BAG)
def pick_more(work: Work, wanted: PickMore) -> FillFacts:
    """Pick one more vial for a bag whose pool is short of cells."""
    row = filling_of(work, wanted.bag, Arm.CELLS)
    pick_vials(work, row.bag, work.get(Preparation, row.session).cell_lot, 1)
    return queries.fill_facts(work.session, row)


@dataclass(frozen=True)
class ThawForBag:
    """A picked vial, scanned at the water bath."""

    bag: BagNumber
    vial: VialNumber


@action(may=Permission.FILL_BAG, late=True)
def thaw_for_bag(work: Work, wanted: ThawForBag) -> FillFacts:
    """Thaw a vial that was picked for this bag, if its lot is usable at this instant."""
    row = filling_of(work, wanted.bag, Arm.CELLS)
    vial = bank.vial(work.session, wanted.vial)
    if vial.taken_for != row.bag:
        raise Refused(Reason("not-picked", number=vial.number))
    thaw_vial(work, vial.number, row.bag)
    connect(work, row.bag, vial.number)
    return queries.fill_facts(work.session, row, say("number-is-thawed", number=vial.number))


def filling_of(work: Work, bag: str, content: Arm) -> Fill:
    """A bag of this content that is being filled, held; Refused with everything against a next step."""
    row = work.lock(Fill, bag)
    work.lock(Order, row.order)
    parcel = work.lock(Bag, bag)
    usable = queries.usability(work, parcel, work.moment)
    session = work.get(Preparation, row.session)
    reasons = [
        *when(
            parcel.standing is not BagStanding.FILLING,
            Reason("not-filling", standing=named(parcel.standing)),
        ),
        *when(
            session.stopped_because,
            Reason("session-closed", stopped_because=session.stopped_because),
        ),
        *rules.usable_reasons(usable, work.moment, labelled=False),
        *when(row.content is not content, Reason("other-content")),
    ]
    if reasons:
        raise Refused(say("this-step-is-not-for"), reasons)
    return row


@dataclass(frozen=True)
class DrawCells:
    """The count of the thawed and washed pool."""

    bag: BagNumber
    live: SeenLive
    dead: SeenDead
    squares: SeenSquares
    dilution: Dilution
    pool: Annotated[Millilitres, About(label=say("volume-of-the-pool"))]
    equipment: FurtherInstruments = ()


@action(may=Permission.FILL_BAG, witnessed_as=say("count-draw-volume-and-volume"), late=True)
def draw_cells(work: Work, wanted: DrawCells) -> FillFacts:
    """Count the pool, compute the draw to 0.1 mL and fill up with vehicle to the final volume."""
    row = filling_of(work, wanted.bag, Arm.CELLS)
    trial = trial_of_order(work, row.order)
    order = work.get(Order, row.order)
    known = queries.fill_facts(work.session, row)
    picked = bank.vials_of_bag(work.session, row.bag)
    waiting = [v.number for v in picked if v.standing is not VialStanding.THAWED]
    seen = facts(Squares, wanted)
    reasons = [
        *when(
            not known.vials,
            Reason("no-vials"),
        ),
        *(Reason("vial-not-thawed", number=number) for number in waiting),
        *(
            Reason("vial-not-thawed.then", number=v.number)
            for v in picked
            if v.thawed_at and v.thawed_at > work.now
        ),
        *count_reasons(seen, trial.culture.min_cells_counted),
        *volume_reasons(wanted.pool),
    ]
    if reasons or row.target is None:
        raise Refused(say("the-dose-cannot-be-drawn"), reasons)
    count = counted(seen)
    drawn = dose.draw(row.target, count.viable, order.volume, order.weight)
    frozen_cells = bank.frozen_in(work.session, known.vials)
    volumes = [trial.preparation.vial_volume_ml] * len(known.vials)
    frozen = dose.dmso(
        volumes, Percent(trial.preparation.dmso_pct), trial.preparation.dmso_g_per_ml
    )
    per_kg = dose.dmso_per_kg(frozen, lightest(order.weight, trial.weight.reweigh_pct))
    reasons = [
        *count_again_reasons(
            count.viable,
            second_count(work, row.bag, work.second),
            # What was on paper was counted and signed by two there.
            trial.culture.second_count_pct if work.now == work.entered else Decimal(0),
        ),
        *dose.draw_reasons(drawn, wanted.pool, trial.bag.dose_ceiling_pct),
        *dose.recovery_reasons(dose.recovery(frozen_cells, count.cells_in(wanted.pool))),
        *dose.dmso_reasons(per_kg, trial.preparation.dmso_limit_g_per_kg_day),
    ]
    if reasons:
        raise Refused(say("the-dose-cannot-be-drawn"), reasons)
    row.live, row.dead, row.squares = wanted.live, wanted.dead, wanted.squares
    row.dilution, row.pool, row.viability = wanted.dilution, wanted.pool, count.viability
    row.drawn, row.diluent, row.actual = drawn.volume, drawn.diluent, drawn.actual
    row.deviation, row.dmso_g_per_kg = drawn.deviation, per_kg
    if off := dose.dose_reasons(drawn.deviation, trial.bag.dose_action_pct):
        note_deviation(work, row.bag, DeviationKind.DOSE, off[0].sentence)
    return _drawn(work, row, wanted.equipment)


@dataclass(frozen=True)
class DrawVehicle:
    """The vehicle drawn to the final volume."""

    bag: BagNumber
    equipment: FurtherInstruments = ()


@action(may=Permission.FILL_BAG, witnessed_as=say("volume-in-the-bag-checked"), late=True)
def draw_vehicle(work: Work, wanted: DrawVehicle) -> FillFacts:
    """Draw the vehicle to the same final volume."""
    row = filling_of(work, wanted.bag, Arm.VEHICLE)
    row.drawn = row.diluent = work.get(Order, row.order).volume
    return _drawn(work, row, wanted.equipment)


def _drawn(work: Work, row: Fill, equipment: Sequence[str]) -> FillFacts:
    use(work, row.bag, (), equipment, since=row.started_at, line=row.session)
    row.drawn_by, row.checked_by, row.drawn_at = work.actor.login, work.second, work.now
    work.lock(Bag, row.bag).move_to(BagStanding.DRAWN)
    return queries.fill_facts(work.session, row, say("drawn-sample-label-and-sleeve"))


@dataclass(frozen=True)
class DiscardBag:
    """A bag that leaks, or will not be used."""

    bag: BagNumber
    damaged: Annotated[bool, About(label=say("is-it-damaged"))]
    reason: str


@action(may=Permission.FILL_BAG, witnessed_as=say("destruction-witnessed"), late=True)
def discard_bag(work: Work, wanted: DiscardBag) -> FillFacts:
    """Give up a bag that has not left the laboratory; the order may be filled again."""
    row = work.lock(Fill, wanted.bag)
    work.lock(Order, row.order)
    bag = work.lock(Bag, wanted.bag)
    if bag.dispatched_at is not None or bag.standing not in IN_THE_LABORATORY | STOPPED:
        raise Refused(Reason("left-the-laboratory", standing=named(bag.standing)))
    became = BagStanding.DAMAGED if wanted.damaged else BagStanding.DESTROYED
    end_bag(work, bag.number, became, "")
    row.given_up_because = wanted.reason  # of the laboratory's: it stays on its side
    free_vials(work, bag.number)
    return queries.fill_facts(work.session, row)
