"""An older copy of the database was put back: QA goes through what it does not know, and signs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.trail.anchors import RestoredCopy, is_here, newest_kept


@dataclass(frozen=True)
class AcceptCopy:
    """What is missing in this copy, and what became of each of it."""

    anchor: str
    found: Annotated[str, About(label=say("what-was-missing"), rows=6)]


@dataclass(frozen=True)
class InUse:
    """Since when it is used."""

    at: datetime
    says: Told


@action(
    may=Permission.REVIEW_TRAIL,
    signed_as=say("older-copy-gone-through"),
    witnessed_as=say("older-copy-put-back-by-me"),
    second_may=Permission.MANAGE_ACCOUNTS,
)
def accept_copy(work: Work, wanted: AcceptCopy) -> InUse:
    """Take an older copy into use: everything that it lacks was looked for in papers and at hand."""
    file, last = work.settings.anchors, work.transaction.last_seal
    kept = newest_kept(file) if file else ""
    if not kept or kept != wanted.anchor or is_here(work.connection, kept):
        raise Refused(Reason("no-older-copy"))
    work.add(
        RestoredCopy(
            anchor=wanted.anchor,
            newest_here=last.number if last else 0,
            found=wanted.found,
            by=work.actor.login,
            confirmed_by=work.second,
            at=work.now,
        )
    )
    return InUse(work.now, say("the-copy-is-in-use"))
