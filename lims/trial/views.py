"""Pages of participants."""

from collections.abc import Collection

from flask import Response
from sqlalchemy.orm import Session

from lims.core.texts import named, say, say_each
from lims.identifiers.numbers import Kind
from lims.labelling.queries import LabelFacts, label_facts, label_row, labels_of
from lims.labelling.rules import PrinterSide
from lims.labelling.views import label_file, label_page, label_rows
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.actions import (
    confirm_weight,
    randomise,
    register_participant,
    sign_fitness,
    weigh,
    withdraw_participant,
)
from lims.trial.amending import AMENDED, amend_participant
from lims.trial.amending_weights import amend_weight
from lims.trial.deviating import (
    WardDeviationFacts,
    deviate_from_protocol,
    deviations_of,
    ward_deviations,
)
from lims.trial.eligibility import eligibility_reasons
from lims.trial.enrolment import enrolment_pictures
from lims.trial.fitness import fitness_told
from lims.trial.labels import (
    destroy_ward_label,
    link_wristband,
    print_ward_tag,
    print_wristband,
    reprint_ward_label,
    scan_ward_label,
    send_ward_label,
)
from lims.trial.ordering import cancel_order, order_infusion
from lims.trial.pausing import pause_trial
from lims.trial.queries import ParticipantFacts
from lims.trial.rules import ParticipantStanding, WeighingStanding, settled_reasons
from lims.trial.windows import WardDeviationKind as K
from lims.trial.windows import Window, visits_in
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.web.forms import Form
from lims.web.pages import Page, Pages, RequestContext
from lims.web.tables import Table

pages = Pages("trial", say("menu.participants"))
WARD = Permission.READ_WARD
TO_LABEL = "/trial/labels/{made}"
LABELS = say_each("label", "of", "standing", "copy", "printed", "by", "reason")
DATA = say_each("initials", "sex", "born", "consent", "consent-given", "stratum")
DEVIATION = say_each("participant", "kind", "infusion", "what", "by", "when")
P = ParticipantStanding


@pages.read("/participants", queries.participants, may=WARD, menu=say("participants"), is_list=True)
def participants(at: RequestContext, found: list[ParticipantFacts]) -> Page:
    """All participants."""
    rows = [(p.number, p.standing, p.initials, named(p.sex), p.born_on, p.treatment) for p in found]
    columns = say_each("participant", "standing", "initials", "sex", "born", "treatment-number")
    strata = [(stratum, stratum) for stratum in trial_in_force(at).strata]
    forms = [
        at.form(
            register_participant, choices={"stratum": strata}, then="/trial/participants/{made}"
        ),
        at.form(pause_trial, danger=True),
    ]
    return Page(
        say("participants"),
        tables=[Table("", columns, rows)],
        pictures=enrolment_pictures(at),
        forms=forms,
    )


@pages.read("/participants/<number>", queries.participant, may=WARD, opens=Kind.PARTICIPANT)
def participant(at: RequestContext, found: ParticipantFacts) -> Page:
    """One participant: what is known, what is next."""
    trial = trial_in_force(at)
    answers = queries.answers_of(at.session, found.number)
    open_screening = found.standing in {P.SCREENING, P.NOT_ELIGIBLE}
    reasons = eligibility_reasons(trial.eligibility, answers) if answers and open_screening else ()
    return Page(
        say("participant"),
        number=found.number,
        standing=found.standing,
        notice=(*reasons, *settled_reasons(found.newest_weighing)),
        facts=(
            *zip(DATA, (marked(found, name) for name in AMENDED), strict=True),
            (say("treatment-number"), found.treatment),
            (say("randomised.label"), found.randomised_at),
            (say("first-infusion"), found.first_infusion_at),
            (say("code-broken"), found.code_broken_at),
            (say("code-broken-by"), found.code_broken_by),
            (say("withdrawn-because"), found.withdrawn_because),
        ),
        tables=_tables(at, found),
        forms=_forms(at, found),
        links=[
            (say("screening"), f"/trial/participants/{found.number}/screening"),
            (say("visits"), f"/trial/participants/{found.number}/visits"),
            (say("follow-up"), f"/followup/participants/{found.number}"),
        ],
    )


def _tables(at: RequestContext, found: ParticipantFacts) -> list[Table]:
    weighed = [
        (w.visit, w.standing, w.weight, w.by, w.second_by, w.at, w.settled_because)
        for w in found.weighings
    ]
    judged = [
        (f.visit, f.what, f.reason, f.by, f.at) for f in fitness_told(at.session, found.number)
    ]
    of_mine = (found.number, *(order.number for order in found.orders))
    labelled = [label for number in of_mine for label in labels_of(at.session, number)]
    shown_at = "/trial/labels" if at.actor.may(Permission.PRINT_WARD_LABEL) else ""
    ordered = [
        (
            o.number,
            o.visit,
            o.weight,
            o.slot_at,
            say("state.cancelled") if o.cancelled else say("state.ordered"),
        )
        for o in found.orders
    ]
    return [
        Table(
            say("weights"),
            say_each("infusion", "standing", "weight", "first", "second", "when", "reason"),
            weighed,
        ),
        *(
            [
                Table(
                    say("fitness"),
                    say_each("infusion", "what", "findings", "by", "when"),
                    judged,
                )
            ]
            if at.actor.may(Permission.READ_REACTIONS)  # an event behind it is a reaction
            else []
        ),
        Table(
            say("deviations-of-the-ward"),
            DEVIATION[1:],
            [_deviation(d)[1:] for d in deviations_of(at.session, found.number)],
        ),
        Table(
            say("orders"),
            say_each("order", "infusion", "weight", "slot", "state"),
            ordered,
        ),
        Table(say("wristbands-and-tags"), LABELS, label_rows(labelled, shown_at)),
    ]


