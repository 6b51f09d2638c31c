"""What filling does when a lot is withdrawn or a bag's test grows: by session, both arms."""

from sqlalchemy import select

from lims.bags.actions import withdraw_bag
from lims.bank.picking import free_vials
from lims.core.texts import say
from lims.filling.models import Fill, Preparation
from lims.genealogy.queries import descendants, parents
from lims.identifiers.numbers import Kind, kind_of
from lims.monitoring.excursions import StoreWarmed
from lims.release.actions import LotWithdrawn, withdraw
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing.actions import ResultFailed
from lims.testing.sterility import GrowthFound
from lims.trust.context import Work


def withdraw_sessions(work: Work, event: LotWithdrawn) -> None:
    """Withdraw every bag of each session for which the lot was staged or used."""
    downstream = [event.lot, *descendants(work.session, event.lot)]
    sessions = {number for number in downstream if kind_of(number) is Kind.SESSION}
    bags = [number for number in downstream if kind_of(number) is Kind.BAG]
    used = select(Fill.session).where(Fill.bag.in_(bags))
    start = {event.lot} if kind_of(event.lot) is Kind.SESSION else set()
    for session in sorted(sessions | start | set(work.session.scalars(used))):
        withdraw_session(work, session, say("lot-is-withdrawn", lot=event.lot))


def withdraw_session(work: Work, session: str, because: str) -> None:
    """Stop a session: no further bag is begun in it, and every bag of it is withdrawn."""
    row = work.lock(Preparation, session)
    if row.closed_at is None:  # no further bag is begun in it
        row.closed_at, row.stopped_because = work.now, because
    found = select(Fill.bag).where(Fill.session == session).order_by(Fill.bag)
    for bag in work.session.scalars(found).all():
        withdraw_bag(work, bag)
        free_vials(work, bag)


def hold_after_growth(work: Work, event: GrowthFound) -> None:
    """Growth in a bag holds its session and everything staged for it, in both arms."""
    if kind_of(event.of) is not Kind.BAG:
        return
    session = work.get(Preparation, work.get(Fill, event.of).session)
    withdraw_session(work, session.number, say("sample-grew", sample=event.sample))
    for number in parents(work.session, session.number):
        if kind_of(number) in {Kind.LOT, Kind.MATERIAL}:
            lot = work.lock(Lot, number)
            if lot.may_move_to(LotStanding.HOLD):
                withdraw(work, lot, LotStanding.HOLD, say("growth-in-sample", sample=event.sample))


def withdraw_after_excursion(work: Work, event: StoreWarmed) -> None:
    """Withdraw each session that staged such a lot and filled after its store was out of order.

    By what was staged and when it was filled, which both arms have; not by which vials were thawed.
    """
    since = Fill.drawn_at.is_(None) | (Fill.drawn_at >= event.since)
    sessions = (
        select(Fill.session)
        .join(Preparation, Preparation.number == Fill.session)
        .where(Preparation.cell_lot.in_(event.lots), since)
        .distinct()
        .order_by(Fill.session)
    )
    for session in work.session.scalars(sessions).all():
        withdraw_session(work, session, event.because)


def withdraw_after_failure(work: Work, event: ResultFailed) -> None:
    """A bag that left on a result which now fails is withdrawn with its session."""
    if kind_of(event.of) is Kind.BAG:
        row = work.get(Fill, event.of)
        if row.released_at is not None:
            withdraw_session(
                work, row.session, say("test-of-of-fails", test=event.test, of=event.of)
            )
