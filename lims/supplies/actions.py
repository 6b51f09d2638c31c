"""Materials taken in, accepted, used up; and the vehicle, made like any lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from sqlalchemy import select

from lims.attachments.queries import has_files
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Hours
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.identifiers.fields import MaterialNumber
from lims.identifiers.numbers import Kind
from lims.supplies import rules
from lims.supplies.models import Lot
from lims.supplies.queries import is_same_lot
from lims.supplies.rules import LotFacts, LotKind, LotStanding
from lims.supplies.stock import begun, item_named, supplier_of_code, suppliers_of
from lims.supplies.suppliers_codes import of_code
from lims.supplies.using import Instruments, Materials, expiry_reasons, use
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ReceiveMaterial:
    """A delivery of one lot from a supplier."""

    name: Annotated[str, About(hint=say("empty-if-its-code-is-known"))] = ""
    supplier: Annotated[str, About(hint=say("empty-if-its-code-is-known"))] = ""
    supplier_lot: Annotated[
        str, About(label=say("suppliers-lot"), hint=say("as-printed-empty-if-its"))
    ] = ""
    expires_on: Annotated[
        date | None, About(label=say("expires-on"), hint=say("empty-if-the-suppliers-code"))
    ] = None
    in_use_life: Annotated[Hours | None, About(label=say("life-after-opening"), most=87_600)] = None
    containers: Annotated[
        int, About(label=say("containers"), hint=say("each-gets-a-number"), least=1, most=200)
    ] = 1
    supplier_code: Annotated[
        str,
        About(
            label=say("suppliers-code"), hint=say("gs1-item-lot-expiry"), scan=True, foreign=True
        ),
    ] = ""
    content: Annotated[
        str, About(label=say("content-of-each-container"), hint=say("for-example-500-ml"))
    ] = ""


@action(may=Permission.MANAGE_SUPPLIES, late=True)
def receive_material(work: Work, wanted: ReceiveMaterial) -> LotFacts:
    """Take a delivery in; it waits in quarantine. Its supplier's code fills in lot and expiry.

    A code that the catalogue knows says what it is and whose, too. Each container has a number, a
    label and, once it is opened, a clock of its own.
    """
    found = of_code(work, wanted.supplier_code, wanted.supplier_lot)
    expires_on = wanted.expires_on or found.expires_on
    lot_printed = wanted.supplier_lot or found.lot
    what = _what_it_is(work, wanted, found.gtin)
    reasons = [
        *what.reasons,
        *when(not lot_printed, Reason("no-lot")),
        *when(expires_on is None, Reason("no-expiry")),
        *when(
            found.expires_on and expires_on != found.expires_on,
            Reason("expiry-differs"),
        ),
        *when(
            found.lot and lot_printed != found.lot,
            Reason("lot-differs"),
        ),
    ]
    if reasons or expires_on is None:
        raise Refused(say("this-material-is-not-taken"), reasons)
    numbers = [work.new_number(Kind.MATERIAL) for _ in range(wanted.containers)]
    first, *_ = [
        work.add(
            Lot(
                number=number,
                kind=LotKind.MATERIAL,
                name=what.name,
                supplier=what.supplier,
                supplier_lot=lot_printed,
                delivery=numbers[0],
                content=wanted.content,
                gtin=found.gtin or None,
                expires_on=expires_on,
                in_use_life=wanted.in_use_life or what.life,
                made_by=work.actor.login,
                made_at=work.now,
            )
        )
        for number in numbers
    ]
    return facts(LotFacts, first)


@dataclass(frozen=True)
class _Delivered:
    """What a delivery is and whose, in the catalogue's words where it has them."""

    name: str
    supplier: str
    life: Hours | None
    reasons: list[Reason]


def _what_it_is(work: Work, wanted: ReceiveMaterial, gtin: str) -> _Delivered:
    known = supplier_of_code(work.session, gtin) if gtin else None
    name = wanted.name or (known.name if known else "")
    supplier = wanted.supplier or (known.supplier if known else "")
    item = item_named(work.session, name)
    reasons = [*when(not name, Reason("no-name")), *when(not supplier, Reason("no-supplier"))]
    if known and rules.alike(name) != rules.alike(known.name):
        theirs = {"name": known.name, "supplier": known.supplier}
        reasons.append(Reason("code-is-another-materials", **theirs))
    if item is None:
        return _Delivered(name, supplier, None, reasons)
    return _Delivered(item.name, supplier, item.in_use_life, reasons)


