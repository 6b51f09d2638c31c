"""What donation writes on labels: the mother's tubes by pseudonym, the cord's container."""

from lims.core.texts import say
from lims.core.words import as_words
from lims.donation.models import Cord, Donor
from lims.donation.rules import DonorStanding
from lims.labelling.actions import LabelText
from lims.protocol.queries import trial_in_force
from lims.trust.context import Work

# 21 CFR 1271.90: the wording while the donor is not decided upon.
WARNINGS = {
    DonorStanding.PENDING: "NOT EVALUATED FOR INFECTIOUS SUBSTANCES",
    DonorStanding.ELIGIBLE: say("donor-eligible"),
    DonorStanding.INELIGIBLE: "DONOR INELIGIBLE. DO NOT USE",
    DonorStanding.WITHDRAWN: "CONSENT WITHDRAWN. DO NOT USE",
}


def donor_text(work: Work, number: str) -> LabelText:
    """The mother's pseudonym and consent, for her tubes."""
    return LabelText("donor-tube", {"consent": work.get(Donor, number).consent_version})


def cord_text(work: Work, number: str) -> LabelText:
    """The cord's collection, storage and warning."""
    cord, limits = work.get(Cord, number), trial_in_force(work).donor
    return LabelText(
        "cord-container",
        {
            "donor": cord.donor,
            "collected": as_words(cord.collected_at, work.settings.zone),
            "storage": f"{limits.cord_low_c.value:f}-{limits.cord_high_c.value:f} °C",
            "warning": WARNINGS[work.get(Donor, cord.donor).standing],
        },
    )
