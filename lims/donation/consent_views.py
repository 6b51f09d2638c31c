"""Pages of consent forms: those of now, and the one that a donor signed."""

from lims.core.texts import say, say_each
from lims.donation import queries
from lims.donation.queries import DonorFacts
from lims.donation.views import LAB, pages
from lims.protocol.queries import trial_in_force, trial_of_version
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table


@pages.page("/consent-forms", may=LAB)
def consent_forms(at: RequestContext) -> Page:
    """The forms that mothers sign, as the protocol in force has them."""
    rows = [
        (form.version, form.valid_from, form.valid_until or "–", form.text)
        for form in trial_in_force(at).donor.consent
    ]
    columns = say_each("version", "in-force-from", "valid-until", "text-of-the-form")
    return Page(say("consent-forms"), tables=[Table("", columns, rows, say("no-consent-form"))])


@pages.read("/donors/<number>/consent", queries.donor, may=LAB, sensitive=True)
def consent_of_donor(at: RequestContext, found: DonorFacts) -> Page:
    """The text of the form that she signed, as the protocol of that time has it."""
    trial = trial_of_version(at.connection, found.protocol or 1)
    texts = [f.text for f in trial.donor.consent if f.version == found.consent_version]
    return Page(
        say("consent-form"),
        number=found.number,
        facts=(
            (say("version"), found.consent_version),
            (say("consent-given"), found.consent_at),
            (say("text-of-the-form"), texts[0] if texts else say("form-is-in-no-protocol")),
        ),
    )
