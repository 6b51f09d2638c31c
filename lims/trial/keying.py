"""Keys anew the identities that an earlier version kept as plain digests."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.trial.identity import KEYED
from lims.trial.models import Participant
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.keys import IDENTITY


@dataclass(frozen=True)
class KeyIdentities:
    """All participants."""


@dataclass(frozen=True)
class Keyed:
    """How many were keyed anew."""

    count: int


@action(may=Permission.PROGRAM, served=False)
def key_identities(work: Work, wanted: KeyIdentities) -> Keyed:
    """Put a keyed digest in the place of each plain one: a short number is found in a second."""
    old = [row for row in work.session.scalars(select(Participant)) if not _is_keyed(row)]
    for row in old:
        row.identity = KEYED + work.keyed(IDENTITY, row.identity)
        if row.wristband:
            row.wristband = KEYED + work.keyed(IDENTITY, row.wristband)
    return Keyed(len(old))


def _is_keyed(row: Participant) -> bool:
    return row.identity.startswith(KEYED)
