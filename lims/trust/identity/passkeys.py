"""Passkeys (WebAuthn): a second factor that no foreign page can ask for and nobody reads aloud.

A challenge carries its own moment and is signed by us, so none is kept: it serves for some minutes,
and once, because each passkey takes only later ones than its last.
"""

import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lims.core.db import Base
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.trust.identity.people import Person
from lims.trust.keys import IDENTITY

SERVES: Final = timedelta(minutes=5)
MOST: Final = 8192  # signs of an answer
FAULTS: Final = (
    WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError,
)  # fmt: skip


class Passkey(Base):
    """A passkey of a person: the public half, and when it was last shown."""

    __tablename__ = "passkey"
    stream = ("person", "login")

    id: Mapped[str] = mapped_column(primary_key=True, comment="as the device calls it")
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    name: Mapped[str] = mapped_column(comment="on which device it lies")
    public_key: Mapped[str] = mapped_column(comment="COSE, base64url")
    uses: Mapped[int] = mapped_column(comment="as the device counts them; many do not")
    since: Mapped[datetime]
    shown_at: Mapped[datetime | None] = mapped_column(comment="no challenge of before serves")
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Asked:
    """Where and when a passkey is asked for: our origin as the browser sees it, our key, the clock."""

    origin: str
    keyed: Callable[[str, str], str]
    now: datetime

    @property
    def host(self) -> str:
        """Our name, without the port."""
        return urlsplit(self.origin).hostname or ""

    def challenge(self, noise: str) -> bytes:
        """Something new to be signed, which tells when it was made."""
        told = f"{self.now.isoformat()} {noise}"
        return f"{told} {self._mark(told)}".encode()

    def _mark(self, told: str) -> str:
        return self.keyed(IDENTITY, f"passkey/{told}")

    def asked_at(self, answer: dict[str, Any]) -> tuple[bytes, datetime]:
        """The challenge that was answered, and its moment; ValueError unless ours and young."""
        said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        signed = base64url_to_bytes(said["challenge"])
        told, _, mark = signed.decode().rpartition(" ")
        if not hmac.compare_digest(mark.encode(), self._mark(told).encode()):
            raise ValueError
        at = datetime.fromisoformat(told.partition(" ")[0])
        if not timedelta(0) <= self.now - at <= SERVES:
            raise ValueError
        return signed, at


@dataclass(frozen=True)
class PasskeyShown:
    """Which passkey answered a challenge, made when, and how often its device says it was used."""

    id: str
    asked_at: datetime
    uses: int


def passkeys_of(session: Session, login: str) -> Sequence[Passkey]:
    """The passkeys that somebody has."""
    mine = select(Passkey).where(Passkey.login == login, Passkey.ended_at.is_(None))
    return session.scalars(mine.order_by(Passkey.since, Passkey.id)).all()


def has_served(key: Passkey, asked_at: datetime) -> bool:
    """Whether a challenge of this moment, or of soon after, was answered already.

    One that was answered long after this one is of a clock that was ahead, and locks nobody out.
    """
    return key.shown_at is not None and asked_at <= key.shown_at <= asked_at + SERVES


def options_to_make(asked: Asked, noise: str, person: Person, known: Sequence[Passkey]) -> str:
    """What a browser is told to make a passkey, as JSON; none twice on one device."""
    options = generate_registration_options(
        rp_id=asked.host,
        rp_name="Funis",
        user_id=sha256(person.login.encode()).digest(),
        user_name=person.login,
        user_display_name=person.name,
        challenge=asked.challenge(noise),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(base64url_to_bytes(key.id)) for key in known
        ],
    )
    return options_to_json(options)


def options_to_show(asked: Asked, noise: str) -> str:
    """What a browser is told to show a passkey, as JSON: it names nobody."""
    options = generate_authentication_options(
        rp_id=asked.host,
        challenge=asked.challenge(noise),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def made(asked: Asked, told: str) -> tuple[str, str, int]:
    """A new passkey as the browser tells it: its name for itself, public key, and uses."""
    try:
        answer = json.loads(told[:MOST])
        signed, _ = asked.asked_at(answer)
        found = verify_registration_response(
            credential=answer,
            expected_challenge=signed,
            expected_rp_id=asked.host,
            expected_origin=asked.origin,
            require_user_verification=True,
        )
    except FAULTS as error:
        raise Refused(Reason("no-passkey-made")) from error
    key = bytes_to_base64url(found.credential_public_key)
    return bytes_to_base64url(found.credential_id), key, found.sign_count


def shown(asked: Asked, told: str, known: Sequence[Passkey]) -> PasskeyShown | None:
    """Which of these passkeys answered a challenge of ours; None if none did."""
    try:
        answer = json.loads(told[:MOST])
        signed, at = asked.asked_at(answer)
        (own,) = [key for key in known if key.id == answer["id"]]
        if has_served(own, at):
            return None
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=signed,
            expected_rp_id=asked.host,
            expected_origin=asked.origin,
            credential_public_key=base64url_to_bytes(own.public_key),
            credential_current_sign_count=own.uses,
            require_user_verification=True,
        )
    except FAULTS:
        return None
    return PasskeyShown(own.id, at, found.new_sign_count)
