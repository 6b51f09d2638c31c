"""Reads of the label ledger."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.errors import Missing
from lims.core.facts import facts
from lims.identifiers.numbers import Kind, kind_of
from lims.labelling.models import Label, LabelStanding

WARD_KINDS = frozenset({Kind.PARTICIPANT})  # their labels tell the laboratory nothing
LIVE = (LabelStanding.ISSUED, LabelStanding.ACTIVE)


@dataclass(frozen=True)
class LabelFacts:
    """A label as the ledger has it."""

    code: str
    number: str
    copy: int
    master: str
    version: int
    standing: LabelStanding
    printed_by: str
    printed_at: datetime
    scanned_by: str | None
    scanned_at: datetime | None
    reason: str
    says: str = ""


def label_facts(row: Label, says: str = "") -> LabelFacts:
    """A ledger line's fields."""
    return facts(LabelFacts, row, says=says)


def labels(session: Session) -> list[LabelFacts]:
    """The newest labels of the laboratory."""
    own = [Label.number.not_like(f"LM{kind}%") for kind in WARD_KINDS]
    newest = select(Label).where(*own).order_by(Label.printed_at.desc(), Label.code)
    return [label_facts(row) for row in session.scalars(newest.limit(300))]


def labels_of(session: Session, number: str) -> list[LabelFacts]:
    """All copies of one number's label."""
    rows = session.scalars(select(Label).where(Label.number == number).order_by(Label.copy))
    return [label_facts(row) for row in rows]


def live_label(session: Session, number: str) -> Label | None:
    """The one copy that counts, issued or active."""
    return session.scalar(select(Label).where(Label.number == number, Label.standing.in_(LIVE)))


def active_copy(session: Session, number: str) -> int | None:
    """The copy that was scanned back and is valid; None if there is none."""
    return session.scalar(
        select(Label.copy).where(Label.number == number, Label.standing == LabelStanding.ACTIVE)
    )


def label_row(session: Session, code: str) -> Label:
    """The ledger line of a code of the laboratory's."""
    row = session.get(Label, code)
    if row is None or kind_of(row.number) in WARD_KINDS:
        raise Missing
    return row
