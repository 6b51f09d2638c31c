"""Pages of the vault: the sealed list and code breaks."""

from collections.abc import Sequence

from lims.blinding import queries as blinding
from lims.blinding.actions import extend_list, replace_list, seal_list
from lims.blinding.queries import ListFacts, LookFacts
from lims.core.texts import say, say_each
from lims.orders.queries import register
from lims.trust.identity.roles import Permission
from lims.unblinding import queries
from lims.unblinding.actions import break_code
from lims.unblinding.looking_back import look_back
from lims.unblinding.queries import BreakFacts, LookBackFacts
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("unblinding", say("menu.list"))
HERE = "/unblinding/list"
FEWEST_LEFT = 4  # numbers of a stratum


@pages.read(
    "/list", blinding.sealed_lists, may=Permission.READ_VAULT, menu=say("sealed-list"), is_list=True
)
def sealed_list(at: RequestContext, found: list[ListFacts]) -> Page:
    """The sealed list: its size and digest, never a row."""
    rows = [(f.rows, f.digest, f.imported_by, f.imported_at) for f in found]
    columns = say_each("rows", "keyed-digest", "sealed-by", "when")
    return Page(
        say("sealed-list"),
        tables=[
            Table("", columns, rows, say("no-list-is-sealed-yet")),
            Table(
                say("numbers-by-stratum"),
                say_each("stratum", "numbers", "taken.label", "left"),
                [
                    (one.stratum, one.numbers, one.taken, one.numbers - one.taken)
                    for one in register(at.session).values()
                ],
            ),
        ],
        forms=_list_forms(at) if found else [at.form(seal_list, opened=True)],
        links=[(say("list-from-a-file"), "/unblinding/list/file")],
    )


def _list_forms(at: RequestContext) -> list[Form | None]:
    taken = any(one.taken for one in register(at.session).values())
    return [at.form(extend_list), None if taken else at.form(replace_list, danger=True)]


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


@pages.read(
    "/look-backs",
    queries.look_backs,
    may=Permission.READ_VAULT,
    menu=say("look-backs"),
    is_list=True,
)
def look_backs(at: RequestContext, found: list[LookBackFacts]) -> Page:
    """Who received what: asked here, told once, and every question stays."""
    rows = [(f.of, f.reason, f.by, f.at) for f in found]
    return Page(
        say("look-backs"),
        tables=[Table("", say_each("number", "reason", "by", "when"), rows)],
        forms=[at.form(look_back, opened=True)],
    )


@pages.page("/break", may=Permission.BREAK_CODE, menu=say("code-break"))
def code_break(at: RequestContext) -> Page:
    """Break the code of one participant, in an emergency."""
    form = at.form(break_code, danger=True, opened=True)
    return Page(say("emergency-code-break.label"), forms=[form], template="unblinding/break.html")


@pages.todo(Permission.SEAL_LIST)
def to_extend(at: RequestContext) -> Sequence[Todo]:
    """Strata whose numbers are nearly used up; extending takes days, a participant has none."""
    numbers = register(at.session)
    if not numbers:
        return [Todo(say("seal-first-list"), "", say("nobody-can-be-randomised"), href=HERE)]
    return [
        Todo(say("extend-list"), one.stratum, say("numbers-are-left", count=left), None, HERE)
        for one in numbers.values()
        if (left := one.numbers - one.taken) < FEWEST_LEFT
    ]
