"""How files are shown: in a record's page, on a page of their own, and as they came."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, url_for
from sqlalchemy.orm import Session

from lims.attachments.queries import AttachmentFacts, FilesOfRecord, files_of, one_file, some_of
from lims.attachments.rules import (
    MEDIA,
    PICTURES,
    SHOWN,
    AttachmentStanding,
    FileKind,
    text_of,
)
from lims.core.texts import say, say_each
from lims.trust.actions import Action
from lims.trust.contents import content_of
from lims.trust.identity.roles import Permission, Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import BESIDE, Page, Pages
from lims.web.tables import Link, Table

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 40
MOST_SHOWN: Final = 256 * 1024  # bytes of a table
LONGEST_LINE: Final = 2000


@dataclass(frozen=True)
class FilesOfSide:
    """One side's files: who may see them, what attaches and strikes out, and among whose pages."""

    side: Side
    may: Permission
    attach: Action[Any, Any]
    strike: Action[Any, Any]
    pages: Pages
    within: str = ""  # of the slice's address

    def serve(self) -> None:
        """Their pages, and what every page of a number of this side has besides."""
        side, at, pages = self.side, self.within, self.pages

        def file_of_side(session: Session, attachment: str) -> AttachmentFacts:
            """One file of a record."""
            return one_file(session, side, attachment)

        def files_of_side(session: Session, number: str) -> FilesOfRecord:
            """The files of a record."""
            return some_of(session, side, number)

        pages.read(f"{at}/of/<number>", files_of_side, may=self.may, sensitive=True)(self.of_record)
        pages.read(f"{at}/<attachment>", file_of_side, may=self.may, sensitive=True)(self.one_file)
        pages.file(f"{at}/<attachment>/content", may=self.may, sensitive=True)(self.as_it_came)
        BESIDE.setdefault(side, []).append(self.beside)

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
                Link(one.name, url_for(f"{self.pages.name}.one_file", attachment=one.id)),
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

    def of_record(self, _at: RequestContext, found: FilesOfRecord) -> Page:
        """A page with the files of a record alone."""
        return Page(say("files"), facts=((say("of"), found.number),), tables=[self.table(found)])

    def one_file(self, at: RequestContext, found: AttachmentFacts) -> Page:
        """A file's page: what it is, and what can be shown of it."""
        place = url_for(f"{self.pages.name}.as_it_came", attachment=found.id)
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
        text, charset = text_of(data[:MOST_SHOWN], whole=len(data) <= MOST_SHOWN) or ("", "")
        lines = [line[:LONGEST_LINE] for line in text.splitlines()[:MOST_ROWS] if line]
        between = max(",;\t", key=lines[0].count) if lines else ","
        try:
            read = [row[:MOST_COLUMNS] for row in csv.reader(lines, delimiter=between)]
        except csv.Error:  # quotes that never end
            read = [[line] for line in lines]
        wide = max((len(row) for row in read), default=1)
        head, *body = [(*row, *[""] * (wide - len(row))) for row in read] or [("",)]
        title = say("the-first-lines", most=MOST_ROWS, charset=charset.removesuffix("-sig").upper())
        return Table(title, head, body)

    def as_it_came(self, at: RequestContext, attachment: str) -> Response:
        """The file itself: pictures and PDF to be looked at, everything else to be saved."""
        found = one_file(at.session, self.side, attachment)
        data = content_of(at.connection, self.side, found.digest)
        response = Response(data, mimetype=MEDIA[found.kind])
        way = "inline" if found.kind in SHOWN else "attachment"
        response.headers.set("Content-Disposition", way, filename=found.name)
        return response
