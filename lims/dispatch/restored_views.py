"""The page of an older copy that was put back: what it knows last, and the lists to go through."""

from collections.abc import Sequence

from lims.bags.queries import bags_that_are
from lims.bags.rules import IN_THE_LABORATORY, ON_THE_WARD
from lims.core.texts import say, say_each
from lims.dispatch.restored import accept_copy
from lims.dispatch.views import pages
from lims.trust.identity.roles import Permission
from lims.trust.trail.seals import last_seal
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table, Todo

LISTS = (
    ("balance", "/filling/balance"), ("vials", "/bank/vials"), ("orders", "/orders/"),
    ("labels", "/labelling/"), ("lots", "/bank/"), ("samples", "/testing/samples"),
)  # fmt: skip


@pages.page("/restored", may=Permission.REVIEW_TRAIL)
def restored(at: RequestContext) -> Page:
    """What this copy knows last; the papers and the material know what came after."""
    newest, unsettled = last_seal(at.connection), _not_gone_through(at)
    kept = at.site.anchors.missing.partition("/")[0]
    bags = bags_that_are(at.session, *IN_THE_LABORATORY, *ON_THE_WARD) if unsettled else []
    columns = say_each("bag", "standing", "order", "expires", "sleeve")
    rows = [(b.number, b.standing, b.order, b.expires_at, b.sleeve) for b in bags]
    table = Table(say("bags-that-must-be-at-hand"), columns, rows, say("no-open-bag-here"))
    return Page(
        say("older-copy"),
        facts=(
            (say("newest-entry-here"), newest.at if newest else None),
            (say("seal-here"), newest.number if newest else 0),
            (say("seal-kept-elsewhere"), kept or None),
        ),
        forms=[
            at.form(accept_copy, fixed={"anchor": anchor}, opened=True) for anchor in unsettled[:1]
        ],
        tables=[table] if unsettled else [],
        links=[(say(name), path) for name, path in LISTS],
    )


def _not_gone_through(at: RequestContext) -> Sequence[str]:
    watch = at.site.anchors
    newest = last_seal(at.connection) if watch.is_due else None
    return watch.not_gone_through(at.connection, newest)


@pages.todo(Permission.REVIEW_TRAIL)
def to_go_through(at: RequestContext) -> Sequence[Todo]:
    """An older copy of the database stands here for the present."""
    if not _not_gone_through(at):
        return []
    told = say("older-copy.todo")
    return [Todo(say("go-through-older-copy"), "", told, at.now, "/dispatch/restored", accept_copy)]
