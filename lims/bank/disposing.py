"""What is left of a donor who withdrew: QA has it destroyed before a witness, thing by thing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.bank.models import Bank, Vial
from lims.bank.queries import path_of
from lims.bank.rules import VialStanding, disposing_reasons
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.texts import say
from lims.culture.actions import discard
from lims.culture.models import Flask
from lims.culture.rules import FlaskStanding
from lims.donation.models import Cord, Donor
from lims.donation.queries import AT_HAND, donors_to_destroy
from lims.donation.rules import CordStanding
from lims.identifiers.fields import CordFlaskOrVialNumber, DonorNumber
from lims.identifiers.numbers import Kind, kind_of
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

KEPT = (VialStanding.FILLED, VialStanding.STORED, VialStanding.RESERVED, VialStanding.RETAINED)


@dataclass(frozen=True)
class Left:
    """Something of a donor that is still there."""

    number: str
    where: str


@dataclass(frozen=True)
class LeftOf:
    """What is left of a donor."""

    number: str
    things: tuple[Left, ...]


def left_of(session: Session, number: str) -> LeftOf:
    """Her cords, growing vessels and vials that are still there, with their places."""
    cords, flasks, vials = _left([number])
    found = session.execute(vials.add_columns(Vial.box, Vial.position).order_by(Vial.number))
    things = [
        *(Left(one, "") for _, one in session.execute(cords.order_by(Cord.number))),
        *(Left(one, "") for _, one in session.execute(flasks.order_by(Flask.number))),
        *(
            Left(one, f"{path_of(session, box)} {position or ''}".strip())
            for _, one, box, position in found
        ),
    ]
    return LeftOf(number, tuple(things))


def _left(donors: Sequence[str]) -> tuple[Select[str, str], ...]:
    """Cords, vessels and vials that are still there, each after its donor."""
    growing = Flask.donor.in_(donors) & (Flask.standing == FlaskStanding.GROWING)
    kept = Bank.donor.in_(donors) & Vial.standing.in_(KEPT)
    return (
        select(Cord.donor, Cord.number).where(Cord.donor.in_(donors), Cord.standing.in_(AT_HAND)),
        select(Flask.donor, Flask.number).where(growing),
        select(Bank.donor, Vial.number).join(Vial, Vial.lot == Bank.lot).where(kept),
    )


def to_destroy(session: Session) -> dict[str, int]:
    """How many things are left of each donor who withdrew and of whom something is left."""
    donors = donors_to_destroy(session)
    left = Counter(donor for of in _left(donors) for donor, _ in session.execute(of))
    return {donor: left[donor] for donor in donors if left[donor]}


@dataclass(frozen=True)
class DisposeOf:
    """Things of one donor, scanned as they are destroyed, and how."""

    donor: DonorNumber
    things: Annotated[
        tuple[CordFlaskOrVialNumber, ...],
        About(label=say("what-is-destroyed"), hint=say("scan-each-one"), scan=True, least=1),
    ]
    how: Annotated[str, About(label=say("how-it-is-destroyed"))]


@action(
    may=Permission.DECIDE_DONOR,
    signed_as=say("destruction-ordered"),
    witnessed_as=say("destruction-seen"),
    second_may=Permission.CULTURE_CELLS,
)
def dispose_of(work: Work, wanted: DisposeOf) -> LeftOf:
    """Destroy what is left of a donor whose use has ended; all of it or nothing is recorded."""
    donor = work.lock(Donor, wanted.donor)
    numbers = sorted(set(wanted.things))
    left = {one.number for one in left_of(work.session, donor.number).things}
    others = [number for number in numbers if number not in left]
    if reasons := disposing_reasons(donor.standing, others):
        raise Refused(say("nothing-was-destroyed"), reasons)
    for number in numbers:
        _destroy(work, number, wanted.how)
    work.session.flush()
    return left_of(work.session, donor.number)


def _destroy(work: Work, number: str, how: str) -> None:
    match kind_of(number):
        case Kind.CORD:
            cord = work.lock(Cord, number)
            cord.move_to(CordStanding.REJECTED)
            cord.condition = say("condition-rejected-reason", condition=cord.condition, reason=how)
        case Kind.FLASK:
            discard(work, work.lock(Flask, number), how)
        case _:
            vial = work.lock(Vial, number)
            vial.move_to(VialStanding.DESTROYED)
            vial.box = vial.position = None
            vial.taken_for = how
