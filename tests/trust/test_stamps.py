"""An authority outside says by its own clock that a seal was there (RFC 3161)."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import text

from lims.demonstration import treating
from lims.trust.trail.anchors import told
from lims.trust.trail.seals import last_seal
from lims.trust.trail.stamps import NotStampedError, faults_of_stamps, stamp
from tests.support.worlds import World
from tests.trust.evidence import attacker
from tests.trust.test_replay import unguarded

if shutil.which("openssl") is None:
    pytest.skip("no openssl here to play the authority", allow_module_level=True)

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
crypto_device = builtin
"""


def a_certificate(
    name: str, signer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signs = signer or (subject, key)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signs.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=signer is None,
                crl_sign=False, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
    )  # fmt: skip
    if signer is not None:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(usage, critical=True)
    return made.sign(signs, hashes.SHA256()), key


@contextmanager
def authority(folder: Path) -> Iterator[str]:
    """A time stamp authority on this machine, its roots in roots.pem."""
    folder.mkdir()
    root, root_key = a_certificate("Root of a test", None)
    leaf, leaf_key = a_certificate("Clock of a test", (root.subject, root_key))
    pem = serialization.Encoding.PEM
    (folder / "roots.pem").write_bytes(root.public_bytes(pem))
    (folder / "tsa.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "tsa.key").write_bytes(
        leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = folder / "asked.tsq"
            asked.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            told = subprocess.run(
                ["openssl", "ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", asked],
                check=True,
                capture_output=True,
            ).stdout
            self.send_response(200)
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def stamped(world: World, address: str, roots: Path, folder: Path) -> datetime:
    with world.site.engine.connect() as connection:
        return stamp(address, roots, told(last_seal(connection)), folder)


def faults(world: World, folder: Path, roots: Path) -> list[str]:
    with world.site.engine.connect() as connection:
        return list(faults_of_stamps(connection, folder, roots))


def test_a_stamp_proves_when_a_seal_was_there_with_funis_and_without(
    world: World, tmp_path: Path
) -> None:
    roots, kept = tmp_path / "tsa" / "roots.pem", tmp_path / "stamps"
    with authority(tmp_path / "tsa") as address:
        at = stamped(world, address, roots, kept)
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)
    assert faults(world, kept, roots) == []
    (answer,) = kept.glob("*.tsr")
    told = subprocess.run(
        ["openssl", "ts", "-verify", "-data", answer.with_suffix(".anchor"), "-in", answer,
         "-CAfile", roots],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in told.stdout + told.stderr


def test_a_trail_cut_behind_its_stamp_and_a_rewritten_one_are_named(
    world: World, tmp_path: Path
) -> None:
    roots, kept = tmp_path / "tsa" / "roots.pem", tmp_path / "stamps"
    with authority(tmp_path / "tsa") as address:
        stamped(world, address, roots, kept)
    with attacker(world) as connection:
        unguarded(connection)
        connection.execute(text("DELETE FROM seal WHERE number = (SELECT max(number) FROM seal)"))
        connection.commit()
    (fault,) = faults(world, kept, roots)
    assert "is not here" in fault


def test_a_seal_dated_after_its_stamp_tells_of_a_wrong_clock(world: World, tmp_path: Path) -> None:
    roots, kept = tmp_path / "tsa" / "roots.pem", tmp_path / "stamps"
    world.clock.now = datetime.now(UTC) + timedelta(hours=1)
    treating.weighed(world.story, world.participants[1], 1, "81.6")
    with authority(tmp_path / "tsa") as address:
        stamped(world, address, roots, kept)
    (fault,) = faults(world, kept, roots)
    assert "its seal says" in fault


def test_a_forged_stamp_another_authoritys_and_a_silent_one_prove_nothing(
    world: World, tmp_path: Path
) -> None:
    roots, kept = tmp_path / "tsa" / "roots.pem", tmp_path / "stamps"
    with authority(tmp_path / "tsa") as address, authority(tmp_path / "other") as other:
        with pytest.raises(NotStampedError):
            stamped(world, other, roots, kept)
        assert not kept.exists()
        stamped(world, address, roots, kept)
    with pytest.raises(NotStampedError):
        stamped(world, address, roots, kept)  # nobody listens any more
    (answer,) = kept.glob("*.tsr")
    forged = bytearray(answer.read_bytes())
    forged[-20] ^= 1
    answer.write_bytes(forged)
    assert len(faults(world, kept, roots)) == 1
