"""What release does when testing or donation announce bad event: hold, at once, by itself."""

from lims.core.texts import say
from lims.culture.amending import TooManyDoublings
from lims.donation.deciding import DonorStopped
from lims.genealogy.queries import descendants
from lims.identifiers.numbers import Kind, kind_of
from lims.monitoring.excursions import FridgeWarmed
from lims.release.actions import withdraw
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.testing.actions import IN_PROCESS, ResultFailed
from lims.testing.sterility import GrowthFound
from lims.trust.context import Work


def hold_after_failure(work: Work, event: ResultFailed) -> None:
    """A released lot whose result now fails goes on hold by itself; so does what was made of a vessel."""
    if kind_of(event.of) in IN_PROCESS:
        _hold_descendants(work, event.of, say("test-fails", test=event.test))
    if kind_of(event.of) is Kind.LOT:
        lot = work.lock(Lot, event.of)
        if lot.standing is LotStanding.RELEASED:
            withdraw(work, lot, LotStanding.HOLD, say("test-fails", test=event.test))


def hold_after_count(work: Work, event: TooManyDoublings) -> None:
    """A lot whose cells had grown too often, by an amended count, is held."""
    lot = work.lock(Lot, event.lot)
    if lot.may_move_to(LotStanding.HOLD):
        withdraw(work, lot, LotStanding.HOLD, event.because)


def hold_after_growth(work: Work, event: GrowthFound) -> None:
    """A lot whose sterility test grew is held, released or not; so is what was made of a vessel."""
    if kind_of(event.of) in IN_PROCESS:
        _hold_descendants(work, event.of, say("growth-in-sample", sample=event.sample))
    if kind_of(event.of) is Kind.LOT:
        lot = work.lock(Lot, event.of)
        if lot.may_move_to(LotStanding.HOLD):
            withdraw(work, lot, LotStanding.HOLD, say("growth-in-sample", sample=event.sample))


def hold_after_donor(work: Work, event: DonorStopped) -> None:
    """Everything that descends from a donor who is ineligible, or withdrew, is held."""
    _hold_descendants(work, event.donor, event.because)


def hold_after_warmth(work: Work, event: FridgeWarmed) -> None:
    """Containers of materials that were in a fridge out of order are held, each by itself."""
    for number in event.containers:
        lot = work.lock(Lot, number)
        if lot.may_move_to(LotStanding.HOLD):
            withdraw(work, lot, LotStanding.HOLD, event.because)


def _hold_descendants(work: Work, origin: str, because: str) -> None:
    for number in descendants(work.session, origin):
        if kind_of(number) is Kind.LOT:
            lot = work.lock(Lot, number)
            if lot.may_move_to(LotStanding.HOLD):
                withdraw(work, lot, LotStanding.HOLD, because)
