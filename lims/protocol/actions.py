"""The protocol as a controlled document: a version is signed by one and approved by another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlalchemy import func, select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.protocol import queries
from lims.protocol.models import ProtocolVersion
from lims.protocol.queries import VersionFacts
from lims.protocol.reading import FaultyProtocol, digest_of_file, read_trial
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class SignProtocol:
    """The file on this machine, read beside the version in force."""

    digest: Annotated[str, About(label=say("digest-of-the-file"), hint=say("as-it-was-read"))]
    change: Annotated[str, About(label=say("what-changed-and-why"), rows=2)]
    effective_at: Annotated[datetime, About(label=say("in-force-from"))]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("protocol-version-signed"))
def sign_protocol(work: Work, wanted: SignProtocol) -> VersionFacts:
    """Sign the protocol file as the next version; it governs once somebody else approves it."""
    text = queries.offered_text(work.settings.protocol_file)
    digest = digest_of_file(text)
    known = select(ProtocolVersion.version).where(ProtocolVersion.digest == digest)
    reasons = [
        *when(
            digest != wanted.digest,
            Reason("protocol-changed"),
        ),
        *when(
            work.session.scalar(known),
            Reason("signed-already"),
        ),
        *faults_of(text),
    ]
    if reasons:
        raise Refused(say("the-protocol-was-not-signed"), reasons)
    newest = work.session.scalar(select(func.max(ProtocolVersion.version))) or 0
    row = ProtocolVersion(
        version=newest + 1,
        digest=digest,
        text=text,
        change=wanted.change,
        effective_at=wanted.effective_at,
        signed_by=work.actor.login,
        signed_at=work.now,
        signature=work.signed,
    )
    return facts(VersionFacts, work.add(row), says=say("signed-somebody-else-of-qa"))


def faults_of(text: str) -> list[Reason]:
    """Every fault of a protocol file, with its path."""
    try:
        read_trial(text)
    except FaultyProtocol as faulty:
        return [Reason("protocol-fault", fault) for fault in faulty.faults]
    return []


@dataclass(frozen=True)
class ApproveProtocol:
    """A version that somebody else signed."""

    version: int
    digest: Annotated[str, About(label=say("digest-of-the-file"), hint=say("as-it-was-read"))]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("protocol-version-approved"))
def approve_protocol(work: Work, wanted: ApproveProtocol) -> VersionFacts:
    """Approve a version that somebody else signed: from its moment on it governs."""
    row = work.lock(ProtocolVersion, wanted.version)
    newest = select(func.max(ProtocolVersion.version)).where(
        ProtocolVersion.approved_at.is_not(None)
    )
    reasons = [
        *when(
            row.signed_by == work.actor.login,
            Reason("same-person.somebody"),
        ),
        *when(row.approved_at, Reason("approved-already")),
        *when(
            row.digest != wanted.digest or digest_of_file(row.text) != row.digest,
            Reason("protocol-changed.this"),
        ),
        *when(
            (work.session.scalar(newest) or 0) > row.version,
            Reason("not-newer"),
        ),
        *faults_of(row.text),
    ]
    if reasons:
        raise Refused(say("the-protocol-was-not-approved"), reasons)
    row.approved_by, row.approved_at = work.actor.login, work.now
    row.approval = work.signed
    return facts(VersionFacts, row, says=say("approved.sentence"))
