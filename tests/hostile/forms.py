"""Reads pages as a browser would: links, forms, entries and what is said about them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

PAGES_OF_A_KIND = 10


@dataclass
class Entry:
    """One entry of a form."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    number: bool = False


@dataclass
class PageForm:
    """A form that posts."""

    action: str
    page: str
    entries: dict[str, Entry] = field(default_factory=dict)

    def values(self) -> dict[str, str]:
        """What a browser would send if nothing were touched."""
        return {entry.name: entry.value for entry in self.entries.values()}

    @property
    def own(self) -> list[Entry]:
        """The entries of the command, without the form's own housekeeping."""
        return [e for e in self.entries.values() if not e.name.startswith(("_", "csrf"))]


class Page(HTMLParser):
    """A page taken apart."""

    def __init__(self, path: str, html: str) -> None:
        super().__init__()
        self.path = path
        self.html = html
        self.links: list[str] = []
        self.forms: list[PageForm] = []
        self.told = ""
        self.status = 200
        self._form: PageForm | None = None
        self._select: Entry | None = None
        self._area: Entry | None = None
        self._telling = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if self._telling and tag not in {"use", "input", "br", "img", "path"}:
            self._telling += 1
        elif (given.get("role") == "alert" and "hidden" not in given) or (
            given.get("class") == "error"
        ):
            self._telling = 1
        if tag == "form" and given.get("method") == "post":
            self._form = PageForm(given["action"], self.path)
            self.forms.append(self._form)
        if self._form is not None and given.get("name"):
            self._entry(tag, given)
        if tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given:
                self._select.value = given.get("value", "")

    def _entry(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        kind = given.get("type", "text") if tag == "input" else tag
        name = given["name"]
        entry = self._form.entries.setdefault(name, Entry(name, kind))
        entry.number = given.get("inputmode") == "decimal"
        if kind == "radio":
            entry.options.append(given.get("value", ""))
            entry.value = given.get("value", "") if "checked" in given else entry.value
        elif tag == "input":
            entry.value = given.get("value", "")
        self._select = entry if tag == "select" else self._select
        self._area = entry if tag == "textarea" else self._area

    def handle_endtag(self, tag: str) -> None:
        if self._telling and tag not in {"use", "input", "br", "img", "path"}:
            self._telling -= 1
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        if self._telling:
            self.told += data.strip()


def pages_of(client: FlaskClient, app: Flask) -> Iterator[Page]:
    """Every page that can be reached by links from the start, a few of each kind."""
    urls = app.url_map.bind("localhost")
    seen: dict[str, int] = {}
    known = {"/"}
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path)
        html = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        page = Page(path, html)
        page.status = answer.status_code
        yield page
        for link in page.links:
            to = urlsplit(link).path
            if not link.startswith("/") or to.startswith("/static") or to in known:
                continue
            known.add(to)
            try:
                endpoint, _ = urls.match(to)
            except HTTPException as error:
                raise AssertionError(f"{path} links to {to}: {error}") from error
            seen[endpoint] = seen.get(endpoint, 0) + 1
            if seen[endpoint] <= PAGES_OF_A_KIND:
                waiting.append(to)
