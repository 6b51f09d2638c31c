"""Vials destroyed before a witness."""

from dataclasses import dataclass
from typing import Annotated

from lims.bank import rules
from lims.bank.models import Vial
from lims.bank.out_of_storage import Vials
from lims.bank.rules import VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.telling import Told
from lims.core.texts import say
from lims.donation.evidence import disposal_reasons
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class DestroyVials:
    """Vials, scanned as they are destroyed, and how and why."""

    vials: Vials
    reason: Annotated[str, About(label=say("how-and-why"), rows=2)]


@dataclass(frozen=True)
class Destroyed:
    """What was destroyed."""

    vials: tuple[str, ...]
    says: Told


@action(may=Permission.BANK_CELLS, witnessed_as=say("destruction-seen"), late=True)
def destroy_vials(work: Work, wanted: DestroyVials) -> Destroyed:
    """Destroy vials before a second person; all of them or none is recorded."""
    vials = [work.lock(Vial, number) for number in sorted(set(wanted.vials))]
    reasons = [
        reason
        for vial in vials
        for reason in (
            *rules.destroying_reasons(vial.number, vial.standing),
            *disposal_reasons(work.session, vial.number),
        )
    ]
    if reasons:
        raise Refused(say("nothing-was-destroyed"), list(dict.fromkeys(reasons)))
    for vial in vials:
        vial.move_to(VialStanding.DESTROYED)
        vial.box = vial.position = None
        vial.taken_for = wanted.reason
    numbers = tuple(vial.number for vial in vials)
    return Destroyed(numbers, say("vials-were-destroyed", count=len(numbers)))
