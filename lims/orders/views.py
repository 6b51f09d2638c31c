"""Orders as the laboratory sees them: a weight and a slot, no person."""

from lims.core.texts import say, say_each
from lims.identifiers.numbers import Kind
from lims.orders import queries
from lims.orders.queries import OrderFacts
from lims.trust.permissions import Permission
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("orders")
LAB = Permission.READ_LAB


@pages.read("/", queries.orders, may=LAB, menu=say("orders"), is_list=True)
def orders(at: Desk, found: list[OrderFacts]) -> Shown:
    """All orders."""
    del at
    rows = [
        (o.number, o.standing, o.slot_at, o.visit, o.weight, o.volume, o.halted_at) for o in found
    ]
    columns = say_each("order", "standing", "slot", "visit", "weight", "volume.label", "wait-since")
    return Shown(say("orders"), tables=[Table("", columns, rows)])


@pages.read("/<number>", queries.order, may=LAB, opens=Kind.ORDER)
def order(at: Desk, found: OrderFacts) -> Shown:
    """One order."""
    del at
    return Shown(
        say("order"),
        number=found.number,
        standing=found.standing,
        facts=(
            (say("treatment-number"), found.treatment),
            (say("visit"), found.visit),
            (say("weight"), found.weight),
            (say("volume.label"), found.volume),
            (say("slot"), found.slot_at),
            (say("judged-by-protocol-version"), found.protocol),
            (say("the-ward-asks-to-wait"), found.halted_at),
        ),
        links=[(say("fill-this-order"), f"/filling/?order={found.number}")],
    )
