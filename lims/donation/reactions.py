"""What donation writes on labels: the mother's tubes by pseudonym, the cord's container."""

from lims.core.texts import say
from lims.core.words import as_words
from lims.donation.models import Cord, Donor
from lims.donation.rules import DonorStanding
from lims.identifiers.numbers import Kind
from lims.labelling.actions import FaceWanted
from lims.protocol.queries import trial_in_force
from lims.trust.context import Work

# 21 CFR 1271.90: the wording while the donor is not decided upon.
WARNINGS = {
    DonorStanding.PENDING: "NOT EVALUATED FOR INFECTIOUS SUBSTANCES",
    DonorStanding.ELIGIBLE: say("donor-eligible"),
    DonorStanding.INELIGIBLE: "DONOR INELIGIBLE. DO NOT USE",
}


def write_face(work: Work, wanted: FaceWanted) -> None:
    """The donor's pseudonym and consent; the cord's collection, storage and warning."""
    if wanted.kind is Kind.DONOR:
        donor = work.get(Donor, wanted.number)
        wanted.master = wanted.master or "donor-tube"
        wanted.fields = {"consent": donor.consent_version}
    elif wanted.kind is Kind.CORD:
        cord = work.get(Cord, wanted.number)
        trial = trial_in_force(work)
        wanted.master = wanted.master or "cord-container"
        wanted.fields = {
            "donor": cord.donor,
            "collected": as_words(cord.collected_at, work.settings.zone),
            "storage": f"{trial.donor.cord_low_c.value:f}-{trial.donor.cord_high_c.value:f} °C",
            "warning": WARNINGS[work.get(Donor, cord.donor).standing],
        }
