"""Pages that every door has: printers, badges, the scanner's test; what a dead label is told."""

from collections.abc import Sequence

from flask import Response, request

from lims.core.errors import Missing
from lims.core.reasons import Reason
from lims.core.texts import say, say_each
from lims.identifiers.scans import Scan
from lims.identifiers.selftest import CODES, TestRead, findings, front_of
from lims.labelling import queries
from lims.labelling.output import as_png, as_sheets
from lims.labelling.queries import PrinterFacts
from lims.labelling.rules import PrinterSide
from lims.labelling.views import file_answer, label_file
from lims.stations.actions import issue_badge, set_printer
from lims.stations.devices import StationFacts, end_station, register_station, stations
from lims.stations.test_codes import CARD, DPI, card_of, symbol_of
from lims.trust.identity.devices import station_of
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.cookies import device_here
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("stations", say("menu.labels"))


def judge_label(at: RequestContext, scan: Scan) -> list[Reason]:
    """That the label which was scanned is dead: said wherever it is scanned."""
    return queries.dead_label_reasons(at.session, scan.number, scan.copy)


pages.judges.append(judge_label)


@pages.read("/printers", queries.printers, may=Permission.MANAGE_PRINTERS, menu=say("printers"),
            is_list=True)  # fmt: skip
def printers(at: RequestContext, found: list[PrinterFacts]) -> Page:
    """Label printers: where they stand and listen."""
    rows = [(p.name, p.side, f"{p.host}:{p.port}", p.dpi, p.station, p.in_service) for p in found]
    columns = say_each("printer", "side", "address", "dots-per-inch", "station", "in-service")
    return Page(
        say("printers"),
        tables=[Table("", columns, rows)],
        forms=[at.form(set_printer, suggested={"in_service": True})],
    )


@pages.read("/", stations, may=Permission.MANAGE_ACCOUNTS, menu=say("stations"), is_list=True)
def stations_page(at: RequestContext, found: list[StationFacts]) -> Page:
    """Registered stations; this browser can become one."""
    device = device_here()
    here = station_of(at.session, device)
    rows = [(s.name, s.scanner, s.by, s.since, s.ended_at) for s in found]
    columns = say_each("station", "what-scans-here", "by", "since", "until")
    there = [(s.name, s.name) for s in found if not s.ended_at]
    return Page(
        say("stations"),
        facts=((say("this-browser"), here.name if here else say("no-station")),),
        tables=[Table("", columns, rows)],
        forms=[
            None if here else at.form(register_station, fixed={"device": device}),
            at.form(end_station, choices={"name": there}, danger=True) if there else None,
        ],
    )


@pages.page("/badges", may=Permission.MANAGE_ACCOUNTS, menu=say("badges"))
def badges(at: RequestContext) -> Page:
    """Staff badges: issue one, print it."""
    found = queries.badges(at.session)
    rows = [(Link(n.code, f"/stations/badges/{n.code}.pdf"), n.standing, who, n.printed_at)
            for n, who in found]  # fmt: skip
    form = at.form(issue_badge, then="/stations/badges")
    columns = say_each("badge", "standing", "of", "issued")
    return Page(say("badges"), tables=[Table("", columns, rows)], forms=[form])


@pages.file("/badges/<code>.<form>", may=Permission.MANAGE_ACCOUNTS)
def badge_as(at: RequestContext, code: str, form: str) -> Response:
    """A badge's file."""
    return label_file(at, queries.label_row(at.session, code, PrinterSide.HOUSE), form)


@pages.page("/scanner", may=Permission.OWN_ACCOUNT, menu=say("scanner-test"))
def scanner(at: RequestContext) -> Page:
    """Scan five codes; the answer says what to set."""
    del at
    more = {"codes": CODES, "found": (), "front": ""}
    return Page(say("scanner-test"), template="stations/scanner.html", more=more)


def judge_scanner() -> Response:
    """What the reads show of framing, separator, layout, Data Matrix and speed."""
    form = request.form
    reads = [
        TestRead(
            code.name,
            form.get(f"raw.{code.name}", "")[:500],
            form.get(f"end.{code.name}", "")[:10],
            form.get(f"ms.{code.name}", 0, type=int),
        )
        for code in CODES
    ]
    known = [read for read in reads if read.raw]
    more = {
        "codes": CODES,
        "found": findings(reads),
        "reads": known,
        "front": (front_of(known[0]) or "") if known else "",
    }
    return Page(say("scanner-test"), template="stations/scanner.html", more=more).draw()


judge_scanner.may = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
pages.add_url_rule("/scanner", "judge_scanner", judge_scanner, methods=["POST"])


@pages.file("/scanner/<name>.png", may=Permission.OWN_ACCOUNT)
def test_code(at: RequestContext, name: str) -> Response:
    """One code of the test, for the screen."""
    del at
    found = next((code for code in CODES if code.name == name), None)
    if found is None:
        raise Missing
    return file_answer(as_png(symbol_of(found)), "png", f"scanner-{name}")


@pages.file("/scanner.pdf", may=Permission.OWN_ACCOUNT)
def test_sheet(at: RequestContext) -> Response:
    """All codes of the test on paper."""
    del at
    cards = [card_of(number, code) for number, code in enumerate(CODES, start=1)]
    return file_answer(as_sheets(cards, DPI, CARD), "pdf", "scanner-test")


@pages.todo(Permission.MANAGE_PRINTERS, sets_up=True)
def to_set_up(at: RequestContext) -> Sequence[Todo]:
    """Without a printer no label comes out."""
    if queries.printers(at.session):
        return []
    told = say("no-label-comes-out")
    return [Todo(say("set-first-printer"), "", told, href="/stations/printers", act=set_printer)]
