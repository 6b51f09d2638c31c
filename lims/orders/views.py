"""Orders as the laboratory sees them: a weight and a slot, no person."""

from lims.identifiers.numbers import Kind
from lims.orders import queries
from lims.orders.queries import OrderFacts
from lims.trust.permissions import Permission
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("orders")
LAB = Permission.READ_LAB


@pages.read("/", queries.orders, may=LAB, menu="Orders", is_list=True)
def orders(at: Desk, found: list[OrderFacts]) -> Shown:
    """All orders."""
    del at
    rows = [
        (o.number, o.standing, o.slot_at, o.visit, o.weight, o.volume, o.halted_at) for o in found
    ]
    columns = ("Order", "Standing", "Slot", "Visit", "Weight", "Volume", "Wait since")
    return Shown("Orders", tables=[Table("", columns, rows)])


@pages.read("/<number>", queries.order, may=LAB, opens=Kind.ORDER)
def order(at: Desk, found: OrderFacts) -> Shown:
    """One order."""
    del at
    return Shown(
        "Order",
        number=found.number,
        standing=found.standing,
        facts=(
            ("Treatment number", found.treatment),
            ("Visit", found.visit),
            ("Weight", found.weight),
            ("Volume", found.volume),
            ("Slot", found.slot_at),
            ("Judged by protocol version", found.protocol),
            ("The ward asks to wait since", found.halted_at),
        ),
        links=[("Fill this order", f"/filling/?order={found.number}")],
    )
