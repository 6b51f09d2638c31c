"""Pages of markers: a report entered at one go, one result with what was amended in it."""

from collections.abc import Mapping

from lims.core.texts import joined, named, say
from lims.donation import queries
from lims.donation.queries import DonorFacts, SerologyFacts
from lims.donation.rules import Finding
from lims.donation.serology import amend_serology, enter_serology
from lims.donation.views import LAB, pages
from lims.protocol.queries import trial_in_force
from lims.trust.amending import marked
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Link

FINDINGS = tuple((finding.value, named(finding)) for finding in Finding)
ROW = ("finding", "qualifier", "value", "method")


def markers_of(at: RequestContext) -> tuple[str, ...]:
    """Every marker that the protocol asks for, those that only inform last."""
    asked = trial_in_force(at).donor
    return (*asked.markers, *asked.informative_markers)


@pages.page("/donors/<number>/report", may=LAB, sensitive=True)
def report(at: RequestContext, number: str) -> Page:
    """A laboratory's report on one specimen: all its markers on one page."""
    found = queries.donor(at.session, number)
    fixed = {"donor": number}
    form = at.form(enter_serology, fixed=fixed, then=f"/donation/donors/{number}")
    known = {result.marker: {"method": result.method} for result in found.results}
    return _asking(at, found, form, known, {})


@pages.own_form(enter_serology)
def report_wrong(
    at: RequestContext, form: Form, sent: Mapping[str, str], errors: Mapping[str, str]
) -> Page:
    """The report as it was entered, and what is wrong with it."""
    found = queries.donor(at.session, sent.get("donor", ""))
    markers = markers_of(at)
    rows = {
        marker: {name: sent.get(f"results.{n}.{name}", "") for name in ROW}
        for n, marker in enumerate(markers)
    }
    wrong = {
        marker: joined(
            "between.sentences",
            [errors[f"results.{n}.{name}"] for name in ROW if f"results.{n}.{name}" in errors],
        )
        for n, marker in enumerate(markers)
    }
    return _asking(at, found, form, rows, wrong)


def _asking(
    at: RequestContext,
    found: DonorFacts,
    form: Form | None,
    rows: Mapping[str, Mapping[str, str]],
    wrong: Mapping[str, str],
) -> Page:
    return Page(
        say("report-of-the-laboratory"),
        number=found.number,
        standing=found.standing,
        forms=[form],
        template="donation/report.html",
        more={
            "markers": markers_of(at),
            "findings": FINDINGS,
            "rows": rows,
            "wrong": wrong,
        },
    )


@pages.read("/serology/<serology>", queries.serology, may=LAB, sensitive=True)
def serology(at: RequestContext, found: SerologyFacts) -> Page:
    """One marker, with what was amended in it."""
    names = ("marker", "finding", "qualifier", "value", "method", "specimen_of", "specimen",
             "specimen_at", "laboratory")  # fmt: skip
    return Page(
        say("serology"),
        facts=(
            (say("donor"), found.donor),
            (say("marker"), marked(found, "marker")),
            (say("finding"), marked(found, "finding")),
            (say("field.value"), marked(found, "value")),
            (say("kit-and-method"), marked(found, "method")),
            (say("specimen-of"), marked(found, "specimen_of")),
            (say("specimen-number"), marked(found, "specimen")),
            (say("specimen-drawn"), marked(found, "specimen_at")),
            (say("field.laboratory"), marked(found, "laboratory")),
            (
                say("report-of-the-laboratory"),
                Link(say("open-the-file"), f"/attachments/{found.report}")
                if found.report
                else None,
            ),
            (say("entered-by"), found.entered_by),
            (say("entered.at"), found.entered_at),
            (say("reviewed-by"), found.reviewed_by),
            (say("reviewed.at"), found.reviewed_at),
        ),
        forms=[
            at.form(
                amend_serology,
                fixed={"donor": found.donor, "serology": found.id},
                suggested={
                    name: value for name in names if (value := getattr(found, name)) is not None
                },
                choices={"marker": [(marker, marker) for marker in markers_of(at)]},
            )
        ],
    )
