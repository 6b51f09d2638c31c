"""Scenes of the ward and of the preparation room: participants, orders, bags, infusions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from lims.bags.rules import BagStanding
from lims.bank.queries import vial
from lims.bank.rules import VialStanding
from lims.bedside import actions as bedside
from lims.bedside import infusing, paper
from lims.blinding.actions import SealList, seal_list
from lims.blinding.rules import Arm
from lims.core.days import start_of
from lims.core.quantities import Celsius, Kilograms, Millilitres
from lims.demonstration.making import Stores, entered
from lims.demonstration.story import Story
from lims.demonstration.volunteers import Volunteer
from lims.dispatch import actions as dispatch
from lims.filling import actions as filling
from lims.filling import finishing, sessions
from lims.filling.counting import CountPool, count_pool
from lims.filling.queries import fill as find_fill
from lims.labelling.actions import MakeSleeves, ScanBack, make_sleeves, scan_back
from lims.orders.queries import order as find_order
from lims.protocol.queries import offered_text
from lims.protocol.reading import read_trial
from lims.testing.sterility import CloseSterility, close_sterility
from lims.trial import actions as trial
from lims.trial import ordering
from lims.trial.labels import print_wristband, scan_ward_label
from lims.trial.queries import participant

D = Decimal
SOMEBODY = Volunteer("P")


@dataclass
class Baby:
    """What a filled bag is known by."""

    bag: str
    order: str
    sample: str = ""


def seal_the_list(story: Story, codes: str, cells: str = "A") -> None:
    """The statistician seals a list, one code for each row."""
    rows = ["sequence,stratum,code"]
    # As many rows as the protocol plans: the codes of the story first, then A and B in turn.
    text = offered_text(story.site.settings.protocol_file)
    planned = read_trial(text).randomisation.planned
    codes += "AB" * ((planned - len(codes) + 1) // 2 if len(codes) < planned else 0)
    rows += [f"{place},ALL,{code}" for place, code in enumerate(codes, start=1)]
    story.do("stan", seal_list, SealList(tuple(rows), cells))


def registered(story: Story, initials: str, hospital_number: str, who: Volunteer = SOMEBODY) -> str:
    """A new participant."""
    command = trial.RegisterParticipant(
        initials, who.sex, who.born, hospital_number, "3.0", story.clock.now - timedelta(days=1)
    )
    return story.do("ines", trial.register_participant, command).number


def screened(story: Story, number: str, who: Volunteer = SOMEBODY, **other: str) -> None:
    """The answers of a participant who meets every criterion, but for those given."""
    weight = other.get("weight", who.weight)  # the insulin goes by it
    answers = replace(who, weight=weight).answers | other
    given = tuple(trial.Answered(code, value) for code, value in answers.items() if value)
    story.do("ines", trial.screen_participant, trial.ScreenParticipant(number, given))


def randomised(story: Story, initials: str, hospital_number: str, weight: str = "75.0") -> str:
    """A participant with a treatment number and a wristband."""
    return joined(story, replace(SOMEBODY, initials=initials, weight=weight), hospital_number)


def joined(story: Story, who: Volunteer, hospital_number: str) -> str:
    """A volunteer who takes part, with a treatment number and a wristband."""
    number = registered(story, who.initials, hospital_number, who)
    screened(story, number, who)
    story.do("ines", trial.randomise, trial.OfParticipant(number))
    band = story.do("ines", print_wristband, trial.OfParticipant(number))
    story.do("ines", scan_ward_label, ScanBack(band.code))
    return number


def at_eight(story: Story) -> None:
    """Go on to eight o'clock of the site's next morning."""
    midnight = start_of(story.today + timedelta(days=1), story.site.settings.zone)
    story.wait_until(midnight + timedelta(hours=8))


def weighed(story: Story, number: str, visit: int, weight: str) -> None:
    """Two nurses weigh a participant, blind to each other."""
    for nurse in ("nora", "niu"):
        command = trial.Weigh(number, visit, Kilograms(D(weight)), "scale 3")
        story.do(nurse, trial.weigh, command)


def signed_fit(story: Story, number: str, visit: int) -> None:
    """The investigator signs that the participant is fit for the infusion."""
    fit = trial.SignFitness(number, visit, True, "no progression, no toxicity")
    story.do("ines", trial.sign_fitness, fit)


def ordered(
    story: Story, number: str, visit: int, weight: str, slot: datetime | None = None
) -> str:
    """An infusion weighed for and ordered; the slot is four hours away where none is said."""
    signed_fit(story, number, visit)
    weighed(story, number, visit, weight)
    slot = slot or story.clock.now + timedelta(hours=4)
    found = story.do("nora", ordering.order_infusion, ordering.OrderInfusion(number, visit, slot))
    return next(o.number for o in found.orders if o.visit == visit and not o.cancelled)


def opened_session(story: Story, stores: Stores, bags: str = "") -> str:
    """A preparation session with both lots staged."""
    materials = (bags or stores.bags, stores.albumin)
    command = sessions.OpenPreparation(materials, (stores.cabinet,))
    return story.do("tang", sessions.open_preparation, command, "tian").number


def begun(story: Story, session: str, order: str) -> Baby:
    """A bag begun an hour after the order."""
    found = story.do("tang", filling.start_fill, filling.StartFill(order, session))
    return Baby(found.bag, order)


def drawn(story: Story, baby: Baby) -> None:
    """The bag drawn: vials thawed and counted, or vehicle; the clock is the same after both."""
    begin = story.clock.now
    with story.site.reading() as reading:
        found = find_fill(reading, baby.bag)
        frozen = [n for n in found.vials if vial(reading, n).standing is VialStanding.RESERVED]
    if found.content is Arm.CELLS:
        for number in frozen:
            story.do("tang", filling.thaw_for_bag, filling.ThawForBag(baby.bag, number))
        pool = Millilitres(D("3.6") * len(found.vials))  # 79 % of the viable cells are found again
        story.do("tian", count_pool, CountPool(baby.bag, 424, 22, 8, D(20)))
        counted = filling.DrawCells(baby.bag, 440, 24, 8, D(20), pool)
        story.do("tang", filling.draw_cells, counted, "tian")
    else:
        story.do("tang", filling.draw_vehicle, filling.DrawVehicle(baby.bag), "tian")
    story.wait_until(begin + timedelta(minutes=10))


def finished(story: Story, baby: Baby) -> None:
    """The bag sampled, tested, labelled, sleeved and conditionally released."""
    of_bag = finishing.OfBag(baby.bag)
    baby.sample = story.do("tang", finishing.sample_bag, of_bag).number
    entered(story, baby.sample)
    label = story.do("tang", finishing.print_bag_label, of_bag)
    story.do("tang", scan_back, ScanBack(label.code))
    run = story.do("tang", make_sleeves, MakeSleeves(1))
    sleeve = finishing.SleeveBag(baby.bag, run.codes[0], baby.bag, run.codes[0])
    story.do("tang", finishing.sleeve_bag, sleeve, "tian")
    story.do("quinn", finishing.release_bag, finishing.ReleaseBag(baby.bag))


def sent(story: Story, baby: Baby) -> None:
    """The bag handed over when its slot is near."""
    command = dispatch.DispatchBag(baby.bag, "courier Bo", Celsius(D(5)))
    story.do("tang", dispatch.dispatch_bag, command)


def slot_of(story: Story, order: str) -> datetime:
    """When a bag is due on the ward."""
    with story.site.reading() as session:
        return find_order(session, order).slot_at


def made_ready(story: Story, session: str, orders: list[str]) -> list[Baby]:
    """Bags begun, drawn and finished side by side."""
    babies = [begun(story, session, order) for order in orders]
    for baby in babies:
        drawn(story, baby)
    for baby in babies:
        finished(story, baby)
    return babies


def prepared(story: Story, session: str, orders: list[str]) -> list[Baby]:
    """Bags made side by side, released and on their way half an hour before their slot."""
    slots = [slot_of(story, order) for order in orders]
    story.wait_until(max(slots) - timedelta(hours=3))
    babies = made_ready(story, session, orders)
    story.wait_until(max(slots) - timedelta(minutes=29))
    for baby in babies:
        sent(story, baby)
    return babies


def received(story: Story, bag: str) -> None:
    """A bag received on the ward."""
    command = bedside.ReceiveBag(bag, Celsius(D(5)), True)
    story.do("nora", bedside.receive_bag, command)


def verified(story: Story, number: str, bag: str) -> str:
    """A GO and the second nurse's confirmation: the infusion runs."""
    verdict = story.do("nora", bedside.verify_bag, bedside.VerifyBag(number, bag))
    if not verdict.number:
        raise AssertionError(verdict.reasons)
    both = infusing.StartInfusion(number, bag, infusion=verdict.number)
    story.do("nora", infusing.start_infusion, both, "niu")
    return verdict.number


