"""Time stamps (RFC 3161): an authority outside says by its own clock when a seal was there already.

Each is two files, the anchor and the answer as it came, so that anybody proves it without Funis:
`openssl ts -verify -data 7.anchor -in 7.tsr -CAfile roots.pem`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlalchemy import Connection, select

from lims.trust.trail.anchors import is_here
from lims.trust.trail.seals import Seal

PATIENCE_SECONDS: Final = 20.0
LONGEST_ANSWER: Final = 65_536
ALIKE: Final = timedelta(minutes=1)  # by which two clocks may differ


class NotStampedError(Exception):
    """Why there is no time stamp."""


def stamp(address: str, roots: Path, anchor: str, folder: Path) -> datetime:
    """Have an anchor stamped by the authority at this address, and keep what it answered."""
    asked = TimestampRequestBuilder().data(anchor.encode()).build()
    question = Request(  # noqa: S310 -- the owner of the machine names the address
        address, asked.as_bytes(), {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urlopen(question, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 -- as above
            told = answer.read(LONGEST_ANSWER)
        found = decode_timestamp_response(told)
        verifier = _trusting(VerifierBuilder.from_request(asked), roots).build()
        verifier.verify_message(found, anchor.encode())
    except (OSError, ValueError, VerificationError) as error:
        raise NotStampedError(str(error)) from error
    number = anchor.partition("/")[0]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}.anchor").write_text(anchor)
    (folder / f"{number}.tsr").write_bytes(told)
    return found.tst_info.gen_time


def _trusting(builder: VerifierBuilder, roots: Path) -> VerifierBuilder:
    for certificate in load_pem_x509_certificates(roots.read_bytes()):
        builder = builder.add_root_certificate(certificate)
    return builder


def faults_of_stamps(connection: Connection, folder: Path, roots: Path) -> Iterator[str]:
    """What the stamps of a folder speak against in this trail."""
    for answer in sorted(folder.glob("*.tsr")):
        anchor = answer.with_suffix(".anchor").read_text()
        try:
            found = decode_timestamp_response(answer.read_bytes())
            _trusting(VerifierBuilder(), roots).build().verify_message(found, anchor.encode())
        except (ValueError, VerificationError) as error:
            yield f"{answer.name}: {error}"
            continue
        at = found.tst_info.gen_time
        if not is_here(connection, anchor):
            yield f"{answer.name}: stamped at {at.isoformat()}, and this seal is not here"
            continue
        number = int(anchor.partition("/")[0])
        sealed_at = connection.scalar(select(Seal.at).where(Seal.number == number))
        if sealed_at is not None and sealed_at > at + ALIKE:
            yield (
                f"{answer.name}: stamped at {at.isoformat()},"
                f" and its seal says {sealed_at.isoformat()}"
            )
