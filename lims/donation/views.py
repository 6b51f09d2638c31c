"""Pages of donors and cords."""

from collections.abc import Sequence

from flask import url_for

from lims.core.texts import say, say_each
from lims.deviations.queries import open_about
from lims.donation import queries, rules
from lims.donation.actions import (
    accept_cord,
    decide_eligibility,
    enter_serology,
    receive_cord,
    record_history,
    register_donor,
    reject_cord,
)
from lims.donation.amending import amend_cord, amend_serology
from lims.donation.numbering import number_donation
from lims.donation.queries import CordFacts, DonorFacts, SerologyFacts, ancestor_reasons
from lims.donation.rules import CordStanding, DonorStanding
from lims.identifiers.isbt import donation_text, looks_like_isbt, read_isbt
from lims.identifiers.numbers import Kind
from lims.labelling.views import TO_LABEL, label_form
from lims.protocol.queries import trial_in_force
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form, due_first
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("donation", say("menu.cells"))
LAB = Permission.READ_LAB
JOURNEY = ("collected_at", "lowest", "highest", "weight", "condition")
MARKER = ("marker", "reactive", "specimen_at", "laboratory")


@pages.read("/donors", queries.donors, may=LAB, menu=say("donors"), is_list=True)
def donors(at: RequestContext, found: list[DonorFacts]) -> Page:
    """All donors."""
    rows = [(d.number, d.standing, d.consent_at, d.cords, len(d.results)) for d in found]
    columns = say_each("donor", "standing", "consent", "cords", "results")
    return Page(
        say("donors"),
        tables=[Table("", columns, rows)],
        forms=[at.form(register_donor, then="/donation/donors/{made}")],
    )


@pages.read("/donors/<number>", queries.donor, may=LAB, opens=Kind.DONOR, sensitive=True)
def donor(at: RequestContext, found: DonorFacts) -> Page:
    """One donor with everything that speaks against her eligibility."""
    trial = trial_in_force(at)
    evidence = queries.evidence(at.session, trial, found.number)
    undecided = queries.undecided_cords(at.session, found.number)
    pending = found.standing is DonorStanding.PENDING or bool(
        undecided and found.standing is DonorStanding.ELIGIBLE
    )
    results = [
        (
            Link(r.marker, f"/donation/serology/{r.id}"),
            *(marked(r, name) for name in MARKER[1:]),
        )
        for r in found.results
    ]
    return Page(
        say("donor"),
        number=found.number,
        standing=found.standing,
        notice=rules.eligibility_blockers(evidence) if pending else (),
        facts=(
            (say("consent-form"), f"{found.consent_version}, {found.consent_language}"),
            (say("consent-given"), found.consent_at),
            (say("witness"), found.consent_witness),
            (say("history.label"), found.history),
            (say("free-of-findings-that-exclude"), found.history_clear),
            (say("decision-rests-on"), found.basis),
            (say("decided.label"), found.decided_at),
            (say("cords"), found.cords),
            (say("donations-not-decided-upon"), tuple(undecided)),
        ),
        tables=[
            Table(
                say("serology"),
                say_each("marker", "field.reactive", "specimen-drawn", "field.laboratory"),
                results,
            )
        ],
        forms=_forms(at, found, pending=pending),
        links=[(say("genealogy-and-look-back"), f"/release/trace/{found.number}")],
    )


def _forms(at: RequestContext, found: DonorFacts, *, pending: bool) -> list[Form | None]:
    """History, cord, markers, decision; the next marker is of the same specimen as the last."""
    asked = trial_in_force(at).donor
    fixed = {"donor": found.number}
    known = {r.marker for r in found.results}
    lacking = [marker for marker in asked.markers if marker not in known]
    markers = dict.fromkeys((*lacking, *asked.markers, *asked.informative_markers))
    same: dict[str, object] = {}
    if found.results and lacking:
        last = found.results[-1]
        same = {
            "marker": lacking[0],
            "specimen_at": last.specimen_at,
            "laboratory": last.laboratory,
        }
    return due_first(
        (not found.history, at.form(record_history, fixed=fixed)),
        (not found.cords, at.form(receive_cord, fixed=fixed, then="/donation/cords/{made}")),
        (
            lacking,
            at.form(
                enter_serology,
                fixed=fixed,
                suggested=same,
                choices={"marker": [(marker, marker) for marker in markers]},
                opened=bool(same),
            ),
        ),
        (pending, at.form(decide_eligibility, fixed=fixed)),
        (False, label_form(at, found.number)),
    )


