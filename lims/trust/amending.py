"""Amending: a recorded fact gets its right value; what stood there stays readable beside it.

The table holds what is true now, so that no judgement can read the old value by mistake; what it
was, why it was wrong and who says so is kept here and in the trail.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, TypeVar

from sqlalchemy import ForeignKey, Index, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.db import Base, Login
from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.words import as_words
from lims.trust.context import Work
from lims.trust.identity.roles import Side

Row = TypeVar("Row", bound=Base)
LONGEST_KEY = 18  # digits: beyond, no database has a number for it
WhyAmended = Annotated[str, About(label=say("why-it-is-amended"), rows=2)]


class Amendment(Base):
    """One value that was put right."""

    __tablename__ = "amendment"
    __table_args__ = (Index("ix_amendment_fact_key", "fact", "key"),)
    stream = ("amendment", "of")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    fact: Mapped[str] = mapped_column(comment="the table")
    key: Mapped[str] = mapped_column(comment="of its row there")
    of: Mapped[str] = mapped_column(
        index=True, comment="number of the thing that the fact is about"
    )
    side: Mapped[Side] = mapped_column(comment="of the wall")
    field: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    reason: Mapped[str]
    by: Mapped[Login]
    second: Mapped[Login | None]
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


@dataclass(frozen=True)
class Was:
    """What stood in a field before it was put right, and why that was wrong."""

    field: str
    old: str
    reason: str
    by: str
    second: str | None
    at: datetime


@dataclass(frozen=True)
class Amended:
    """A value that was put right, with what stood there before, the newest last."""

    value: Any
    was: tuple[Was, ...]


def amend(work: Work, row: Base, of: str, values: Mapping[str, Any], reason: str) -> list[str]:
    """Put the right values into a recorded fact about a thing; the names of those that changed.

    Raises Refused where nothing is other than it was. The action that calls this is signed.
    """
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        raise Refused(Reason("nothing-to-amend"))
    for name in changed:
        work.add(
            Amendment(
                fact=row.__tablename__,
                key=_key(row),
                of=of,
                side=work.side,
                field=name,
                old=as_words(getattr(row, name), work.settings.zone),
                new=as_words(values[name], work.settings.zone),
                reason=reason,
                by=work.actor.login,
                second=work.second if work.witness else None,
                at=work.now,
                signature=work.signed,
            )
        )
        setattr(row, name, values[name])
    return changed


def entered(wanted: Any, first: type) -> dict[str, Any]:
    """The values of an amendment for what the first entry asked, but for whom it is about."""
    about = ("participant", "donor", "infusion")
    return {f.name: getattr(wanted, f.name) for f in fields(first) if f.name not in about}


def must_be_of(is_of: str, told: str) -> None:
    """Refuse to amend what is about somebody else than was told."""
    if is_of != told:
        raise Refused(Reason("of-somebody-else"))


def what_was(session: Session, fact: type[Base], keys: Collection[Any]) -> dict[str, list[Was]]:
    """What stood in these rows of a table before they were put right, by key, the newest last."""
    wanted = select(Amendment).where(
        Amendment.fact == fact.__tablename__, Amendment.key.in_([str(key) for key in keys])
    )
    found: dict[str, list[Was]] = defaultdict(list)
    for row in session.scalars(wanted.order_by(Amendment.id)):
        found[row.key].append(Was(row.field, row.old, row.reason, row.by, row.second, row.at))
    return found


def set_right(session: Session, of: str, sides: frozenset[Side]) -> Sequence[Amendment]:
    """What was put right about a thing, on the sides that somebody may see; the newest last."""
    wanted = select(Amendment).where(Amendment.of == of, Amendment.side.in_(sides))
    return session.scalars(wanted.order_by(Amendment.id)).all()


def recorded(session: Session, fact: type[Row], key: str) -> Row:
    """The row of a recorded fact by its identifier as it stands in an address; raises Missing."""
    known = key.isascii() and key.isdigit() and len(key) <= LONGEST_KEY
    row = session.get(fact, int(key)) if known else None
    if row is None:
        raise Missing(say(f"thing.{fact.__tablename__}"))
    return row


def marked(fact: Any, field: str) -> Any:
    """A field's value, marked where it was put right: `fact` tells in `was` what stood there."""
    was = tuple(one for one in fact.was if one.field == field)
    value = getattr(fact, field)
    return Amended(value, was) if was else value


def _key(row: Base) -> str:
    return "/".join(str(part) for part in inspect(row).identity or ())
