"""The page of an older copy that was put back: what it knows last, and the lists to go through."""

from collections.abc import Sequence

from lims.core.texts import say
from lims.dispatch.restored import accept_copy
from lims.dispatch.views import pages
from lims.trust.identity.roles import Permission
from lims.trust.trail.seals import last_seal
from lims.web.pages import Page, RequestContext
from lims.web.tables import Todo

LISTS = (
    ("balance", "/filling/balance"), ("vials", "/bank/vials"), ("orders", "/orders/"),
    ("labels", "/labelling/"), ("lots", "/bank/"), ("samples", "/testing/samples"),
)  # fmt: skip


@pages.page("/restored", may=Permission.REVIEW_TRAIL)
def restored(at: RequestContext) -> Page:
    """What this copy knows last; the papers and the material know what came after."""
    newest = last_seal(at.connection)
    missing = _missing(at)
    kept = missing.partition("/")[0]
    return Page(
        say("older-copy"),
        facts=(
            (say("newest-entry-here"), newest.at if newest else None),
            (say("seal-here"), newest.number if newest else 0),
            (say("seal-kept-elsewhere"), kept or None),
        ),
        forms=[at.form(accept_copy, fixed={"anchor": missing}, opened=True)] if missing else [],
        links=[(say(name), path) for name, path in LISTS],
    )


def _missing(at: RequestContext) -> str:
    at.site.anchors.look(at.connection, last_seal(at.connection))
    return at.site.anchors.missing


@pages.todo(Permission.REVIEW_TRAIL)
def to_go_through(at: RequestContext) -> Sequence[Todo]:
    """An older copy of the database stands here for the present."""
    if at.site.settings.anchors is None or not _missing(at):
        return []
    told = say("older-copy.todo")
    return [Todo(say("go-through-older-copy"), "", told, at.now, "/dispatch/restored", accept_copy)]
