"""Pages and reads of a slice: each names its permission, or the program does not start."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, make_response, render_template, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from lims.core.days import Moment
from lims.core.listing import Listing
from lims.core.reasons import Reason
from lims.core.telling import Telling, tells
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scan
from lims.trust.actions import Action
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site
from lims.web.answers import Read, answer_of
from lims.web.forms import Filled, Form, Known, boxes_of, happened_box
from lims.web.history import history_of
from lims.web.lists import as_file, as_list, taken_away
from lims.web.pictures import Picture
from lims.web.second import second_before
from lims.web.tables import Table, Todo

MADE = "{made}"  # in the path of a form's next page: the number of what was made


@dataclass(frozen=True)
class Opens:
    """The page of a kind of number: where, who may see it, what finds and what draws it."""

    endpoint: str
    may: Permission
    query: Callable[..., Any]
    view: Callable[..., "Page"]


@dataclass
class RequestContext:
    """What a page works with: who looks, when, and a reading session once one is asked for."""

    site: Site
    actor: Actor
    now: datetime
    _open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def session(self) -> Session:
        """One moment of the database, to the end of the request."""
        return self._open.enter_context(self.site.reading())

    @property
    def connection(self) -> Connection:
        """The same moment, for what needs no rows."""
        return self.session.connection()

    def leave(self) -> None:
        """Close what was opened."""
        self._open.close()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown, with their offset."""
        return self.site.settings.zone

    @property
    def moment(self) -> Moment:
        """Now, with the site's zone."""
        return Moment(self.now, self.zone)

    @property
    def today(self) -> date:
        """The site's day."""
        return self.moment.today

    def form(
        self,
        action: Action[Any, Any],
        *,
        fixed: Mapping[str, Any] | None = None,
        suggested: Mapping[str, Any] | None = None,
        filled: Filled | None = None,
        choices: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        title: str = "",
        then: str = "",
        reasons: Sequence[Reason] = (),
        danger: bool = False,
        opened: bool = False,
    ) -> Form | None:
        """The form of an action; None for who may not do it. `fixed` is hidden, `suggested` is not."""
        if not self.actor.may(action.may):
            return None
        if MADE in then and not tells(action.result, Telling.MADE):
            msg = f"{action.path} does not tell what it made"
            raise ValueError(msg)
        return Form(
            action=action,
            boxes=boxes_of(
                action.command,
                Known(fixed or {}, suggested or {}),
                filled or Filled(),
                choices or {},
                self.zone,
            ),
            key=self.site.chance.letters("form-key", "0123456789abcdef", 32),
            title=title or action.title,
            explain=action.sentence,
            then=then or request.full_path.rstrip("?"),
            reasons=tuple(reasons),
            sign_login=self.actor.login,
            second=second_before(self.actor.login),
            happened=happened_box(filled or Filled(), self.zone) if action.late else None,
            because=filled.because if filled else "",
            danger=danger,
            opened=opened,
        )


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
OWN_FORMS: dict[str, DrawAgain] = {}  # by an action's path: a page draws its form by itself


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
        self, rule: str, *, may: Permission, menu: str = ""
    ) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
        """A page that has no JSON counterpart."""

        def register(view: Callable[..., Page]) -> Callable[..., Page]:
            self._route(
                rule, view.__name__, lambda **path: view(request_context(), **path).draw(), may
            )
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
                return shown.draw()

            self._route(rule, view.__name__, show, may)
            self.reads.append(Read(rule, query, may, self.name, is_list))
            endpoint = f"{self.name}.{view.__name__}"
            if menu:
                self.menu.append((menu, endpoint, may))
            if opens:
                self.opens[(may.side, opens)] = Opens(endpoint, may, query, view)
            return view

        return register

    def file(
        self, rule: str, *, may: Permission
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """A route that answers with a file."""

        def register(view: Callable[..., Response]) -> Callable[..., Response]:
            self._route(rule, view.__name__, lambda **path: view(request_context(), **path), may)
            return view

        return register

    def own_form(self, action: Action[Any, Any]) -> Callable[[DrawAgain], DrawAgain]:
        """How a refused form looks that is not drawn like all: as it was, with what was entered."""

        def register(draw: DrawAgain) -> DrawAgain:
            OWN_FORMS[action.path] = draw
            return draw

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

    def _route(self, rule: str, name: str, view: Callable[..., Response], may: Permission) -> None:
        def guarded(**path: str) -> Response:
            return view(**path)

        guarded.may = may  # type: ignore[attr-defined]
        self.add_url_rule(rule, name, guarded, methods=["GET"])


def request_context() -> RequestContext:
    """The context of this request, made when it was let in."""
    found: RequestContext = g.at
    return found
