"""Pages of donors: consent, history, markers, and what speaks against their eligibility."""

from collections.abc import Sequence
from datetime import timedelta

from lims.core.reasons import Reason
from lims.core.texts import named, say, say_each
from lims.donation import queries, rules
from lims.donation.consent import annul_withdrawal, register_donor, withdraw_consent
from lims.donation.cords import receive_cord
from lims.donation.deciding import decide_eligibility
from lims.donation.evidence import answers_of, evidence_of, repeats_due
from lims.donation.history import amend_donor_answer, amend_history
from lims.donation.queries import DonorFacts, WithdrawalFacts
from lims.donation.reviewing import bring_report, review_serology
from lims.donation.rules import DonorStanding
from lims.identifiers.numbers import Kind
from lims.labelling.views import label_form
from lims.protocol.queries import trial_in_force
from lims.trust.amending import marked
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form, due_first
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("donation", say("menu.cells"))
LAB = Permission.READ_LAB
SOON = timedelta(days=30)
ANSWERS = {"yes": say("answer.yes"), "no": say("answer.no")}


@pages.read("/donors", queries.donors, may=LAB, menu=say("donors"), is_list=True)
def donors(at: RequestContext, found: list[DonorFacts]) -> Page:
    """All donors."""
    rows = [(d.number, d.standing, d.consent_at, d.cords, len(d.results)) for d in found]
    columns = say_each("donor", "standing", "consent", "cords", "results")
    forms = trial_in_force(at).donor.consent
    register = at.form(
        register_donor,
        then="/donation/donors/{made}",
        choices={"consent_version": [(form.version, form.version) for form in forms]},
    )
    return Page(
        say("donors"),
        tables=[Table("", columns, rows)],
        forms=[register],
        links=[(say("consent-forms"), "/donation/consent-forms")],
    )


@pages.read("/donors/<number>", queries.donor, may=LAB, opens=Kind.DONOR, sensitive=True)
def donor(at: RequestContext, found: DonorFacts) -> Page:
    """One donor with everything that speaks against her eligibility."""
    blockers = rules.eligibility_blockers(evidence_of(at.session, trial_in_force(at), found.number))
    undecided = queries.undecided_cords(at.session, found.number)
    is_pending = found.standing is DonorStanding.PENDING
    pending = is_pending or bool(undecided and found.standing is DonorStanding.ELIGIBLE)
    return Page(
        say("donor"),
        number=found.number,
        standing=found.standing,
        notice=blockers if pending else (),
        facts=(
            (say("consent-form"), f"{found.consent_version}, {found.consent_language}"),
            (say("consent-given"), found.consent_at),
            (say("witness"), found.consent_witness),
            (say("may-be-asked-again"), found.recontact),
            (say("what-is-left-may-serve-research"), found.research),
            (say("history.label"), marked(found, "history")),
            (say("free-of-findings-that-exclude"), marked(found, "history_clear")),
            (say("decision-rests-on"), found.basis),
            (say("decided.label"), found.decided_at),
            (say("cords"), found.cords),
            (say("donations-not-decided-upon"), tuple(undecided)),
        ),
        tables=[*_withdrawals(found), _history(at, found), _markers(found)],
        forms=_forms(at, found, pending=pending),
        links=[
            (say("text-of-her-form"), f"/donation/donors/{found.number}/consent"),
            (say("genealogy-and-look-back"), f"/release/trace/{found.number}"),
            *(
                [(say("left-of-a-donor"), f"/bank/disposal/{found.number}")]
                if found.standing in {DonorStanding.WITHDRAWN, DonorStanding.INELIGIBLE}
                else []
            ),
        ],
        onwards=_onwards(at, found, blockers),
    )


def _onwards(
    at: RequestContext, found: DonorFacts, blockers: Sequence[Reason]
) -> list[tuple[str, str]]:
    """The pages on which history and markers are entered."""
    here = f"/donation/donors/{found.number}"
    lacks = {reason.code.partition("-")[0] for reason in blockers}
    asks = at.actor.may(Permission.RECEIVE_CORD) and bool(lacks & {"no", "missing"})
    tests = at.actor.may(Permission.ENTER_RESULT)
    return [
        *([(say("ask-her-history"), f"{here}/history")] if asks else []),
        *([(say("enter-a-report"), f"{here}/report")] if tests else []),
    ]


