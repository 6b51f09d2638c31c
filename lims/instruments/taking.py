"""Counts after they came: assigned by two, struck out, taken for what rests on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.attachments.keeping import RECORDS
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.fields import FlaskNumber
from lims.identifiers.numbers import Kind, copy_of
from lims.instruments import rules
from lims.instruments.models import InstrumentCount
from lims.instruments.queries import CountFacts
from lims.instruments.rules import CountStanding
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class AssignCount:
    """A count whose sample is none of our numbers, and what was counted."""

    count: Annotated[str, About(label=say("cell-count"), hint=say("its-identifier"))]
    of: FlaskNumber


@action(may=Permission.CULTURE_CELLS, witnessed_as=say("assignment-checked"))
def assign_count(work: Work, wanted: AssignCount) -> CountFacts:
    """Say of what a count is, or is after all; a second person who was there says the same."""
    row = work.lock(InstrumentCount, wanted.count)
    RECORDS[work.side, Kind.FLASK](work, wanted.of)  # or it is Missing
    if row.of == wanted.of or row.standing is not CountStanding.COUNTED:
        raise Refused(Reason("assigned-already"))
    named = (copy_of(word) for word in row.sample.replace("_", " ").split())
    ours = [found[0] for found in named if found]
    if reasons := rules.assigning_reasons(row.sample, ours, wanted.of):
        raise Refused(say("this-count-is-not-assigned"), reasons)
    row.of = wanted.of
    row.assigned_by, row.assigned_second = work.actor.login, work.second
    return facts(CountFacts, row)


@dataclass(frozen=True)
class StrikeCount:
    """A count that does not serve, and why."""

    count: Annotated[str, About(label=say("cell-count"), hint=say("its-identifier"))]
    reason: Annotated[str, About(label=say("why-it-does-not-count"), rows=2)]


@action(may=Permission.CULTURE_CELLS, signed_as=say("count-does-not-serve"))
def strike_count(work: Work, wanted: StrikeCount) -> CountFacts:
    """Strike a count out that nothing rests on; it stays readable."""
    row = work.lock(InstrumentCount, wanted.count)
    row.move_to(CountStanding.STRUCK_OUT)
    row.struck_why = wanted.reason
    return facts(CountFacts, row)


def take_counts(work: Work, ids: Sequence[str], what_for: str) -> None:
    """Take counts for what rests on them, from inside another action; each serves once."""
    for identifier in sorted(set(ids)):
        row = work.lock(InstrumentCount, identifier)
        row.move_to(CountStanding.TAKEN)
        row.taken_for = what_for


def give_counts_back(work: Work, what_for: str) -> None:
    """Nothing rests on these counts any more: what did was counted otherwise."""
    mine = select(InstrumentCount).where(InstrumentCount.taken_for == what_for)
    for row in work.session.scalars(mine.with_for_update()):
        row.taken_for = None
        if row.standing is CountStanding.TAKEN:
            row.move_to(CountStanding.COUNTED)
