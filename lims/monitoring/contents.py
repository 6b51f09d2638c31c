"""What lay in a place or grew in an instrument since a moment, moved on meanwhile or not."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bank.models import Place, Vial
from lims.culture.models import Flask
from lims.culture.rules import FlaskStanding
from lims.genealogy.models import CameFrom


def vials_in(
    session: Session, place: str, since: datetime, until: datetime | None = None
) -> list[Vial]:
    """The vials that were in a tank, a rack or a box at any time since then, and came before `until`.

    Where it is not known when something was moved out, it counts as having been there.
    """
    boxes = _places_in(session, place, since)
    been = select(CameFrom.child).where(
        CameFrom.parent.in_(boxes), CameFrom.child.startswith("LMV")
    )
    candidates = session.scalars(
        select(Vial).where(Vial.number.in_(been) | Vial.box.in_(boxes)).order_by(Vial.number)
    ).all()
    edges = _edges(session, [vial.number for vial in candidates if vial.box])
    return [
        vial
        for vial in candidates
        if _was_there(vial, boxes, edges, since) and not _came_after(vial, boxes, edges, until)
    ]


def _came_after(
    vial: Vial,
    boxes: Collection[str],
    edges: dict[tuple[str, str], datetime],
    until: datetime | None,
) -> bool:
    """Whether a vial is known to have come only when it was over."""
    came = [at for (child, parent), at in edges.items() if child == vial.number and parent in boxes]
    return until is not None and bool(came) and min(came) > until


def _was_there(
    vial: Vial, boxes: Collection[str], edges: dict[tuple[str, str], datetime], since: datetime
) -> bool:
    if vial.box in boxes:
        return True
    if vial.box is None:
        return vial.thawed_at is not None and vial.thawed_at >= since
    return _moved_since(vial.number, vial.box, edges, boxes, since)


def _moved_since(
    number: str,
    now_in: str,
    edges: dict[tuple[str, str], datetime],
    places: Collection[str],
    since: datetime,
) -> bool:
    here = edges.get((number, now_in))
    there = [at for (child, parent), at in edges.items() if child == number and parent in places]
    if not there:
        return False
    return here is None or here >= since or here < max(there)  # it was here, went there, came back


def _edges(session: Session, numbers: Collection[str]) -> dict[tuple[str, str], datetime]:
    rows = session.execute(
        select(CameFrom.child, CameFrom.parent, CameFrom.at).where(CameFrom.child.in_(numbers))
    )
    return {(row.child, row.parent): row.at for row in rows}


def _places_in(session: Session, place: str, since: datetime) -> set[str]:
    """The place itself and all the racks and boxes that were in it since then."""
    found = {place}
    frontier = {place}
    while frontier:
        been = select(CameFrom.child).where(
            CameFrom.parent.in_(frontier), CameFrom.child.startswith("LMP")
        )
        rows = session.scalars(
            select(Place).where(Place.number.in_(been) | Place.within.in_(frontier))
        ).all()
        edges = _edges(session, [row.number for row in rows])
        frontier = {
            row.number
            for row in rows
            if row.within in frontier
            or (row.within and _moved_since(row.number, row.within, edges, frontier, since))
        } - found
        found |= frontier
    return found


def flasks_in(session: Session, instrument: str, until: datetime | None = None) -> list[str]:
    """The growing vessels that were put into an incubator before then, and are not told to have left."""
    been = select(CameFrom.child).where(CameFrom.parent == instrument)
    if until is not None:
        been = been.where(CameFrom.at <= until)
    growing = (Flask.standing == FlaskStanding.GROWING) & Flask.number.in_(been)
    return list(session.scalars(select(Flask.number).where(growing).order_by(Flask.number)))
