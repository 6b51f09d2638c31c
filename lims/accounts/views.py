"""Pages of people for the administrator, and of one's own account for everybody."""

from lims.accounts import queries, scanning
from lims.accounts.actions import (
    add_person,
    change_password,
    deactivate_person,
    end_role,
    grant_role,
    reset_password,
)
from lims.accounts.clock import accept_clock
from lims.accounts.queries import PersonFacts
from lims.accounts.scanning import ReadCount
from lims.core.reasons import Reason
from lims.trust.permissions import Permission, Side
from lims.trust.sessions import close_session, make_token
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("accounts")
pages.always = True  # without people nobody could approve anything


@pages.read("/people", queries.people, may=Permission.MANAGE_ACCOUNTS, menu="People", is_list=True)
def people(at: Desk, found: list[PersonFacts]) -> Shown:
    """Everybody."""
    rows = [
        (p.login, p.name, p.staff_number, ", ".join(g.role for g in p.grants if not g.until),
         p.active)
        for p in found
    ]  # fmt: skip
    names = [(p.login, p.name) for p in found if p.active]
    return Shown(
        "People",
        tables=[Table("", ("Login", "Name", "Staff number", "Roles", "Active"), rows)],
        forms=[
            at.form(add_person),
            at.form(grant_role, choices={"login": names}),
            at.form(end_role, choices={"login": names}),
            at.form(reset_password, choices={"login": names}),
            at.form(deactivate_person, choices={"login": names}, danger=True),
            at.form(accept_clock, danger=True, title="The server's clock was set back"),
        ],
    )


@pages.page("/me", may=Permission.OWN_ACCOUNT)
def me(at: Desk) -> Shown:
    """One's own account: password, open sessions, tokens for scripts."""
    found = queries.person(at.session, at.actor.login)
    opened = queries.sessions_of(at.session, at.actor.login, at.now)
    tokens = [(s.name, s.name) for s in opened if s.name]
    rows = [(s.name or "browser", s.station, s.opened_at, s.ends_at) for s in opened]
    by = found.password_set_by
    told = f"{by} set your password. It served for this log-in; choose your own now."
    choosing = [at.form(change_password, opened=True, title="Choose your own password")]
    return Shown(
        found.name,
        notice=[Reason("password-set-by-another", told)] if by else (),
        facts=(
            ("Login", found.login),
            ("Staff number", found.staff_number),
            ("Roles", ", ".join(sorted(at.actor.roles))),
            ("Password set", found.password_set_at),
            ("Password set by", by or "yourself"),
        ),
        tables=[Table("Open sessions", ("What", "Station", "Since", "Until"), rows)],
        forms=choosing
        if by
        else [
            at.form(change_password),
            at.form(make_token),
            at.form(close_session, fixed={"token": ""}, choices={"name": tokens})
            if tokens
            else None,
        ],
    )


def scans_page(at: Desk, found: list[ReadCount], side: Side) -> Shown:
    """How the codes of one side were read; each side shows its own."""
    reads, typed = sum(n.reads for n in found), sum(n.by_hand for n in found)
    share = f"{100 * typed / reads:.1f} %" if reads else "–"
    rows = [(n.by, n.station, n.action, n.reads, n.by_hand, n.last_at) for n in found]
    entries = [
        (n.at, n.by, n.station, n.action, n.field, n.raw)
        for n in scanning.typed_entries(at.session, side)
    ]
    return Shown(
        "How codes were read",
        facts=(("Codes", reads), ("Typed by hand", typed), ("Share typed", share)),
        tables=[
            Table("By person, station and action",
                  ("Person", "Station", "Action", "Codes", "By hand", "Last"), rows),
            Table("Typed by hand, newest first",
                  ("When", "Person", "Station", "Action", "Entry", "Code"), entries),
        ],
    )  # fmt: skip
