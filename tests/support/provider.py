"""A hospital's log-in for tests: a small OpenID provider that serves on this machine.

`claims` puts other claims into the ID tokens that it makes, `key` another key under them.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, Response, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from lims.core.clock import Clock, system_clock

CLIENT, SECRET = "funis", "a secret between the two"
PAGE = """<!doctype html><title>City hospital</title><h1>City hospital</h1>
<form method="post"><label>Name <input name="name" autofocus></label><button>Log in</button></form>"""
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class Provider:
    """The hospital: who it lets in, what it says of them, and what it was asked."""

    clock: Clock = system_clock
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    pages: dict[str, object] = field(default_factory=dict)
    away: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def app(self) -> Flask:
        """The pages of the provider."""
        app = Flask(__name__)

        @app.before_request
        def may_be_away() -> tuple[str, int] | None:
            return ("away", 503) if self.away else None

        @app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.pages,
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [KEY.as_dict(private=False)]}

        @app.get("/authorize")
        def ask() -> str:
            self.asked = request.args.to_dict()
            return PAGE

        @app.post("/authorize")
        def answer() -> Response:
            back = self.answers(request.args.to_dict(), request.form["name"])
            return redirect(back, 303)  # type: ignore[return-value]

        @app.post("/token")
        def token() -> tuple[dict[str, Any], int]:
            return self.redeem(request.form.to_dict(), request.authorization)

        return app

    def answers(self, asked: dict[str, str], name: str) -> str:
        """Somebody has proved who they are: the address to which their browser is led back."""
        code = secrets.token_hex(8)
        self.codes[code] = (name, asked)
        told = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    def redeem(self, given: dict[str, str], who: Any) -> tuple[dict[str, Any], int]:
        """A code for an ID token: once, to the client that it was made for, with its verifier."""
        if who is None or (who.username, who.password) != (CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        name, asked = self.codes.pop(given["code"], ("", {}))
        challenge = create_s256_code_challenge(given.get("code_verifier", ""))
        if not name or challenge != asked["code_challenge"]:
            return {"error": "invalid_grant"}, 400
        return {
            "access_token": "none",
            "token_type": "Bearer",
            "id_token": self.vouches(name, asked),
        }, 200

    def vouches(self, name: str, asked: dict[str, str]) -> str:
        """The ID token."""
        now = int(self.clock().timestamp())
        told = {
            "iss": self.issuer,
            "sub": f"number-of-{name}",
            "preferred_username": name,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": asked["nonce"],
            "acr": "two",
            **self.claims,
        }
        kept = {claim: value for claim, value in told.items() if value is not None}
        return str(jwt.encode({"alg": self.algorithm, "kid": "one"}, kept, self.key))


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """The provider at an address of its own."""
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
