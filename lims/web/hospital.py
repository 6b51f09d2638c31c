"""The hospital's own log-in: leaving for its page, and the page to which it leads back.

A browser sends our strict cookies only from our own pages, so the page that the hospital leads
back to sends the answer on to us; a lax cookie for this one way proves that it is ours.
"""

from flask import Response, redirect, render_template, request, url_for

from lims.core.errors import Missing, Refused
from lims.core.texts import say
from lims.settings import Hospital
from lims.trust.actions import ACTIONS
from lims.trust.identity.hospital import LINKS
from lims.trust.identity.people import token_digest
from lims.trust.identity.provider import Begun, leave
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site
from lims.web.auth import must_have, noise
from lims.web.away import LOGS_IN, Away, forget_away, keep_away, was_away
from lims.web.context import request_context
from lims.web.cookies import DEVICE, SESSION, kept
from lims.web.login import station_in
from lims.web.pages import Pages
from lims.web.submit import KEY
from lims.web.vouching import answer_in, back_to, come_back, refused

LONGEST_PATH = 1000  # a cookie has 4 kB


def add_hospital(front: Pages, site: Site) -> None:
    """Leave for the hospital's page to log in, to sign a form, or to link an account; and back."""
    hospital = site.settings.hospital
    if hospital is None:
        return

    @front.get("/hospital/login")
    def hospital_login() -> Response:
        return _leave_to_log_in(site, hospital)

    @front.get("/hospital/back")
    def hospital_back() -> Response:
        """The hospital's answer, sent on from a page of ours; what is signed is read before."""
        try:
            away = was_away()
        except Refused as error:
            return refused(site, LOGS_IN, error.reasons)
        answer, meaning = answer_in(request.args), _meaning(away.purpose, second=away.second)
        return Response(render_template("hospital.html", answer=answer, meaning=meaning))

    @front.post("/hospital/back")
    def hospital_answers() -> Response:
        response = come_back(site, hospital)
        forget_away(response, secure=site.settings.secure_cookies)
        return response

    def hospital_sign() -> Response:
        """Prove there who signs one form here."""
        given, second = request.args, request.args.get("second") == "yes"
        path, form = given.get("act", ""), given.get("form", "")
        if not KEY.fullmatch(form) or not _meaning(path, second=second):
            raise Missing
        must_have(request_context().actor, ACTIONS[path].may)
        here = token_digest(kept(SESSION))
        return _leave(site, hospital, path, form=form, second=second, session=here)

    def hospital_link() -> Response:
        """Prove there which account is one's own."""
        return _leave(site, hospital, LINKS, session=token_digest(kept(SESSION)))

    for view, path in ((hospital_sign, "/hospital/sign"), (hospital_link, "/hospital/link")):
        view.may = Permission.OWN_ACCOUNT  # type: ignore[attr-defined]
        front.add_url_rule(path, view.__name__, view)


def _meaning(path: str, *, second: bool) -> str | None:
    """What a signature under this action means; of none, nothing."""
    wanted = ACTIONS.get(path)
    if wanted is None or path == LINKS:
        return None
    if second and wanted.late:
        return wanted.witnessed_as or say("late-entry-witnessed")
    return wanted.witnessed_as if second else wanted.signed_as


def _leave_to_log_in(site: Site, hospital: Hospital) -> Response:
    """From a browser that is told from all others: the session will be bound to it."""
    then = request.args.get("then", "")[:LONGEST_PATH]
    if not kept(DEVICE):
        return redirect(url_for("front.login", then=then), 303)  # type: ignore[return-value]
    station = station_in(request.args.get("station", ""))
    return _leave(site, hospital, LOGS_IN, then=then, station=station)


def _leave(site: Site, hospital: Hospital, purpose: str, **beside: str | bool) -> Response:
    begun = Begun(noise(site), noise(site), noise(site), site.clock())
    try:
        address = leave(hospital, back_to(site), begun)
    except Refused as error:
        return refused(site, purpose, error.reasons)
    response = redirect(address, 303)
    away = Away(begun, purpose, **beside)  # type: ignore[arg-type]
    keep_away(response, away, secure=site.settings.secure_cookies)
    return response  # type: ignore[return-value]
