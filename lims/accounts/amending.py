"""Amending who somebody is: a name or a staff number that was mistyped."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.accounts import queries
from lims.accounts.queries import PersonFacts
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.folding import folded, folded_name
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AmendPerson:
    """Who somebody really is, and why it was wrong."""

    login: Annotated[str, About(label=say("login.label"))]
    name: Annotated[str, About(label=say("name"))]
    staff_number: Annotated[str, About(label=say("staff-number.label"))]
    why: WhyAmended


@action(
    may=Permission.MANAGE_ACCOUNTS,
    signed_as=say("fact-amended"),
    witnessed_as=say("identity-and-role-of-a"),
    second_may=Permission.CONFIRM_PERSON,
)
def amend_person(work: Work, wanted: AmendPerson) -> PersonFacts:
    """Amend a name or a staff number; what was signed keeps the name as it was printed."""
    row = work.lock(Person, wanted.login)
    one_spelling, number = folded_name(wanted.name), folded(wanted.staff_number)
    others = Person.login != row.login
    same_name = select(Person.login).where(others, Person.folded == one_spelling)
    same_number = select(Person.login).where(others, Person.staff_number == number)
    reasons = [
        *when(not one_spelling or work.session.scalar(same_name), Reason("name-in-use")),
        *when(not number or work.session.scalar(same_number), Reason("staff-number")),
    ]
    if reasons:
        raise Refused(say("this-person-is-not-amended"), reasons)
    row.folded = one_spelling
    right = {"name": wanted.name.strip(), "staff_number": number}
    amend(work, row, row.login, right, wanted.why)
    return queries.person_facts(work.session, row, say("amended"))
