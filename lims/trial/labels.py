"""The ward's own labels: wristbands, and tags of orders. Reprinted and read back like all labels."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.words import as_words
from lims.identifiers.fields import AnyNumber, OrderNumber, ParticipantNumber
from lims.identifiers.wristbands import read_wristband
from lims.labelling import actions as labelling
from lims.labelling.actions import EndLabel, LabelText, ScanBack, issue
from lims.labelling.printing import SendLabel, send, send_here
from lims.labelling.queries import LabelFacts, label_facts, live_label
from lims.labelling.rules import LabelStanding, PrinterSide
from lims.orders.models import Order
from lims.protocol.queries import trial_in_force
from lims.trial.actions import OfParticipant
from lims.trial.identity import participant_wearing, wristband_digest
from lims.trial.models import Participant
from lims.trial.queries import ParticipantFacts, participant_facts
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.keys import IDENTITY


@action(may=Permission.DECIDE_PARTICIPANT)
def print_wristband(work: Work, wanted: OfParticipant) -> LabelFacts:
    """Print a participant's wristband; a second one is a reprint, with a reason."""
    row = work.lock(Participant, wanted.participant)
    _must_be_first(work, row.number)
    text = wristband_text(work, row.number)
    label = issue(work, row.number, text.master, text.fields)
    return label_facts(send_here(work, label), say("issued-print-it-stick-it"))


def wristband_text(work: Work, number: str) -> LabelText:
    """The trial and the initials, as they are known now."""
    initials = work.get(Participant, number).initials
    return LabelText("wristband", {"trial": trial_in_force(work).code, "initials": initials})


def _must_be_first(work: Work, number: str) -> None:
    if live_label(work.session, number):
        raise Refused(Reason("has-label.this-has"))


@dataclass(frozen=True)
class LinkWristband:
    """The hospital's own wristband, as the scanner reads it from the participant's arm."""

    participant: ParticipantNumber
    scan: Annotated[
        str, About(label=say("scan-the-hospitals-wristband"), scan=True, identity=IDENTITY)
    ]


@action(may=Permission.PRINT_WARD_LABEL, witnessed_as=say("participant-and-wristband-identified"))
def link_wristband(work: Work, wanted: LinkWristband) -> ParticipantFacts:
    """Let the hospital's wristband stand for the participant; kept as a keyed digest only."""
    row = work.lock(Participant, wanted.participant)
    settings = work.settings
    named = read_wristband(wanted.scan, settings.wristbands, settings.isbt_facility)
    if named is None:
        raise Refused(Reason("not-a-wristband"))
    if participant_wearing(work, named) not in {None, row.number}:
        raise Refused(Reason("wristband-taken"))
    row.wristband = wristband_digest(work, named)
    return participant_facts(work.session, row, say("linked"))


@dataclass(frozen=True)
class OfOrder:
    """An order."""

    order: OrderNumber


@action(may=Permission.PRINT_WARD_LABEL)
def print_ward_tag(work: Work, wanted: OfOrder) -> LabelFacts:
    """Print the tag of an order, for chart and fridge; it never stands in for the bag's label."""
    row = work.get(Order, wanted.order)
    _must_be_first(work, row.number)
    fields = {
        "trial": trial_in_force(work).code,
        "treatment": row.treatment,
        "visit": str(row.visit),
        "slot": as_words(row.slot_at, work.settings.zone),
    }
    label = issue(work, row.number, "ward-tag", fields)
    return label_facts(send_here(work, label), say("issued-print-it-stick-it"))


@dataclass(frozen=True)
class ReprintWardLabel:
    """A new wristband or tag in place of a spoilt one."""

    number: AnyNumber
    reason: Annotated[str, About(hint=say("torn-wet-unreadable"))]


@action(
    may=Permission.PRINT_WARD_LABEL, witnessed_as=say("reprint-checked-old-label-taken.sentence")
)
def reprint_ward_label(work: Work, wanted: ReprintWardLabel) -> LabelFacts:
    """Reprint a wristband or tag: the old one is dead from now on."""
    row = labelling.reprint(work, wanted.number, wanted.reason, PrinterSide.WARD)
    return label_facts(send_here(work, row), say("reprinted-take-the-old-one"))


@action(may=Permission.PRINT_WARD_LABEL)
def scan_ward_label(work: Work, wanted: ScanBack) -> LabelFacts:
    """Scan a printed wristband or tag back: printed means that it was read."""
    return labelling.read_back(work, wanted.scan, PrinterSide.WARD)


@action(may=Permission.PRINT_WARD_LABEL, witnessed_as=say("label-destroyed-before-me"))
def destroy_ward_label(work: Work, wanted: EndLabel) -> LabelFacts:
    """Destroy a wristband or tag before a witness: replaced, spoilt or not needed any more."""
    return labelling.end_label(work, wanted, LabelStanding.DESTROYED, PrinterSide.WARD)


@action(may=Permission.PRINT_WARD_LABEL)
def send_ward_label(work: Work, wanted: SendLabel) -> LabelFacts:
    """Print a wristband or tag on one of the ward's label printers."""
    return send(work, wanted, PrinterSide.WARD)
