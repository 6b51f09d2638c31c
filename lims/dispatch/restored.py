"""An older copy of the database was put back: QA goes through what it does not know, and signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.bags.actions import withdraw_bag
from lims.bags.queries import bags_that_are
from lims.bags.rules import IN_THE_LABORATORY, ON_THE_WARD
from lims.bank.lost import lose_vial
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import say
from lims.dispatch import rules
from lims.identifiers.fields import AnyNumber, BagNumber, TreatmentNumber, VialNumber
from lims.labelling.queries import labelled
from lims.orders.queries import next_numbers, registered
from lims.trust.actions import action
from lims.trust.context import Work, leave_room
from lims.trust.identity.roles import Permission
from lims.trust.trail.copies import RestoredCopy


@dataclass(frozen=True)
class AcceptCopy:
    """What papers and material show, held against this copy; and what became of what is missing."""

    anchor: str
    found: Annotated[str, About(label=say("what-was-missing"), rows=6)]
    bags: Annotated[tuple[BagNumber, ...], About(label=say("bags-at-hand"), scan=True)] = ()
    vials: Annotated[tuple[VialNumber, ...], About(label=say("vials-lost"), scan=True)] = ()
    treatments: Annotated[
        tuple[TreatmentNumber, ...], About(label=say("treatment-numbers-since"), scan=True)
    ] = ()
    labels: Annotated[tuple[AnyNumber, ...], About(label=say("labels-since"), scan=True)] = ()


@dataclass(frozen=True)
class InUse:
    """Since when it is used, what was stopped, and which labels it knows nothing of."""

    at: datetime
    withdrawn: tuple[str, ...]
    unknown: tuple[str, ...]
    says: Told


@action(
    may=Permission.REVIEW_TRAIL,
    signed_as=say("older-copy-gone-through"),
    witnessed_as=say("older-copy-put-back-by-me"),
    second_may=Permission.MANAGE_ACCOUNTS,
)
def accept_copy(work: Work, wanted: AcceptCopy) -> InUse:
    """Take an older copy into use: everything that it lacks was looked for in papers and at hand.

    A bag that the copy thinks is somewhere and that is not at hand may have been given since: it
    is withdrawn, and gets no GO again. A vial that is gone is taken out of the store.
    """
    unsettled = work.watch.not_gone_through(work.connection, work.transaction.last_seal)
    if wanted.anchor not in unsettled:
        raise Refused(Reason("no-older-copy"))
    known, session = registered(work.session, wanted.treatments), work.session
    register = {n: rules.Registered(*told) for n, told in known.items()}
    reasons = rules.handed_out_reasons(wanted.treatments, register, next_numbers(session))
    if reasons:
        raise Refused(say("older-copy-not-accepted"), reasons)
    at_hand = set(wanted.bags)
    open_bags = bags_that_are(session, *IN_THE_LABORATORY, *ON_THE_WARD)
    gone = sorted(bag.number for bag in open_bags if bag.number not in at_hand)
    for number in gone:
        withdraw_bag(work, number, say("not-found-after-older-copy"))
    for number in wanted.vials:
        lose_vial(work, number, say("not-found-after-older-copy"))
    there = (*wanted.bags, *wanted.labels)
    unknown = tuple(sorted(set(there) - labelled(session, there)))
    leave_room(work.connection, work.now, wanted.labels)
    for anchor in unsettled:
        _settle(work, anchor, wanted.found, unknown)
    return InUse(work.now, tuple(gone), unknown, _says(gone, unknown))


def _settle(work: Work, anchor: str, found: str, unknown: Sequence[str]) -> None:
    last = work.transaction.last_seal
    work.add(
        RestoredCopy(
            anchor=anchor,
            newest_here=last.number if last else 0,
            found=found,
            unknown=" ".join(unknown),
            by=work.actor.login,
            confirmed_by=work.second,
            at=work.now,
        )
    )


def _says(gone: Sequence[str], unknown: Sequence[str]) -> str:
    if not unknown:
        return say("the-copy-is-in-use", bags=len(gone))
    return say("the-copy-is-in-use.unknown", bags=len(gone), numbers=", ".join(unknown))
