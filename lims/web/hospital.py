"""The hospital's own log-in: leaving for its page, coming back, and what the answer is for.

A browser sends our strict cookies only from our own pages, so the page that the hospital leads
back to sends the answer on to us; a lax cookie for this one way proves that it is ours.
"""

import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.settings import Hospital
from lims.trust.actions import ACTIONS, Request, perform
from lims.trust.identity.hospital import LINKS, owner_of
from lims.trust.identity.passwords import vouched_person
from lims.trust.identity.people import token_digest
from lims.trust.identity.provider import Begun, Vouched, leave, vouched
from lims.trust.identity.roles import Permission
from lims.trust.identity.sessions import OpenSession
from lims.trust.identity.vouching import KeepVouched, keep_vouched
from lims.trust.installation import Site
from lims.web.auth import noise, origin
from lims.web.context import request_context
from lims.web.cookies import AWAY, SESSION, called, device_here, kept
from lims.web.languages import tell
from lims.web.login import come_in, entered, login_page, may_come_in, place
from lims.web.pages import Pages
from lims.web.posts import local_path

LOGS_IN: Final = "log-in"


@dataclass(frozen=True)
class Away:
    """What the browser keeps while it is away: what for, in whose session, and where it goes on."""

    begun: Begun
    purpose: str  # the path of the action that is to be signed, linking too; or the log-in
    form: str = ""
    session: str = ""  # digest
    then: str = ""
    station: str = ""


def add_hospital(front: Pages, site: Site) -> None:
    """Leave for the hospital's page to log in, to sign a form, or to link an account; and back."""
    hospital = site.settings.hospital
    if hospital is None:
        return

    @front.get("/hospital/login")
    def hospital_login() -> Response:
        station = request.args.get("station", "")[:80]
        return _leave(site, hospital, LOGS_IN, then=request.args.get("then", ""), station=station)

    @front.get("/hospital/back")
    def hospital_back() -> str:
        """The hospital's answer, sent on from a page of ours."""
        return render_template("hospital.html", answer=_answer(request.args))

    @front.post("/hospital/back")
    def hospital_answers() -> Response:
        response = _come_back(site, hospital)
        response.delete_cookie(_name(site), secure=site.settings.secure_cookies)
        return response

    def hospital_sign() -> Response:
        """Prove there who signs one form here."""
        path, form = request.args.get("act", ""), request.args.get("form", "")
        wanted = ACTIONS.get(path)
        if (
            wanted is None
            or not form
            or not (wanted.signed_as or wanted.witnessed_as or wanted.late)
        ):
            raise Missing
        return _leave(site, hospital, path, form=form, session=token_digest(kept(SESSION)))

    def hospital_link() -> Response:
        """Prove there which account is one's own."""
        return _leave(site, hospital, LINKS, session=token_digest(kept(SESSION)))

    for view, path in ((hospital_sign, "/hospital/sign"), (hospital_link, "/hospital/link")):
        view.may = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
        front.add_url_rule(path, view.__name__, view)


def _answer(given: Any) -> dict[str, str]:
    names = ("state", "code", "iss", "error")
    return {name: given[name][:4000] for name in names if name in given}


def _name(site: Site) -> str:
    return called(AWAY, secure=site.settings.secure_cookies)


def _pen() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=AWAY)


def _back(site: Site) -> str:
    return origin(site) + url_for("front.hospital_back")


def _leave(site: Site, hospital: Hospital, purpose: str, **beside: str) -> Response:
    begun = Begun(noise(site), noise(site), noise(site), site.clock())
    try:
        address = leave(hospital, _back(site), begun)
    except Refused as error:
        return _refused(site, purpose, error.reasons)
    away = asdict(Away(begun, purpose, **beside))
    away["begun"]["at"] = begun.at.isoformat()
    response = redirect(address, 303)
    response.set_cookie(
        _name(site),
        _pen().dumps(away),
        max_age=600,
        httponly=True,
        secure=site.settings.secure_cookies,
        samesite="Lax",
    )
    return response  # type: ignore[return-value]


def _kept_away() -> Away:
    try:
        told = _pen().loads(kept(AWAY))
    except BadSignature as error:
        raise Refused(Reason("hospital-answer-is-old")) from error
    begun = told.pop("begun")
    begun["at"] = datetime.fromisoformat(begun["at"])
    return Away(Begun(**begun), **told)


def _come_back(site: Site, hospital: Hospital) -> Response:
    purpose = LOGS_IN
    try:
        away = _kept_away()
        purpose = away.purpose
        found = vouched(hospital, _back(site), away.begun, _answer(request.form), site.clock())
        return _log_in(site, away, found) if purpose == LOGS_IN else _keep(site, away, found)
    except Refused as error:
        return _refused(site, purpose, error.reasons)


def _log_in(site: Site, away: Away, found: Vouched) -> Response:
    registered, where = place(site)
    station = registered or away.station
    actor = vouched_person(site, found, station, where)
    may_come_in(site, actor, registered)
    wanted = OpenSession(station, shown=found.strong, device=device_here(), vouched=True)
    return entered(site, come_in(site, actor, wanted), local_path(away.then))


def _keep(site: Site, away: Away, found: Vouched) -> Response:
    """Keep it for the form that asked, in the session that asked."""
    if "at" not in g or not hmac.compare_digest(away.session, token_digest(kept(SESSION))):
        raise Refused(Reason("hospital-answer-is-old"))
    actor = request_context().actor
    login = actor.login
    if away.purpose != LINKS:
        login = _owner(site, found)
    told = asdict(found)
    proved_at, _ = told.pop("at"), told.pop("strong")
    wanted = KeepVouched(login, proved_at=proved_at, action=away.purpose, form=away.form, **told)
    kept_for = perform(site, keep_vouched, wanted, Request(actor))
    if away.purpose == LINKS:
        flash(tell(say("hospital-has-vouched", name=found.known_as)), "done")
        return redirect(url_for("accounts.me"), 303)  # type: ignore[return-value]
    page = render_template("hospital.html", vouched=kept_for.name, login=login, form=away.form)
    return Response(page)


def _owner(site: Site, found: Vouched) -> str:
    with site.reading() as session:
        owner = owner_of(session, found.issuer, found.subject)
    if owner is None:
        raise Refused(Reason("hospital-account-unlinked"))
    return owner.login


def _refused(site: Site, purpose: str, reasons: tuple[Reason, ...]) -> Response:
    if purpose == LOGS_IN:
        return Response(login_page(site, "", reasons), 409)
    return Response(render_template("hospital.html", reasons=reasons), 409)
