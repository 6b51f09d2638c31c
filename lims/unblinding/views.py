"""Pages of the vault: the sealed list and code breaks."""

from lims.blinding import queries as blinding
from lims.blinding.actions import seal_list
from lims.blinding.queries import ListFacts, LookFacts
from lims.core.texts import say, say_each
from lims.trust.identity.roles import Permission
from lims.unblinding import queries
from lims.unblinding.actions import break_code
from lims.unblinding.queries import BreakFacts
from lims.web.pages import Page, Pages, RequestContext, Table

pages = Pages("unblinding")


@pages.read(
    "/list", blinding.sealed_lists, may=Permission.READ_VAULT, menu=say("sealed-list"), is_list=True
)
def sealed_list(at: RequestContext, found: list[ListFacts]) -> Page:
    """The sealed list: its size and digest, never a row."""
    rows = [(f.rows, f.digest, f.imported_by, f.imported_at) for f in found]
    columns = say_each("rows", "keyed-digest", "sealed-by", "when")
    return Page(
        say("sealed-list"),
        tables=[Table("", columns, rows, say("no-list-is-sealed-yet"))],
        forms=[] if found else [at.form(seal_list, opened=True)],
    )


@pages.read("/looks", blinding.looks, may=Permission.READ_VAULT, menu=say("looks"), is_list=True)
def looks(at: RequestContext, found: list[LookFacts]) -> Page:
    """Every look at a row."""
    del at
    rows = [(f.treatment, f.purpose, f.by, f.at) for f in found]
    columns = say_each("treatment-number", "purpose", "by", "when")
    return Page(say("looks-at-the-list"), tables=[Table("", columns, rows)])


@pages.read(
    "/breaks", queries.code_breaks, may=Permission.READ_VAULT, menu=say("code-breaks"), is_list=True
)
def breaks(at: RequestContext, found: list[BreakFacts]) -> Page:
    """The facts of all code breaks."""
    del at
    rows = [(f.participant, f.reason.value, f.detail, f.by, f.at) for f in found]
    columns = say_each("participant", "reason", "detail", "by", "when")
    return Page(say("code-breaks"), tables=[Table("", columns, rows)])


@pages.page("/break", may=Permission.BREAK_CODE, menu=say("code-break"))
def code_break(at: RequestContext) -> Page:
    """Break the code of one participant, in an emergency."""
    form = at.form(break_code, danger=True, opened=True)
    return Page(say("emergency-code-break.label"), forms=[form], template="unblinding/break.html")