@dataclass(frozen=True)
class AcceptMaterial:
    """The incoming inspection's outcome."""

    number: MaterialNumber
    certificate: Annotated[str, About(label=say("certificate-of-analysis"), hint=say("its-number"))]


@action(may=Permission.RELEASE_LOT, signed_as=say("material-accepted-for-use"))
def accept_material(work: Work, wanted: AcceptMaterial) -> LotFacts:
    """Release a delivery on its certificate; who received it does not accept it."""
    lot = work.lock(Lot, wanted.number)
    containers = delivery_of(work, lot)
    known = facts(LotFacts, lot)
    reasons = [
        *rules.acceptance_reasons(known, work.actor.login, work.today),
        *_catalogue_reasons(work, known, containers),
    ]
    if reasons:
        raise Refused(say("this-material-is-not-accepted"), reasons)
    for one in containers:
        if one is lot or one.standing is LotStanding.QUARANTINE:
            one.move_to(LotStanding.RELEASED)
            one.was_released = True
            one.certificate = wanted.certificate
    return facts(LotFacts, lot)


def _catalogue_reasons(work: Work, lot: LotFacts, containers: Sequence[Lot]) -> list[Reason]:
    """What the catalogue asks, once there is one."""
    if not begun(work.session):
        return []
    item = item_named(work.session, lot.name)
    suppliers = suppliers_of(work.session, [item.id]) if item else []
    attached = has_files(work.session, work.side, [one.number for one in containers])
    return rules.catalogue_reasons(lot, item, suppliers, work.today, attached=attached)


def delivery_of(work: Work, lot: Lot) -> list[Lot]:
    """All containers of the delivery that a lot came in, held; itself alone for our own lots."""
    if lot.delivery is None:
        return [lot]
    found = select(Lot).where(Lot.delivery == lot.delivery).order_by(Lot.number)
    return list(work.session.scalars(found.with_for_update()))


def everywhere(work: Work, lot: Lot) -> list[Lot]:
    """All containers of a supplier's lot, in whichever delivery they came, held; our own lot alone."""
    if lot.delivery is None or not lot.supplier_lot:
        return delivery_of(work, lot)
    found = select(Lot).where(is_same_lot(lot), Lot.kind == lot.kind)
    return list(work.session.scalars(found.order_by(Lot.number).with_for_update()))


@dataclass(frozen=True)
class UseUp:
    """A container of which nothing more is taken."""

    number: MaterialNumber
    reason: Annotated[str, About(hint=say("empty-or-broken"))]


@action(may=Permission.MANAGE_SUPPLIES, late=True)
def use_up(work: Work, wanted: UseUp) -> LotFacts:
    """Say that a container is empty, or broken; the others of its delivery are used on."""
    lot = work.lock(Lot, wanted.number)
    if lot.used_up_at is not None:
        raise Refused(Reason("used-up", name=lot.name, number=lot.number))
    lot.used_up_at, lot.used_up_because = work.now, wanted.reason
    return facts(LotFacts, lot)


@dataclass(frozen=True)
class MakeVehicle:
    """A new lot of the suspension liquid, from these materials."""

    name: Annotated[str, About(hint=say("for-example-saline-with-2"))]
    expires_on: Annotated[date, About(label=say("expires-on"))]
    materials: Materials
    equipment: Instruments


@action(may=Permission.BANK_CELLS, late=True)
def make_vehicle(work: Work, wanted: MakeVehicle) -> LotFacts:
    """Make a lot of the suspension liquid; it is tested and released like any other lot."""
    if reasons := expiry_reasons(work, wanted.expires_on, wanted.materials):
        raise Refused(say("this-vehicle-is-not-made"), reasons)
    number = work.new_number(Kind.LOT)
    lot = Lot(
        number=number,
        kind=LotKind.VEHICLE,
        name=wanted.name,
        expires_on=wanted.expires_on,
        made_by=work.actor.login,
        made_at=work.now,
    )
    work.add(lot)
    use(work, number, wanted.materials, wanted.equipment)
    return facts(LotFacts, lot)
