"""A bag's paper form of the ward, entered when the power is back: its steps in one go, or none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from lims.bags.models import Bag
from lims.bedside import queries
from lims.bedside.actions import ReceiveBag, VerifyBag, claim, receive_bag, verify_bag, wearer
from lims.bedside.infusing import EndInfusion, StartInfusion, end_infusion, runs, start_infusion
from lims.bedside.models import Infusion
from lims.bedside.queries import InfusionFacts
from lims.bedside.rules import InfusionStanding, Word
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.quantities import Celsius, Millilitres
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.identifiers.scans import read_scan
from lims.orders.models import Order
from lims.trial.deviating import sign_deviation
from lims.trial.models import Participant
from lims.trial.rules import NOT_FIT
from lims.trial.windows import WardDeviationKind
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.lateness import Earlier, as_of, enter_late, steps_reasons


@dataclass(frozen=True, kw_only=True)
class EnterPaperForm(VerifyBag):
    """What the paper form says of one bag; arrival only where it was not received before."""

    received_at: Annotated[datetime | None, About(label=say("came-at"))] = None
    temperature: Annotated[
        Celsius | None, About(label=say("temperature-in-the-box"), least=-40, most=60)
    ] = None
    verified_at: Annotated[datetime, About(label=say("compared-at"))]
    started_at: Annotated[datetime, About(label=say("started-at"))]
    ended_at: Annotated[datetime, About(label=say("ended-at"))]
    given: Annotated[Millilitres, About(label=say("volume-given"))]
    empty_bag: Annotated[str, About(label=say("what-became-of-the-bag"))]
    because: Annotated[str, About(label=say("why-it-was-on-paper"))]


@action(may=Permission.GIVE_INFUSION, witnessed_as=say("entered-as-written-and-confirmed"))
def enter_paper_form(work: Work, wanted: EnterPaperForm) -> InfusionFacts:
    """Enter what two nurses did and wrote down; each step is judged as of when it happened.

    The second nurse is the one who confirmed at the bed. Where the rules would have said STOP the
    investigator enters it.
    """
    _received(work, wanted)
    verdict = verify_bag.function(as_of(work, wanted.verified_at), wanted)
    if verdict.word is Word.STOP:
        stops = [Reason(stop.code, stop.sentence) for stop in verdict.reasons]
        raise Refused(say("it-would-have-been-a-stop"), [*stops, Reason("given-nevertheless")])
    scanned = (wanted.wristband, wanted.bag, wanted.wristband_again, wanted.bag_again)
    begin = StartInfusion(*scanned, infusion=verdict.number)
    start_infusion.function(as_of(work, wanted.started_at), begin)
    return _ended(work, wanted, verdict.number, enter_paper_form.path)


@dataclass(frozen=True, kw_only=True)
class EnterGivenAgainstStop(EnterPaperForm):
    """The same of a bag that the rules would have stopped, and that was given."""

    what: Annotated[str, About(label=say("what-happened-and-why"), rows=3)]


@action(
    may=Permission.DECIDE_PARTICIPANT,
    signed_as=say("deviation-from-the-protocol"),
    witnessed_as=say("entered-as-written-and-confirmed"),
    second_may=Permission.GIVE_INFUSION,
)
def enter_given_against_stop(work: Work, wanted: EnterGivenAgainstStop) -> InfusionFacts:
    """Enter a bag that was given although the rules say STOP: a deviation, with its reasons.

    What happened is kept, however wrong it was. The second person is the nurse who gave it.
    """
    _received(work, wanted)
    verdict = verify_bag.function(as_of(work, wanted.verified_at), wanted)
    if verdict.word is Word.GO:
        raise Refused(Reason("it-would-have-been-a-go"))
    person, bag, order = _theirs(work, wanted)
    infusion = claim(work, person.number, bag.number, order.visit)
    infusion.move_to(InfusionStanding.INFUSING)
    runs(as_of(work, wanted.started_at), infusion, work.second)
    # Assessors read deviations: that somebody was not fit would tell them of a reaction.
    told = [stop.sentence for stop in verdict.reasons if stop.code != NOT_FIT]
    what = " ".join([wanted.what, *told])
    kind = WardDeviationKind.GIVEN_AGAINST_STOP
    sign_deviation(as_of(work, work.entered), person.number, kind, what, order.visit)
    return _ended(work, wanted, infusion.number, enter_given_against_stop.path)


def _theirs(work: Work, wanted: EnterPaperForm) -> tuple[Participant, Bag, Order]:
    """Whose bag it is; somebody else's cannot be entered as their infusion."""
    worn, faults = wearer(work, wanted.wristband)
    if worn is None:
        raise Refused(say("this-form-was-not-entered"), faults)
    person = work.get(Participant, worn.number)
    bag = work.get(Bag, read_scan(wanted.bag).number)
    order = work.get(Order, bag.order)
    if person.treatment != order.treatment:
        raise Refused(Reason("somebody-elses-bag"))
    return person, bag, order


def _received(work: Work, wanted: EnterPaperForm) -> None:
    if reasons := steps_reasons(_times(wanted), work.entered):
        raise Refused(say("this-form-was-not-entered"), reasons)
    if (wanted.received_at is None) is not (wanted.temperature is None):
        raise Refused(Reason("arrival-with-its-temperature"))
    if wanted.received_at and wanted.temperature is not None:
        came = ReceiveBag(wanted.bag, wanted.temperature, intact=True)
        receive_bag.function(as_of(work, wanted.received_at), came)


def _times(wanted: EnterPaperForm) -> list[datetime]:
    arrived = [wanted.received_at] if wanted.received_at else []
    return [*arrived, wanted.verified_at, wanted.started_at, wanted.ended_at]


def _ended(work: Work, wanted: EnterPaperForm, infusion: str, path: str) -> InfusionFacts:
    end = EndInfusion(infusion, wanted.given, wanted.empty_bag)
    end_infusion.function(as_of(work, wanted.ended_at), end)
    earlier = Earlier(_times(wanted)[0], wanted.because)
    enter_late(work, path, earlier)
    row = work.get(Infusion, infusion)
    return queries.infusion_facts(row, say("the-paper-form-is-entered"))
