"""Pages of the vault: the sealed list and code breaks."""

from lims.blinding import queries as blinding
from lims.blinding.actions import seal_list
from lims.blinding.queries import ListFacts, LookFacts
from lims.trust.permissions import Permission
from lims.unblinding import queries
from lims.unblinding.actions import break_code
from lims.unblinding.queries import BreakFacts
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("unblinding")


@pages.read(
    "/list", blinding.sealed_lists, may=Permission.READ_VAULT, menu="Sealed list", is_list=True
)
def sealed_list(at: Desk, found: list[ListFacts]) -> Shown:
    """The sealed list: its size and digest, never a row."""
    rows = [(f.rows, f.digest, f.imported_by, f.imported_at) for f in found]
    columns = ("Rows", "Keyed digest", "Sealed by", "When")
    return Shown(
        "Sealed list",
        tables=[Table("", columns, rows, "No list is sealed yet.")],
        forms=[] if found else [at.form(seal_list, opened=True)],
    )


@pages.read("/looks", blinding.looks, may=Permission.READ_VAULT, menu="Looks", is_list=True)
def looks(at: Desk, found: list[LookFacts]) -> Shown:
    """Every look at a row."""
    del at
    rows = [(f.treatment, f.purpose, f.by, f.at) for f in found]
    columns = ("Treatment number", "Purpose", "By", "When")
    return Shown("Looks at the list", tables=[Table("", columns, rows)])


@pages.read(
    "/breaks", queries.code_breaks, may=Permission.READ_VAULT, menu="Code breaks", is_list=True
)
def breaks(at: Desk, found: list[BreakFacts]) -> Shown:
    """The facts of all code breaks."""
    del at
    rows = [(f.participant, f.reason.value, f.detail, f.by, f.at) for f in found]
    columns = ("Participant", "Reason", "Detail", "By", "When")
    return Shown("Code breaks", tables=[Table("", columns, rows)])


@pages.page("/break", may=Permission.BREAK_CODE, menu="Code break")
def code_break(at: Desk) -> Shown:
    """Break the code of one participant, in an emergency."""
    form = at.form(break_code, danger=True, opened=True)
    return Shown("Emergency code break", forms=[form], template="unblinding/break.html")
