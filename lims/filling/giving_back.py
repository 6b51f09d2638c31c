"""Giving back what a hold stopped that proved false; QA signs, the shelf life has run on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.actions import give_back
from lims.bags.models import Bag
from lims.bags.rules import LOST, BagStanding
from lims.bank.holding import thawed_reasons
from lims.core.days import Moment
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.donation.evidence import ancestor_reasons
from lims.filling import queries
from lims.filling.models import Fill, Preparation
from lims.filling.queries import FillFacts, PreparationFacts
from lims.genealogy.hands import hands_on
from lims.genealogy.rules import hands_reasons
from lims.identifiers.fields import BagNumber, SessionNumber
from lims.release.actions import Why
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, lot_reasons
from lims.testing.queries import evidence_of
from lims.testing.rules import failing_reasons
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

_NOTICED = Bag.notice_at.is_not(None) & Bag.standing.not_in(LOST)
_STOPPED = (Bag.standing == BagStanding.WITHDRAWN) & Bag.withdrawn_from.is_not(None)


@dataclass(frozen=True)
class GiveBackSession:
    """A session whose bags were stopped by something that proved false."""

    session: SessionNumber
    reason: Why


@action(may=Permission.RELEASE_BAG, signed_as=say("bags-given-back"))
def give_back_session(work: Work, wanted: GiveBackSession) -> PreparationFacts:
    """Give back every bag that was stopped with its session, to where it stood; both arms alike.

    A bag that was still being filled, or was stopped for itself alone, stays stopped.
    """
    row = work.lock(Preparation, wanted.session)
    _must_be_harmless(work, row)
    bags = [bag for bag in bags_stopped(work.session, row.number) if not bag.because]
    if not sum(give_back(work, bag.number) for bag in bags):
        raise Refused(Reason("nothing-to-give-back"))
    row.stopped_because = ""  # it stays closed: its bench is cleared
    return queries.preparation_facts(work.session, row)


@dataclass(frozen=True)
class GiveBackBag:
    """A bag that was stopped for itself alone, and why it may be used."""

    bag: BagNumber
    reason: Why


@action(may=Permission.RELEASE_BAG, signed_as=say("bags-given-back"))
def give_back_bag(work: Work, wanted: GiveBackBag) -> FillFacts:
    """Give back one bag that was stopped for itself alone, as by the temperature at its receipt."""
    row = work.get(Fill, wanted.bag)
    _must_be_harmless(work, work.get(Preparation, row.session))
    if not work.get(Bag, row.bag).because or not give_back(work, row.bag):
        raise Refused(Reason("nothing-to-give-back"))
    return queries.fill_facts(work.session, row)


def _must_be_harmless(work: Work, session: Preparation) -> None:
    hands = hands_on(work.session, session.number, *_bags_of(work.session, session.number))
    reasons = [
        *why_stopped(work.session, session.number, work.moment),
        *hands_reasons(hands, work.actor.login),
    ]
    if reasons:
        raise Refused(say("the-bags-stay-stopped"), reasons)


def bags_stopped(session: Session, preparation: str) -> list[Bag]:
    """The bags of a session that are withdrawn, or were given when the notice came."""
    of_it = Bag.number.in_(_bags_of(session, preparation))
    return list(session.scalars(select(Bag).where(of_it, _NOTICED).order_by(Bag.number)))


def why_stopped(session: Session, preparation: str, at: Moment) -> list[Reason]:
    """What still stands against the bags of a session: of both staged lots and all its samples."""
    row = session.get_one(Preparation, preparation)
    staged = [session.get_one(Lot, number) for number in (row.cell_lot, row.vehicle_lot)]
    samples = [evidence_of(session, bag) for bag in _bags_of(session, preparation)]
    return list(
        dict.fromkeys(
            [
                *(r for lot in staged for r in lot_reasons(facts(LotFacts, lot), at)),
                *queries.session_reasons(session, preparation, BagStanding.DRAWN, at),
                *ancestor_reasons(session, preparation),
                *thawed_reasons(session, row.cell_lot, row.opened_at),
                *(r for one in samples if one for r in failing_reasons(one)),
            ]
        )
    )


def _bags_of(session: Session, preparation: str) -> Sequence[str]:
    return session.scalars(select(Fill.bag).where(Fill.session == preparation)).all()


def sessions_stopped(session: Session) -> list[str]:
    """The sessions whose bags were stopped with them, and could be given back."""
    usable = _STOPPED & (Bag.because == "")
    found = select(Fill.session).join(Bag, Bag.number == Fill.bag).where(usable).distinct()
    return list(session.scalars(found.order_by(Fill.session)))


def bags_stopped_alone(session: Session) -> list[Bag]:
    """The bags that were stopped for themselves alone, and wait for QA's judgement."""
    usable = _STOPPED & (Bag.because != "")
    return list(session.scalars(select(Bag).where(usable).order_by(Bag.number)))
