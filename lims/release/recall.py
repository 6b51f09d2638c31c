"""A recall that starts from anything: an instrument, a flask, a vial, a bag, a tank."""

from dataclasses import dataclass
from typing import Annotated

from lims.bank.queries import lots_of_vials
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import say
from lims.genealogy.queries import descendants
from lims.identifiers.fields import AnyNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.release.actions import LotWithdrawn, Why, withdraw
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

LOTS = frozenset({Kind.LOT, Kind.MATERIAL})
WARD = frozenset({Kind.PARTICIPANT, Kind.INFUSION, Kind.ORDER, Kind.TREATMENT})


@dataclass(frozen=True)
class HoldDownstream:
    """Where the doubt begins, and why."""

    number: Annotated[AnyNumber, About(label=say("from"), scan=True)]
    reason: Why


@dataclass(frozen=True)
class Held:
    """What was held."""

    number: str
    lots: tuple[str, ...]
    says: Told


@action(
    may=Permission.RELEASE_LOT, signed_as=say("everything-downstream-placed-on-hold"), urgent=True
)
def hold_downstream(work: Work, wanted: HoldDownstream) -> Held:
    """Hold every lot that something went into, and withdraw bags by session, in both arms."""
    if kind_of(wanted.number) in WARD:
        raise Refused(Reason("not-material"))
    inside = _vials_ever_in(work, wanted.number)
    starts = [wanted.number, *lots_of_vials(work.session, inside)]
    affected = sorted({*starts, *descendants(work.session, *starts)})
    held = []
    for number in affected:
        if kind_of(number) in LOTS:
            lot = work.lock(Lot, number)
            if lot.may_move_to(LotStanding.HOLD):
                withdraw(work, lot, LotStanding.HOLD, f"{wanted.number}: {wanted.reason}")
                held.append(number)
    for start in starts:
        work.publish(LotWithdrawn(start))
    if not held and len(affected) == 1 and kind_of(wanted.number) is not Kind.BAG:
        raise Refused(Reason("nothing-downstream"))
    return Held(wanted.number, tuple(held), say("lots-are-on-hold", count=len(held)))


def _vials_ever_in(work: Work, number: str) -> list[str]:
    """The vials that lie in a tank, a rack or a box, and those that were taken out of it."""
    if kind_of(number) is not Kind.PLACE:
        return []
    found = descendants(work.session, number)
    return [child for child in found if kind_of(child) is Kind.VIAL]
