"""Time stamps (RFC 3161): an authority outside says by its own clock when a seal was there already.

Each is two files, the anchor and the answer as it came, so that anybody proves it without Funis:
`openssl ts -verify -data 7-….anchor -in 7-….tsr -CAfile roots.pem`.
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
from sqlalchemy import Connection, func, select

from lims.trust.trail.anchors import told
from lims.trust.trail.copies import RestoredCopy
from lims.trust.trail.seals import Seal

PATIENCE_SECONDS, LONGEST_ANSWER = 20.0, 65_536
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
            kept = answer.read(LONGEST_ANSWER)
        found = decode_timestamp_response(kept)
        verifier = _trusting(VerifierBuilder.from_request(asked), roots).build()
        verifier.verify_message(found, anchor.encode())
    except (OSError, ValueError, VerificationError) as error:
        raise NotStampedError(str(error)) from error
    number, root, _ = anchor.split("/")
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{number}-{root[:16]}"  # another seal of this number is kept beside it
    (folder / f"{name}.anchor").write_text(anchor)
    (folder / f"{name}.tsr").write_bytes(kept)
    return found.tst_info.gen_time


def _trusting(builder: VerifierBuilder, roots: Path) -> VerifierBuilder:
    for certificate in load_pem_x509_certificates(roots.read_bytes()):
        builder = builder.add_root_certificate(certificate)
    return builder


def faults_of_stamps(connection: Connection, folder: Path, roots: Path) -> Iterator[str]:
    """What the stamps of a folder speak against in this trail, the oldest first."""
    stamps, verifier = [], _trusting(VerifierBuilder(), roots).build()
    for answer in sorted(folder.glob("*.tsr")):
        anchor = answer.with_suffix(".anchor").read_text()
        try:
            found = decode_timestamp_response(answer.read_bytes())
            verifier.verify_message(found, anchor.encode())
            stamps.append((found.tst_info.gen_time, answer.name, anchor))
        except (ValueError, VerificationError) as error:
            yield f"{answer.name}: {error}"
    columns = select(Seal.number, Seal.root, Seal.signature, Seal.at)
    goes_on = False  # from a stamped seal that is here
    for at, name, anchor in sorted(stamps):
        number = int(anchor.partition("/")[0])
        here = connection.execute(columns.where(Seal.number == number)).first()
        if here is None or told(here) != anchor:
            if not (goes_on and _was_lost(connection, at)):
                yield f"{name}: stamped at {at.isoformat()}, and this seal is not here"
            continue
        goes_on = True
        if here.at > at + ALIKE:
            yield f"{name}: stamped at {at.isoformat()}, and its seal says {here.at.isoformat()}"


def _was_lost(connection: Connection, at: datetime) -> bool:
    """Whether QA has later taken an older copy into use, without what was sealed since."""
    newest = connection.scalar(select(func.max(RestoredCopy.at)))
    return newest is not None and newest > at
