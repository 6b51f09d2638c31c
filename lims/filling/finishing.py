"""What happens to a drawn bag: sample, label, sleeve, conditional release, certification."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.bags.models import Bag, BagStanding
from lims.blinding.models import Arm
from lims.core.errors import Refused
from lims.core.quantities import EndotoxinPerMillilitre, Minutes
from lims.core.reasons import Reason, when
from lims.core.words import as_words
from lims.deviations.queries import closed_about, open_about
from lims.filling import queries
from lims.filling.models import Fill
from lims.filling.queries import FillFacts
from lims.filling.rules import dose_reasons, endotoxin_load
from lims.identifiers.fields import BagNumber, SleeveNumber
from lims.labelling.actions import issue, mark_read
from lims.labelling.models import LabelStanding
from lims.labelling.printing import send_here
from lims.labelling.queries import LabelFacts, label_facts, live_label
from lims.orders.models import Order
from lims.protocol.queries import Trial, load_trial
from lims.testing.actions import take_sample
from lims.testing.queries import (
    SampleFacts,
    evidence_of,
    sample_facts,
    samples_of,
    testers_of,
)
from lims.testing.rules import Stage, SterilityStanding, sample_blockers
from lims.trust.action import action
from lims.trust.permissions import Permission
from lims.trust.work import Work


@dataclass(frozen=True)
class OfBag:
    """A bag."""

    bag: BagNumber


@action(may=Permission.FILL_BAG)
def sample_bag(work: Work, wanted: OfBag) -> SampleFacts:
    """Take the bag's sample; both arms are sampled and tested for the same things to be seen."""
    row = work.lock(Fill, wanted.bag)
    _in_laboratory(work, row)
    if samples_of(work.session, row.bag):
        sentence = "This bag was sampled already."
        raise Refused(sentence, [Reason("sampled", sentence)])
    stage = Stage.BAG if row.content is Arm.CELLS else Stage.VEHICLE_BAG
    return sample_facts(work.session, take_sample(work, row.bag, stage))


def _in_laboratory(work: Work, row: Fill) -> Bag:
    bag = work.lock(Bag, row.bag)
    if bag.standing is not BagStanding.DRAWN:
        sentence = f"The bag is {bag.standing.replace('_', ' ')}, not drawn."
        raise Refused(sentence, [Reason("not-drawn", sentence)])
    return bag


@action(may=Permission.FILL_BAG)
def print_bag_label(work: Work, wanted: OfBag) -> LabelFacts:
    """Print the bag's label from the one master; the renderer is not told the arm."""
    row = work.lock(Fill, wanted.bag)
    bag = _in_laboratory(work, row)
    if live_label(work.session, row.bag):
        sentence = "This bag has a label already; reprint it with a reason."
        raise Refused(sentence, [Reason("has-label", sentence)])
    order = work.get(Order, row.order)
    trial = load_trial(work.settings.protocol_file)
    fields = {
        "trial": trial.code,
        "blinded_name": trial.blinded_name,
        "blinded_name_zh": trial.blinded_name_zh,
        "treatment": order.treatment,
        "visit": str(order.visit),
        "volume": f"{bag.volume.value:f} {bag.volume.unit}",
        "route": "Intravenous infusion 静脉输注",
        "storage": trial.storage,
        "expires": as_words(bag.expires_at, work.settings.zone),
        "sponsor": trial.sponsor,
        "contact": trial.contact,
    }
    label = issue(work, row.bag, "bag", fields, row.session)
    return label_facts(send_here(work, label), "Issued. Print it, stick it on, scan it back.")


@dataclass(frozen=True)
class SleeveBag:
    """The opaque sleeve, by the label on it."""

    bag: BagNumber
    sleeve: SleeveNumber


@action(may=Permission.FILL_BAG, witnessed_as="label and sleeve checked")
def sleeve_bag(work: Work, wanted: SleeveBag) -> FillFacts:
    """Put the labelled bag into its opaque sleeve; a second person checks label and sleeve."""
    row = work.lock(Fill, wanted.bag)
    bag = _in_laboratory(work, row)
    if work.session.scalar(select(Bag.number).where(Bag.sleeve == wanted.sleeve)):
        sentence = "This sleeve is on another bag."
        raise Refused(sentence, [Reason("sleeve-used", sentence)])
    label = live_label(work.session, wanted.sleeve)
    if label is None:
        sentence = "This sleeve's label was never issued, or it is not valid any more."
        raise Refused(sentence, [Reason("unknown-sleeve", sentence)])
    if label.standing is LabelStanding.ISSUED:
        mark_read(work, label)  # sticking it on is its scan
    bag.sleeve = str(wanted.sleeve)
    return queries.fill_facts(work.session, row)