def ended(story: Story, infusion: str, given: str = "100") -> None:
    """An infusion's end, with the volume given."""
    end = infusing.EndInfusion(infusion, Millilitres(D(given)), "sealed, returned empty")
    story.do("nora", infusing.end_infusion, end)


def infused(story: Story, who: list[str], bags: list[str], given: str = "100") -> list[str]:
    """Infusions side by side: verified, watched, ended."""
    running = [verified(story, number, bag) for number, bag in zip(who, bags, strict=True)]
    story.wait(minutes=15)
    for infusion in running:
        seen = infusing.Observe(infusion, "well, no reaction", Celsius(D("36.8")), 72, 128, 78)
        story.do("nora", infusing.observe, seen)
    story.wait(minutes=50)
    for infusion in running:
        ended(story, infusion, given)
    return running


def accounted(story: Story, bag: str, became: BagStanding, reason: str) -> None:
    """A bag that will not be infused, accounted for before a witness."""
    command = infusing.AccountForBag(bag, became, reason)
    story.do("nora", infusing.account_for_bag, command, "niu")


def on_paper(story: Story, who: list[str], bags: list[str]) -> list[str]:
    """A power cut on the ward: infusions were written down, and are entered two hours later."""
    at = [story.clock.now + timedelta(minutes=m) for m in (4, 7, 62)]
    story.wait(hours=2)
    running = []
    for number, bag in zip(who, bags, strict=True):
        form = paper.EnterPaperForm(
            number,
            bag,
            verified_at=at[0],
            started_at=at[1],
            ended_at=at[2],
            given=Millilitres(D(100)),
            empty_bag="sealed, returned",
            because="power cut on the ward",
        )
        running.append(story.do("nora", paper.enter_paper_form, form, "niu").number)
    return running


def one_visit(
    story: Story,
    stores: Stores,
    who: list[tuple[str, int, str]],
    given: Callable[[Story, list[str], list[str]], list[str]] = infused,
) -> list[Baby]:
    """A day with several participants in one session: (participant, visit, weight)."""
    at_eight(story)
    orders = [ordered(story, number, visit, weight) for number, visit, weight in who]
    session = opened_session(story, stores)
    babies = prepared(story, session, orders)
    story.do("tang", sessions.close_preparation, sessions.ClosePreparation(session))
    for baby in babies:
        received(story, baby.bag)
    given(story, [number for number, _, _ in who], [baby.bag for baby in babies])
    return babies


def sterility_closed(story: Story, baby: Baby) -> None:
    """A bag's sterility test closed and the bag certified."""
    story.do("ana", close_sterility, CloseSterility(baby.sample), "aiko")
    story.do("quinn", finishing.certify_bag, finishing.OfBag(baby.bag))


def treatment_of(story: Story, number: str) -> str | None:
    """A participant's treatment number."""
    with story.site.reading() as session:
        return participant(session, number).treatment
