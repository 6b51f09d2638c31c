"""What was put right, and what was entered later than it happened, as pages show it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.core.texts import said_or, say, say_each
from lims.trust.amending import Amendment, set_right
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Permission
from lims.trust.late_entries import EnteredLater, entered_later
from lims.web.tables import Table

READS = {
    Permission.READ_LAB,
    Permission.READ_REACTIONS,
    Permission.READ_VAULT,
    Permission.MANAGE_ACCOUNTS,
}


def history_of(session: Session, actor: Actor, number: str) -> list[Table]:
    """What was put right about a thing, and what was entered later, where one may see it."""
    sides = frozenset(may.side for may in READS if actor.may(may))
    late, amended = entered_later(session, number, sides), set_right(session, number, sides)
    return [
        *([amended_table(amended)] if amended else []),
        *([late_table(late, say("entered-later"))] if late else []),
    ]


def amended_table(found: Sequence[Amendment]) -> Table:
    """What stood there, what stands there now, and who says why."""
    return Table(
        say("amended.label"),
        say_each("what", "was", "is-now", "because", "by", "before-witness", "when"),
        [
            (_field(one.field), one.old, one.new, one.reason, one.by, one.second, one.at)
            for one in found
        ],
    )


def _field(name: str) -> str:
    """A field as its form names it, or its own name where no form asks for it."""
    return said_or(f"field.{name}", name.replace("_", " "))


def late_table(found: Sequence[EnteredLater], title: str = "") -> Table:
    """Both times of what was entered later."""
    return Table(
        title,
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
