"""The infusion: confirmed by a second nurse, started, watched, ended, accounted for."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.bags.actions import end_bag
from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.bedside import facts, queries, rules
from lims.bedside.actions import VerifyBag, scan_of, typed_twice, wearer
from lims.bedside.models import Infusion, Observation
from lims.bedside.queries import InfusionFacts, WardBag
from lims.bedside.rules import InfusionStanding
from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.quantities import Celsius, Millilitres
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.identifiers.fields import BagNumber, InfusionNumber
from lims.identifiers.numbers import Kind
from lims.orders.models import Order
from lims.protocol.queries import trial_in_force
from lims.trial.models import Participant
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True, kw_only=True)
class StartInfusion(VerifyBag):
    """What the second nurse scanned at the bed: wristband and bag, by themselves."""

    infusion: InfusionNumber


@action(
    may=Permission.GIVE_INFUSION,
    witnessed_as=say("participant-bag-and-infusion-confirmed"),
    late=True,
)
def start_infusion(work: Work, wanted: StartInfusion) -> InfusionFacts:
    """Start a verified infusion: a second nurse scans wristband and bag anew, and signs.

    Two checks of which one only repeats the other's result find nothing; so both scan.
    """
    if work.happened_at and not work.because:  # the clock is what may have stopped it
        raise Refused(Reason("late-start"))
    return _start(work, wanted, work.second)


@action(may=Permission.GIVE_INFUSION, signed_as=say("participant-bag-and-infusion-confirmed"))
def confirm_infusion(work: Work, wanted: StartInfusion) -> InfusionFacts:
    """Start an infusion that another nurse verified: by one's own scans, signed at one's own device."""
    return _start(work, wanted, work.actor.login)


def _start(work: Work, wanted: StartInfusion, second: str) -> InfusionFacts:
    typed_twice(work, wanted)
    row = work.lock(Infusion, wanted.infusion)
    row.move_to(InfusionStanding.INFUSING)  # first: what runs is not judged as if it did not
    if second == row.verified_by:
        raise Refused(Reason("same-person"))
    worn, person_fault = wearer(work, wanted.wristband)
    bag, bag_fault = scan_of(wanted.bag, Kind.BAG)
    reasons = [
        *person_fault,
        *bag_fault,
        *when(worn and worn.number != row.participant, Reason("another-wristband")),
        *when(bag and bag.number != row.bag, Reason("another-bag")),
        *_reasons_now(work, row, worn.copy if worn else None, bag.copy if bag else None),
    ]
    if reasons:
        raise Refused(say("do-not-start-this-infusion"), list(dict.fromkeys(reasons)))
    runs(work, row, second)
    return queries.infusion_facts(row, say("the-infusion-runs"))


def runs(work: Work, row: Infusion, second: str) -> None:
    """Keep who confirmed it and since when it runs; windows and gaps are counted from then."""
    row.confirmed_by, row.started_at = second, work.now
    person = work.lock(Participant, row.participant)
    if person.first_infusion_at is None:
        person.first_infusion_at = work.now
    person.last_infusion_at = work.now


def _reasons_now(
    work: Work, row: Infusion, wristband_copy: int | None, bag_copy: int | None
) -> list[Reason]:
    trial = trial_in_force(work)
    connection = work.connection
    bag = facts.bag_at_bedside(connection, row.bag, bag_copy or None)
    person, limits = facts.person_at_bedside(
        connection, trial, row.participant, wristband_copy or None, work.settings.zone
    )
    return rules.start_reasons(person, bag, limits, work.moment)


@dataclass(frozen=True)
class GiveUpInfusion:
    """Why a verified infusion is not started."""

    infusion: InfusionNumber
    reason: str


@action(may=Permission.GIVE_INFUSION, late=True, urgent=True)
def give_up_infusion(work: Work, wanted: GiveUpInfusion) -> InfusionFacts:
    """Give a verified bag back before the start; it must be scanned again."""
    row = work.lock(Infusion, wanted.infusion)
    row.move_to(InfusionStanding.GIVEN_UP)
    work.add(
        Observation(
            infusion=row.number,
            at=work.now,
            by=work.actor.login,
            seen=say("not-started-reason", reason=wanted.reason),
            interrupted=False,
        )
    )
    bag = work.lock(Bag, row.bag)
    noticed = bag.notice_at is not None
    bag.move_to(BagStanding.WITHDRAWN if noticed else BagStanding.RECEIVED)
    bag.withdrawn_from = BagStanding.RECEIVED if noticed else None
    return queries.infusion_facts(row, say("given-up-scan-wristband-and"))


@dataclass(frozen=True)
class Observe:
    """Vital signs and what was seen."""

    infusion: InfusionNumber
    seen: Annotated[str, About(label=say("what-was-seen-reactions"), rows=2)]
    temperature: Annotated[Celsius | None, About(least=30, most=45)] = None
    pulse: Annotated[int | None, About(hint=say("a-minute"), least=20, most=300)] = None
    systolic: Annotated[int | None, About(hint="mmHg", least=40, most=300)] = None
    diastolic: Annotated[int | None, About(hint="mmHg", least=20, most=200)] = None
    interrupted: Annotated[bool, About(label=say("was-the-infusion-interrupted"))] = False


@action(may=Permission.GIVE_INFUSION, late=True, urgent=True)
def observe(work: Work, wanted: Observe) -> InfusionFacts:
    """Record vital signs, reactions and interruptions."""
    row = work.lock(Infusion, wanted.infusion)
    if row.standing not in {InfusionStanding.INFUSING, InfusionStanding.ENDED}:
        raise Refused(Reason("not-started"))
    if row.started_at and work.now < row.started_at:
        raise Refused(Reason("not-started.then"))
    if reasons := rules.vital_reasons(wanted.systolic, wanted.diastolic):
        raise Refused(say("this-was-not-recorded"), reasons)
    work.add(
        Observation(
            infusion=row.number,
            at=work.now,
            by=work.actor.login,
            temperature=wanted.temperature,
            pulse=wanted.pulse,
            systolic=wanted.systolic,
            diastolic=wanted.diastolic,
            seen=wanted.seen,
            interrupted=wanted.interrupted,
        )
    )
    return queries.infusion_facts(row, say("recorded"))


@dataclass(frozen=True)
class EndInfusion:
    """The end: how much was given, and the empty bag."""

    infusion: InfusionNumber
    given: Annotated[Millilitres, About(label=say("volume-given"))]
    empty_bag: Annotated[
        str, About(label=say("what-became-of-the-bag"), hint=say("sealed-and-returned"))
    ]


@action(may=Permission.GIVE_INFUSION, late=True, urgent=True)
def end_infusion(work: Work, wanted: EndInfusion) -> InfusionFacts:
    """End an infusion with the volume given, and account for the bag.

    Nothing given does not use up the visit: it may be ordered anew within its window.
    """
    row = work.lock(Infusion, wanted.infusion)
    bag = work.get(Bag, row.bag)
    must_be_in_the_bag(wanted.given, bag)
    row.move_to(InfusionStanding.ENDED)
    row.ended_at, row.given, row.empty_bag = work.now, wanted.given, wanted.empty_bag
    to = became(wanted.given, bag)
    if to is BagStanding.NOT_GIVEN:
        end_bag(work, bag.number, to, wanted.empty_bag)
        count_given(work, row.participant)
        return queries.infusion_facts(row, say("ended-nothing-given"))
    work.lock(Bag, row.bag).move_to(to)
    return queries.infusion_facts(row, say("ended"))


def must_be_in_the_bag(given: Millilitres, bag: Bag) -> None:
    """Refuse more than the bag held."""
    if not 0 <= given.value <= bag.volume.value:
        raise Refused(Reason("volume", volume=bag.volume))


def became(given: Millilitres, bag: Bag) -> BagStanding:
    """What a bag became of which so much was given."""
    if given.value == 0:
        return BagStanding.NOT_GIVEN
    whole = given.value == bag.volume.value
    return BagStanding.INFUSED if whole else BagStanding.PARTLY_INFUSED


def count_given(work: Work, participant: str) -> None:
    """Windows and gaps are counted from infusions of which something was given, or that run."""
    person = work.lock(Participant, participant)
    mine = select(Infusion).where(Infusion.participant == participant)
    given = sorted(
        i.started_at
        for i in work.session.scalars(mine)
        if i.started_at and (i.standing is InfusionStanding.INFUSING or (i.given and i.given.value))
    )
    person.first_infusion_at = given[0] if given else None
    person.last_infusion_at = given[-1] if given else None


@dataclass(frozen=True)
class AccountForBag:
    """A bag that will not be infused."""

    bag: BagNumber
    became: Annotated[
        BagStanding,
        About(
            label=say("what-becomes-of-it"),
            choices=(
                ("returned", say("returned-to-the-laboratory")),
                ("destroyed", say("destroyed-here")),
                ("damaged", named(BagStanding.DAMAGED)),
            ),
        ),
    ]
    reason: str


@action(may=Permission.GIVE_INFUSION, witnessed_as=say("disposition-witnessed"), late=True)
def account_for_bag(work: Work, wanted: AccountForBag) -> WardBag:
    """Account for a bag that was not infused; every bag ends in exactly one way."""
    row = work.session.get(Bag, wanted.bag)
    ends = {BagStanding.RETURNED, BagStanding.DESTROYED, BagStanding.DAMAGED}
    if row is None or row.dispatched_at is None:
        raise Missing(say("bag-on-this-ward"))
    if wanted.became not in ends:
        raise Refused(Reason("wrong-end"))
    end_bag(work, row.number, wanted.became, wanted.reason)
    return queries.ward_bag_facts(row, work.get(Order, row.order), say("accounted-for"))
