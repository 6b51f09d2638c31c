"""A cord: received with its kit and seal, its logger read, accepted by QA or rejected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.attachments.queries import one_file
from lims.core.days import day_of
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Celsius, Centimetres, Grams
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.uploads import Upload
from lims.deviations.actions import note_findings
from lims.donation import journey, queries
from lims.donation.deciding import against, judge_again, must_be_past
from lims.donation.models import Cord, Donor
from lims.donation.queries import CordFacts
from lims.donation.rules import CordStanding, DonorStanding
from lims.genealogy.actions import connect
from lims.identifiers.fields import CordNumber, DonorNumber, EquipmentNumber, MaterialNumber
from lims.identifiers.numbers import Kind
from lims.instruments.keeping import Span, keep_run
from lims.instruments.queries import run_of
from lims.instruments.rules import TemperatureRun
from lims.labelling.outdating import supersede_untrue
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.protocol.queries import trial_in_force
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend, entered, must_be_of
from lims.trust.contents import content_of
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class CordAsItCame:
    """What is found when a cord is taken in."""

    donor: DonorNumber
    collected_at: Annotated[datetime, About(label=say("collected"))]
    lowest: Annotated[
        Celsius | None,
        About(label=say("lowest-temperature-on-the-way"), hint=say("empty-if-its-file-follows"),
              least=-40, most=60),
    ]  # fmt: skip
    highest: Annotated[
        Celsius | None, About(label=say("highest-temperature-on-the-way"), least=-40, most=60)
    ]
    weight: Annotated[Grams, About(least=1, most=500)]
    condition: Annotated[str, About(hint=say("leaks-colour-label"))]
    length: Annotated[Centimetres, About(label=say("length-of-the-cord"), least=1, most=200)]
    seal: Annotated[str, About(label=say("seal-of-the-container"), scan=True, foreign=True)]


@dataclass(frozen=True)
class ReceiveCord(CordAsItCame):
    """A cord at the laboratory's door, with what it was collected with."""

    materials: Annotated[
        tuple[MaterialNumber, ...],
        About(label=say("kit-container-and-medium"), hint=say("scan-each-one"), scan=True, least=1),
    ]


@action(may=Permission.RECEIVE_CORD, late=True)
def receive_cord(work: Work, wanted: ReceiveCord) -> CordFacts:
    """Receive a cord; what was out of limits, or used for it wrongly, opens a deviation."""
    _must_be_a_cord(work, wanted)
    row = Cord(
        number=work.new_number(Kind.CORD),
        donor=wanted.donor,
        received_at=work.now,
        received_by=work.actor.login,
        **entered(wanted, CordAsItCame),
    )
    work.add(row)
    connect(work, row.number, wanted.donor, *wanted.materials)
    kits = [facts(LotFacts, work.get(Lot, number)) for number in dict.fromkeys(wanted.materials)]
    collected_on = day_of(wanted.collected_at, work.settings.zone)
    _note(work, row, [*_findings(work, row), *journey.kit_findings(kits, collected_on)])
    return queries.cord(work.session, row.number)


def _must_be_a_cord(work: Work, wanted: CordAsItCame) -> None:
    """Refuse what cannot be a cord's journey, and what no consent covers."""
    must_be_past(work, wanted.collected_at, say("moment.collection"))
    donor = work.get(Donor, wanted.donor)
    if donor.standing is DonorStanding.WITHDRAWN:
        raise Refused(Reason("consent-withdrawn"))
    if donor.consent_at > wanted.collected_at:
        raise Refused(Reason("consent-late"))
    if reasons := journey.reading_reasons(wanted.lowest, wanted.highest):
        raise Refused(say("this-cord-is-not-taken-in"), reasons)


def _limits(work: Work) -> journey.JourneyLimits:
    donor = trial_in_force(work).donor
    return journey.JourneyLimits(donor.transport_max_hours, donor.cord_low_c, donor.cord_high_c)


def _findings(work: Work, row: Cord) -> list[Reason]:
    return journey.journey_findings(facts(journey.Journey, row), _limits(work))


def _note(work: Work, row: Cord, findings: Iterable[Reason]) -> None:
    """Each finding is a deviation, once; who must know is told."""
    if note_findings(work, row.number, list(findings)):
        raise_notice(work, NoticeKind.EXCURSION, row.number)


@dataclass(frozen=True)
class ReadLogger:
    """The file of the logger that lay beside a cord."""

    cord: CordNumber
    file: Annotated[Upload, About(label=say("file-of-the-logger"))]
    logger: Annotated[
        EquipmentNumber | None,
        About(label=say("logger"), hint=say("empty-if-its-file-names-it"), scan=True),
    ] = None


@action(may=Permission.RECEIVE_CORD)
def read_logger(work: Work, wanted: ReadLogger) -> CordFacts:
    """Read the logger's file from collection to receipt; what was out of limits is a deviation."""
    row = work.lock(Cord, wanted.cord)
    if row.standing in {CordStanding.USED, CordStanding.REJECTED}:
        raise Refused(Reason("cord-is-gone"))
    limits = _limits(work)
    span = Span(row.collected_at, row.received_at, limits.lowest, limits.highest)
    keep_run(work, row.number, wanted.logger, wanted.file, span)
    _note(work, row, _of_run(work, row))
    return queries.cord(work.session, row.number)


def _of_run(work: Work, row: Cord) -> list[Reason]:
    """What the newest file says; its extremes are judged by the limits of now."""
    found = run_of(work.session, row.number)
    return journey.run_findings(facts(TemperatureRun, found), _limits(work)) if found else []


@dataclass(frozen=True, kw_only=True)
class AmendCord(CordAsItCame):
    """What is right about a cord, and why it was wrong."""

    cord: CordNumber
    why: WhyAmended


@action(may=Permission.RECEIVE_CORD, signed_as=say("fact-amended"))
def amend_cord(work: Work, wanted: AmendCord) -> CordFacts:
    """Amend a cord's journey, size or condition; what is out of limits now opens a deviation."""
    row = work.lock(Cord, wanted.cord)
    must_be_of(row.donor, wanted.donor)
    _must_be_a_cord(work, wanted)
    if wanted.collected_at > row.received_at:
        raise Refused(Reason("collected-after-receipt"))
    donor = work.lock(Donor, row.donor)
    before = against(work, donor)
    amend(work, row, row.number, entered(wanted, CordAsItCame), wanted.why)
    _read_again(work, row)
    _note(work, row, [*_findings(work, row), *_of_run(work, row)])
    judge_again(work, donor, before)
    supersede_untrue(work, row.number)
    return queries.cord(work.session, row.number)


def _read_again(work: Work, row: Cord) -> None:
    """The logger's file once more, where its span is another one now."""
    run = run_of(work.session, row.number)
    if run is None or run.since == row.collected_at:
        return
    file = one_file(work.session, work.side, run.file)
    data = content_of(work.connection, work.side, file.digest)
    limits = _limits(work)
    span = Span(row.collected_at, row.received_at, limits.lowest, limits.highest)
    keep_run(work, row.number, run.logger, Upload(file.name, data), span)
