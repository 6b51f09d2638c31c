"""What a browser of these tests does: post a form, scan into the header."""

import json
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
BY_SCANNER = json.dumps({"via": "keys", "ms": 120, "framed": True})
BY_HAND = json.dumps({"via": "hand"})


def token_of(browser: FlaskClient, page: str = "/") -> str:
    """The token that every form of a page carries."""
    found = TOKEN.search(browser.get(page).get_data(as_text=True))
    assert found is not None
    return found[1]


def post(browser: FlaskClient, action: str, **entries: str) -> TestResponse:
    """Send a form; `how_x` says how the entry x was read."""
    data = {"csrf_token": token_of(browser)}
    for name, value in entries.items():
        data[f"_how.{name[4:]}" if name.startswith("how_") else name] = value
    return browser.post(f"/do/{action}", data=data)


def header_scan(browser: FlaskClient, code: str) -> TestResponse:
    """Scan into the header field and read what is said."""
    return browser.get("/scan", query_string={"code": code}, follow_redirects=True)
