"""The protocol's questions as a form, as it was also when it is refused."""

from collections.abc import Mapping

from lims.core.texts import say
from lims.donation import queries
from lims.donation.evidence import answers_of
from lims.donation.history import record_history
from lims.donation.queries import DonorFacts
from lims.donation.views import LAB, pages
from lims.protocol.queries import trial_in_force
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page


@pages.page("/donors/<number>/history", may=LAB, sensitive=True)
def history(at: RequestContext, number: str) -> Page:
    """The protocol's questions as a form."""
    found = queries.donor(at.session, number)
    form = at.form(
        record_history,
        fixed={"donor": number},
        suggested={"history": found.history, "history_clear": found.history_clear},
        then=f"/donation/donors/{number}",
    )
    return _asking(at, found, form, answers_of(at.session, number), {})


@pages.own_form(record_history)
def history_wrong(
    at: RequestContext, form: Form, sent: Mapping[str, str], errors: Mapping[str, str]
) -> Page:
    """The questions with the answers as they were given, and what is wrong with each."""
    found = queries.donor(at.session, sent.get("donor", ""))
    codes = [question.code for question in trial_in_force(at).donor.question]
    answers = {code: sent.get(f"answers.{n}.value", "") for n, code in enumerate(codes)}
    wrong = {code: errors.get(f"answers.{n}.value", "") for n, code in enumerate(codes)}
    return _asking(at, found, form, answers, wrong)


def _asking(
    at: RequestContext,
    found: DonorFacts,
    form: Form | None,
    answers: Mapping[str, str],
    wrong: Mapping[str, str],
) -> Page:
    return Page(
        say("history.label"),
        number=found.number,
        standing=found.standing,
        forms=[form],
        template="criteria.html",
        more={
            "criteria": trial_in_force(at).donor.question,
            "answers": answers,
            "right": None,
            "wrong": wrong,
        },
    )
