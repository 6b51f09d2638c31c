"""The hospital's own log-in, asked by OpenID Connect: the code flow with PKCE, each time anew.

A browser that is still logged in there is not enough: at a shared station that may be somebody
else. `prompt=login` and `max_age=0` ask for a new proof, and its own moment must say that it is.
"""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import RequestException

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.settings import LOCAL, Hospital

PATIENCE_SECONDS: Final = 3
AT_ONCE: Final = BoundedSemaphore(2)  # of a worker's threads: a hospital that hangs stops nobody
LEEWAY: Final = timedelta(minutes=1)  # by which the clocks of two machines may differ
LASTS: Final = timedelta(minutes=10)  # between leaving for the hospital's page and coming back
ALGORITHMS: Final = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
FAULTS: Final = (
    OAuthError, JoseError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class Begun:
    """What the browser keeps while it is away: only where this is kept does an answer serve."""

    state: str
    nonce: str
    verifier: str  # of PKCE (RFC 7636)
    at: datetime


@dataclass(frozen=True)
class Vouched:
    """Whom the hospital vouches for, how strongly they proved it, and when."""

    issuer: str
    subject: str
    known_as: str
    strength: str
    strong: bool  # whether that counts as two factors
    at: datetime


def leave(hospital: Hospital, back: str, begun: Begun) -> str:
    """The address at which the hospital asks who it is; Refused while it does not answer."""
    with _asking(hospital, back) as client:
        told = _configuration(client, hospital)
        strengths = {"acr_values": " ".join(hospital.strengths)} if hospital.strengths else {}
        address, _ = client.create_authorization_url(
            _page(told, "authorization_endpoint"),
            state=begun.state,
            nonce=begun.nonce,
            code_verifier=begun.verifier,
            prompt="login",
            max_age="0",
            **strengths,
        )
    return str(address)


def vouched(
    hospital: Hospital, back: str, begun: Begun, answer: dict[str, str], now: datetime
) -> Vouched:
    """Whom the hospital vouches for in its answer; Refused for whatever is not its answer to us."""
    if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
        raise Refused(Reason("hospital-answer-is-old"))
    if not timedelta(0) <= now - begun.at <= LASTS:
        raise Refused(Reason("hospital-answer-is-old"))
    if "error" in answer or not answer.get("code"):
        raise Refused(Reason("hospital-did-not-vouch"))
    if answer.get("iss", hospital.issuer) != hospital.issuer:  # RFC 9207
        raise Refused(Reason("hospital-answer-is-wrong"))
    with _asking(hospital, back) as client:
        claims = _claims(client, hospital, begun, answer["code"], now)
    return _judged(hospital, begun, claims, now)


@contextmanager
def _asking(hospital: Hospital, back: str) -> Iterator[Any]:
    if not AT_ONCE.acquire(blocking=False):
        raise Refused(Reason("hospital-is-away"))
    try:
        with _client(hospital, back) as client:
            yield client
    finally:
        AT_ONCE.release()


def _client(hospital: Hospital, back: str) -> Any:
    return OAuth2Session(
        hospital.client,
        hospital.secret,
        scope="openid profile",
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 -- a method's name
    )


def _configuration(client: Any, hospital: Hospital) -> dict[str, Any]:
    """Where its pages are, from whom it calls itself as we do (OpenID Connect Discovery 4.3)."""
    told = _told(client, f"{hospital.issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != hospital.issuer:
        raise Refused(Reason("hospital-answer-is-wrong"))
    return told


def _page(told: dict[str, Any], name: str) -> str:
    """One of its addresses; what goes there is a secret, so it is encrypted or on this machine."""
    found = told.get(name)
    try:
        address = urlsplit(found if isinstance(found, str) else "")
    except ValueError as error:
        raise Refused(Reason("hospital-answer-is-wrong")) from error
    if address.scheme != "https" and address.hostname not in LOCAL:
        raise Refused(Reason("hospital-answer-is-wrong"))
    return str(found)


def _told(client: Any, address: str) -> dict[str, Any]:
    try:
        answer = client.request("GET", address, withhold_token=True, timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
        return dict(answer.json())
    except (RequestException, *FAULTS) as error:
        raise Refused(Reason("hospital-is-away")) from error


def _claims(
    client: Any, hospital: Hospital, begun: Begun, code: str, now: datetime
) -> dict[str, Any]:
    """What the ID token says, once all of it is proved (OpenID Connect Core 3.1.3.7)."""
    told = _configuration(client, hospital)
    keys = _told(client, _page(told, "jwks_uri"))
    ours = {"iss": hospital.issuer, "aud": hospital.client, "nonce": begun.nonce}
    try:
        token = client.fetch_token(
            _page(told, "token_endpoint"),
            code=code,
            code_verifier=begun.verifier,
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
        )
        found = jwt.decode(
            token["id_token"],
            KeySet.import_key_set(keys),  # type: ignore[arg-type]
            registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
        )
        claims = CodeIDToken(
            found.claims,
            found.header,
            {
                **{name: {"essential": True} for name in ("sub", "auth_time")},
                **{name: {"essential": True, "value": value} for name, value in ours.items()},
            },
            {"client_id": hospital.client, "access_token": token.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except RequestException as error:
        raise Refused(Reason("hospital-is-away")) from error
    except FAULTS as error:
        raise Refused(Reason("hospital-answer-is-wrong")) from error
    return dict(claims)


def _judged(hospital: Hospital, begun: Begun, claims: dict[str, Any], now: datetime) -> Vouched:
    """Whether it was proved just now, and as strongly as is asked."""
    earliest, latest = (begun.at - LEEWAY).timestamp(), (now + LEEWAY).timestamp()
    if not earliest <= claims["auth_time"] <= latest:
        raise Refused(Reason("hospital-asked-nothing"))
    subject, strength = str(claims["sub"]), str(claims.get("acr", ""))
    known_as = str(claims.get("preferred_username") or claims.get("name") or subject)
    if not (subject + strength + known_as).isprintable():
        raise Refused(Reason("hospital-answer-is-wrong"))
    if hospital.strengths and strength not in hospital.strengths:
        raise Refused(Reason("hospital-proof-too-weak"))
    at = datetime.fromtimestamp(claims["auth_time"], UTC)
    return Vouched(hospital.issuer, subject, known_as[:200], strength, bool(hospital.strengths), at)
