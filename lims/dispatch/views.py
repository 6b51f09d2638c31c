"""The dispatch desk."""

from collections.abc import Sequence

from lims.bags.queries import BagFacts
from lims.core.texts import named, say, say_each
from lims.dispatch import queries
from lims.dispatch.actions import BEFORE_SLOT, dispatch_bag
from lims.trust.identity.roles import Permission
from lims.web.pages import Page, Pages, RequestContext
from lims.web.tables import Table, Todo

pages = Pages("dispatch", say("menu.bags"))


@pages.read("/", queries.to_dispatch, may=Permission.READ_LAB, menu=say("dispatch"), is_list=True)
def dispatch(at: RequestContext, found: list[BagFacts]) -> Page:
    """Scan a bag to hand it over."""
    slots = queries.slots_of(at.session, found)
    rows = [
        (b.number, b.standing, b.order, slots[b.order] - BEFORE_SLOT, b.expires_at, b.sleeve)
        for b in found
    ]
    columns = say_each("bag", "standing", "order", "leaves-from", "expires", "sleeve")
    return Page(
        say("dispatch"),
        tables=[Table(say("ready-to-go"), columns, rows, say("no-bag-waits"))],
        forms=[at.form(dispatch_bag, opened=True)],
    )


@pages.todo(Permission.DISPATCH_BAG)
def waiting(at: RequestContext) -> Sequence[Todo]:
    """Released bags wait for the courier."""
    ready = [b for b in queries.to_dispatch(at.session) if b.expires_at > at.now]
    slots = queries.slots_of(at.session, ready)
    return [
        Todo(
            say("dispatch-bag"),
            b.number,
            named(b.standing),
            slots[b.order],
            "/dispatch/",
            opens=slots[b.order] - BEFORE_SLOT,
        )
        for b in ready
    ]
