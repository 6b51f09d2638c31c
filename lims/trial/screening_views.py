"""The page of a screening: the protocol's criteria as a form, as it was also when it is refused."""

from collections.abc import Mapping

from lims.core.texts import say
from lims.protocol.criteria import eligibility_reasons
from lims.protocol.queries import trial_in_force
from lims.trial import queries
from lims.trial.actions import screen_participant
from lims.trial.amending import amend_answer
from lims.trial.rules import ParticipantStanding as P
from lims.trial.views import WARD, pages
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page


@pages.page("/participants/<number>/screening", may=WARD, sensitive=True)
def screening(at: RequestContext, number: str) -> Page:
    """The protocol's criteria as a form, with what fails."""
    found = queries.participant(at.session, number)
    trial = trial_in_force(at)
    answers = queries.answers_of(at.session, number)
    open_screening = found.standing in {P.SCREENING, P.NOT_ELIGIBLE, P.ELIGIBLE}
    asked = [(c.code, c.text) for c in trial.eligibility if not c.computed and c.code in answers]
    right = at.form(amend_answer, fixed={"participant": number}, choices={"code": asked})
    form = at.form(
        screen_participant,
        fixed={"participant": number},
        then=f"/trial/participants/{number}",
    )
    return Page(
        say("screening"),
        number=number,
        standing=found.standing,
        notice=eligibility_reasons(trial.eligibility, answers) if answers else (),
        forms=[form] if open_screening else [],
        template="criteria.html",
        more={"criteria": trial.eligibility, "answers": answers, "right": right, "wrong": {}},
    )


@pages.own_form(screen_participant)
def screened_wrong(
    at: RequestContext, form: Form, sent: Mapping[str, str], errors: Mapping[str, str]
) -> Page:
    """The criteria with the answers as they were given, and what is wrong with each."""
    found = queries.participant(at.session, sent.get("participant", ""))
    criteria = trial_in_force(at).eligibility
    rows = {c.code: f"answers.{n}.value" for n, c in enumerate(criteria)}
    sent_rows = [n for n, c in enumerate(criteria) if not c.computed]
    told = {criteria[n].code: f"answers.{at}.value" for at, n in enumerate(sent_rows)}
    return Page(
        say("screening"),
        number=found.number,
        standing=found.standing,
        forms=[form],
        template="criteria.html",
        more={
            "criteria": criteria,
            "answers": {code: sent.get(row, "") for code, row in rows.items()},
            "wrong": {code: errors.get(row, "") for code, row in told.items()},
        },
    )
