"""How files are shown: in a record's page, on a page of their own, and as they came."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, url_for

from lims.attachments.queries import AttachmentFacts, FilesOfRecord, files_of
from lims.attachments.rules import (
    CHARSETS,
    MEDIA,
    PICTURES,
    SHOWN,
    AttachmentStanding,
    FileKind,
    beginning_of,
    charset_of,
)
from lims.core.texts import say, say_each
from lims.trust.actions import Action
from lims.trust.contents import content_of
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Link, Table

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 40
MOST_SHOWN: Final = 256 * 1024  # bytes of a table
LONGEST_LINE: Final = 2000


@dataclass(frozen=True)
class Door:
    """One side's files: who may see them, what attaches and strikes out, and where they are shown."""

    side: Side
    may: Permission
    attach: Action[Any, Any]
    strike: Action[Any, Any]
    page: str  # endpoints
    content: str

    def beside(
        self, at: RequestContext, number: str
    ) -> tuple[Sequence[Table], Sequence[Form | None]]:
        """What every page of a number of this side has besides: its files, and the way to one more."""
        if not at.actor.may(self.may):
            return (), ()
        found = files_of(at.session, self.side, number)
        form = at.form(self.attach, fixed={"about": number}, aside=True)
        return ([self.table(found)] if found.files else []), (form,)

    def table(self, found: FilesOfRecord) -> Table:
        """The files of a record."""
        rows = [
            (
                Link(one.name, url_for(self.page, attachment=one.id)),
                one.what,
                one.kind,
                one.standing if one.standing is AttachmentStanding.STRUCK_OUT else "",
                one.by,
                one.at,
            )
            for one in found.files
        ]
        columns = say_each("file", "what-the-file-is", "kind", "standing", "by", "when")
        return Table(say("files"), columns, rows)

    def record(self, found: FilesOfRecord) -> Page:
        """A page with the files of a record alone."""
        return Page(say("files"), facts=((say("of"), found.number),), tables=[self.table(found)])

    def one(self, at: RequestContext, found: AttachmentFacts) -> Page:
        """A file's page: what it is, and what can be shown of it."""
        place = url_for(self.content, attachment=found.id)
        is_attached = found.standing is AttachmentStanding.ATTACHED
        struck = (
            (say("struck-out-by"), found.struck_by),
            (say("when"), found.struck_at),
            (say("because"), found.struck_why),
        )
        return Page(
            found.name,
            standing="" if is_attached else found.standing,
            facts=(
                (say("of"), found.about),
                (say("what-the-file-is"), found.what),
                (say("kind"), found.kind),
                (say("size"), say("so-many-kilobytes", count=-(-found.size // 1024))),
                (say("by"), found.by),
                (say("when"), found.at),
                (say("digest"), found.digest),
                *(() if is_attached else struck),
            ),
            tables=[self._rows(at, found)] if found.kind is FileKind.TABLE else [],
            links=[(say("open-the-file") if found.kind in SHOWN else say("download"), place)],
            forms=[at.form(self.strike, fixed={"attachment": found.id}, danger=True, aside=True)]
            if is_attached
            else [],
            template="attachments/file.html",
            more={"shown": place if found.kind in PICTURES else ""},
        )

    def _rows(self, at: RequestContext, found: AttachmentFacts) -> Table:
        """The beginning of a table, cut where it is too much for a page."""
        data = content_of(at.connection, self.side, found.digest)
        charset = charset_of(data) or CHARSETS[0]
        lines = beginning_of(data, charset, MOST_SHOWN).splitlines()[:MOST_ROWS]
        lines = [line[:LONGEST_LINE] for line in lines if line]
        between = max(",;\t", key=lines[0].count) if lines else ","
        try:
            read = [row[:MOST_COLUMNS] for row in csv.reader(lines, delimiter=between)]
        except csv.Error:  # quotes that never end
            read = [[line] for line in lines]
        wide = max((len(row) for row in read), default=1)
        head, *body = [(*row, *[""] * (wide - len(row))) for row in read] or [("",)]
        title = say("the-first-lines", most=MOST_ROWS, charset=charset.removesuffix("-sig").upper())
        return Table(title, head, body)

    def as_it_came(self, at: RequestContext, found: AttachmentFacts) -> Response:
        """The file itself: pictures and PDF to be looked at, everything else to be saved."""
        data = content_of(at.connection, self.side, found.digest)
        response = Response(data, mimetype=MEDIA[found.kind])
        way = "inline" if found.kind in SHOWN else "attachment"
        response.headers.set("Content-Disposition", way, filename=found.name)
        return response
