"""What happens to a drawn bag: sample, label, sleeve, conditional release, certification."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.blinding.rules import Arm
from lims.core.errors import Refused
from lims.core.invariants import must_hold
from lims.core.reasons import Reason
from lims.core.texts import named, say
from lims.core.words import as_words
from lims.filling import queries
from lims.filling.models import Fill
from lims.filling.queries import FillFacts
from lims.filling.rules import (
    BagLimits,
    bag_blockers,
    certify_blockers,
    seen_reasons,
    usable_reasons,
)
from lims.identifiers.fields import BagNumber, SleeveNumber
from lims.labelling.actions import issue, mark_read
from lims.labelling.printing import send_here
from lims.labelling.queries import LabelFacts, label_facts, live_label
from lims.labelling.rules import LabelStanding
from lims.orders.models import Order
from lims.protocol.queries import trial_in_force, trial_of_version
from lims.protocol.sections import Stage
from lims.testing.actions import take_sample
from lims.testing.queries import SampleFacts, sample_facts, samples_of
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class OfBag:
    """A bag."""

    bag: BagNumber


@action(may=Permission.FILL_BAG, late=True)
def sample_bag(work: Work, wanted: OfBag) -> SampleFacts:
    """Take the bag's sample; both arms are sampled and tested for the same things to be seen."""
    row = work.lock(Fill, wanted.bag)
    _in_laboratory(work, row)
    if samples_of(work.session, row.bag):
        raise Refused(Reason("sampled"))
    stage = Stage.BAG if row.content is Arm.CELLS else Stage.VEHICLE_BAG
    return sample_facts(work.session, take_sample(work, row.bag, stage))


def _in_laboratory(work: Work, row: Fill) -> Bag:
    bag = work.lock(Bag, row.bag)
    if bag.standing is not BagStanding.DRAWN:
        raise Refused(Reason("not-drawn", standing=named(bag.standing)))
    if row.drawn_at and work.now < row.drawn_at:
        raise Refused(Reason("not-drawn.then"))
    usable = queries.usability(work, bag, work.moment)
    if reasons := usable_reasons(usable, work.moment, labelled=False):
        raise Refused(say("number-goes-no-further", number=bag.number), reasons)
    return bag


@action(may=Permission.FILL_BAG)
def print_bag_label(work: Work, wanted: OfBag) -> LabelFacts:
    """Print the bag's label from the one master; the renderer is not told the arm."""
    row = work.lock(Fill, wanted.bag)
    bag = _in_laboratory(work, row)
    if live_label(work.session, row.bag):
        raise Refused(Reason("has-label.this"))
    order = work.get(Order, row.order)
    trial = trial_in_force(work)
    fields = {
        "trial": trial.code,
        "blinded_name": trial.blinded_name,
        "blinded_name_zh": trial.blinded_name_zh,
        "treatment": order.treatment,
        "visit": str(order.visit),
        "volume": f"{bag.volume.value:f} {bag.volume.unit}",
        "route": say("intravenous-infusion"),
        "storage": trial.bag.storage,
        "expires": as_words(bag.expires_at, work.settings.zone),
        "sponsor": trial.sponsor,
        "contact": trial.contact,
    }
    label = issue(work, row.bag, "bag", fields, row.session)
    return label_facts(send_here(work, label), say("issued-print-it-stick-it"))


@dataclass(frozen=True)
class SleeveBag:
    """The opaque sleeve, by the label on it."""

    bag: BagNumber
    sleeve: SleeveNumber
    bag_seen: BagNumber
    sleeve_seen: SleeveNumber


@action(may=Permission.FILL_BAG, witnessed_as=say("label-and-sleeve-checked"), late=True)
def sleeve_bag(work: Work, wanted: SleeveBag) -> FillFacts:
    """Put the labelled bag into its opaque sleeve; a second person scans label and sleeve anew."""
    row = work.lock(Fill, wanted.bag)
    bag = _in_laboratory(work, row)
    if reasons := seen_reasons((wanted.bag, wanted.sleeve), (wanted.bag_seen, wanted.sleeve_seen)):
        raise Refused(say("label-and-sleeve-do-not-agree"), reasons)
    if work.session.scalar(select(Bag.number).where(Bag.sleeve == wanted.sleeve)):
        raise Refused(Reason("sleeve-used"))
    label = live_label(work.session, wanted.sleeve)
    if label is None:
        raise Refused(Reason("unknown-sleeve"))
    if label.standing is LabelStanding.ISSUED:
        mark_read(work, label)  # sticking it on is its scan
    bag.sleeve = str(wanted.sleeve)
    return queries.fill_facts(work.session, row)


@dataclass(frozen=True)
class ReleaseBag:
    """A bag that may go to the ward."""

    bag: BagNumber
    comment: str = ""


@action(may=Permission.RELEASE_BAG, signed_as=say("bag-conditionally-released-for-infusion"))
def release_bag(work: Work, wanted: ReleaseBag) -> FillFacts:
    """Release a bag while its sterility test still runs, on evidence and a signature."""
    row = work.lock(Fill, wanted.bag)
    work.lock(Order, row.order)
    bag = work.lock(Bag, wanted.bag)
    limits = queries.limits_of(trial_of_version(work.connection, bag.protocol))
    evidence = queries.bag_evidence(work, bag, row, work.moment)
    if blockers := bag_blockers(evidence, work.actor.login, limits, work.moment):
        raise Refused(say("number-is-not-released", number=bag.number), blockers)
    _dose_within_ceiling(row, limits)
    bag.move_to(BagStanding.RELEASED)
    row.released_by, row.released_at = work.actor.login, work.now
    return queries.fill_facts(work.session, row, say("released"))


def _dose_within_ceiling(row: Fill, limits: BagLimits) -> None:
    """An invariant where it could break: whatever the rules said, such a bag does not leave."""
    if row.deviation is not None:
        must_hold(
            abs(row.deviation.value) <= limits.ceiling_pct, f"dose of {row.bag} within the ceiling"
        )


@action(may=Permission.RELEASE_BAG, signed_as=say("bag-finally-certified"))
def certify_bag(work: Work, wanted: OfBag) -> FillFacts:
    """Certify a bag for good once its sterility test has closed without growth."""
    row = work.lock(Fill, wanted.bag)
    evidence = queries.certify_evidence(work.session, work.get(Bag, row.bag), row)
    if reasons := certify_blockers(evidence, work.actor.login):
        raise Refused(say("the-bag-cannot-be-certified"), reasons)
    row.certified_at = work.now
    return queries.fill_facts(work.session, row, say("certified.sentence"))
