"""The dispatch desk."""

from collections.abc import Sequence

from lims.bags.queries import BagFacts
from lims.core.texts import named, say, say_each
from lims.dispatch import queries
from lims.dispatch.actions import BEFORE_SLOT, dispatch_bag
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("dispatch", say("menu.bags"))


@pages.read("/", queries.to_dispatch, may=Permission.READ_LAB, menu=say("dispatch"), is_list=True)
def dispatch(at: RequestContext, found: list[BagFacts]) -> Page:
    """Scan a bag to hand it over."""
    del found  # the API's; the page says when each may leave too
    rows = [
        (b.number, b.standing, b.order, slot_at - BEFORE_SLOT, b.expires_at, b.sleeve)
        for b, slot_at in queries.with_slots(at.session)
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
    return [
        Todo(
            say("dispatch-bag"),
            b.number,
            named(b.standing),
            slot_at,
            "/dispatch/",
            opens=slot_at - BEFORE_SLOT,
        )
        for b, slot_at in queries.with_slots(at.session)
        if b.expires_at > at.now
    ]
