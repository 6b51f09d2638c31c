"""The list of vials to fetch, in the order in which one walks: tank, rack, box, position."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bank.models import Vial
from lims.bank.out_of_storage import scan_out
from lims.bank.queries import paths
from lims.bank.rules import VialStanding
from lims.bank.walking import walking_order
from lims.blinding.rules import Arm
from lims.core.texts import say, say_each
from lims.filling.models import Fill
from lims.filling.views import LAB, pages
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table


@dataclass(frozen=True)
class ToFetch:
    """A vial, where it is, and the bag that it is for."""

    where: str
    box: str
    position: str
    vial: str
    lot: str
    bag: str
    is_out: bool


def to_fetch(session: Session) -> list[ToFetch]:
    """The vials of the bags under way, in walking order."""
    wanted = (
        select(Vial, Fill.bag)
        .join(Fill, Fill.bag == Vial.taken_for)
        .where(Vial.standing == VialStanding.RESERVED, Fill.content == Arm.CELLS)
    )
    rows = session.execute(wanted).all()
    where = paths(session, [vial.box for vial, _ in rows if vial.box])
    found = [
        ToFetch(
            where.get(vial.box or "", ""), vial.box or "", vial.position or "", vial.number,
            vial.lot, bag, vial.out_at is not None,
        )
        for vial, bag in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: walking_order(one.where, one.position, one.vial))


@pages.read("/fetching", to_fetch, may=LAB, menu=say("vials-to-fetch"), is_list=True)
def fetching(at: RequestContext, found: list[ToFetch]) -> Page:
    """What is fetched from the tanks now."""
    rows = [
        (
            one.where,
            one.position,
            one.vial,
            one.lot,
            one.bag,
            say("answer.yes") if one.is_out else "",
        )
        for one in found
    ]
    columns = say_each("where", "position", "vial", "lot", "bag", "out")
    inside = tuple(one.vial for one in found if not one.is_out)
    form = at.form(scan_out, suggested={"vials": ()}) if inside else None
    return Page(say("vials-to-fetch"), tables=[Table("", columns, rows)], forms=[form])
