"""Pages and reads of a slice: each names its permission, or the program does not start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from lims.core.listing import Listing
from lims.core.reasons import Reason
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scan
from lims.trust.actions import Action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission, Side
from lims.trust.installation import Site
from lims.web.answers import Read, answer_of, found_by
from lims.web.context import RequestContext, request_context
from lims.web.forms import Form
from lims.web.history import history_of
from lims.web.lists import as_file, as_list, taken_away
from lims.web.looking import noted
from lims.web.pictures import Picture
from lims.web.tables import Table, Todo


@dataclass(frozen=True)
class Opens:
    """The page of a kind of number: where, who may see it, what finds and what draws it."""

    endpoint: str
    may: Permission
    query: Callable[..., Any]
    view: Callable[..., "Page"]


@dataclass
class Page:
    """A page ready to be drawn by the common templates."""

    title: str
    facts: Sequence[tuple[str, Any]] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    forms: Sequence[Form | None] = ()
    standing: str = ""
    number: str = ""
    notice: Sequence[Reason] = ()
    renews: bool = False  # what speaks against it is asked for again while somebody looks
    links: Sequence[tuple[str, str]] = ()
    onwards: Sequence[tuple[str, str]] = ()  # pages on which the next step is done
    further: str = ""  # where the next page of a long list begins
    listing: Listing | None = None  # the first table is one that can be searched
    template: str = "record.html"
    more: dict[str, Any] = field(default_factory=dict)

    def draw(self, status: int = 200) -> Response:
        """The page as a response."""
        forms = [form for form in self.forms if form is not None]
        html = render_template(self.template, page=self, forms=forms, **self.more)
        return make_response(html, status)


Finder = Callable[[RequestContext, str], str | None]  # a foreign code's page, or None
Judge = Callable[[RequestContext, Scan], Sequence[Reason]]
Finding = Callable[[RequestContext], Sequence[Todo]]
Guard = Callable[[Site], tuple[str, str] | None]  # why nothing is served, and where it is mended
DrawAgain = Callable[[RequestContext, Form, Mapping[str, str], Mapping[str, str]], Page]
Beside = Callable[[RequestContext, str], tuple[Sequence[Table], Sequence[Form | None]]]
BESIDE: dict[
    Side, list[Beside]
] = {}  # what every page of a number has besides, by the side of the wall
OWN_FORMS: dict[str, DrawAgain] = {}  # by an action's path: a page draws its form by itself
Look = Callable[[RequestContext, Any], Sequence[Table]]
PREVIEWS: dict[str, Look] = {}  # by an action's path: what would come of it, before it is done


class Pages(Blueprint):
    """A slice's pages and reads.

    `opens` says which scanned number a page shows, `finds` where a foreign code leads, `judges`
    what is wrong with the label that was scanned, `guards` why nothing at all may be served now; the
    pages of a slice that is `always` there are served even then.
    """

    always = False

    def __init__(self, slice_name: str, group: str = "") -> None:
        super().__init__(slice_name, "lims", url_prefix=f"/{slice_name}")
        self.group = group  # of the menu
        self.reads: list[Read] = []
        self.opens: dict[tuple[str, Kind], Opens] = {}
        self.finds: list[tuple[Permission, Finder]] = []
        self.judges: list[Judge] = []
        self.guards: list[Guard] = []
        self.menu: list[tuple[str, str, Permission]] = []
        self.waiting: list[tuple[Permission, Finding]] = []
        self.setting_up: set[Finding] = set()  # of these: what is once there stays

    def page(
        self, rule: str, *, may: Permission, menu: str = "", sensitive: bool = False
    ) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
        """A page that has no JSON counterpart; each look at a `sensitive` one is kept."""

        def register(view: Callable[..., Page]) -> Callable[..., Page]:
            def show(**path: str) -> Response:
                return view(request_context(), **path).draw()

            self._route(rule, view.__name__, show, may, sensitive=sensitive)
            if menu:
                self.menu.append((menu, f"{self.name}.{view.__name__}", may))
            return view

        return register

    def read(
        self,
        rule: str,
        query: Callable[..., Any],
        *,
        may: Permission,
        menu: str = "",
        opens: Kind | None = None,
        is_list: bool = False,
        sensitive: bool = False,
    ) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
        """A page over a query; the same query answers GET /api/<slice><rule> as JSON."""

        def register(view: Callable[..., Page]) -> Callable[..., Page]:
            def show(**path: str) -> Response:
                at = request_context()
                kind = request.args.get("as", "")
                if is_list and kind:
                    return taken_away(at, query, view, path, kind)
                found = answer_of(query, at, path)
                shown = view(at, found)
                shown.further = getattr(found, "further", "")
                if is_list or shown.listing:
                    as_list(at, shown, found)
                if kind and shown.listing:
                    return as_file(shown.tables[:1], view.__name__, kind, at.zone)
                if opens:
                    shown.tables = [
                        *shown.tables,
                        *history_of(at.session, at.actor, path["number"]),
                    ]
                    for beside in BESIDE.get(may.side, ()):
                        tables, forms = beside(at, path["number"])
                        shown.tables, shown.forms = (
                            [*shown.tables, *tables],
                            [*shown.forms, *forms],
                        )
                return shown.draw()

            self._route(rule, view.__name__, show, may, sensitive=sensitive)
            self.reads.append(Read(rule, query, may, self.name, view.__name__, is_list, sensitive))
            endpoint = f"{self.name}.{view.__name__}"
            if menu:
                self.menu.append((menu, endpoint, may))
            if opens:
                self.opens[(may.side, opens)] = Opens(endpoint, may, query, view)
            return view

        return register

    def file(
        self, rule: str, *, may: Permission, sensitive: bool = False
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """A route that answers with a file."""

        def register(view: Callable[..., Response]) -> Callable[..., Response]:
            def answer(**path: str) -> Response:
                return view(request_context(), **path)

            self._route(rule, view.__name__, answer, may, sensitive=sensitive)
            return view

        return register

    def own_form(self, action: Action[Any, Any]) -> Callable[[DrawAgain], DrawAgain]:
        """How a refused form looks that is not drawn like all: as it was, with what was entered."""

        def register(draw: DrawAgain) -> DrawAgain:
            OWN_FORMS[action.path] = draw
            return draw

        return register

    def look(self, *actions: Action[Any, Any]) -> Callable[[Look], Look]:
        """What would come of these actions, to be looked at before anything is kept."""

        def register(show: Look) -> Look:
            PREVIEWS.update({action.path: show for action in actions})
            return show

        return register

    def find(self, may: Permission) -> Callable[[Finder], Finder]:
        """Where a code leads that is not one of ours, for those who may see it."""

        def register(finder: Finder) -> Finder:
            self.finds.append((may, finder))
            return finder

        return register

    def guard(self, guard: Guard) -> Guard:
        """Why nothing may be served now."""
        self.guards.append(guard)
        return guard

    def todo(self, may: Permission, *, sets_up: bool = False) -> Callable[[Finding], Finding]:
        """A part of the work list, for those who may do it; what `sets_up` is asked until it is done."""

        def register(find: Finding) -> Finding:
            self.waiting.append((may, find))
            if sets_up:
                self.setting_up.add(find)
            return find

        return register

    def _route(
        self,
        rule: str,
        name: str,
        view: Callable[..., Response],
        may: Permission,
        *,
        sensitive: bool,
    ) -> None:
        guarded = noted(view, f"{self.name}{rule}", may) if sensitive else view
        guarded.may = may  # type: ignore[attr-defined]
        self.add_url_rule(rule, name, guarded, methods=["GET"])


def records_of(
    slices: Sequence[Pages], side: Side
) -> dict[tuple[Side, Kind], Callable[[Work, str], Any]]:
    """What finds a record of each kind on this side of the wall, or raises Missing, inside an action."""

    def finder(query: Callable[..., Any]) -> Callable[[Work, str], Any]:
        def find(work: Work, number: str) -> Any:
            return found_by(query, work.session, work.actor, work.settings.zone, number=number)

        return find

    opens = [
        (kind, page) for pages in slices for (of, kind), page in pages.opens.items() if of == side
    ]
    return {(side, kind): finder(page.query) for kind, page in opens}
