"""Orders as the laboratory sees them: a weight and a slot, no person."""

from lims.core.texts import say, say_each
from lims.identifiers.numbers import Kind
from lims.orders import queries
from lims.orders.queries import OrderFacts
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table

pages = Pages("orders", say("menu.bags"))
LAB = Permission.READ_LAB


@pages.read("/", queries.orders, may=LAB, menu=say("orders"), is_list=True)
def orders(at: RequestContext, found: list[OrderFacts]) -> Page:
    """All orders."""
    del at
    rows = [
        (o.number, o.standing, o.slot_at, o.visit, o.weight, o.volume, o.halted_at) for o in found
    ]
    columns = say_each(
        "order", "standing", "slot", "visit", "body-weight", "volume.label", "wait-since"
    )
    return Page(say("orders"), tables=[Table("", columns, rows)])


@pages.read("/<number>", queries.order, may=LAB, opens=Kind.ORDER)
def order(at: RequestContext, found: OrderFacts) -> Page:
    """One order."""
    del at
    return Page(
        say("order"),
        number=found.number,
        standing=found.standing,
        facts=(
            (say("treatment-number"), found.treatment),
            (say("visit"), found.visit),
            (say("body-weight"), found.weight),
            (say("volume.label"), found.volume),
            (say("slot"), found.slot_at),
            (say("judged-by-protocol-version"), found.protocol),
            (say("the-ward-asks-to-wait"), found.halted_at),
        ),
        links=[(say("fill-this-order"), f"/filling/?order={found.number}")],
    )
