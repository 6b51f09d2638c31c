"""Vials held one by one: after an excursion of their tank, or too long out of it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from lims.bank.models import Vial, VialHold
from lims.bank.rules import VialStanding
from lims.core.reasons import Reason, when
from lims.trust.context import Work

_HOLDS = (VialHold.vial == Vial.number) & VialHold.fit.is_not(True)
IS_HELD: ColumnElement[bool] = exists().where(_HOLDS).correlate(Vial)


def hold_vials(
    work: Work, vials: Sequence[Vial], because: str, excursion: int | None = None
) -> list[Vial]:
    """Hold these, but for those that this very excursion holds already; those that are new."""
    known = select(VialHold.vial).where(VialHold.excursion == excursion)
    held = set(work.session.scalars(known)) if excursion is not None else set()
    new = [vial for vial in vials if vial.number not in held]
    for vial in new:
        kept = {"vial": vial.number, "lot": vial.lot, "because": because, "at": work.now}
        work.add(VialHold(excursion=excursion, **kept))
    return new


def held_reasons(session: Session, number: str) -> list[Reason]:
    """Why this vial is not used: what holds it, each for itself."""
    mine = (VialHold.vial == number) & VialHold.fit.is_not(True)
    rows = session.scalars(select(VialHold).where(mine).order_by(VialHold.id))
    return [Reason("vial-is-held", number=number, because=row.because) for row in rows]


def thawed_reasons(session: Session, lot: str, since: datetime) -> list[Reason]:
    """Why bags that were filled from a lot's stage stay stopped, whichever of them hold its cells.

    Thawed vials of it were held since then, and QA has not judged them or found them unfit.
    """
    thawed = (Vial.standing == VialStanding.THAWED) & (Vial.lot == lot)
    held = select(VialHold.id).join(Vial, Vial.number == VialHold.vial)
    waits = held.where(thawed, VialHold.at >= since, VialHold.fit.is_not(True)).limit(1)
    return list(when(session.scalar(waits) is not None, Reason("thawed-vials-are-held", lot=lot)))


def not_judged(work: Work, numbers: Collection[str]) -> list[VialHold]:
    """What holds these vials and waits for QA, held by this action."""
    mine = VialHold.vial.in_(numbers) & VialHold.fit.is_(None)
    rows = select(VialHold).where(mine).order_by(VialHold.id).with_for_update()
    return list(work.session.scalars(rows))
