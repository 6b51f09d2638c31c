"""Staff badges: a code that says who somebody is. It proves nothing; the password does."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.identifiers.numbers import Kind
from lims.labelling import queries
from lims.labelling.actions import issue
from lims.labelling.models import Label, LabelStanding
from lims.labelling.queries import LabelFacts
from lims.trust.action import action
from lims.trust.people import Person, actor_named
from lims.trust.permissions import Permission
from lims.trust.work import Work


@dataclass(frozen=True)
class IssueBadge:
    """Whose badge."""

    login: str


@action(may=Permission.MANAGE_ACCOUNTS)
def issue_badge(work: Work, wanted: IssueBadge) -> LabelFacts:
    """Issue somebody's badge; an earlier one opens nothing from now on."""
    person = work.lock(Person, wanted.login)
    if not person.active:
        sentence = f"{person.name} cannot log in and gets no badge."
        raise Refused(sentence, [Reason("inactive", sentence)])
    if person.badge:
        old = work.session.scalars(select(Label).where(Label.number == person.badge)).all()
        for row in old:
            if row.standing in queries.LIVE:
                row.move_to(LabelStanding.SUPERSEDED)
    person.badge = work.new_number(Kind.BADGE)
    actor = actor_named(work.session, person.login, work.now)
    roles = ", ".join(sorted(actor.roles)) if actor else ""
    row = issue(work, person.badge, "badge", {"name": person.name, "role": roles})
    return queries.label_facts(row, f"Badge of {person.name}: print it, hand it over.")
