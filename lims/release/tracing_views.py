"""Genealogy and recall of anything: what it came from, what it went into, how each of it stands."""

from collections import Counter
from collections.abc import Mapping

from lims.core.listing import Listing
from lims.core.texts import named, say, say_each
from lims.genealogy.queries import Trace, edges_among
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.labelling.queries import WARD_KINDS, labels_of
from lims.release.actions import hold_lot, recall_lot
from lims.release.drawing import lay_out
from lims.release.known import Known, known_of, told_trace
from lims.release.recall import WARD, hold_downstream
from lims.release.views import LAB, pages
from lims.supplies import queries as supplies
from lims.supplies.rules import LotStanding
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Table

RECALLABLE = {LotStanding.RELEASED, LotStanding.HOLD, LotStanding.QUARANTINE}


@pages.read("/trace/<number>", told_trace, may=LAB)
def traced(at: RequestContext, found: Trace) -> Page:
    """Where a thing came from and everything that it went into, with the recall beside it."""
    kind = kind_of(found.number) if is_number(found.number) else None
    numbers = [n.number for n in (*found.upstream, *found.downstream)]
    known = known_of(at.session, [*numbers, found.number])
    copies = [
        (n.number, n.standing, n.copy)
        for n in labels_of(at.session, found.number)
        if kind not in WARD_KINDS
    ]
    itself = known.get(found.number)
    return Page(
        say("genealogy-of"),
        number=found.number,
        facts=[(say("standing"), itself.standing)] if itself and itself.standing else (),
        tables=[
            _everything(found, known),
            _counts(numbers, known),
            Table(say("labels"), say_each("of", "standing", "copy"), copies),
        ],
        listing=Listing(()),
        forms=_forms(at, found.number, kind),
        links=[(say("bags-that-hold-it"), f"/filling/look-back/{found.number}")],
        template="release/trace.html",
        more={
            "drawing": lay_out(found, edges_among(at.session, [*numbers, found.number])),
            "known": known,
        },
    )


def _everything(found: Trace, known: Mapping[str, Known]) -> Table:
    """Both directions in one table, that can be searched and taken away."""
    both = ((say("came-from"), found.upstream), (say("went-into"), found.downstream))
    rows = []
    for way, nodes in both:
        for node in nodes:
            what = known.get(node.number) or Known("", None, None)
            kind = named(kind_of(node.number))
            rows.append((way, kind, node.number, what.name, what.standing, what.since))
    columns = say_each("direction", "kind", "number", "name", "standing", "since")
    return Table("", columns, rows)


def _counts(numbers: list[str], known: Mapping[str, Known]) -> Table:
    """How many of each kind there are, and how they stand."""
    many = Counter(
        (kind_of(number), known[number].standing if number in known else None) for number in numbers
    )
    rows = [
        (named(kind), standing, count)
        for (kind, standing), count in sorted(many.items(), key=lambda one: (one[0][0], -one[1]))
    ]
    return Table(say("how-many.of-what"), say_each("kind", "standing", "count.of-things"), rows)


def _forms(at: RequestContext, number: str, kind: Kind | None) -> list[Form | None]:
    if kind in {Kind.LOT, Kind.MATERIAL}:
        if supplies.lot(at.session, number).standing not in RECALLABLE:
            return []
        acts = (hold_lot, recall_lot)
        return [at.form(act, fixed={"lot": number}, danger=True) for act in acts]
    if kind is None or kind in WARD:
        return []
    return [at.form(hold_downstream, fixed={"number": number}, danger=True)]
