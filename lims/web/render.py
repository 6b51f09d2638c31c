"""How values look on a page: times with their offset, numbers as links, standings with icons."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from flask import Flask, current_app, g, request
from markupsafe import Markup, escape

from lims.core.db import Who
from lims.core.texts import LANGUAGES, Text, named, say, unit_of, worded
from lims.core.words import as_words, time_left
from lims.identifiers.numbers import Kind, is_number
from lims.identifiers.reading import Unscanned
from lims.trust.amending import Amended, Was
from lims.web.languages import language, name_of, tell
from lims.web.lists import with_args
from lims.web.pages import PREVIEWS, Opens
from lims.web.scanning import page_of
from lims.web.tables import Link, form_id

# Colour never carries meaning alone: every standing has a word and a shape too.
LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    "good": ("check-circle-fill", "success"),
    "wait": ("hourglass-split", "warning"),
    "stop": ("x-octagon-fill", "danger"),
    "done": ("dash-circle", "secondary"),
    "going": ("record-circle-fill", "primary"),
}
_GOOD: Final = (
    "released eligible conforms active usable adequate received go final in_force printed"
    " accepted approved confirmed reviewed no_growth"
)
_WAIT: Final = (
    "quarantine pending requested planned filling drawn tested screening entered issued"
    " conditional investigating open indeterminate to_do waiting sending unknown"
)
_STOP: Final = (
    "hold recalled rejected ineligible withdrawn stop fails damaged growth expired"
    " disagreed out_of_specification not_eligible superseded invalid_run obsolete voided"
)
_GOING: Final = "growing in_use infusing in_preparation dispatched incubating randomised ready"
STANDING_LOOK: Final = {
    word: look
    for look, words in (("good", _GOOD), ("wait", _WAIT), ("stop", _STOP), ("going", _GOING))
    for word in words.split()
}


def install_filters(app: Flask, opens: Mapping[tuple[str, Kind], Opens]) -> None:
    """Give the templates `show`, `badge`, `icon` and `static`."""

    def link_for(number: str) -> str | None:
        return page_of(g.at, opens, number)

    def show(value: Any) -> Markup:
        if isinstance(value, Text):
            return escape(tell(value))
        if isinstance(value, str) and is_number(value) and not isinstance(value, Enum):
            return _number(value, link_for(value))
        if isinstance(value, Amended):
            return Markup(" ").join((show(value.value), *map(_was, value.was)))
        if isinstance(value, (tuple, list)) and value:
            return Markup(", ").join(show(part) for part in value)
        return _plain(value)

    app.jinja_env.finalize = tell
    app.jinja_env.filters.update(show=show, badge=badge)
    app.jinja_env.globals.update(
        icon=icon, static=static, link_for=link_for, say=say, say_html=say_html,
        language=language, languages=LANGUAGES, named=named, unit_of=unit_of,
        is_number=is_number, unscanned=tuple(Unscanned), form_id=form_id, time_left=time_left, with_args=with_args,
    )  # fmt: skip
    app.jinja_env.globals.update(looks=PREVIEWS, link_to=link_to, code_of=code_of, em_of=em_of)


def say_html(name: str, /, **values: Any) -> Markup:
    """A text in which a link or a code stands; what is not marked up is escaped."""
    told = {name: tell(value) for name, value in values.items()}
    return escape(worded(name, values, language())).format(**told)


def link_to(href: str, words: str) -> Markup:
    """A link within a sentence."""
    return Markup('<a href="{}">{}</a>').format(href, tell(words))


def code_of(text: str) -> Markup:
    """What is typed or sent letter by letter."""
    return Markup("<code>{}</code>").format(text)


def em_of(words: str) -> Markup:
    """The words on a button."""
    return Markup("<em>{}</em>").format(tell(words))


def badge(value: Any) -> Markup:
    """A standing as word, icon and colour."""
    if value in (None, ""):
        return Markup("–")
    word = str(value.value if isinstance(value, Enum) else value)
    said = tell(named(value)) if isinstance(value, Enum) else word
    shape, colour = LOOKS[STANDING_LOOK.get(word, "done")]
    return Markup('<span class="standing standing-{}">{} {}</span>').format(
        colour, icon(shape), said
    )


def _plain(value: Any) -> Markup:
    if isinstance(value, Link):
        return link_to(value.href, value.words)
    if isinstance(value, Who) and value:
        return Markup('<span title="{}">{}</span>').format(value, name_of(value))
    if isinstance(value, Enum):
        standing = "Standing" in type(value).__name__ or value.value in STANDING_LOOK
        return badge(value) if standing else escape(tell(named(value)))
    if isinstance(value, date):  # an instant too
        return Markup("<time>{}</time>").format(as_words(value, g.at.zone))
    return escape(tell(as_words(value, g.at.zone)))


def _number(number: str, href: str | None) -> Markup:
    text = Markup('<span class="number">{}</span>').format(number)
    return Markup('<a href="{}">{}</a>').format(href, text) if href else text


def _was(one: Was) -> Markup:
    """What stood there before it was put right, and why that was wrong."""
    said = say("amended-was", old=one.old, reason=one.reason, by=one.by)
    return Markup('<small class="amended">{} {}</small>').format(
        icon("arrow-counterclockwise"), tell(said)
    )


def static(name: str) -> str:
    """The address of a file that is shipped with the program."""
    return f"{request.script_root}{current_app.static_url_path}/{name}"


def icon(name: str) -> Markup:
    """One icon of the sprite; decoration, so hidden from screen readers."""
    return _icon(static(f"vendor/icons/icons.svg#{name}"))


@lru_cache(maxsize=256)  # a page shows some thirty
def _icon(href: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>').format(href)
