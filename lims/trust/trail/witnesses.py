"""Tells each witness the newest checkpoint, and hears from it when this trail is not the one it knows."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, select

from lims.trust.trail.checkpoints import (
    LOG,
    WITNESS,
    Checkpoint,
    Tree,
    cosigned_at,
    key_in,
    key_text,
    leaf_of,
    signed,
)
from lims.trust.trail.copies import copies_accepted
from lims.trust.trail.seals import Seal

PATIENCE_SECONDS: Final = 3.0
OTHER_TRAIL: Final = frozenset({409, 422})


class _Nowhere(HTTPRedirectHandler):
    """A witness answers where it is, or not at all."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER: Final = build_opener(_Nowhere())


def origin_of(connection: Connection, key: Ed25519PublicKey) -> str:
    """What this trail is called: by its key, and anew after each older copy that was accepted."""
    return f"funis/{key.public_bytes_raw().hex()[:16]}/{copies_accepted(connection)}"


def log_key(connection: Connection, key: Ed25519PublicKey) -> str:
    """The public key by which a witness's keeper adds this trail."""
    return key_text(origin_of(connection, key), LOG, key)


def seals_after(connection: Connection, size: int, until: int | None = None) -> list[bytes]:
    """The leaves behind the first `size` ones."""
    columns = (Seal.number, Seal.below, Seal.count, Seal.root, Seal.previous, Seal.signature)
    found = select(*columns).where(Seal.number > size).order_by(Seal.number)
    if until is not None:
        found = found.where(Seal.number <= until)
    rows = connection.execute(found.execution_options(yield_per=5000))
    return [leaf_of("/".join(map(str, row))) for row in rows]


@dataclass
class Watched:
    """One witness: what it cosigned last, and what it said."""

    key: str
    address: str
    tree: Tree = field(default_factory=Tree)
    last: bytes = b""  # the newest leaf of the tree
    origin: str = ""
    cosigned: str = ""  # the checkpoint and its line
    missing: str = ""  # what it knows and is not here
    trouble: str = ""

    @property
    def name(self) -> str:
        """Who it is."""
        return self.key.partition("+")[0]

    def tell(self, connection: Connection, key: Ed25519PrivateKey) -> None:
        """Tell it the newest checkpoint, which must continue what it knows."""
        self._begin_where_it_stood(connection, origin_of(connection, key.public_key()))
        heard = bool(self.cosigned and not self.missing and not self.trouble)
        for _ in range(4):  # another process of ours may have told it more
            leaves = seals_after(connection, self.tree.size)
            if heard and not leaves:
                return
            heard, grown = False, self.tree.grown(leaves)
            checkpoint = Checkpoint(self.origin, grown.size, grown.root())
            status, said = self._ask(signed(checkpoint, key), self.tree.proof(leaves))
            if status == 200:
                self._heard(checkpoint, said)
                last = leaves[-1] if leaves else self.last
                self.tree, self.last, self.missing, self.trouble = grown, last, "", ""
                return
            if status not in OTHER_TRAIL:
                self.trouble = f"{self.name}: {status}"
                return
            size = int(said) if said.strip().isascii() and said.strip().isdigit() else -1
            connection.rollback()  # another process may have added more since we read
            known = seals_after(connection, 0, size) if status == 409 else []
            if len(known) != size or size == self.tree.size:
                self.missing = f"{self.name} knows {size} seals of another trail"
                self.tree, self.last, self.cosigned = Tree(), b"", ""
                return
            self.tree, self.last = Tree().grown(known), known[-1] if known else b""

    def _begin_where_it_stood(self, connection: Connection, origin: str) -> None:
        """Forget what was told if this is not the trail any more of which it was told."""
        size = self.tree.size
        stands = not size or seals_after(connection, size - 1, size) == [self.last]
        if origin != self.origin or not stands:
            self.tree, self.last, self.cosigned = Tree(), b"", ""
        if origin != self.origin:
            self.origin, self.missing = origin, ""

    def _ask(self, note: str, proof: Sequence[bytes]) -> tuple[int, str]:
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in proof)
        body = f"old {self.tree.size}\n{hashes}\n{note}".encode()
        asked = Request(f"{self.address}/add-checkpoint", body, method="POST")  # noqa: S310 -- of the settings
        try:
            with _OPENER.open(asked, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read(4096).decode("utf-8", "replace")
        except HTTPError as error:
            with error:
                return error.code, error.read(4096).decode("utf-8", "replace")

    def _heard(self, checkpoint: Checkpoint, said: str) -> None:
        name, key = key_in(self.key, WITNESS)
        line = next((one for one in said.splitlines() if one.startswith(f"— {name} ")), "")
        cosigned_at(line, checkpoint.text, name, key)
        self.cosigned = f"{checkpoint.text}\n{line}\n"


def witnesses_of(told: Sequence[str]) -> list[Watched]:
    """The witnesses of the settings, each as KEY@ADDRESS."""
    found = []
    for one in told:
        key, _, address = one.partition("@")
        key_in(key, WITNESS)
        found.append(Watched(key, address.rstrip("/")))
    return found
