"""What is kept of numbers that others gave a person: digests that nobody finds without the key."""

from hashlib import sha256

from sqlalchemy import select

from lims.trial.models import Participant
from lims.trust.context import Work
from lims.trust.keys import IDENTITY

KEYED = "k1."  # marks a keyed digest; without it: of an earlier version, to be keyed anew


def wristband_digest(work: Work, named: str) -> str:
    """What is kept of a hospital's wristband."""
    return keyed_identity(work, f"wristband/{named}")


def keyed_identity(work: Work, text: str) -> str:
    """A person's number as it is kept: nobody without the key finds it by trying all numbers."""
    return KEYED + work.keyed(IDENTITY, sha256(text.encode()).hexdigest())


def participant_wearing(work: Work, named: str) -> str | None:
    """Whose hospital wristband this is."""
    wanted = Participant.wristband == wristband_digest(work, named)
    return work.session.scalar(select(Participant.number).where(wanted))
