"""Counting a box: what is scanned is held against what should lie there, by two where it differs."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.bank import queries, rules
from lims.bank.counted import BoxCountFacts
from lims.bank.models import BoxCount, Place, Vial
from lims.bank.queries import VialFacts
from lims.bank.rules import BoxCountStanding, VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.reasons import Reason
from lims.core.texts import heed, say
from lims.deviations.actions import note_deviation
from lims.deviations.rules import DeviationKind
from lims.identifiers.fields import PlaceNumber, VialNumber
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class CountBox:
    """A box and every vial that lies in it."""

    box: PlaceNumber
    vials: Annotated[
        tuple[VialNumber, ...],
        About(label=say("vials-in-the-box"), hint=say("scan-each-one"), scan=True),
    ] = ()
    is_empty: Annotated[bool, About(label=say("the-box-is-empty"))] = False


@action(may=Permission.BANK_CELLS, signed_as=say("box-counted"))
def count_box(work: Work, wanted: CountBox) -> BoxCountFacts:
    """Count a box; where it differs a second person counts it without knowing, and then it is so.

    What both miss is lost and opens a deviation; what lies there and should not is told.
    """
    box = work.lock(Place, wanted.box)
    expected = set(queries.held_in(work.session, box.number).values())
    missing, extra = rules.differences(expected, set(wanted.vials))
    waiting = _waiting(work, box.number)
    if reasons := rules.counting_reasons(
        box.level,
        waiting.by if waiting else None,
        work.actor.login,
        scanned=len(wanted.vials),
        is_empty=wanted.is_empty,
    ):
        raise Refused(say("this-box-is-not-counted"), reasons)
    _found(work, expected - missing)
    if waiting is None:
        return _first(work, box.number, missing, extra)
    waiting.second_by, waiting.second_at = work.actor.login, work.now
    same = (waiting.missing, waiting.extra) == (_text(missing), _text(extra))
    if not same:
        waiting.move_to(BoxCountStanding.APART)
        return facts(BoxCountFacts, waiting, says=heed(say("counts-of-the-box-differ")))
    waiting.move_to(BoxCountStanding.CONFIRMED)
    for number in sorted(missing):
        _lost(work, number, box.name)
    says = heed(say("box-differs", missing=len(missing), extra=len(extra)))
    return facts(BoxCountFacts, waiting, says=says)


def _first(work: Work, box: str, missing: set[str], extra: set[str]) -> BoxCountFacts:
    agrees = not missing and not extra
    row = BoxCount(
        box=box,
        missing=_text(missing),
        extra=_text(extra),
        standing=BoxCountStanding.CONFIRMED if agrees else BoxCountStanding.TO_CONFIRM,
        by=work.actor.login,
        at=work.now,
    )
    says = say("box-is-complete") if agrees else heed(say("a-second-person-counts-the-box"))
    return facts(BoxCountFacts, work.add(row), says=says)


def _waiting(work: Work, box: str) -> BoxCount | None:
    open_ = (BoxCount.box == box) & (BoxCount.standing == BoxCountStanding.TO_CONFIRM)
    return work.session.scalar(select(BoxCount).where(open_).with_for_update())


def _lost(work: Work, number: str, box: str) -> None:
    """What two people did not find is gone; of what is held for a bag its own page is asked."""
    vial = work.lock(Vial, number)
    told = say("not-found-at-the-count", number=number, box=box)
    note_deviation(work, vial.lot, DeviationKind.REPORTED, told)
    if vial.standing in {VialStanding.STORED, VialStanding.MISSING}:
        vial.move_to(VialStanding.LOST)
        vial.box = vial.position = None
        vial.taken_for = told


def _found(work: Work, numbers: set[str]) -> None:
    """What somebody missed and now lies in its box after all is in store again."""
    for number in sorted(numbers):
        vial = work.lock(Vial, number)
        if vial.standing is VialStanding.MISSING:
            vial.move_to(VialStanding.STORED)
            vial.taken_for = None


def _text(numbers: set[str]) -> str:
    return " ".join(sorted(numbers))


@dataclass(frozen=True)
class FoundAgain:
    """A vial that was lost, where it was found, and why it may be used or not."""

    vial: VialNumber
    fit: Annotated[bool, About(label=say("it-was-cold-all-the-time"))]
    reason: Annotated[str, About(label=say("where-and-why"), rows=2)]


@action(may=Permission.RELEASE_LOT, signed_as=say("lost-vial-judged"))
def found_again(work: Work, wanted: FoundAgain) -> VialFacts:
    """QA judges a lost vial that was found: it waits to be stored, or is given up."""
    vial = work.lock(Vial, wanted.vial)
    if vial.standing is not VialStanding.LOST:
        raise Refused(Reason("vial-is-not-lost", number=vial.number))
    vial.move_to(VialStanding.FILLED if wanted.fit else VialStanding.DESTROYED)
    vial.taken_for = wanted.reason
    return queries.vial_facts(vial)
