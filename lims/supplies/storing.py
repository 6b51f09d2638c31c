"""In which fridge or freezer a container is kept: what goes wrong there holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import say
from lims.identifiers.fields import EquipmentNumber, MaterialNumber
from lims.supplies import equipment_rules
from lims.supplies.equipment_rules import EquipmentFacts
from lims.supplies.models import Equipment, KeptIn, Lot
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class KeepMaterials:
    """Containers, and the fridge or freezer into which they were put."""

    equipment: Annotated[EquipmentNumber, About(label=say("fridge-or-freezer"))]
    containers: Annotated[
        tuple[MaterialNumber, ...],
        About(label=say("containers"), hint=say("scan-each-one"), scan=True, least=1),
    ]


@dataclass(frozen=True)
class KeptThere:
    """What is kept where now."""

    equipment: str
    containers: tuple[str, ...]
    says: Told


@action(may=Permission.MANAGE_SUPPLIES, late=True)
def keep_materials(work: Work, wanted: KeepMaterials) -> KeptThere:
    """Say into which fridge or freezer containers were put; put elsewhere later, they are there."""
    instrument = work.lock(Equipment, wanted.equipment)
    known = facts(EquipmentFacts, instrument)
    lots = [work.get(Lot, number) for number in dict.fromkeys(wanted.containers)]
    reasons = [
        *equipment_rules.equipment_reasons(known, work.today),
        *(Reason("used-up", name=lot.name, number=lot.number) for lot in lots if lot.used_up_at),
    ]
    if reasons:
        raise Refused(say("nothing-was-put-there"), reasons)
    for lot in lots:
        row = KeptIn(lot=lot.number, equipment=instrument.number, by=work.actor.login, at=work.now)
        work.add(row)
    numbers = tuple(lot.number for lot in lots)
    return KeptThere(instrument.number, numbers, say("containers-are-there", count=len(numbers)))


def place_of(session: Session, container: str) -> str | None:
    """In which fridge or freezer a container is; None where nobody has said."""
    mine = select(KeptIn.equipment).where(KeptIn.lot == container)
    return session.scalar(mine.order_by(KeptIn.at.desc(), KeptIn.id.desc()).limit(1))


def kept_in(
    session: Session,
    equipment: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[str]:
    """The containers in a fridge that are not used up; `since` then also what was there meanwhile.

    What came only after `until` was not there.
    """
    ever = select(KeptIn.lot).where(KeptIn.equipment == equipment)
    rows = session.scalars(
        select(KeptIn)
        .join(Lot, Lot.number == KeptIn.lot)
        .where(KeptIn.lot.in_(ever), Lot.used_up_at.is_(None))
        .order_by(KeptIn.at, KeptIn.id)
    )
    stays: dict[str, list[KeptIn]] = {}
    for row in rows:
        stays.setdefault(row.lot, []).append(row)
    return sorted(
        number
        for number, moves in stays.items()
        if _was_there(moves, equipment, since)
        and (until is None or any(m.at <= until for m in moves if m.equipment == equipment))
    )


def _was_there(moves: Sequence[KeptIn], equipment: str, since: datetime | None) -> bool:
    """The last stay is there, or one that ended after that moment."""
    if moves[-1].equipment == equipment:
        return True
    return since is not None and any(
        move.equipment == equipment and after.at >= since for move, after in pairwise(moves)
    )