def _withdrawals(found: DonorFacts) -> list[Table]:
    rows = [(named(w.scope), w.said_at, w.told_to, w.by, _annulled(w)) for w in found.withdrawals]
    columns = say_each("what-she-withdraws", "when-she-said-so", "who-heard-it", "by", "annulled")
    return [Table(say("withdrawals"), columns, rows)] if rows else []


def _annulled(withdrawal: WithdrawalFacts) -> str:
    if withdrawal.annulled_by is None:
        return ""
    return say("by-because", by=withdrawal.annulled_by, because=withdrawal.annulled_why)


def _history(at: RequestContext, found: DonorFacts) -> Table:
    answers = answers_of(at.session, found.number)
    rows = [
        (question.text, ANSWERS.get(answer, answer))
        for question in trial_in_force(at).donor.question
        if (answer := answers.get(question.code))
    ]
    return Table(say("history.label"), say_each("question", "answer"), rows, say("no-history"))


def _markers(found: DonorFacts) -> Table:
    columns = say_each(
        "marker", "finding", "reviewed-by", "field.value", "specimen", "specimen-drawn",
        "field.laboratory",
    )  # fmt: skip
    rows = [
        (
            Link(r.marker, f"/donation/serology/{r.id}"),
            marked(r, "finding"),
            r.reviewed_by,
            f"{r.qualifier} {r.value:f}" if r.value is not None else "",
            say("specimen-of-whom", specimen=r.specimen, whose=named(r.specimen_of)),
            marked(r, "specimen_at"),
            marked(r, "laboratory"),
        )
        for r in found.results
    ]
    return Table(say("serology"), columns, rows, say("no-report-yet"))


def _forms(at: RequestContext, found: DonorFacts, *, pending: bool) -> list[Form | None]:
    """Cord, decision, withdrawal; what was entered is amended."""
    fixed = {"donor": found.number}
    questions = trial_in_force(at).donor.question
    answers = answers_of(at.session, found.number)
    asked = [(q.code, q.text) for q in questions if q.code in answers]
    withdrawn = found.standing is DonorStanding.WITHDRAWN
    told = {"history": found.history, "history_clear": found.history_clear}
    stands = [(str(w.id), named(w.scope)) for w in found.withdrawals if w.annulled_by is None]
    rows = queries.serology_rows(at.session, found.number)
    unreviewed = [r.id for r in queries.unreviewed(at.session, found.number)]
    bare = [r for r in rows if r.specimen and not queries.has_report(at.session, r)]
    seen = {**fixed, "last": max(unreviewed, default=0)}
    return due_first(
        (
            not found.cords,
            None
            if withdrawn
            else at.form(receive_cord, fixed=fixed, then="/donation/cords/{made}"),
        ),
        (pending, None if withdrawn else at.form(decide_eligibility, fixed=fixed)),
        (
            False,
            at.form(amend_history, fixed=fixed, suggested=told) if found.history else None,
        ),
        (
            False,
            at.form(amend_donor_answer, fixed=fixed, choices={"code": asked}) if asked else None,
        ),
        (unreviewed, at.form(review_serology, fixed=seen) if unreviewed else None),
        (False, at.form(bring_report, fixed=fixed) if bare else None),
        (False, label_form(at, found.number)),
        (False, at.form(withdraw_consent, fixed=fixed, danger=True)),
        (
            False,
            at.form(annul_withdrawal, fixed=fixed, choices={"withdrawal": stands}, aside=True)
            if stands
            else None,
        ),
    )


@pages.todo(Permission.DECIDE_DONOR)
def to_decide(at: RequestContext) -> Sequence[Todo]:
    """Donors wait for QA's decision."""
    return [
        Todo(say("decide-on-donor"), number, say("eligibility-pending"), act=decide_eligibility)
        for number in queries.to_decide(at.session)
    ]


@pages.todo(Permission.REVIEW_RESULT)
def to_review(at: RequestContext) -> Sequence[Todo]:
    """Markers of donors wait for a second person."""
    return [
        Todo(say("review-markers"), number, say("markers-wait"))
        for number in queries.donors_to_review(at.session)
    ]


@pages.todo(Permission.ENTER_RESULT)
def to_repeat(at: RequestContext) -> Sequence[Todo]:
    """Donors' markers are to be repeated, from a month before that is due."""
    trial = trial_in_force(at)
    return [
        Todo(say("repeat-markers"), due.donor, say("repeat-after-donation"), due.due)
        for due in repeats_due(at.session, trial, at.now + SOON)
    ]
