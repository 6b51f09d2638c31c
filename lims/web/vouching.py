"""What the hospital answered, and what it is for: to come in, to link an account, to sign a form."""

import hmac
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from flask import Response, flash, g, redirect, render_template, request, url_for

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.settings import Hospital
from lims.trust.actions import Request, perform
from lims.trust.identity.hospital import LINKS, owner_of
from lims.trust.identity.passwords import vouched_person
from lims.trust.identity.people import Actor, token_digest
from lims.trust.identity.provider import Vouched, vouched
from lims.trust.identity.sessions import OpenSession
from lims.trust.identity.vouching import KeepVouched, keep_vouched
from lims.trust.installation import Site
from lims.web.auth import origin
from lims.web.away import LOGS_IN, Away, was_away
from lims.web.context import request_context
from lims.web.cookies import SESSION, device_here, kept
from lims.web.languages import tell
from lims.web.login import come_in, entered, login_page, may_come_in, place
from lims.web.posts import local_path

LONGEST: Final = 4000  # signs of each part of an answer


def answer_in(given: Mapping[str, str]) -> dict[str, str]:
    """What of a request is the hospital's answer (OpenID Connect Core 3.1.2.5, RFC 9207)."""
    parts = ("state", "code", "iss", "error")
    return {name: given[name][:LONGEST] for name in parts if name in given}


def back_to(site: Site) -> str:
    """The address to which it leads back, as it is registered there."""
    return origin(site) + url_for("front.hospital_back")


def come_back(site: Site, hospital: Hospital) -> Response:
    """Judge the answer, and do what it is for."""
    purpose = LOGS_IN
    try:
        away = was_away()
        purpose = away.purpose
        found = vouched(hospital, back_to(site), away.begun, answer_in(request.form), site.clock())
        return _log_in(site, away, found) if purpose == LOGS_IN else _keep(site, away, found)
    except Refused as error:
        return refused(site, purpose, error.reasons)


def refused(site: Site, purpose: str, reasons: tuple[Reason, ...]) -> Response:
    """What speaks against it, at the log-in or beside the form that waits."""
    if purpose == LOGS_IN:
        return Response(login_page(site, "", reasons), 409)
    return Response(render_template("hospital.html", reasons=reasons), 409)


def _log_in(site: Site, away: Away, found: Vouched) -> Response:
    registered, where = place(site)
    station = registered or away.station
    actor = vouched_person(site, found, station, where)
    may_come_in(site, actor, registered)
    wanted = OpenSession(station, shown=found.strong, device=device_here(), vouched=True)
    return entered(site, come_in(site, actor, wanted), local_path(away.then))


def _keep(site: Site, away: Away, found: Vouched) -> Response:
    """Keep it for the form that asked, in the session that asked."""
    if (
        "at" not in g
        or not kept(SESSION)
        or not hmac.compare_digest(away.session, token_digest(kept(SESSION)))
    ):
        raise Refused(Reason("hospital-answer-is-old"))
    actor = request_context().actor
    links = away.purpose == LINKS
    login = actor.login if links else _signer(site, away, found, actor)
    told = asdict(found)
    proved_at, _ = told.pop("at"), told.pop("strong")
    told |= {"action": away.purpose, "form": away.form, "second": away.second}
    wanted = KeepVouched(login, proved_at=proved_at, **told)
    kept_for = perform(site, keep_vouched, wanted, Request(actor))
    if links:
        flash(tell(say("hospital-has-vouched", name=found.known_as)), "done")
        return redirect(url_for("accounts.me"), 303)  # type: ignore[return-value]
    page = render_template("hospital.html", vouched=kept_for.name, login=login, form=away.form)
    return Response(page)


def _signer(site: Site, away: Away, found: Vouched, actor: Actor) -> str:
    """Whose account it is: one's own under one's own signature, another's under the second."""
    with site.reading() as session:
        owner = owner_of(session, found.issuer, found.subject)
    if owner is None:
        raise Refused(Reason("hospital-account-unlinked"))
    if away.second and owner.login == actor.login:
        raise Refused(Reason("same-person.the"))
    if not away.second and owner.login != actor.login:
        raise Refused(Reason("not-your-own-name"))
    return owner.login
