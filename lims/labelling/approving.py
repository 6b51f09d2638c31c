"""Approving a version of a label master: a signature over the file as it is."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.identifiers.numbers import RANDOM_LETTERS, check_character, is_number, label_code
from lims.labelling.masters import Master, load_master
from lims.labelling.models import MasterVersion
from lims.labelling.queries import MasterFacts
from lims.labelling.render import RESOLUTIONS, draw
from lims.labelling.rules import MasterStanding
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ApproveMaster:
    """A version of a label, looked at beside the one before."""

    name: str
    version: int
    change: Annotated[str, About(label=say("what-changed-and-why"), rows=2)]
    digest: Annotated[
        str, About(label=say("digest-of-the-file"), hint=say("as-it-was-looked-at"))
    ] = ""


@action(may=Permission.SET_SPECIFICATION, signed_as=say("label-master-approved"))
def approve_master(work: Work, wanted: ApproveMaster) -> MasterFacts:
    """Approve a version: labels are printed from it from now on, the one before is obsolete."""
    master = load_master(work.settings.labels_folder, wanted.name, wanted.version)
    earlier = list(
        work.session.scalars(
            select(MasterVersion).where(MasterVersion.name == wanted.name).with_for_update()
        )
    )
    newest = max((row.version for row in earlier), default=0)
    sentence = say("version-is-approved-only-a", newest=newest)
    moved = wanted.digest and wanted.digest != master.digest
    reasons = [
        *when(wanted.version <= newest, Reason("not-newer", sentence)),
        *when(moved, Reason("master-changed")),
    ]
    for dpi in RESOLUTIONS:
        reasons += _sample_reasons(work, master, dpi)
    if reasons:
        raise Refused(say("this-master-cannot-be-approved"), list(dict.fromkeys(reasons)))
    for row in earlier:
        if row.standing is MasterStanding.IN_FORCE:
            row.move_to(MasterStanding.OBSOLETE)
    made = MasterVersion(
        name=wanted.name,
        version=wanted.version,
        digest=master.digest,
        change=wanted.change,
        approved_by=work.actor.login,
        approved_at=work.now,
    )
    return facts(MasterFacts, work.add(made), says=say("approved-the-one-before-is"))


def _sample_reasons(work: Work, master: Master, dpi: int) -> list[Reason]:
    try:
        draw(master, sample_of(master), dpi, trial_in_force(work).languages)
    except Refused as refused:
        return [Reason(r.code, f"{dpi} dpi: {r.sentence}") for r in refused.reasons]
    return []


def sample_of(master: Master) -> dict[str, str]:
    """What a master's picture shows: its own sample, and a reprint's code, which is the longest."""
    for letter in RANDOM_LETTERS:
        payload = f"LM{master.kinds[0]}7M4QXZK{letter}"
        number = payload + check_character(payload)
        if is_number(number) and (code := label_code(number, 2)):
            return {**master.sample, "number": number, "code": code}
    raise AssertionError(master.name)