@dataclass(frozen=True)
class ReleaseBag:
    """A bag that may go to the ward."""

    bag: BagNumber
    comment: str = ""


@action(may=Permission.RELEASE_BAG, signed_as="bag conditionally released for infusion")
def release_bag(work: Work, wanted: ReleaseBag) -> FillFacts:
    """Release a bag while its sterility test still runs, on evidence and a signature."""
    row = work.lock(Fill, wanted.bag)
    bag = work.lock(Bag, wanted.bag)
    releaser = Releaser(work.actor.login, work.now, load_trial(work.settings.protocol_file))
    if blockers := bag_blockers(work.session, bag, row, releaser):
        raise Refused(f"{bag.number} is not released.", blockers)
    bag.move_to(BagStanding.RELEASED)
    row.released_by, row.released_at = work.actor.login, work.now
    return queries.fill_facts(work.session, row, "Released.")


@dataclass(frozen=True)
class Releaser:
    """Who would release, when, by which protocol."""

    login: str
    now: datetime
    trial: Trial


def bag_blockers(session: Session, bag: Bag, row: Fill, releaser: Releaser) -> list[Reason]:
    """Every reason why this bag may not be released, by this person, at this moment."""
    sample = evidence_of(session, bag.number)
    handled = {row.started_by, row.drawn_by, row.checked_by, *testers_of(session, bag.number)}
    tests = (
        sample_blockers(sample, sterility_may_wait=True)
        if sample
        else [Reason("no-sample", "The bag was not sampled.")]
    )
    return [
        *when(
            bag.standing is not BagStanding.DRAWN,
            Reason("not-drawn", f"The bag is {bag.standing.replace('_', ' ')}."),
        ),
        *queries.usable_reasons(session, bag, releaser.now),
        *tests,
        *_dose_blockers(session, row, releaser.trial),
        *_endotoxin_blockers(session, bag, releaser.trial),
        *when(bag.sleeve is None, Reason("no-sleeve", "The bag has no sleeve.")),
        *(
            Reason("open-deviation", f"Deviation {number} is open.")
            for number in open_about(session, [bag.number])
        ),
        *when(
            releaser.login in handled,
            Reason("you-handled-this-bag", "You filled or tested this bag."),
        ),
    ]


def _dose_blockers(session: Session, row: Fill, trial: Trial) -> list[Reason]:
    """±10 % passes; up to ±20 % only with a deviation that QA has closed; beyond never."""
    if row.deviation is None:
        return []
    signed = closed_about(session, row.bag, row.drawn_at)
    return dose_reasons(row.deviation, trial.dose_reject_pct if signed else trial.dose_action_pct)


def endotoxin_of(session: Session, bag: Bag, trial: Trial) -> Decimal | None:
    """EU/kg/h that the participant would get (USP <85>); None before the result is there."""
    sample, order = evidence_of(session, bag.number), session.get(Order, bag.order)
    found = sample.results.get("END") if sample else None
    if found is None or found.value is None or order is None:
        return None
    span = Minutes(Decimal(trial.planned_minutes))
    return endotoxin_load(EndotoxinPerMillilitre(found.value), order.weight, bag.volume, span)


def _endotoxin_blockers(session: Session, bag: Bag, trial: Trial) -> list[Reason]:
    load = endotoxin_of(session, bag, trial)
    if load is None or load <= trial.endotoxin_k:
        return []
    text = f"Endotoxin {load:.3f} EU/kg/h; at most {trial.endotoxin_k}."
    return [Reason("endotoxin-load", text)]


@action(may=Permission.RELEASE_BAG, signed_as="bag finally certified")
def certify_bag(work: Work, wanted: OfBag) -> FillFacts:
    """Certify a bag for good once its sterility test has closed without growth."""
    row = work.lock(Fill, wanted.bag)
    taken = samples_of(work.session, row.bag)
    closed = bool(taken) and taken[-1].standing is SterilityStanding.NO_GROWTH
    reasons = [
        *when(
            work.get(Bag, row.bag).notice_at,
            Reason("withdrawn", "The bag or its session was withdrawn."),
        ),
        *when(row.released_at is None, Reason("not-released", "The bag was never released.")),
        *when(not closed, Reason("sterility-open", "The sterility test has not closed.")),
        *when(row.certified_at, Reason("certified", "The bag is certified already.")),
    ]
    if reasons:
        raise Refused("The bag cannot be certified.", reasons)
    row.certified_at = work.now
    return queries.fill_facts(work.session, row, "Certified.")
