"""Find anything by a word: pages, tasks that wait, things in every list that this person may read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from lims.core.texts import named, say
from lims.identifiers.numbers import Kind, kind_of
from lims.web.answers import Read, answer_of, asked_for, is_paged
from lims.web.languages import tell
from lims.web.pages import Opens, Pages, RequestContext
from lims.web.scanning import page_of
from lims.web.tables import Todo

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
    ]
    return [(title, hits[:MOST]) for title, hits in groups if hits]


def _has(hit: Hit, words: Sequence[str]) -> bool:
    said = f"{hit.words} {hit.more}".lower()
    return all(word in said for word in words)


def _pages(at: RequestContext, slices: Sequence[Pages]) -> Iterator[Hit]:
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
    for pages in slices:
        for read in pages.reads:
            if not _is_searched(read) or not at.actor.may(read.may):
                continue
            for fact in answer_of(read.query, at, {})[:MOST]:
                number = str(getattr(fact, "number", ""))
                href = page_of(at, opens, number)
                if href and number not in seen:
                    seen.add(number)
                    yield Hit(number, tell(named(kind_of(number))), href)


def _is_searched(read: Read) -> bool:
    return read.is_list and is_paged(read.query) and "<" not in read.rule
