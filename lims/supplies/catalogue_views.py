"""Pages of the catalogue: what may be bought, from whom, and how much of it there is."""

from collections.abc import Sequence
from datetime import timedelta

from lims.core.days import end_of
from lims.core.texts import say, say_each
from lims.supplies import stock
from lims.supplies.catalogue import (
    add_item,
    amend_item,
    approve_supplier,
    end_approval,
    withdraw_item,
)
from lims.supplies.rules import LotStanding
from lims.supplies.stock import ItemWithSuppliers, Stock
from lims.supplies.views import LAB, pages
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Link, Table, Todo

CATALOGUE = "/supplies/catalogue"
ASKED = ("asks", "storage", "certificate_attached", "reorder_at", "in_use_life")
SOON = timedelta(days=60)  # a supplier is asked for papers


@pages.read("/catalogue", stock.stock, may=LAB, menu=say("catalogue-and-stock"), is_list=True)
def catalogue(at: RequestContext, found: list[Stock]) -> Page:
    """Every material that may be bought, with what there is of it."""
    rows = [
        (
            Link(s.item.name, f"{CATALOGUE}/{s.item.id}"),
            ", ".join(one.supplier for one in s.suppliers),
            s.item.storage,
            s.unopened(at.today),
            s.count(at.today, LotStanding.RELEASED, opened=True),
            s.count(at.today, LotStanding.QUARANTINE, opened=False),
            s.item.reorder_at,
            say("not-bought")
            if s.item.withdrawn_at
            else say("order-more")
            if s.short(at.today)
            else "",
        )
        for s in found
    ]
    columns = say_each(
        "name", "suppliers", "kept-at", "unopened", "opened", "in-quarantine", "order-below", "note"
    )
    forms = [at.form(add_item)]
    return Page(say("catalogue-and-stock"), tables=[Table("", columns, rows)], forms=forms)


@pages.read("/catalogue/<item>", stock.item, may=LAB)
def catalogue_item(at: RequestContext, found: ItemWithSuppliers) -> Page:
    """One material: what is asked of it, who may supply it, what was delivered."""
    item, fixed = found.item, {"item": found.item.id}
    going = [(str(one.id), one.supplier) for one in found.suppliers if one.ended_at is None]
    suppliers = [
        (s.supplier, s.their_number, s.gtin, s.qualified_until, s.evidence, s.by, s.ended_at, s.ended_why)
        for s in found.suppliers
    ]  # fmt: skip
    columns = say_each(
        "supplier", "suppliers-number-of-it", "item-gtin", "qualified-until", "on-what-that-rests",
        "who", "ended.label", "why",
    )  # fmt: skip
    deliveries = [
        (d.number, d.standing, d.supplier, d.supplier_lot, d.expires_on, d.made_at)
        for d in found.deliveries
    ]
    of_them = say_each(
        "number", "standing", "supplier", "suppliers-lot", "expires", "received.label"
    )
    return Page(
        item.name,
        facts=(
            (say("what-is-asked-of-it"), item.asks),
            (say("kept-at"), item.storage),
            (say("longest-life-after-opening"), item.in_use_life),
            (say("certificate-has-to-be-attached"), item.certificate_attached),
            (say("order-below"), item.reorder_at),
            (say("taken-out-of-it"), item.withdrawn_at),
            (say("why"), item.withdrawn_why),
        ),
        tables=[
            Table(say("suppliers"), columns, suppliers),
            Table(say("latest-deliveries"), of_them, deliveries),
        ],
        forms=[
            at.form(approve_supplier, fixed=fixed),
            at.form(
                amend_item, fixed=fixed, suggested={name: getattr(item, name) for name in ASKED}
            ),
            at.form(end_approval, choices={"approval": going}, danger=True) if going else None,
            None if item.withdrawn_at else at.form(withdraw_item, fixed=fixed, danger=True),
        ],
    )


@pages.todo(Permission.MANAGE_SUPPLIES)
def to_order(at: RequestContext) -> Sequence[Todo]:
    """Materials of which too few unopened containers are left."""
    return [
        Todo(
            say("order-more"),
            "",
            say("name-so-many-left", name=one.name, count=one.unopened),
            href=f"{CATALOGUE}/{one.id}",
        )
        for one in stock.short(at.session, at.today)
    ]


@pages.todo(Permission.SET_SPECIFICATION)
def to_qualify(at: RequestContext) -> Sequence[Todo]:
    """Suppliers whose approval ends soon."""
    return [
        Todo(
            say("approve-supplier-again"),
            "",
            f"{one.supplier} · {one.name}",
            end_of(one.qualified_until, at.zone),
            f"{CATALOGUE}/{one.item}",
            approve_supplier,
        )
        for one in stock.approvals_ending(at.session, at.today + SOON)
    ]
