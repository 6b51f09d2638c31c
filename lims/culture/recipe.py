"""By which version of the protocol cells are grown: the one under which they were begun."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import func, select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.culture.models import Flask
from lims.culture.queries import FlaskFacts
from lims.culture.rules import FlaskStanding
from lims.identifiers.fields import FlaskNumber
from lims.identifiers.numbers import Kind, is_number, kind_of
from lims.protocol.queries import At, Governing, governing_of_version, protocol_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


def recipe_of(at: At, number: str) -> Governing:
    """What a vessel or a harvest is grown by; for a cord, and where none was kept, what is in force."""
    flasks = Flask.number == number
    if not is_number(number) or kind_of(number) is Kind.HARVEST:
        flasks = Flask.harvest == number
    version = at.session.scalar(select(func.min(Flask.protocol)).where(flasks))
    return governing_of_version(at.connection, version) if version else protocol_in_force(at)


@dataclass(frozen=True)
class AdoptRecipe:
    """A growing vessel that goes on by the version in force, and why."""

    flask: FlaskNumber
    why: Annotated[str, About(label=say("why-the-recipe-changes"), rows=2)]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("recipe-adopted"))
def adopt_recipe(work: Work, wanted: AdoptRecipe) -> FlaskFacts:
    """Let a vessel, and all that grow with it by the same recipe, go on by the version in force."""
    flask = work.lock(Flask, wanted.flask)
    newest = protocol_in_force(work).version
    if flask.standing is not FlaskStanding.GROWING or flask.protocol == newest:
        raise Refused(Reason("recipe-stays"))
    beside = select(Flask).where(
        Flask.donor == flask.donor,
        Flask.passage == flask.passage,
        Flask.protocol == flask.protocol,
        Flask.standing == FlaskStanding.GROWING,
    )
    for one in work.session.scalars(beside.order_by(Flask.number).with_for_update()):
        one.protocol = newest
    return facts(
        FlaskFacts, flask, feedings=(), says=say("recipe-adopted.sentence", version=newest)
    )
