"""Pages of materials and the vehicle."""

from collections.abc import Sequence

from flask import url_for

from lims.core.errors import Refused
from lims.core.texts import say, say_each
from lims.identifiers.gs1 import read_gs1
from lims.identifiers.numbers import Kind
from lims.labelling.views import label_form
from lims.supplies import queries, rules
from lims.supplies.actions import accept_material, make_vehicle, receive_material, use_up
from lims.supplies.amending import amend_material
from lims.supplies.labels import print_container_labels
from lims.supplies.rules import LotFacts, LotKind, LotStanding
from lims.supplies.storing import keep_materials, place_of
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("supplies", say("menu.stores"))
LAB = Permission.READ_LAB
GS1_FRONTS = ("01", "]d2", "]C1")  # else it is somebody's other code that only reads like GS1
MATERIAL = ("name", "supplier", "supplier_lot", "expires_on", "content", "in_use_life")


@pages.read("/", queries.materials, may=LAB, menu=say("materials"), is_list=True)
def materials(at: RequestContext, found: list[LotFacts]) -> Page:
    """Materials and vehicle lots."""
    rows = [
        (m.number, m.standing, m.kind, m.name, m.supplier_lot, m.expires_on, m.opened_at)
        for m in found
    ]
    columns = say_each("number", "standing", "kind", "name", "suppliers-lot", "expires", "opened")
    return Page(
        say("materials"),
        tables=[Table("", columns, rows)],
        forms=[
            at.form(receive_material, then="/supplies/materials/{made}"),
            at.form(make_vehicle, then="/release/lots/{made}"),
        ],
    )


@pages.read("/materials/<number>", queries.material, may=LAB, opens=Kind.MATERIAL)
def material(at: RequestContext, found: LotFacts) -> Page:
    """One material lot."""
    waiting = found.standing is LotStanding.QUARANTINE
    return Page(
        found.name,
        number=found.number,
        standing=found.standing,
        notice=[*rules.lot_reasons(found, at.moment), *rules.container_reasons(found)],
        facts=(
            (say("supplier"), found.supplier),
            (say("suppliers-lot"), found.supplier_lot),
            (say("item-gtin"), found.gtin),
            (say("certificate-of-analysis"), found.certificate),
            (say("expires-on"), found.expires_on),
            (say("life-after-opening"), found.in_use_life),
            (say("content-of-each-container"), found.content),
            (say("kept-in"), place_of(at.session, found.number)),
            (say("opened"), found.opened_at),
            (say("used-up-at"), found.used_up_at),
            (say("used-up-because"), found.used_up_because),
            (say("received.label"), found.made_at),
            (say("received-by"), found.made_by),
            (
                say("same-lot-in-other-deliveries"),
                tuple(queries.same_supplier_lot(at.session, found)),
            ),
        ),
        tables=[_containers(at, found)],
        forms=[
            label_form(at, found.number),
            at.form(
                print_container_labels,
                fixed={"number": found.number},
                then=f"/labelling/batches/{found.delivery}",
            ),
            at.form(accept_material, fixed={"number": found.number}) if waiting else None,
            None if found.used_up_at else at.form(use_up, fixed={"number": found.number}),
            at.form(keep_materials, suggested={"containers": (found.number,)}),
            at.form(
                amend_material,
                fixed={"number": found.number},
                suggested={name: getattr(found, name) for name in MATERIAL},
            ),
        ],
        onwards=[(say("judge-what-is-held"), f"/release/materials/{found.number}")]
        if found.standing is rules.LotStanding.HOLD and at.actor.may(Permission.RELEASE_LOT)
        else [],
        links=[
            (say("genealogy-and-recall"), f"/release/trace/{found.number}"),
            (say("decisions"), f"/release/materials/{found.number}"),
        ],
    )


def _containers(at: RequestContext, found: LotFacts) -> Table:
    """The delivery that this container came in."""
    rows = [
        (c.number, c.standing, c.opened_at, c.used_up_at)
        for c in queries.containers_of(at.session, found.delivery)
    ]
    columns = say_each("number", "standing", "opened", "used-up-at")
    return Table(say("containers-of-the-delivery"), columns, rows)


@pages.find(LAB)
def by_supplier_code(at: RequestContext, raw: str) -> str | None:
    """The material whose GS1 code was scanned."""
    try:
        found = read_gs1(raw, at.site.settings.gs1_separators)
    except Refused as refused:
        if refused.reasons[0].code == "lost-separator" and raw.lstrip().startswith(GS1_FRONTS):
            raise
        return None
    number = found.gtin and queries.material_of_code(at.session, found.gtin, found.lot)
    return url_for("supplies.material", number=number) if number else None


@pages.todo(Permission.RELEASE_LOT)
def to_accept(at: RequestContext) -> Sequence[Todo]:
    """Materials in quarantine wait for QA."""
    return [
        Todo(say("accept-material"), m.number, m.name, act=accept_material)
        for m in queries.lots_that_are(at.session, LotStanding.QUARANTINE, LotKind.MATERIAL)
        if m.delivery in {None, m.number}
    ]
