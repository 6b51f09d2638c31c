"""Pages of participants."""

from collections.abc import Collection

from lims.core.texts import named, say, say_each
from lims.identifiers.numbers import Kind
from lims.labelling.queries import labels_of, live_label
from lims.labelling.views import label_rows
from lims.protocol.criteria import eligibility_reasons
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.actions import (
    confirm_weight,
    randomise,
    register_participant,
    screen_participant,
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
from lims.trial.enrolment import enrolment_pictures
from lims.trial.fitness import fitness_told
from lims.trial.labels import (
    destroy_ward_label,
    link_wristband,
    print_ward_tag,
    print_wristband,
)
from lims.trial.ordering import cancel_order, order_infusion
from lims.trial.pausing import pause_trial
from lims.trial.queries import ParticipantFacts, WardOrder
from lims.trial.rules import ParticipantStanding, WeighingStanding, settled_reasons
from lims.trial.windows import WardDeviationKind as K
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form, due_first
from lims.web.pages import Page, Pages
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


@pages.read(
    "/participants/<number>", queries.participant, may=WARD, opens=Kind.PARTICIPANT, sensitive=True
)
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
        onwards=_onwards(at, found),
        links=[
            (say("screening"), f"/trial/participants/{found.number}/screening"),
            (say("visits"), f"/trial/participants/{found.number}/visits"),
            (say("follow-up"), f"/followup/participants/{found.number}"),
            *_report(at, found.number),
        ],
    )


def _report(at: RequestContext, number: str) -> list[tuple[str, str]]:
    if not at.actor.may(Permission.REPORT_EVENT):
        return []
    form = "do-followup-report-event"
    return [(say("report-event"), f"/followup/events?participant={number}#{form}")]


def _onwards(at: RequestContext, found: ParticipantFacts) -> list[tuple[str, str]]:
    """Who was just registered is screened."""
    if found.standing is not P.SCREENING or not at.actor.may(screen_participant.may):
        return []
    return [(screen_participant.title, f"/trial/participants/{found.number}/screening")]


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
    given = queries.done_visits(at.session, found.treatment)
    ordered = [
        (
            o.number,
            o.visit,
            o.weight,
            o.slot_at,
            _state_of_order(o, given),
        )
        for o in found.orders
    ]
    return [
        Table(
            say("weights"),
            say_each("infusion", "standing", "body-weight", "first", "second", "when", "reason"),
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
            say_each("order", "infusion", "body-weight", "slot", "state"),
            ordered,
        ),
        Table(say("wristbands-and-tags"), LABELS, label_rows(labelled, shown_at)),
    ]


def _state_of_order(order: WardOrder, given: Collection[int]) -> str:
    if order.cancelled:
        return say("state.cancelled")
    return say("state.given") if order.visit in given else say("state.ordered")


def _forms(at: RequestContext, found: ParticipantFacts) -> list[Form | None]:
    fixed = {"participant": found.number}
    unbanded = live_label(at.session, found.number) is None
    kinds = [(k.value, named(k)) for k in K if k is not K.GIVEN_AGAINST_STOP]
    known = {name: getattr(found, name) for name in AMENDED}
    agreed = [
        (str(w.id), say("infusion-visit-weight", visit=w.visit, weight=w.weight))
        for w in found.weighings
        if w.standing is WeighingStanding.CONFIRMED
    ]
    infusions = trial_in_force(at).schedule.infusions
    due = queries.next_visit(at.session, infusions, found) if found.treatment else None
    taking_part = found.standing in {P.SCREENING, P.ELIGIBLE, P.RANDOMISED}
    return due_first(
        (
            True,
            at.form(randomise, fixed=fixed, opened=True) if found.standing is P.ELIGIBLE else None,
        ),
        (
            unbanded and found.standing is P.RANDOMISED,
            at.form(print_wristband, fixed=fixed, then=TO_LABEL),
        ),
        *(_towards_infusion(at, found) if found.standing is P.RANDOMISED else []),
        (
            False,
            at.form(
                deviate_from_protocol,
                fixed=fixed,
                suggested={"visit": due},
                choices={"kind": kinds},
            ),
        ),
        (False, at.form(amend_participant, fixed=fixed, suggested=known)),
        (
            False,
            at.form(amend_weight, fixed=fixed, choices={"weighing": agreed}) if agreed else None,
        ),
        (False, at.form(destroy_ward_label)),
        (False, at.form(link_wristband, fixed=fixed) if at.site.settings.wristbands else None),
        (
            False,
            at.form(withdraw_participant, fixed=fixed, danger=True) if taking_part else None,
        ),
    )


def _towards_infusion(
    at: RequestContext, found: ParticipantFacts
) -> list[tuple[object, Form | None]]:
    """Weighed by two, found fit, ordered: whatever the next infusion still lacks is due."""
    fixed = {"participant": found.number}
    due = queries.next_visit(at.session, trial_in_force(at).schedule.infusions, found)
    live = [(o.number, o.visit) for o in found.orders if not o.cancelled]
    choices = [(number, say("infusion-visit", visit=visit)) for number, visit in live]
    labels = [
        (
            live_label(at.session, number) is None,
            at.form(print_ward_tag, choices={"order": choices}, then=TO_LABEL),
        )
        for number, _ in live[-1:]
    ]
    cancel = (
        False,
        at.form(cancel_order, choices={"order": choices}, danger=True) if live else None,
    )
    if not due:
        return [*labels, cancel]
    to_weigh = not any(
        w.visit == due and w.standing is WeighingStanding.CONFIRMED for w in found.weighings
    )
    ordered = any(visit == due for _, visit in live)
    unfit = not any(f.visit == due for f in fitness_told(at.session, found.number))
    unlikely = found.newest_weighing is WeighingStanding.UNLIKELY
    known = {"visit": due}
    return [
        (unlikely, at.form(confirm_weight, fixed=fixed) if unlikely else None),
        (to_weigh, at.form(weigh, fixed=fixed, suggested=known)),
        (unfit, at.form(sign_fitness, fixed=fixed, suggested=known)),
        (not ordered, at.form(order_infusion, fixed=fixed, suggested=known)),
        *labels,
        cancel,
    ]


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
