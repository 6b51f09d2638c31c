"""Pages of cords: how they came, what their logger says, what keeps them from isolation."""

from collections.abc import Sequence

from flask import url_for

from lims.core.texts import say, say_each
from lims.donation import queries
from lims.donation.accepting import accept_cord, reject_cord
from lims.donation.cords import amend_cord, read_logger
from lims.donation.evidence import acceptance_reasons, ancestor_reasons
from lims.donation.numbering import number_donation
from lims.donation.queries import AT_HAND, CordFacts
from lims.donation.rules import CordStanding
from lims.donation.views import LAB, pages
from lims.identifiers.isbt import donation_text, looks_like_isbt, read_isbt
from lims.identifiers.numbers import Kind
from lims.instruments.queries import run_of
from lims.instruments.showing import run_facts, run_picture
from lims.labelling.views import TO_LABEL, label_form
from lims.protocol.queries import trial_in_force
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page
from lims.web.tables import Table, Todo

JOURNEY = ("collected_at", "lowest", "highest", "weight", "condition", "length", "seal")


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
    reasons = [*ancestor_reasons(at.session, found.number, settled=False)]
    if found.standing is CordStanding.RECEIVED:
        reasons += acceptance_reasons(at.session, found.number, at.actor.login)
    run = run_of(at.session, found.number)
    limits = trial_in_force(at).donor
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
            (say("length-of-the-cord"), marked(found, "length")),
            (say("seal-of-the-container"), marked(found, "seal")),
            (say("condition"), marked(found, "condition")),
            (say("accepted-by"), found.accepted_by),
            (say("donation-decided-upon"), found.cleared_at),
            (say("donation"), donation_text(found.donation) if found.donation else None),
            *(run_facts(run) if run else ()),
        ),
        pictures=[run_picture(run, limits.cord_low_c, limits.cord_high_c)] if run else [],
        forms=_forms(at, found, has_run=run is not None),
        onwards=[(say("isolate-cells-from-this-cord"), f"/culture/?cord={found.number}")]
        if found.standing is CordStanding.ACCEPTED and at.actor.may(Permission.CULTURE_CELLS)
        else [],
        links=[(say("genealogy"), f"/release/trace/{found.number}")],
    )


def _forms(at: RequestContext, found: CordFacts, *, has_run: bool) -> list[Form | None]:
    waiting = found.standing is CordStanding.RECEIVED
    of_this, at_hand = {"number": found.number}, found.standing in AT_HAND
    return [
        at.form(read_logger, fixed={"cord": found.number}, opened=not has_run) if at_hand else None,
        at.form(accept_cord, fixed=of_this, opened=True) if waiting else None,
        label_form(at, found.number),
        at.form(number_donation, fixed={"cord": found.number}, then=TO_LABEL)
        if at.site.settings.isbt_facility and not found.donation
        else None,
        at.form(reject_cord, fixed=of_this, danger=True) if at_hand else None,
        at.form(
            amend_cord,
            fixed={"donor": found.donor, "cord": found.number},
            suggested={
                name: value for name in JOURNEY if (value := getattr(found, name)) is not None
            },
        ),
    ]


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
def to_accept(at: RequestContext) -> Sequence[Todo]:
    """Cords wait for QA's inspection."""
    return [
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
