"""The second floor: a Flask route that does on the driver alone all that a STOP must do.

Token, idempotency key read and written, the facts, the check's row, a chained entry, a signed seal,
one commit that reaches the disk. No rules, no types, no forms: a verdict in Python cannot cost less.
It writes into a database of its own, which no trail vouches for.
"""

import json
import os
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, request

from lims.core.db import make_engine
from lims.trust.keys import signing_key

app = Flask("raw")
KEY = signing_key(Path(os.environ["FUNIS_KEY_FOLDER"]))
TURN = threading.Lock()
ENGINE = make_engine(os.environ["FUNIS_DATABASE_URL"])
ON_POSTGRESQL = ENGINE.dialect.name == "postgresql"
HERE = threading.local()

TOKEN = """SELECT s.login, s.ends_at, s.closed_at, p.name, p.active, g.role FROM login_session s
 JOIN person p ON p.login = s.login LEFT JOIN role_grant g ON g.login = s.login AND g.until IS NULL
 WHERE s.digest = ?"""
KNOWN = "SELECT request, result FROM answer WHERE key = ? AND login = ?"
BAG = """SELECT b.number, b.standing, b.dispatched_at, b.expires_at, b.notice_at, o.treatment,
 o.visit, o.weight, o.protocol, o.standing, l.copy, i.verified_at FROM bag b
 JOIN infusion_order o ON o.number = b."order"
 LEFT JOIN label l ON l.number = b.number AND l.standing = 'active'
 LEFT JOIN infusion i ON i.bag = b.number AND i.standing <> 'given_up' WHERE b.number = ?"""
PERSON = """SELECT p.number, p.treatment, p.standing, p.first_infusion_at, l.copy, b.number, o.visit
 FROM participant p
 LEFT JOIN label l ON l.number = p.number AND l.standing IN ('issued', 'active')
 LEFT JOIN infusion_order o ON o.treatment = p.treatment
 LEFT JOIN bag b ON b."order" = o.number AND b.standing IN ('infused', 'partly_infused')
 WHERE p.number = ?"""
VISIT = """SELECT
 (SELECT weight FROM weighing WHERE participant = ? AND visit = 1 ORDER BY id DESC LIMIT 1),
 (SELECT fit FROM fitness WHERE participant = ? AND visit = 1 ORDER BY id DESC LIMIT 1),
 (SELECT paused FROM trial_pause ORDER BY id DESC LIMIT 1)"""
CHECK = """INSERT INTO bedside_check (wristband, bag, manual, word, reasons, "by", at)
 VALUES (?, ?, ?, 'STOP', 'wrong-visit', ?, ?)"""
HEAD = """INSERT INTO stream_head (name, length, hash) VALUES (?, 1, '')
 ON CONFLICT (name) DO UPDATE SET length = stream_head.length + 1 RETURNING length, hash"""
ENTRY = """INSERT INTO trail_entry (stream_name, seq, batch, payload, previous, hash)
 VALUES (?, ?, ?, ?, ?, ?)"""
MOVED = "UPDATE stream_head SET hash = ? WHERE name = ?"
LAST = "SELECT number, below, signature FROM seal ORDER BY number DESC LIMIT 1"
SEAL = """INSERT INTO seal (number, below, count, root, previous, signature, at)
 VALUES (?, ?, 1, ?, '', ?, ?)"""
ANSWER = "INSERT INTO answer (key, login, request, result, at) VALUES (?, ?, ?, ?, ?)"


def _driver() -> Any:
    """This thread's own connection, kept."""
    if not hasattr(HERE, "driver"):
        kept = ENGINE.connect()
        kept.detach()
        HERE.kept, HERE.driver = kept, kept.connection.dbapi_connection
    return HERE.driver


def _ask(sql: str, *values: Any) -> Any:
    return _driver().execute(sql.replace("?", "%s") if ON_POSTGRESQL else sql, values)


@app.post("/api/bedside/verify-bag")
def verify() -> Any:
    """Say STOP, and keep it as Funis would."""
    token = request.headers["Authorization"].partition(" ")[2]
    login = _ask(TOKEN, sha256(token.encode()).hexdigest()).fetchall()[0][0]
    asked, key = request.get_json(), request.headers["Idempotency-Key"]
    now = datetime.now(UTC)
    at = now if ON_POSTGRESQL else now.replace(tzinfo=None).isoformat(" ")
    with nullcontext() if ON_POSTGRESQL else TURN:
        if not ON_POSTGRESQL:
            _ask("BEGIN IMMEDIATE")
        _ask(KNOWN, key, login).fetchone()
        bag, person = asked["bag"], asked["wristband"]
        with _driver().pipeline() if ON_POSTGRESQL else nullcontext():
            found = [_ask(BAG, bag), _ask(PERSON, person), _ask(VISIT, person, person)]
        facts = [one.fetchone() for one in found]
        body = json.dumps({"word": "STOP", "reasons": [{"code": "wrong-visit"}], "number": ""})
        name = f"ward/check/{person}"
        seq, previous = _ask(HEAD, name).fetchone()
        payload = json.dumps({"by": login, "at": str(now), "new": str(facts)}).encode()
        digest = sha256(previous.encode() + payload).hexdigest()
        number, below, signature = _ask(LAST).fetchone()
        signed = KEY.sign(f"{number}/{digest}/{signature}".encode()).hex()
        with _driver().pipeline() if ON_POSTGRESQL else nullcontext():
            _ask(CHECK, person, bag, False, login, at)
            _ask(ENTRY, name, seq, below, payload, previous, digest)
            _ask(MOVED, digest, name)
            if not ON_POSTGRESQL:  # there it is somebody's work once a second
                _ask(SEAL, number + 1, below + 1, digest, signed, at)
            _ask(ANSWER, key, login, digest, body, at)
            _driver().commit()
    return app.response_class(body, mimetype="application/json")


@app.post("/echo")
def echo() -> Any:
    """The same form without a database."""
    return request.get_json()
