"""The scan of wristband and bag, and the verdict over the whole screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, make_response, render_template, request

from lims.bedside import queries
from lims.bedside.actions import (
    SAY_WHY,
    TYPE_AGAIN,
    TYPED_DIFFERENTLY,
    StopReason,
    Verdict,
    verify_bag,
)
from lims.bedside.facts import pair_on_the_ward, second_identifier
from lims.bedside.infusing import confirm_infusion, start_infusion
from lims.bedside.queries import InfusionFacts
from lims.bedside.rules import Word
from lims.bedside.views import pages, rate, starts
from lims.core.errors import Refused
from lims.core.texts import say
from lims.core.words import time_left
from lims.identifiers.scans import read_scan
from lims.protocol.queries import trial_in_force
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext, request_context
from lims.web.forms import Filled, Form, filled_from
from lims.web.pages import Page
from lims.web.submit import from_form, submit
from lims.web.tables import form_id
from lims.web.tour import HINTS

ENTRIES = ("wristband", "bag")
# What is said of how something was entered or who signed, and not of participant and bag.
NO_VERDICT = (
    TYPE_AGAIN, TYPED_DIFFERENTLY, SAY_WHY, "invalid", "late-", "wrong-password", "wrong-standing", "same-person",
    "not-your-own-name", "second-person-role", "signature-needed", "too-many-failures",
)  # fmt: skip


@pages.page("/verify", may=Permission.GIVE_INFUSION, menu=say("verify"))
def verify(at: RequestContext) -> Page:
    """Scan the wristband, then the bag."""
    return Page(
        say("verify"),
        forms=[at.form(verify_bag)],
        template="bedside/verify.html",
        more={"typed": (), "filled": Filled()},
    )


def pair_to_try(at: RequestContext) -> str:
    """A wristband and the bag that is meant for it, of those that are on the ward."""
    pair = pair_on_the_ward(at.session, at.now)
    return say("try-wristband-and-bag", wristband=pair[0], bag=pair[1]) if pair else ""


HINTS[verify_bag.path] = pair_to_try


def judge() -> Response:
    """The verdict, full screen; the same action as every other path."""
    at = request_context()
    try:
        outcome = submit(at, verify_bag, from_form(verify_bag, request.form, at.zone))
    except Refused as refused:
        return _typed_again(at, refused)
    again = at.form(verify_bag)  # the next scan replaces the verdict
    verdict = outcome.result
    go = _at_the_bed(at, verdict.number) if verdict.word is Word.GO else ()
    waits = _verified_before(at, verdict)
    contact = trial_in_force(at).contact
    html = render_template(
        "bedside/verdict.html",
        verdict=verdict,
        form=again,
        go=go,
        waits=waits,
        contact=contact,
        starts=starts,
    )
    return make_response(html, 200)


@pages.own_form(start_infusion)
@pages.own_form(confirm_infusion)
def stopped_at_the_start(
    at: RequestContext, form: Form, sent: Mapping[str, str], errors: Mapping[str, str]
) -> Page:
    """What the second nurse's scans speak against is a STOP like any; a slip of the keys is none."""
    against = [r for r in form.reasons if not r.code.startswith(NO_VERDICT)]
    if errors or len(against) < len(form.reasons):
        return Page(form.title, forms=[form], template="act.html")
    verdict = Verdict(Word.STOP, tuple(StopReason(r.code, r.sentence) for r in against), "")
    return Page(
        form.title,
        template="bedside/verdict.html",
        more={
            "verdict": verdict,
            "back": f"/bedside/infusions/{sent.get('infusion', '')}#{form_id(form.action)}",
            "contact": trial_in_force(at).contact,
        },
    )


def _verified_before(at: RequestContext, verdict: Verdict) -> InfusionFacts | None:
    """The infusion of this very pair that had its GO and was not started: the way on is its start."""
    if [reason.code for reason in verdict.reasons] != ["already-in-use"]:
        return None
    return queries.verified_with(at.session, read_scan(request.form.get("bag", "")).number)


def _at_the_bed(at: RequestContext, number: str) -> Sequence[tuple[str, Any]]:
    """What is read aloud beside the wristband, and what is asked of the pump."""
    found = queries.infusion(at.session, number)
    bag = queries.ward_bag(at.session, found.bag)
    initials, born_in = second_identifier(at.connection, found.participant)
    trial = trial_in_force(at)
    return (
        (say("initials"), initials),
        (say("born-in"), str(born_in)),
        (say("infusion"), say("n-of-most", n=found.visit, most=trial.schedule.infusions)),
        (say("volume.of-bag"), bag.volume),
        (say("rate"), rate(at, found.bag)),
        (say("expires"), time_left(bag.expires_at, at.now)),
        (say("contact"), trial.contact),
    )


def _typed_again(at: RequestContext, refused: Refused) -> Response:
    """The same page with what was typed, and a second field for it. No verdict was given."""
    filled = filled_from(request.form)
    form = at.form(verify_bag, filled=filled, reasons=refused.reasons)
    codes = {reason.code for reason in refused.reasons}
    typed = [n for n in ENTRIES if {TYPE_AGAIN + n, TYPED_DIFFERENTLY + n, SAY_WHY + n} & codes]
    more = {"typed": typed, "filled": filled}
    shown = Page(say("verify"), forms=[form], template="bedside/verify.html", more=more)
    return shown.draw(409)


judge.may = Permission.GIVE_INFUSION  # type: ignore[attr-defined]
pages.add_url_rule("/verify", "judge", judge, methods=["POST"])
pages.menu.insert(0, pages.menu.pop())  # first: what is done at the bed