def _forms(at: RequestContext, found: ParticipantFacts) -> list[Form | None]:
    fixed = {"participant": found.number}
    forms: list[Form | None] = []
    if found.standing is P.ELIGIBLE:
        forms.append(at.form(randomise, fixed=fixed, opened=True))
    if found.standing is P.RANDOMISED:
        infusions = trial_in_force(at).schedule.infusions
        due = queries.next_visit(at.session, infusions, found)
        suggested = {"visit": due} if due else {}
        forms += [
            at.form(weigh, fixed=fixed, suggested=suggested),
            at.form(confirm_weight, fixed=fixed)
            if found.newest_weighing is WeighingStanding.UNLIKELY
            else None,
            at.form(order_infusion, fixed=fixed, suggested=suggested),
            at.form(sign_fitness, fixed=fixed, suggested=suggested),
        ]
        live = [
            (o.number, say("infusion-visit", visit=o.visit))
            for o in found.orders
            if not o.cancelled
        ]
        if live:
            forms.append(at.form(print_ward_tag, choices={"order": live}, then=TO_LABEL))
            forms.append(at.form(cancel_order, choices={"order": live}, danger=True))
    kinds = [(k.value, named(k)) for k in K if k is not K.GIVEN_AGAINST_STOP]
    forms.append(at.form(deviate_from_protocol, fixed=fixed, choices={"kind": kinds}))
    known = {name: getattr(found, name) for name in AMENDED}
    forms.append(at.form(amend_participant, fixed=fixed, suggested=known))
    agreed = [
        (str(w.id), say("infusion-visit-weight", visit=w.visit, weight=w.weight))
        for w in found.weighings
        if w.standing is WeighingStanding.CONFIRMED
    ]
    if agreed:
        forms.append(at.form(amend_weight, fixed=fixed, choices={"weighing": agreed}))
    forms.append(at.form(print_wristband, fixed=fixed, then=TO_LABEL))
    forms.append(at.form(destroy_ward_label))
    if at.site.settings.wristbands:
        forms.append(at.form(link_wristband, fixed=fixed))
    if found.standing in {P.SCREENING, P.ELIGIBLE, P.RANDOMISED}:
        forms.append(at.form(withdraw_participant, fixed=fixed, danger=True))
    return forms


@pages.page("/participants/<number>/visits", may=WARD)
def visits(at: RequestContext, number: str) -> Page:
    """The visit calendar of one participant."""
    found = queries.participant(at.session, number)
    trial = trial_in_force(at)
    done = queries.done_visits(at.session, found.treatment)
    missed = visits_in(found.missed)
    windows = {
        visit: window
        for p, visit, window in queries.next_visits(at.session, trial, at.zone)
        if p.number == number
    }
    rows = []
    for visit in range(1, trial.schedule.infusions + 1):
        window = windows.get(visit)
        state = _state(visit, done, missed, window)
        rows.append(
            (visit, state, window and window.first, window and window.due, window and window.last)
        )
    columns = say_each("infusion", "state", "from", "due", "to")
    return Page(say("visits-of"), number=number, tables=[Table("", columns, rows)])


@pages.read(
    "/deviations", ward_deviations, may=WARD, menu=say("deviations-of-the-ward"), is_list=True
)
def deviations(at: RequestContext, found: list[WardDeviationFacts]) -> Page:
    """What did not go by the protocol on the ward."""
    del at
    rows = [_deviation(one) for one in found]
    return Page(say("deviations-of-the-ward"), tables=[Table("", DEVIATION, rows)])


def _deviation(one: WardDeviationFacts) -> tuple[object, ...]:
    return one.participant, one.kind, one.visit, one.what, one.by, one.at


def _state(
    visit: int, done: Collection[int], missed: Collection[int], window: Window | None
) -> str:
    if visit in done:
        return say("state.given")
    if visit in missed:
        return say("state.missed")
    return say("state.next") if window else say("state.later")


def ward_label(session: Session, code: str) -> LabelFacts:
    """A label of the ward's."""
    return label_facts(label_row(session, code, PrinterSide.WARD))


@pages.read("/labels/<code>", ward_label, may=Permission.PRINT_WARD_LABEL)
def label(at: RequestContext, found: LabelFacts) -> Page:
    """A wristband or a tag: its picture, its way to a printer, the scan that proves it."""
    return label_page(
        at, found, "/trial/labels",
        {"scan": scan_ward_label, "reprint": reprint_ward_label, "send": send_ward_label},
    )  # fmt: skip


@pages.file("/labels/<code>.<form>", may=Permission.PRINT_WARD_LABEL)
def label_as(at: RequestContext, code: str, form: str) -> Response:
    """A ward label's file."""
    return label_file(at, label_row(at.session, code, PrinterSide.WARD), form)
