"""A passkey's device made of software: it answers as browsers do (WebAuthn level 2)."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One key in one device."""

    origin: str
    name: bytes = b"a key of a test."
    uses: int = 0
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def _data(self, host: str, more: bytes = b"", flags: int = 0) -> bytes:
        head = sha256(host.encode()).digest() + bytes([self.flags | flags])
        return head + self.uses.to_bytes(4, "big") + more

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        ).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        name = bytes_to_base64url(self.name)
        told = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": told})

    def make(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.create() gives."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        more = bytes(16) + len(self.name).to_bytes(2, "big") + self.name + public
        data = self._data(options["rp"]["id"], more, ATTESTED)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options)
        return self._answer({"clientDataJSON": said, "attestationObject": attested})

    def show(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.get() gives."""
        self.uses += 1
        data, said = self._data(options["rpId"]), self._said("webauthn.get", options)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": said, "authenticatorData": data, "signature": signature}
        )


def renamed(answer: str, challenge: bytes) -> str:
    """The same answer to another challenge: what somebody does who has seen one."""
    told = json.loads(answer)
    said = json.loads(base64url_to_bytes(told["response"]["clientDataJSON"]))
    said["challenge"] = bytes_to_base64url(challenge)
    told["response"]["clientDataJSON"] = bytes_to_base64url(json.dumps(said).encode())
    return json.dumps(told)
