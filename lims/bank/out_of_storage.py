"""Vials out of the cold and in again: how long, and what becomes of one that was out too long."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from lims.bank import rules
from lims.bank.holding import hold_vials
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.quantities import Minutes
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import heed, say
from lims.identifiers.fields import VialNumber
from lims.instruments.rules import minutes
from lims.protocol.queries import At, trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Vials = Annotated[
    tuple[VialNumber, ...],
    About(label=say("vials"), hint=say("scan-each-in-its-order"), scan=True, least=1),
]
IN_STORE = {VialStanding.STORED, VialStanding.RESERVED}


def most_out(at: At) -> Minutes:
    """How long a vial may be out of the cold, all its ways together."""
    return Minutes(Decimal(trial_in_force(at).preparation.out_of_storage_minutes))


def out_of_storage(vial: Vial, now: datetime) -> Minutes:
    """How long a vial was out of the cold, until this moment, its earlier ways too."""
    before = vial.warmed.value if vial.warmed else Decimal(0)
    return Minutes(before + (minutes(now - vial.out_at) if vial.out_at else Decimal(0)))


@dataclass(frozen=True)
class ScanOut:
    """Vials that are taken out of the cold: to be fetched, or to lie elsewhere."""

    vials: Vials


@dataclass(frozen=True)
class Scanned:
    """Which vials were scanned."""

    vials: tuple[str, ...]
    says: Told


@action(may=Permission.BANK_CELLS, late=True)
def scan_out(work: Work, wanted: ScanOut) -> Scanned:
    """Say that vials are out of the cold; from now on their time counts, until they are in again."""
    vials = [work.lock(Vial, number) for number in sorted(set(wanted.vials))]
    reasons = [
        Reason("vial-is-not-in-store", number=vial.number)
        for vial in vials
        if vial.standing not in IN_STORE or vial.out_at is not None
    ]
    if reasons:
        raise Refused(say("nothing-was-scanned-out"), reasons)
    for vial in vials:
        vial.out_at = work.now
    most = most_out(work)
    numbers = tuple(vial.number for vial in vials)
    return Scanned(numbers, say("vials-are-out", count=len(numbers), most=most))


@dataclass(frozen=True)
class ScanIn:
    """Vials that are back in their positions."""

    vials: Vials


@action(may=Permission.BANK_CELLS, late=True)
def scan_in(work: Work, wanted: ScanIn) -> Scanned:
    """Say that vials are back where they were; one that was out too long is held for QA."""
    vials = [work.lock(Vial, number) for number in sorted(set(wanted.vials))]
    reasons = [
        Reason("vial-is-not-out", number=vial.number) for vial in vials if vial.out_at is None
    ]
    if reasons:
        raise Refused(say("nothing-was-scanned-in"), reasons)
    held = [vial.number for vial in vials if into_the_cold(work, vial)]
    says = say("vials-are-in", count=len(vials))
    if held:
        says = heed(say("vials-were-out-too-long", count=len(held), which=", ".join(held)))
    return Scanned(tuple(vial.number for vial in vials), says)


def into_the_cold(work: Work, vial: Vial) -> bool:
    """End a vial's time out of the cold, if it has one; whether it is held for it.

    One that was picked for a bag is not its vial any more: another one is picked.
    """
    if vial.out_at is None:
        return False
    vial.warmed = out_of_storage(vial, work.now)
    vial.out_at = None
    reasons = rules.warmth_reasons(vial.number, vial.warmed, most_out(work))
    if reasons:
        hold_vials(work, [vial], reasons[0].sentence)
        if vial.standing is VialStanding.RESERVED:  # else its bag could never be drawn
            vial.move_to(VialStanding.STORED)
            vial.taken_for = None
    return bool(reasons)
