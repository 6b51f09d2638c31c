#!/usr/bin/env python3
r"""Verifies an exported trail of Funis (`lims trail export`), and shares no line with Funis.

    python verify_archive.py ARCHIVE [--key HEX] [--anchor TEXT]

One file; Python 3.11 and the package `cryptography`. Written from this description alone:

* A line of JSON each, gzipped. The first has `key`: the Ed25519 public key in hexadecimal.
* An `entry` is stream, number, batch, payload (base64), previous, hash. The hash is SHA-256 of
  "stream\nnumber\nbatch\nprevious\n" and the payload. Numbers of a stream count from 1; previous
  is the hash before, sixty-four zeros at the beginning. A `head` tells a stream's length and last hash.
* A `seal` covers the batches from `below` of the one before up to its own `below`: `count` entries in
  their order, and `root`, the Merkle root of their hashes: leaf SHA-256(00 ‖ hash in hexadecimal), node
  SHA-256(01 ‖ left ‖ right), an odd one goes up unchanged, thirty-two zeros for none. `previous` is
  SHA-256 of the signature before as text. Signed is "number/below/count/root/previous/at", the moment in
  UTC; before version 0.3.0 without the moment.
* A `content` is side, digest, content (base64) of a file: its digest is SHA-256 of it, and each row of
  the table `attachment` has one by its `side` and `digest`.
* A payload has `changes`: table, row, old, new. Played in order they are the `row` lines. Where a
  signature stands, its `digest` is SHA-256 of `signed` in canonical JSON (RFC 8785).
"""

import argparse
import base64
import bisect
import datetime as dt
import decimal
import gzip
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LEFT_OUT = "(kept secret)"


def sha(data):
    return hashlib.sha256(data).digest()


def merkle(hashes):
    row = [sha(b"\x00" + text.encode()) for text in hashes] or [bytes(32)]
    while len(row) > 1:
        pairs = [sha(b"\x01" + a + b) for a, b in zip(row[::2], row[1::2], strict=False)]
        row = pairs + ([row[-1]] if len(row) % 2 else [])
    return row[0].hex()


def same(a, b):
    if a == b or LEFT_OUT in (a, b):
        return True
    if not (isinstance(a, str) and isinstance(b, str)):
        return False
    try:
        if a[10] == b[10] == "T":
            read = dt.datetime.fromisoformat
            return read(a) == read(b)
    except (IndexError, ValueError):
        pass
    try:
        (x, *unit), (y, *other) = a.split(" "), b.split(" ")
        return unit == other and decimal.Decimal(x) == decimal.Decimal(y)
    except (ValueError, decimal.InvalidOperation):
        return False


def check(path, known_key="", anchor=""):
    """Every fault of the archive, as sentences."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        head, *lines = (json.loads(line) for line in file)
    faults = []
    if known_key and head["key"] != known_key.lower():
        faults.append("the key is not the one that you know")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["key"]))
    seals = [line["seal"] for line in lines if "seal" in line]
    entries = [line["entry"] for line in lines if "entry" in line]
    heads = {line["head"][0]: tuple(line["head"][1:]) for line in lines if "head" in line}
    rows = {(line["row"][0], line["row"][1]): line["row"][2] for line in lines if "row" in line}

    tails, sealed, told = {}, {}, {}
    for order, (stream, number, batch, payload, previous, digest) in enumerate(entries):
        data = base64.b64decode(payload)
        length, before = tails.get(stream, (0, "0" * 64))
        text = f"{stream}\n{number}\n{batch}\n{previous}\n".encode()
        if number != length + 1 or previous != before:
            faults.append(f"{stream} {number}: does not follow")
        tails[stream] = (number, digest)
        sealed.setdefault(batch, []).append((order, digest))
        if sha(text + data).hex() != digest:
            faults.append(f"{stream} {number}: altered")
            continue
        play(json.loads(data), f"{stream} {number}", told, faults)
    faults += [
        f"{s}: its end is not its head"
        for s in tails.keys() | heads.keys()
        if tails.get(s) != heads.get(s)
    ]

    batches = sorted(sealed)
    before, below, place = "0" * 64, 0, 0
    for seal in seals:
        place += 1
        if not seal or seal["number"] != place or seal["previous"] != before:
            faults.append(f"seal {place}: damaged, or does not follow")
            if not seal:
                continue
        plain = "/".join(
            str(seal[part]) for part in ("number", "below", "count", "root", "previous")
        )
        at = dt.datetime.fromisoformat(seal["at"]).astimezone(dt.UTC).isoformat()
        if not any(is_signed(key, seal["signature"], text) for text in (f"{plain}/{at}", plain)):
            other = seal.get("key") or "of none that it names"
            faults.append(f"seal {place}: not signed by this key, but by {other}")
        first, last = bisect.bisect_left(batches, below), bisect.bisect_left(batches, seal["below"])
        covered = [one for batch in batches[first:last] for one in sealed[batch]]
        covered = [digest for _, digest in sorted(covered)]
        if len(covered) != seal["count"] or merkle(covered) != seal["root"]:
            faults.append(f"seal {place}: covers other entries")
        before, below = hashlib.sha256(seal["signature"].encode()).hexdigest(), seal["below"]
    if head["settled"] is None and any(batch >= below for batch in sealed):
        faults.append("entries stand behind the last seal")
    kept = {f"{s['number']}/{s['root']}/{s['signature']}" for s in seals if s}
    if not kept.issuperset(anchor.split()):
        faults.append("the anchor is not among the seals")

    files = {tuple(line["content"][:2]): line["content"][2] for line in lines if "content" in line}
    faults += [
        f"file {digest}: its content is another"
        for (_, digest), data in files.items()
        if sha(base64.b64decode(data)).hex() != digest
    ]
    faults += [
        f"file {row.get('digest')}: its content is not here"
        for (table, _), row in told.items()
        if table == "attachment" and (row.get("side"), row.get("digest")) not in files
    ]
    for where in told.keys() | rows.keys():
        if where not in rows or where not in told:
            faults.append(f"{where[0]} {where[1]}: stands only on one side")
            continue
        faults += [
            f"{where[0]} {where[1]}: {column} is another"
            for column, value in rows[where].items()
            if column in told[where]
            and told[where][column] != LEFT_OUT
            and not same(told[where][column], value)
        ]
    return faults


def play(written, place, told, faults):
    for change in written["changes"]:
        where = (change["table"], change["row"])
        if change["table"] == "signature" and "signed" in written:
            form = json.dumps(
                written["signed"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
            )
            if hashlib.sha256(form.encode()).hexdigest() != change["new"]["digest"]:
                faults.append(f"{place}: another thing was signed")
        if where in told:
            for column, value in change["old"].items():
                if column in told[where] and not same(told[where][column], value):
                    faults.append(f"{place}: {where[0]} {where[1]} stood otherwise before")
        told.setdefault(where, {}).update(change["new"])


def is_signed(key, signature, text):
    try:
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive")
    parser.add_argument("--key", default="", help="the public key as you know it")
    parser.add_argument("--anchor", default="", help="a seal that was kept elsewhere")
    given = parser.parse_args()
    faults = check(given.archive, given.key, given.anchor)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
