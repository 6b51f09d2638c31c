"""Labels say what is true now: one whose words are not true any more is dead and is replaced."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.texts import say
from lims.identifiers.numbers import kind_of
from lims.labelling.actions import LABEL_TEXT
from lims.labelling.models import Label
from lims.labelling.queries import LIVE, live_label, side_of
from lims.labelling.rules import LabelStanding, PrinterSide
from lims.trust.context import Work

UNTRUE = say("its-words-are-not-true")


def supersede_untrue(work: Work, *numbers: str) -> None:
    """Supersede the labels of these things that do not say what is true now, from other actions.

    They are on the list of labels to replace until new ones are printed.
    """
    for number in numbers:
        row = live_label(work.session, number)
        if row is None or kind_of(number) not in LABEL_TEXT:
            continue
        told = json.loads(row.fields)
        now = LABEL_TEXT[kind_of(number)](work, number).fields
        if any(told.get(name) != text for name, text in now.items()):
            row.move_to(LabelStanding.SUPERSEDED)
            row.reason = UNTRUE


def to_replace(session: Session, side: PrinterSide) -> list[str]:
    """This side's numbers whose label was superseded for untrue words, and not replaced yet."""
    alive = select(Label.number).where(Label.standing.in_(LIVE))
    dead = (Label.standing == LabelStanding.SUPERSEDED) & (Label.reason == UNTRUE)
    found = select(Label.number).where(dead, Label.number.not_in(alive)).distinct()
    return [n for n in session.scalars(found.order_by(Label.number)) if side_of(n) is side]
