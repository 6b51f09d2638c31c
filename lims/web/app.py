"""Puts a process together from its doors: log-in, pages, actions, API."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import DBAPIError

from lims.core.db import danger_of, must_be_encrypted
from lims.core.trouble import trouble_of
from lims.core.uploads import MOST_BYTES
from lims.identifiers.numbers import Kind
from lims.identifiers.wristbands import patterns_of
from lims.trust.identity.roles import Permission, Side
from lims.trust.installation import Site
from lims.trust.keys import FORMS, KEYS, LIST, TRAIL, load_key, lost_keys
from lims.trust.trail.triggers import missing_triggers
from lims.web.api import make_api
from lims.web.auth import check_all_guarded, draft_key, require_login, serve_when_ready
from lims.web.cookies import FORM, called
from lims.web.errors import install_refusals
from lims.web.front import make_front
from lims.web.openapi import document_pages
from lims.web.pages import Pages
from lims.web.posts import posts
from lims.web.render import install_filters
from lims.web.tour import note_visit

FLAT_MENU: Final = 9  # entries that fit one row


@dataclass(frozen=True)
class Door:
    """One side's pages."""

    side: Side
    slices: Sequence[Pages] = field(default_factory=list)


def make_app(site: Site, doors: Sequence[Door]) -> Flask:
    """A WSGI application that serves these doors, or an error that says why it must not."""
    if why := must_be_encrypted(site.settings.database_url):
        raise SystemExit(why)
    try:
        _must_be_sound(site)
    except DBAPIError as error:
        if (reason := trouble_of(error)) is None:
            raise
        raise SystemExit(f"{reason.sentence} ({error.orig})") from error
    _must_have_keys(site, doors)
    try:
        patterns_of(" ".join(site.settings.wristbands))
    except ValueError as error:
        raise SystemExit(f"FUNIS_WRISTBANDS: {error}") from error
    app = Flask("lims")
    app.config.update(
        SECRET_KEY=site.settings.secret_key or load_key(site.settings.key_folder, FORMS).decode(),
        SESSION_COOKIE_NAME=called(FORM, secure=site.settings.secure_cookies),
        SESSION_COOKIE_SECURE=site.settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    sides = frozenset(door.side for door in doors) | {Side.HOUSE}
    app.config["SIDES"] = sides
    slices = list({pages.name: pages for door in doors for pages in door.slices}.values())
    opens = {key: page for pages in slices for key, page in pages.opens.items()}
    require_login(app, site, CSRFProtect(app))
    install_refusals(app)
    install_filters(app, opens)
    _install_context(app, slices, site)
    reads = [read for pages in slices for read in pages.reads]
    app.register_blueprint(make_front(site, slices, opens))
    app.register_blueprint(posts)
    app.register_blueprint(make_api(reads, sides))
    app.register_blueprint(document_pages(reads, sides))
    for pages in slices:
        app.register_blueprint(pages)
    check_all_guarded(app)
    serve_when_ready(app, site, slices)
    if site.settings.demonstration:
        app.after_request(note_visit)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    return app


def _must_be_sound(site: Site) -> None:
    """Serve no database that is damaged, or that lacks the guards of what is only added to."""
    with site.engine.connect().execution_options(reading=True) as connection:
        if damage := danger_of(connection):
            raise SystemExit(
                f"the database is damaged ({damage}): put back a backup (lims restore)"
            )
        if site.anchors.not_gone_through(connection, None):
            logging.getLogger("lims").warning("an older copy of the database stands here")
        if missing := missing_triggers(connection):
            msg = f"the database lacks {missing}; run: lims migrate"
            raise SystemExit(msg)


def _must_have_keys(site: Site, doors: Sequence[Door]) -> None:
    """Refuse to start without the keys that the database rests on: new ones would open nothing."""
    opens_list = any(door.side in {Side.LAB, Side.VAULT} for door in doors)
    unused = {
        *(() if opens_list else (LIST,)),
        *(() if site.settings.seals or site.settings.witnesses else (TRAIL,)),
    }
    names = tuple(name for name in KEYS if name not in unused)
    with site.reading() as session:
        if faults := lost_keys(session, site.settings.key_folder, names):
            raise SystemExit("; ".join(faults))


def grouped(entries: Sequence[tuple[str, str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The menu in groups, in the order of their first entry; a short one is not grouped."""
    if len(entries) <= FLAT_MENU:
        return [("", [(words, to) for _, words, to in entries])]
    groups: dict[str, list[tuple[str, str]]] = {}
    for group, words, to in entries:
        groups.setdefault(group or words, []).append((words, to))
    return [(title if len(found) > 1 else "", found) for title, found in groups.items()]


def _may_open(app: Flask, href: str) -> bool:
    endpoint, _ = app.url_map.bind("").match(href)
    view: Any = app.view_functions[endpoint]
    return bool(g.at.actor.may(view.may))


def _install_context(app: Flask, slices: Sequence[Pages], site: Site) -> None:
    menu = [(pages.group, *entry) for pages in slices for entry in pages.menu]
    menu.sort(key=lambda entry: entry[3] is Permission.OWN_ACCOUNT)  # everybody's pages last

    @app.context_processor
    def house() -> dict[str, Any]:
        at = g.get("at")
        allowed = at.actor.permissions if at else frozenset()
        shown = [(group, words, to) for group, words, to, may in menu if may in allowed]
        return {
            "at": at,
            "menu": grouped(shown),
            "demonstration": site.settings.demonstration,
            "idle_seconds": site.settings.idle_minutes * 60,
            "draft_key": partial(draft_key, app.config["SECRET_KEY"]),
            "hospital": site.settings.hospital,
            "most_bytes": MOST_BYTES,
            "scan_prefix": site.settings.scan_prefix,
            "scan_suffix": site.settings.scan_suffix,
            "Kind": Kind,
            "link_may": lambda href: _may_open(app, href),
        }
