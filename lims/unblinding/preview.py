"""A randomisation list's file looked at before it is sealed: counted and judged, never shown."""

from collections.abc import Sequence

from flask import Response, request

from lims.blinding.actions import extend_list, replace_list, seal_list
from lims.blinding.importing import ListFile, read_file
from lims.blinding.rules import list_reasons, read_list
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say, say_each
from lims.orders.queries import register
from lims.protocol.queries import trial_in_force
from lims.trust.identity.roles import Permission
from lims.unblinding.views import HERE, pages
from lims.web.context import RequestContext, request_context
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Table

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


@pages.page("/list/file", may=Permission.SEAL_LIST)
def choose(_at: RequestContext) -> Page:
    """Choose the file, as R, SAS or a spreadsheet has written it."""
    return _page(())


def look() -> Response:
    """What the file is, with every fault and its line; and the forms that seal it."""
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    if not data:
        return _page((Reason("no-file"),)).draw(422)
    try:
        found = read_file(data)
    except Refused as refused:
        return _page(refused.reasons).draw(409)
    against = found.faults or _against(request_context(), found)
    return _page(against, found).draw(409 if against else 200)


def _against(at: RequestContext, found: ListFile) -> list[Reason]:
    """What would be refused after the signature: strata and numbers, as a first or a further list."""
    rows, _ = read_list("\n".join(found.lines))
    known, strata = register(at.session), trial_in_force(at).strata
    ways = [{name: one.numbers for name, one in known.items()}] if known else []
    if not any(one.taken for one in known.values()):
        ways.append({})
    told = [list_reasons(rows, strata, used or None) for used in ways]
    return min(told, key=len)


look.may = Permission.SEAL_LIST  # type: ignore[attr-defined]
pages.add_url_rule("/list/file", "look", look, methods=["POST"])


def _page(against: Sequence[Reason], found: ListFile | None = None) -> Page:
    page = Page(
        say("list-from-a-file"),
        template="unblinding/preview.html",
        more={"against": against},
    )
    page.links = [(say("sealed-list"), HERE)]
    if found is None:
        return page
    page.facts = (
        ("SHA-256", found.digest),
        (say("encoding"), found.encoding),
        (say("separator"), say(f"separator.{SEPARATORS[found.separator]}")),
        (say("rows"), sum(found.strata.values())),
    )
    page.tables = [
        Table(say("rows-by-stratum"), say_each("stratum", "rows"), [*found.strata.items()])
    ]
    page.forms = [] if against else _forms(request_context(), found)
    return page


def _forms(at: RequestContext, found: ListFile) -> list[Form | None]:
    """Seal the first list; extend it, or replace it while nobody has taken a number."""
    known, fixed = register(at.session), {"rows": found.lines}
    if not known:
        return [at.form(seal_list, fixed=fixed, then=HERE, opened=True)]
    taken = any(one.taken for one in known.values())
    return [
        at.form(extend_list, fixed=fixed, then=HERE),
        None if taken else at.form(replace_list, fixed=fixed, then=HERE, danger=True),
    ]
