"""The front of the house: the work list, and the scan that opens anything."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, flash, redirect, request
from flask import session as cookie

from lims.core.days import end_of
from lims.core.errors import Missing, Refused
from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.trust.health import Health
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site
from lims.web.context import RequestContext
from lims.web.echo import echo_of
from lims.web.guides import guide_of, picture_of_guide
from lims.web.hospital import add_hospital
from lims.web.languages import language, tell
from lims.web.login import add_before_login, add_leaving, add_login
from lims.web.pages import Finding, Opens, Page, Pages
from lims.web.palette import found_for
from lims.web.posts import local_path
from lims.web.scanning import UNKNOWN, place_of
from lims.web.tables import Todo, by_urgency
from lims.web.tour import tour_of

FAR: datetime = datetime.max.replace(tzinfo=UTC)


def make_front(
    site: Site, slices: Sequence[Pages], opens: Mapping[tuple[str, Kind], Opens]
) -> Blueprint:
    """The pages that every door has."""
    front = Pages("front")
    front.url_prefix = ""

    settled: set[Finding] = set()  # what was set up, as far as this process knows

    add_before_login(front, site)
    add_login(front, site)
    add_hospital(front, site)
    add_leaving(front, site)

    asked = Health(site)

    @front.get("/health")
    def health() -> tuple[dict[str, str], int]:
        if trouble := asked.trouble():
            return {"status": trouble.code, "sentence": trouble.sentence}, 503
        return {"status": "ok"}, 200

    @front.page("/", may=Permission.OWN_ACCOUNT)
    def home(at: RequestContext) -> Page:
        todos = work_list(at, slices, settled)
        groups = by_urgency(todos, at.now, end_of(at.today, at.zone))
        more = {"todos": todos, "groups": groups, "tour": tour_of(at, opens, todos)}
        return Page(say("my-work"), template="home.html", more=more)

    @front.file("/guide/<spoken>/<picture>.png", may=Permission.OWN_ACCOUNT)
    def guide_picture(at: RequestContext, spoken: str, picture: str) -> Response:
        """A page of the demonstration, as a guide shows it."""
        del at
        return Response(picture_of_guide(spoken, picture), mimetype="image/png")

    @front.page("/guide", may=Permission.OWN_ACCOUNT)
    def guide(at: RequestContext) -> Page:
        guides = [guide_of(role, language()) for role in sorted(at.actor.roles)]
        return Page(say("guide"), template="guide.html", more={"guides": guides})

    @front.file("/here", may=Permission.OWN_ACCOUNT)
    def here(at: RequestContext) -> Response:
        """Somebody types or scans: that moves the idle clock, as every request does."""
        del at
        return Response("here", mimetype="text/plain")

    add_finding(front, slices, opens, settled)
    return front


def add_finding(
    front: Pages,
    slices: Sequence[Pages],
    opens: Mapping[tuple[str, Kind], Opens],
    settled: set[Finding],
) -> None:
    """What leads anywhere: a word, a scan; and what a scan into an open form is."""

    @front.page("/find", may=Permission.OWN_ACCOUNT)
    def find(at: RequestContext) -> Page:
        groups = found_for(at, slices, opens, work_list(at, slices, settled))
        return Page(say("find"), template="find.html", more={"groups": groups})

    @front.file("/echo", may=Permission.OWN_ACCOUNT)
    def echo(at: RequestContext) -> Response:
        """What was just scanned into a form."""
        return echo_of(at, slices, opens)

    @front.file("/scan", may=Permission.OWN_ACCOUNT)
    def scan(at: RequestContext) -> Response:
        raw = request.args.get("code", "")
        try:
            return redirect(place_of(at, slices, opens, raw), 303)  # type: ignore[return-value]
        except Missing:
            return _not_opened(raw, UNKNOWN)
        except Refused as error:
            return _not_opened(raw, error.sentence)


def _not_opened(raw: str, sentence: str) -> Response:
    waiting = [one for one in cookie.get("_flashes", ()) if one[0] != "stop"]
    cookie["_flashes"] = waiting  # of scans that failed one after the other the last one counts
    flash(tell(say("sentence-read-raw", sentence=sentence, raw=raw[:60])), "stop")
    back = request.args.get("from", "")
    return redirect(local_path(back), 303)  # type: ignore[return-value]


def work_list(at: RequestContext, slices: Sequence[Pages], settled: set[Finding]) -> list[Todo]:
    """What waits for this person, the soonest deadline first; what is set up is not asked again."""
    todos: list[Todo] = []
    for pages in slices:
        for may, find in pages.waiting:
            if find in settled or not at.actor.may(may):
                continue
            found = find(at)
            if not found and find in pages.setting_up:
                settled.add(find)
            todos += found
    return sorted(todos, key=lambda todo: (todo.due or FAR, todo.what, todo.number))
