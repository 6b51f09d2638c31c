"""Find anything by a word: pages, tasks that wait, things in every list that this person may read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from flask import request, url_for

from lims.core.errors import Missing, Refused
from lims.core.texts import named, say
from lims.identifiers.numbers import Kind, kind_of
from lims.identifiers.scans import read_scan
from lims.trust.actions import ACTIONS
from lims.web.answers import Read, answer_of, asked_for, is_paged
from lims.web.context import RequestContext
from lims.web.languages import tell
from lims.web.pages import Opens, Pages
from lims.web.scanning import opened, page_of
from lims.web.tables import Todo, form_id

MOST = 8  # of each: what is looked for stands among the first


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is, what more there is to say, and where it leads."""

    words: str
    more: str
    href: str


def found_for(
    at: RequestContext,
    slices: Sequence[Pages],
    opens: Mapping[tuple[str, Kind], Opens],
    todos: Sequence[Todo],
) -> list[tuple[str, list[Hit]]]:
    """What has every word that the request asks for, in groups; without a word, what there is to do."""
    asked = asked_for(at.session)
    words = [ways[0].lower() for ways in asked.words]
    groups = [
        (say("found.tasks"), [hit for hit in _tasks(at, opens, todos) if _has(hit, words)]),
        (say("pages"), [hit for hit in _pages(at, slices) if _has(hit, words)]),
        (say("found.things"), list(_things(at, slices, opens)) if words else []),
        (
            say("found.deeds"),
            [hit for hit in _deeds(at, slices) if _has(hit, words)] if words else [],
        ),
    ]
    return [(title, hits[:MOST]) for title, hits in groups if hits]


def _has(hit: Hit, words: Sequence[str]) -> bool:
    said = f"{hit.words} {hit.more}".lower()
    return all(word in said for word in words)


def _pages(at: RequestContext, slices: Sequence[Pages]) -> Iterator[Hit]:
    yield Hit(tell(say("guide")), "", url_for("front.guide"))
    yield Hit(tell(say("my-account")), at.actor.name, url_for("accounts.me"))
    yield Hit(tell(say("api-reference")), "API", url_for("reference.read"))
    for pages in slices:
        for title, endpoint, may in pages.menu:
            if at.actor.may(may):
                yield Hit(tell(title), tell(pages.group), url_for(endpoint))


def _tasks(
    at: RequestContext, opens: Mapping[tuple[str, Kind], Opens], todos: Sequence[Todo]
) -> Iterator[Hit]:
    for todo in todos:
        href = todo.href or page_of(at, opens, todo.number)
        if href:
            yield Hit(tell(todo.what), f"{todo.number} {tell(todo.why)}", href + todo.form)


def _things(
    at: RequestContext, slices: Sequence[Pages], opens: Mapping[tuple[str, Kind], Opens]
) -> Iterator[Hit]:
    """The first of each long list that the words find, each number once."""
    seen: set[str] = set()
    for hit in _by_number(at, opens):
        seen.add(hit.words)
        yield hit
    for pages in slices:
        for read in pages.reads:
            if not _is_searched(read) or not at.actor.may(read.may):
                continue
            for fact in answer_of(read.query, at, {})[:MOST]:
                number = str(getattr(fact, "number", ""))
                href = page_of(at, opens, number)
                if href and number not in seen:
                    seen.add(number)
                    more = (tell(named(kind_of(number))), *_says(fact))
                    yield Hit(number, " · ".join(more), href)


def _by_number(at: RequestContext, opens: Mapping[tuple[str, Kind], Opens]) -> Iterator[Hit]:
    """The thing of a whole number, also of a kind that no list has."""
    with suppress(Refused, Missing):
        scan = read_scan(request.args.get("q", ""))
        if found := opened(at, opens, scan.kind):
            answer_of(found.query, at, {"number": scan.number})  # or it is not there
            href = url_for(found.endpoint, number=scan.number)
            yield Hit(scan.number, tell(named(scan.kind)), href)


def _says(fact: object) -> Iterator[str]:
    """What somebody knows a thing by: its name or initials, and how it stands."""
    for name in ("name", "initials"):
        if words := getattr(fact, name, ""):
            yield str(words)
    if isinstance(standing := getattr(fact, "standing", None), Enum):
        yield tell(named(standing))


def _deeds(at: RequestContext, slices: Sequence[Pages]) -> Iterator[Hit]:
    """What this person may do, each on the first page of its stage."""
    first = {pages.name: pages.menu[0] for pages in reversed(slices) if pages.menu}
    for path, action in ACTIONS.items():
        endpoint = first.get(path.partition("/")[0])
        if endpoint and action.served and at.actor.may(action.may) and at.actor.may(endpoint[2]):
            yield Hit(
                tell(action.title), tell(endpoint[0]), f"{url_for(endpoint[1])}#{form_id(action)}"
            )


def _is_searched(read: Read) -> bool:
    return read.is_list and is_paged(read.query) and "<" not in read.rule
