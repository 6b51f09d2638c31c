"""The page on which QA disposes of what is left of a donor."""

from collections.abc import Sequence

from lims.bank.disposing import LeftOf, dispose_of, left_of, to_destroy
from lims.bank.views import LAB, pages
from lims.core.texts import say, say_each
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table, Todo


@pages.read("/disposal/<number>", left_of, may=LAB)
def disposal(at: RequestContext, found: LeftOf) -> Page:
    """What is left of a donor, and where; each thing is scanned as it is destroyed."""
    rows = [(one.number, one.where) for one in found.things]
    form = at.form(
        dispose_of,
        fixed={"donor": found.number},
        then=f"/bank/disposal/{found.number}",
        opened=True,
    )
    return Page(
        say("left-of-a-donor"),
        facts=((say("donor"), found.number), (say("things-left"), len(rows))),
        tables=[Table("", say_each("number", "where"), rows, say("nothing-is-left-of-her"))],
        forms=[form] if rows else [],
    )


@pages.todo(Permission.DECIDE_DONOR)
def to_dispose(at: RequestContext) -> Sequence[Todo]:
    """What is left of donors who wished that it is destroyed."""
    return [
        Todo(
            say("dispose-of-what-is-left"),
            donor,
            say("things-left-of-her", count=count),
            href=f"/bank/disposal/{donor}",
        )
        for donor, count in to_destroy(at.session).items()
    ]
