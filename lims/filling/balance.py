"""The trial's balance: every bag, sleeve and bag label that was ever made, closed to zero."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.bags.models import Bag
from lims.bags.rules import TERMINAL
from lims.identifiers.numbers import Kind
from lims.labelling.models import Label
from lims.labelling.queries import LIVE


@dataclass(frozen=True)
class Counted:
    """How many stand so."""

    standing: str
    count: int


@dataclass(frozen=True)
class Balance:
    """What was made, how it ended, and what is still open: zero once the trial is over."""

    bags: tuple[Counted, ...]
    open_bags: tuple[str, ...]
    sleeves_used: int
    sleeves: tuple[Counted, ...]
    open_sleeves: int
    labels: tuple[Counted, ...]
    open_labels: int


def balance(session: Session) -> Balance:
    """The balance of all bags, sleeves and bag labels now.

    A sleeve is closed when it is on a bag or accounted for; a bag's label when its bag has ended or
    it is dead and destroyed.
    """
    counted = session.execute(
        select(Bag.standing, func.count()).group_by(Bag.standing).order_by(Bag.standing)
    )
    still = select(Bag.number).where(Bag.standing.not_in(TERMINAL)).order_by(Bag.number)
    sleeved = select(Bag.sleeve).where(Bag.sleeve.is_not(None))
    kind = func.substr(Label.number, 3, 1)
    standing_of: dict[Kind, tuple[Counted, ...]] = {Kind.SLEEVE: (), Kind.BAG: ()}
    grouped = select(kind, Label.standing, func.count()).where(kind.in_([*standing_of]))
    for of, standing, count in session.execute(
        grouped.group_by(kind, Label.standing).order_by(kind, Label.standing)
    ):
        standing_of[Kind(of)] += (Counted(str(standing), count),)
    live = select(func.count()).select_from(Label).where(Label.standing.in_(LIVE))
    return Balance(
        bags=tuple(Counted(str(standing), count) for standing, count in counted),
        open_bags=tuple(session.scalars(still)),
        sleeves_used=session.scalar(select(func.count()).select_from(sleeved.subquery())) or 0,
        sleeves=standing_of[Kind.SLEEVE],
        open_sleeves=session.scalar(live.where(kind == Kind.SLEEVE, Label.number.not_in(sleeved)))
        or 0,
        labels=standing_of[Kind.BAG],
        open_labels=session.scalar(live.where(Label.number.in_(still))) or 0,
    )
