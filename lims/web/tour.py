"""The demonstration's first minutes: a few real tasks for each role, ticked off as they are done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Response, g, request
from flask import session as cookie

from lims.core.texts import say
from lims.identifiers.numbers import Kind
from lims.trust.actions import ACTIONS
from lims.trust.identity.roles import Role
from lims.web.scanning import page_of
from lims.web.tables import Todo, form_id

if TYPE_CHECKING:
    from lims.web.context import RequestContext
    from lims.web.pages import Opens

# What a role tries first: an action, or a page to look at; each with the page that has it.
STEPS: Final[Mapping[Role, Sequence[tuple[str, str]]]] = {
    Role.TECHNICIAN: (
        ("filling/start-fill", "/filling/"),
        ("dispatch/dispatch-bag", "/dispatch/"),
        ("bank/store-vial", "/bank/freezer"),
    ),
    Role.ANALYST: (("testing/enter-result", "/testing/samples"), ("testing/read-sterility", "/testing/samples")),
    Role.QA: (
        ("donation/accept-cord", "/donation/cords"),
        ("deviations/close-deviation", "/deviations/"),
        ("", "/release/trail"),
    ),
    Role.NURSE: (
        ("bedside/receive-bag", "/bedside/bags"),
        ("bedside/verify-bag", "/bedside/verify"),
        ("bedside/start-infusion", "/bedside/infusions"),
        ("bedside/end-infusion", "/bedside/infusions"),
    ),
    Role.INVESTIGATOR: (
        ("trial/screen-participant", "/trial/participants"),
        ("trial/randomise", "/trial/participants"),
        ("trial/deviate-from-protocol", "/trial/participants"),
    ),
    Role.ASSESSOR: (("followup/assess-outcome", "/followup/assessments"),),
    Role.MONITOR: (("", "/trial/participants"), ("", "/followup/events"), ("", "/exports/")),
    Role.STATISTICIAN: (("", "/unblinding/list"), ("", "/unblinding/looks")),
    Role.ADMIN: (("accounts/add-person", "/accounts/people"), ("stations/issue-badge", "/stations/badges")),
}  # fmt: skip
HINTS: dict[str, Callable[["RequestContext"], str]] = {}  # what to scan for an action now
DONE: Final = "tour"


@dataclass(frozen=True)
class Step:
    """Something to try: what, where, what to scan there; and whether it was done."""

    title: str
    does: str
    href: str
    hint: str
    done: bool


def tour_of(
    at: "RequestContext", opens: Mapping[tuple[str, Kind], "Opens"], todos: Sequence[Todo]
) -> list[Step]:
    """What this person can try now; nothing where there are real patients."""
    if not at.site.settings.demonstration:
        return []
    steps = [step for role in sorted(at.actor.roles) for step in STEPS.get(role, ())]
    return [_step(at, opens, todos, path, page) for path, page in steps]


def _step(
    at: "RequestContext",
    opens: Mapping[tuple[str, Kind], "Opens"],
    todos: Sequence[Todo],
    path: str,
    page: str,
) -> Step:
    done = cookie.get(DONE, {}).get(at.actor.login, ())
    if not path:
        return Step(say(f"tour{page.replace('/', '.').rstrip('.')}"), "", page, "", page in done)
    action = ACTIONS[path]
    waiting = next((todo for todo in todos if todo.act is action), None)
    href = (waiting.href or page_of(at, opens, waiting.number) or page) if waiting else page
    hint = HINTS[path](at) if path in HINTS else (waiting.number if waiting else "")
    return Step(action.title, action.sentence, f"{href}#{form_id(action)}", hint, path in done)


def note_done(login: str, what: str) -> None:
    """Remember, in this browser, what somebody has tried."""
    tried = {path or page for steps in STEPS.values() for path, page in steps}
    if what in tried:
        done = cookie.get(DONE, {})
        cookie[DONE] = done | {login: [*{*done.get(login, ()), what}]}


def note_visit(answer: Response) -> Response:
    """A page of the tour that was looked at."""
    if "at" in g and request.method == "GET" and answer.status_code == 200:
        note_done(g.at.actor.login, request.path)
    return answer
