"""What was entered later than it happened, as pages show it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.core.texts import say, say_each
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.late_entries import EnteredLater, entered_later
from lims.web.tables import Table

READS = {Permission.READ_LAB, Permission.READ_REACTIONS, Permission.READ_VAULT}


def late_entries(session: Session, actor: Actor, number: str) -> list[Table]:
    """What was entered of a thing later than it happened, where there is any that one may see."""
    sides = frozenset(may.side for may in READS if actor.may(may))
    found = entered_later(session, number, sides)
    return [late_table(found)] if found else []


def late_table(found: Sequence[EnteredLater]) -> Table:
    """Both times of what was entered later."""
    return Table(
        say("entered-later"),
        say_each("of", "what", "happened-at", "entered-at", "by", "before-witness", "because"),
        [
            (
                late.thing,
                say(f"action.{late.action}"),
                late.happened_at,
                late.entered_at,
                late.by,
                late.second,
                late.because,
            )
            for late in found
        ],
    )
