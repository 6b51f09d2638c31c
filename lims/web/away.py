"""What a browser keeps while it is away at the hospital's page: what the answer will be for."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.trust.identity.provider import LASTS, Begun
from lims.web.cookies import AWAY, called, kept

LOGS_IN: Final = "log-in"


@dataclass(frozen=True)
class Away:
    """What it is for, in whose session, and where it goes on."""

    begun: Begun
    purpose: str  # the path of the action that is to be signed, linking too; or the log-in
    form: str = ""  # key of the form that is to be signed
    second: bool = False  # whether as its second person
    session: str = ""  # digest
    then: str = ""
    station: str = ""


def keep_away(response: Response, away: Away, *, secure: bool) -> None:
    """Let the browser keep it; lax, so that it comes along when the hospital leads back."""
    told = asdict(away)
    told["begun"]["at"] = away.begun.at.isoformat()
    response.set_cookie(
        called(AWAY, secure=secure),
        _pen().dumps(told),
        max_age=LASTS,
        httponly=True,
        secure=secure,
        samesite="Lax",
    )


def forget_away(response: Response, *, secure: bool) -> None:
    """It has served."""
    response.delete_cookie(called(AWAY, secure=secure), secure=secure)


def was_away() -> Away:
    """What this browser kept; Refused where it is not what we wrote."""
    try:
        told = _pen().loads(kept(AWAY))
    except BadSignature as error:
        raise Refused(Reason("hospital-answer-is-old")) from error
    begun = told.pop("begun")
    begun["at"] = datetime.fromisoformat(begun["at"])
    return Away(Begun(**begun), **told)


def _pen() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=AWAY)