@pages.read("/serology/<serology>", queries.serology, may=LAB, sensitive=True)
def serology(at: RequestContext, found: SerologyFacts) -> Page:
    """One marker, with what was amended in it."""
    trial = trial_in_force(at)
    markers = [(m, m) for m in (*trial.donor.markers, *trial.donor.informative_markers)]
    labels = say_each("marker", "field.reactive", "specimen-drawn", "field.laboratory")
    return Page(
        say("serology"),
        facts=(
            (say("donor"), found.donor),
            *zip(labels, (marked(found, name) for name in MARKER), strict=True),
            (say("entered-by"), found.entered_by),
            (say("entered.at"), found.entered_at),
        ),
        forms=[
            at.form(
                amend_serology,
                fixed={"donor": found.donor, "serology": found.id},
                suggested={name: getattr(found, name) for name in MARKER},
                choices={"marker": markers},
            )
        ],
    )


@pages.read("/cords", queries.cords, may=LAB, menu=say("cords"), is_list=True)
def cords(at: RequestContext, found: list[CordFacts]) -> Page:
    """All cords."""
    del at
    rows = [(c.number, c.standing, c.donor, c.received_at, c.weight) for c in found]
    columns = say_each("cord", "standing", "donor", "received.label", "weight")
    return Page(say("cords"), tables=[Table("", columns, rows)])


@pages.read("/cords/<number>", queries.cord, may=LAB, opens=Kind.CORD)
def cord(at: RequestContext, found: CordFacts) -> Page:
    """One cord."""
    waiting = found.standing is CordStanding.RECEIVED
    reasons = [*ancestor_reasons(at.session, found.number, settled=False)]
    if waiting:
        donor_stands = queries.donor(at.session, found.donor).standing
        about = open_about(at.session, [found.number])
        judged = (found.received_by, at.actor.login)
        reasons += rules.acceptance_reasons(donor_stands, about, *judged)
    return Page(
        say("cord"),
        number=found.number,
        notice=list(dict.fromkeys(reasons)),
        standing=found.standing,
        facts=(
            (say("donor"), found.donor),
            (say("collected"), marked(found, "collected_at")),
            (say("received.label"), found.received_at),
            (say("received-by"), found.received_by),
            (say("lowest-temperature-on-the-way"), marked(found, "lowest")),
            (say("highest-temperature-on-the-way"), marked(found, "highest")),
            (say("weight"), marked(found, "weight")),
            (say("condition"), marked(found, "condition")),
            (say("accepted-by"), found.accepted_by),
            (say("donation-decided-upon"), found.cleared_at),
            (say("donation"), donation_text(found.donation) if found.donation else None),
        ),
        forms=[
            at.form(accept_cord, fixed={"number": found.number}, opened=True) if waiting else None,
            label_form(at, found.number),
            at.form(number_donation, fixed={"cord": found.number}, then=TO_LABEL)
            if at.site.settings.isbt_facility and not found.donation
            else None,
            at.form(reject_cord, fixed={"number": found.number}, danger=True)
            if found.standing in {CordStanding.RECEIVED, CordStanding.ACCEPTED}
            else None,
            at.form(
                amend_cord,
                fixed={"donor": found.donor, "cord": found.number},
                suggested={name: getattr(found, name) for name in JOURNEY},
            ),
        ],
        onwards=[(say("isolate-cells-from-this-cord"), f"/culture/?cord={found.number}")]
        if found.standing is CordStanding.ACCEPTED and at.actor.may(Permission.CULTURE_CELLS)
        else [],
        links=[(say("genealogy"), f"/release/trace/{found.number}")],
    )


@pages.find(LAB)
def by_donation(at: RequestContext, raw: str) -> str | None:
    """The cord whose ISBT 128 donation number was scanned, where the module is on."""
    if not at.site.settings.isbt_facility or not looks_like_isbt(raw):
        return None
    for part in read_isbt(raw, at.site.settings.isbt_facility):
        if part.name == "din" and (n := queries.cord_of_donation(at.session, part.parts["din"])):
            return url_for("donation.cord", number=n)
    return None


@pages.todo(Permission.DECIDE_DONOR)
def to_decide(at: RequestContext) -> Sequence[Todo]:
    """Donors wait for QA's decision."""
    return [
        Todo(say("decide-on-donor"), number, say("eligibility-pending"), act=decide_eligibility)
        for number in queries.to_decide(at.session)
    ] + [
        Todo(say("accept-cord"), c.number, say("of-donor-donor", donor=c.donor), c.received_at)
        for c in queries.cords_that_are(at.session, CordStanding.RECEIVED)
    ]


@pages.todo(Permission.CULTURE_CELLS)
def to_isolate(at: RequestContext) -> Sequence[Todo]:
    """Cords wait for isolation."""
    return [
        Todo(
            say("isolate-cells"), c.number, say("received-from-donor", donor=c.donor), c.received_at
        )
        for c in queries.cords_that_are(at.session, CordStanding.ACCEPTED)
    ]
