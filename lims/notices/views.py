"""Notices: on top of the work list of whoever must know, until it is read."""

from collections.abc import Sequence
from datetime import timedelta

from lims.core.texts import say, say_each
from lims.notices import queries
from lims.notices.actions import acknowledge
from lims.notices.queries import NoticeFacts
from lims.notices.rules import kinds_that_escalate_to
from lims.protocol.queries import trial_in_force
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("notices")
MINE = Permission.OWN_ACCOUNT
READERS = say_each("who", "what-is-done", "when")


def told(found: NoticeFacts) -> str:
    """What a notice says."""
    return say(f"notice.{found.kind}", about=found.about)


@pages.read("/", queries.notices, may=MINE, menu=say("notices"), is_list=True)
def notices(at: RequestContext, found: list[NoticeFacts]) -> Page:
    """What people of one's own roles must know."""
    del at
    rows = [
        (
            Link(told(n), f"/notices/{n.id}"),
            n.about,
            n.raised_at,
            tuple(r.login for r in n.read_by),
        )
        for n in found
    ]
    columns = say_each("notice", "about", "when", "read-by")
    return Page(say("notices"), tables=[Table("", columns, rows, say("no-notice"))])


@pages.read("/<notice>", queries.notice, may=MINE)
def notice(at: RequestContext, found: NoticeFacts) -> Page:
    """One notice, and who has read it."""
    read = any(one.login == at.actor.login for one in found.read_by)
    return Page(
        say("notice"),
        facts=(
            (say("notice"), told(found)),
            (say("about"), found.about),
            (say("when"), found.raised_at),
        ),
        tables=[
            Table(say("read-by"), READERS, [(r.login, r.will_do, r.at) for r in found.read_by])
        ],
        forms=[] if read else [at.form(acknowledge, fixed={"notice": found.id}, opened=True)],
        links=[(say("notices"), "/notices/")],
    )


@pages.todo(MINE)
def unread(at: RequestContext) -> Sequence[Todo]:
    """What this person must know and has not read; what others have left unread too long."""
    roles = at.actor.roles
    hours = trial_in_force(at).notice_hours if kinds_that_escalate_to(roles) else 0
    before = at.now - timedelta(hours=hours)
    found = queries.unread(at.session, roles, at.actor.login, before)
    return [
        Todo(
            say("read-notice-of-others") if of_others else say("read-notice"),
            n.about, told(n), n.raised_at, f"/notices/{n.id}",
        )
        for n, of_others in found
    ]  # fmt: skip
