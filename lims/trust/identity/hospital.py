"""Accounts of the hospital's own log-in: whose they are, and what they vouched for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import ForeignKey, Index, Select, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.trust.context import Work
from lims.trust.identity.people import Actor, actor_named, login_of
from lims.trust.identity.signatures import Credentials, Signature
from lims.trust.installation import Site

SERVES: Final = timedelta(minutes=5)  # between the proof and the signature that it is for
LINKS: Final = "accounts/link-hospital-account"


class HospitalAccount(Base):
    """An account there that is a person's here; each is of one person only."""

    __tablename__ = "hospital_account"
    stream = ("person", "login")
    __table_args__ = (
        Index(
            "ix_hospital_account_held",
            "issuer",
            "subject",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str] = mapped_column(comment="what the issuer calls it, for ever")
    known_as: Mapped[str] = mapped_column(comment="what people call it there")
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class HospitalProof(Base):
    """That somebody proved there who they are, for one form here; it signs that one, once."""

    __tablename__ = "hospital_proof"
    stream = ("person", "login")

    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    known_as: Mapped[str]
    strength: Mapped[str] = mapped_column(comment="acr, as the issuer says it")
    at: Mapped[datetime] = mapped_column(comment="when it was proved, by the issuer's clock")
    place: Mapped[str] = mapped_column(
        comment="digest: which step it is would tell the ward the arm"
    )
    signature: Mapped[str | None] = mapped_column(ForeignKey("signature.id"))


@dataclass(frozen=True)
class ToSign:
    """A place under one form: as its first or its second person, in whose session."""

    action: str
    form: str
    second: bool
    asked_by: str

    @property
    def digest(self) -> str:
        """What is kept of it: nobody guesses a form's key, and so nobody the action."""
        told = f"{self.action}\n{self.form}\n{self.second}\n{self.asked_by}"
        return sha256(told.encode()).hexdigest()

    @property
    def proofs(self) -> Select[HospitalProof]:
        """What was proved for it."""
        return select(HospitalProof).where(HospitalProof.place == self.digest)


def account_of(session: Session, login: str) -> HospitalAccount | None:
    """The account that somebody has there."""
    mine = select(HospitalAccount).where(HospitalAccount.login == login)
    return session.scalar(mine.where(HospitalAccount.ended_at.is_(None)))


def owner_of(session: Session, issuer: str, subject: str) -> HospitalAccount | None:
    """Whose account this is."""
    this = select(HospitalAccount).where(
        HospitalAccount.issuer == issuer, HospitalAccount.subject == subject
    )
    return session.scalar(this.where(HospitalAccount.ended_at.is_(None)))


def unused_proof(
    session: Session, login: str, place: ToSign, since: datetime
) -> HospitalProof | None:
    """The newest proof of this person for this place that signed nothing yet."""
    of_them = place.proofs.where(HospitalProof.login == login)
    young = of_them.where(HospitalProof.at > since, HospitalProof.signature.is_(None))
    return session.scalar(young.order_by(HospitalProof.at.desc()).limit(1))


def vouched_for(
    session: Session, action: str, form: str, asked_by: str, since: datetime
) -> frozenset[str]:
    """Who could still sign a form by what was proved for it."""
    unused = (HospitalProof.at > since, HospitalProof.signature.is_(None))
    places = [ToSign(action, form, second, asked_by) for second in (False, True)]
    found = (session.scalars(place.proofs.where(*unused)) for place in places)
    return frozenset(row.login for rows in found for row in rows)


def linking_proof(session: Session, login: str, now: datetime) -> HospitalProof | None:
    """What this person showed just now, to be linked."""
    return unused_proof(session, login, ToSign(LINKS, "", False, login), now - SERVES)


def vouched_signer(site: Site, path: str, given: Credentials, actor: Actor) -> Actor:
    """Who signs a form for which the hospital has vouched; whether it served is judged at the act."""
    with site.reading() as session:
        login = login_of(session, given.login)
        place = ToSign(path, given.form, given.second, actor.login)
        proof = session.scalar(place.proofs.where(HospitalProof.login == login).limit(1))
        signer = actor_named(session, login, site.clock(), actor.station)
    if proof is None or signer is None:
        raise Refused(Reason("hospital-has-not-vouched"))
    return signer


def use_proof(work: Work, path: str, given: Credentials, signature: Signature) -> None:
    """Let a proof sign, of two at once for one only; the account must still be the person's."""
    since = work.entered - SERVES
    place = ToSign(path, given.form, given.second, work.actor.login)
    found = unused_proof(work.session, signature.login, place, since)
    row = work.lock(HospitalProof, found.id) if found else None
    owner = owner_of(work.session, row.issuer, row.subject) if row else None
    if row is None or row.signature or owner is None or owner.login != signature.login:
        raise Refused(Reason("hospital-has-not-vouched"))
    row.signature = signature.id
