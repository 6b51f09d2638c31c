"""Look-back: who received what came from a donor, lot, material or session, and the way back.

In the vault alone: whoever received cells of a lot was in their arm.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import ToldOnce
from lims.core.texts import named, say
from lims.genealogy.queries import contained
from lims.identifiers.fields import AnyNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.orders.models import Order
from lims.trial.models import Participant
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.unblinding.models import LookBack

SOURCES = frozenset(
    {
        Kind.DONOR,
        Kind.CORD,
        Kind.FLASK,
        Kind.HARVEST,
        Kind.LOT,
        Kind.MATERIAL,
        Kind.VIAL,
        Kind.SESSION,
        Kind.BAG,
    }
)


@dataclass(frozen=True)
class LookBackFrom:
    """A donor, lot, material, session or bag; or a participant; and why it must be known."""

    number: AnyNumber
    reason: Annotated[str, About(label=say("why-it-must-be-known"), rows=2)]


@dataclass(frozen=True)
class Receiver:
    """One bag and what became of it."""

    participant: str
    visit: int
    bag: str
    standing: BagStanding


@dataclass(frozen=True)
class LookedBack:
    """Who received it, or where it came from; told once, to the one who asked."""

    number: str
    receivers: tuple[Receiver, ...]
    sources: tuple[str, ...]
    once: ToldOnce


@action(may=Permission.READ_VAULT, signed_as=say("look-back"))
def look_back(work: Work, wanted: LookBackFrom) -> LookedBack:
    """Find every participant who received what came from this, or all that a participant received.

    What was only staged for a session is in none of its bags: cells are followed through their

    """
    kind = kind_of(wanted.number)
    if kind is not Kind.PARTICIPANT and kind not in SOURCES:
        raise Refused(Reason("no-look-back"))
    work.add(
        LookBack(
            of=wanted.number,
            reason=wanted.reason,
            by=work.actor.login,
            at=work.now,
            signature=work.signed,
        )
    )
    session = work.session
    if kind is Kind.PARTICIPANT:
        receivers = _of_participant(session, wanted.number)
        given = [one.bag for one in receivers]
        sources = tuple(
            sorted(n for n in contained(session, given, up=True) if kind_of(n) in SOURCES)
        )
    else:
        reached = {wanted.number, *contained(session, [wanted.number], up=False)}
        receivers = _receivers(session, [n for n in reached if kind_of(n) is Kind.BAG])
        sources = ()
    lines = [
        say(
            "received-line",
            participant=one.participant,
            visit=one.visit,
            bag=one.bag,
            standing=named(one.standing),
        )
        for one in receivers
    ]
    told = "\n".join([*lines, *sources]) or say("nobody-received-it")
    return LookedBack(wanted.number, tuple(receivers), sources, told)


_BAGS = (
    select(Participant.number, Order.visit, Bag.number, Bag.standing)
    .join(Order, Order.treatment == Participant.treatment)
    .join(Bag, Bag.order == Order.number)
    .order_by(Participant.number, Order.visit, Bag.number)
)


def _receivers(session: Session, bags: Collection[str]) -> list[Receiver]:
    return _read(session, _BAGS.where(Bag.number.in_(bags)))


def _of_participant(session: Session, number: str) -> list[Receiver]:
    return _read(session, _BAGS.where(Participant.number == number))


def _read(session: Session, found: Select[str, int, str, BagStanding]) -> list[Receiver]:
    return [Receiver(*row) for row in session.execute(found)]
