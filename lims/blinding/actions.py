"""Sealing the statistician's list, and opening one treatment number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.blinding import rules
from lims.blinding.models import Look, SealedList, SealedRow
from lims.blinding.rules import Arm
from lims.blinding.sealing import list_key, seal, unseal
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.telling import Told
from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.orders.actions import add_number, void_numbers
from lims.orders.queries import Register, register
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
    """Import the randomisation list; each row is encrypted and gets a random number."""
    known = work.session.scalar(select(SealedList.digest).limit(1))
    return _sealed(work, wanted, None, when(known is not None, Reason("sealed-already")))


@action(may=Permission.SEAL_LIST, signed_as=say("randomisation-list-extended"))
def extend_list(work: Work, wanted: SealList) -> Sealed:
    """Add a further list: it goes on in each stratum where the sealed one ends, after its numbers."""
    known = register(work.session)
    return _sealed(work, wanted, known, when(not known, Reason("no-list-yet")))


@action(may=Permission.SEAL_LIST, signed_as=say("randomisation-list-replaced"))
def replace_list(work: Work, wanted: SealList) -> Sealed:
    """Replace the list while nobody has taken a number of it; its own numbers become void."""
    known = register(work.session)
    used = not known or any(one.taken for one in known.values())
    void_numbers(work)
    return _sealed(work, wanted, None, when(used, Reason("numbers-were-taken")))


def _sealed(
    work: Work,
    wanted: SealList,
    known: Mapping[str, Register] | None,
    against: Iterable[Reason],
) -> Sealed:
    """Judge a list by the protocol and by what is sealed already, and seal it."""
    text = "\n".join(wanted.rows)
    found, reasons = rules.read_list(text)
    trial = trial_in_force(work)
    used = {name: one.numbers for name, one in known.items()} if known is not None else None
    if not reasons:
        reasons = rules.list_reasons(found, trial.strata, used)
    if found:
        already = sum((used or {}).values())
        reasons += rules.plan_reasons(found, wanted.cells_code, trial.randomisation, already)
    digest = work.keyed(LIST, text)
    against = list(against)
    same = work.session.get(SealedList, digest) is not None
    reasons += [*against, *when(same and not against, Reason("same-list"))]
    if reasons:
        raise Refused(say("the-list-was-not-sealed"), reasons)
    work.add(
        SealedList(
            digest=digest,
            rows=len(found),
            imported_by=work.actor.login,
            imported_at=work.now,
            signature=work.signed,
        )
    )
    void = {name: one.void for name, one in register(work.session).items()}
    key = list_key(work.settings.key_folder)
    for place, row in enumerate(found, start=1):
        arm = Arm.CELLS if row.code == wanted.cells_code else Arm.VEHICLE
        number = work.new_number(Kind.TREATMENT)
        add_number(work, number, row.stratum, void.get(row.stratum, 0) + row.sequence)
        nonce, sealed = seal(key, arm, place, number)
        work.add(SealedRow(treatment=number, list=digest, row=place, nonce=nonce, sealed=sealed))
    return Sealed(len(found), digest, say("count-rows-are-sealed", count=len(found)))


def open_number(work: Work, treatment: str, purpose: str) -> Arm:
    """Open one treatment number from inside another action; the look is recorded."""
    row = work.get(SealedRow, treatment)
    work.add(Look(treatment=treatment, purpose=purpose, by=work.actor.login, at=work.now))
    key = list_key(work.settings.key_folder)
    return unseal(key, row.nonce, row.sealed, row.row, treatment)
