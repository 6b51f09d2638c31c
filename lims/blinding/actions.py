"""Sealing the statistician's list, and opening one treatment number."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.blinding import rules
from lims.blinding.models import Look, SealedList, SealedRow
from lims.blinding.rules import Arm
from lims.blinding.sealing import list_key, seal, unseal
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.telling import Told
from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.orders.actions import add_number
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.keys import LIST


@dataclass(frozen=True)
class SealList:
    """The list as CSV (sequence,stratum,code) and which code means cells."""

    rows: Annotated[
        tuple[str, ...],
        About(
            label=say("the-list-line-by-line"), hint="sequence,stratum,code", rows=10, identity=LIST
        ),
    ]
    cells_code: Annotated[
        str,
        About(label=say("code-that-means-cells"), choices=(("A", "A"), ("B", "B")), identity=LIST),
    ]


@dataclass(frozen=True)
class Sealed:
    """Only the count and the digest are ever shown again."""

    rows: int
    digest: str
    says: Told


@action(may=Permission.SEAL_LIST, signed_as=say("randomisation-list-sealed"))
def seal_list(work: Work, wanted: SealList) -> Sealed:
    """Import the randomisation list once; each row is encrypted and gets a random number."""
    text = "\n".join(wanted.rows)
    found, reasons = rules.read_list(text)
    trial = trial_in_force(work)
    if not reasons:
        reasons = rules.list_reasons(found, trial.strata)
    if found:
        reasons += rules.plan_reasons(found, wanted.cells_code, trial.randomisation)
    if work.session.scalar(select(SealedList.digest).limit(1)) is not None:
        reasons.append(Reason("sealed-already"))
    if reasons:
        raise Refused(say("the-list-was-not-sealed"), reasons)
    digest = work.keyed(LIST, text)
    work.add(
        SealedList(
            digest=digest,
            rows=len(found),
            imported_by=work.actor.login,
            imported_at=work.now,
            signature=work.signed,
        )
    )
    key = list_key(work.settings.key_folder)
    for place, row in enumerate(found, start=1):
        arm = Arm.CELLS if row.code == wanted.cells_code else Arm.VEHICLE
        number = work.new_number(Kind.TREATMENT)
        add_number(work, number, row.stratum, row.sequence)
        nonce, sealed = seal(key, arm, place, number)
        work.add(SealedRow(treatment=number, list=digest, row=place, nonce=nonce, sealed=sealed))
    return Sealed(len(found), digest, say("count-rows-are-sealed", count=len(found)))


def open_number(work: Work, treatment: str, purpose: str) -> Arm:
    """Open one treatment number from inside another action; the look is recorded."""
    row = work.get(SealedRow, treatment)
    work.add(Look(treatment=treatment, purpose=purpose, by=work.actor.login, at=work.now))
    key = list_key(work.settings.key_folder)
    return unseal(key, row.nonce, row.sealed, row.row, treatment)
