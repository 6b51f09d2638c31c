"""A safety cabinet is cleared by two people for one donor, or one session, before work begins in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.genealogy.queries import ancestors
from lims.identifiers.fields import AnyNumber, EquipmentNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.supplies import equipment_rules
from lims.supplies.equipment_rules import ClearanceFacts, EquipmentKind
from lims.supplies.models import Clearance, Equipment
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ClearLine:
    """A cabinet, and the cord, vessel, harvest or vial that is worked on in it next."""

    cabinet: EquipmentNumber
    of: Annotated[
        AnyNumber, About(label=say("worked-on-next"), hint=say("cord-vessel-harvest-vial"))
    ]


@action(
    may=Permission.CULTURE_CELLS,
    signed_as=say("line-cleared"),
    witnessed_as=say("line-clearance-checked"),
)
def clear_line(work: Work, wanted: ClearLine) -> ClearanceFacts:
    """Clear a cabinet for one donor: nothing of another one is in it; a second person looked."""
    cabinet = work.lock(Equipment, wanted.cabinet)
    if cabinet.kind is not EquipmentKind.CABINET:
        raise Refused(Reason("not-a-cabinet", name=cabinet.name, number=cabinet.number))
    donors = {
        n for n in (wanted.of, *ancestors(work.session, wanted.of)) if kind_of(n) is Kind.DONOR
    }
    if len(donors) != 1:
        raise Refused(Reason("no-donor-of-it", number=wanted.of))
    return _clear(work, cabinet.number, donors.pop())


def clear(work: Work, equipment: Sequence[str], line: str) -> None:
    """Note the cabinets among these as cleared, from inside an action that two people sign."""
    for number in dict.fromkeys(equipment):
        if work.get(Equipment, number).kind is EquipmentKind.CABINET:
            _clear(work, number, line)


def _clear(work: Work, cabinet: str, line: str) -> ClearanceFacts:
    kept = {"cabinet": cabinet, "line": line, "by": work.actor.login, "second": work.second}
    return facts(ClearanceFacts, work.add(Clearance(**kept, at=work.now)))


def cleared_for(session: Session, cabinet: str) -> ClearanceFacts | None:
    """For whom a cabinet was cleared last."""
    mine = select(Clearance).where(Clearance.cabinet == cabinet)
    row = session.scalars(mine.order_by(Clearance.id.desc()).limit(1)).first()
    return facts(ClearanceFacts, row) if row else None


def clearance_reasons(session: Session, equipment: Sequence[str], line: str) -> list[Reason]:
    """Why the cabinets among these are not used for this line; without a line nothing is asked."""
    if not line:
        return []
    mine = Equipment.number.in_(equipment) & (Equipment.kind == EquipmentKind.CABINET)
    cabinets = session.scalars(select(Equipment).where(mine).order_by(Equipment.number)).all()
    return [
        reason
        for cabinet in cabinets
        for found in [cleared_for(session, cabinet.number)]
        for reason in equipment_rules.line_reasons(
            f"{cabinet.name} {cabinet.number}", found.line if found else "", line
        )
    ]
