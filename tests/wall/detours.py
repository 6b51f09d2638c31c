"""What goes another way than planned and is taken up again: both arms go that way alike."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from lims.bank import actions as bank
from lims.bank.models import Place
from lims.bank.queries import stored_vials
from lims.bank.rules import PlaceLevel, VialStanding
from lims.bedside.models import Infusion
from lims.blinding.rules import Arm
from lims.core.errors import Refused
from lims.core.quantities import Millilitres
from lims.demonstration import donating, treating
from lims.deviations.capa import PlanCapa, plan_capa
from lims.deviations.queries import open_about
from lims.deviations.rules import CapaKind
from lims.donation.consent import (
    AnnulWithdrawal,
    WithdrawConsent,
    annul_withdrawal,
    withdraw_consent,
)
from lims.donation.queries import donor as find_donor
from lims.donation.rules import WithdrawalScope
from lims.filling import actions as filling
from lims.filling import giving_back
from lims.filling.amending import AmendDraw, amend_draw
from lims.filling.expiring import ExpireBags, expire_bags
from lims.filling.models import Fill
from lims.filling.paper import EnterPaperCells, enter_paper_cells
from lims.filling.queries import fill
from lims.monitoring.excursions import (
    EndExcursion,
    JudgeHeld,
    RaiseAlarm,
    end_excursion,
    judge_held,
    raise_alarm,
)
from lims.monitoring.queries import excursion as find_excursion
from lims.release import actions as release
from lims.rooms.models import StandsIn
from lims.rooms.plates import ExposePlate, ReadPlate, expose_plate, read_plate
from lims.rooms.rules import PlateKind
from lims.trial.queries import participant
from lims.trust.actions import Request, perform
from lims.trust.identity.people import PROGRAM
from lims.trust.lateness import Earlier
from tests.wall.comparing import Scene
from tests.wall.scenes import (
    LEAD,
    both_ordered,
    every_step_of_the_ward,
    infused,
    made,
    morning,
    on_the_way,
    ordered,
    received,
    sent,
    staged,
    verified,
    weighed,
)
from tests.wall.twins import Twin


def sessions_given_back(twin: Twin, babies: list[treating.Baby], why: str) -> None:
    """QA gives back what was stopped with each bag's session."""
    for baby in babies:
        with twin.world.site.reading() as session:
            held = session.get_one(Fill, baby.bag).session
        back = giving_back.GiveBackSession(held, why)
        twin.story.do("qiu", giving_back.give_back_session, back)


def given_back(twin: Twin) -> Iterator[str]:
    """A mother withdrew, and it was another one; QA gives the bags back, and they are given."""
    babies = on_the_way(twin)
    for baby in babies:
        received(twin, baby.bag)
    donor = twin.world.donor
    said = WithdrawConsent(donor, WithdrawalScope.DESTRUCTION, twin.now, "Midwife Hu")
    twin.story.do("tang", withdraw_consent, said)
    yield "withdrawn"
    for place, baby in enumerate(babies):
        verified(twin, place, baby.bag)
    with twin.world.site.reading() as session:
        (withdrawal,) = find_donor(session, donor).withdrawals
    slip = AnnulWithdrawal(donor, withdrawal.id, "it was another mother")
    twin.story.do("quinn", annul_withdrawal, slip)
    donating.decided(twin.story, donor)
    doubt = release.JudgeLot(twin.world.lots["product"], "she withdrew nothing")
    twin.story.do("qiu", release.return_lot, doubt)
    yield "nothing against them"
    sessions_given_back(twin, babies, "it was another lot")
    yield "given back"
    for place, baby in enumerate(babies):
        infused(twin, place, baby.bag)
    yield "given"


def plate_failed(twin: Twin) -> Iterator[str]:
    """A plate of the filling cabinet is read when both bags were given: something grew on it."""
    babies = on_the_way(twin)
    with twin.world.site.reading() as session:
        cabinet = session.scalars(select(StandsIn.equipment)).one()
    lying = ExposePlate(
        PlateKind.CONTACT, twin.now - timedelta(hours=9), twin.now, cabinet, spot="sleeve"
    )
    plate = int(twin.story.do("tang", expose_plate, lying).id)
    for place, baby in enumerate(babies):
        received(twin, baby.bag)
        verified(twin, place, baby.bag)
        infused(twin, place, baby.bag)
    yield "given"
    twin.at(twin.now + timedelta(days=5))
    told = twin.story.do("ana", read_plate, ReadPlate(plate, 3))
    assert {baby.bag for baby in babies} <= set(told.covers)
    with twin.world.site.reading() as session:
        number = open_about(session, [babies[0].bag])[0]
    day = twin.story.today + timedelta(days=30)
    planned = PlanCapa(number, CapaKind.PREVENTIVE, "clean the sleeves daily", "tian", day, day)
    twin.story.do("quinn", plan_capa, planned)
    yield "the plate failed"


def tank_too_warm(twin: Twin) -> Iterator[str]:
    """The tank's alarm after both bags were made, each in a session of its own; QA gives them back."""
    babies = on_the_way(twin)
    for baby in babies:
        received(twin, baby.bag)
    with twin.world.site.reading() as session:
        tanks = select(Place.number).where(Place.level == PlaceLevel.TANK)
        tank = session.scalars(tanks.order_by(Place.number)).first() or ""
        boxes = session.scalars(select(Place.number).where(Place.level == PlaceLevel.BOX)).all()
    rang = RaiseAlarm(tank, twin.now - timedelta(hours=6), "the level alarm rang")
    alarm = twin.story.do("tang", raise_alarm, rang)
    for place, baby in enumerate(babies):
        verified(twin, place, baby.bag)
    yield "withdrawn"
    over = EndExcursion(int(alarm.id), twin.now, "filled up")
    twin.story.do("tang", end_excursion, over)
    with twin.world.site.reading() as session:
        waiting = find_excursion(session, alarm.id).waiting
    fit = JudgeHeld(True, "the level was above the vials", tuple(boxes), waiting)
    twin.story.do("quinn", judge_held, fit)
    sessions_given_back(twin, babies, "the vials were cold all the time")
    yield "given back"
    for place, baby in enumerate(babies):
        infused(twin, place, baby.bag)
    yield "given"


def too_warm(twin: Twin) -> Iterator[str]:
    """Both come too warm; one is judged and given back, the other is destroyed on the ward."""
    babies = on_the_way(twin)
    for baby in babies:
        twin.api("nora", "bedside/receive-bag", scan=baby.bag, temperature="25", intact=True)
    yield "kept and stopped"
    twin.form("niu", "bedside/receive-bag", scan=babies[0].bag, temperature="5", intact="yes")
    for baby in babies:
        alone = giving_back.GiveBackBag(baby.bag, "logger read: 4.6 to 5.3 °C")
        twin.story.do("qiu", giving_back.give_back_bag, alone)
    yield "judged"
    infused(twin, 0, babies[0].bag)
    every_step_of_the_ward(twin, babies)
    yield "ended"


def nothing_given(twin: Twin) -> Iterator[str]:
    """Both infusions stop before anything flowed; the visit is ordered anew."""
    babies = on_the_way(twin)
    for place, baby in enumerate(babies):
        received(twin, baby.bag)
        infusion = verified(twin, place, baby.bag)
        pair = {"wristband": twin.world.participants[place], "bag": baby.bag}
        twin.api("nora", "bedside/start-infusion", "niu", infusion=infusion, **pair)
        over = {"infusion": infusion, "given": "0", "empty_bag": "line blocked; sealed"}
        twin.api("nora", "bedside/end-infusion", **over)
    yield "nothing given"
    slot = morning(twin) + timedelta(hours=4)
    for place, baby in enumerate(babies):
        twin.api("nora", "trial/cancel-order", order=baby.order, reason="ordered anew")
        weighed(twin, place)
    orders = [ordered(twin, place, slot) for place in range(2)]
    twin.at(slot - LEAD)
    again = made(twin, staged(twin), orders)
    sent(twin, slot, again)
    for place, baby in enumerate(again):
        received(twin, baby.bag)
        infused(twin, place, baby.bag)
    yield "given at last"
    with twin.world.site.reading() as session:
        ended = [(i.number, i.given) for i in session.query(Infusion).order_by(Infusion.number)]
    for number, given in ended:
        right = {"infusion": number, "empty_bag": "weighed", "why": "the scale was not at zero"}
        twin.form(
            "nora", "bedside/amend-infusion", given="90" if given and given.value else "0", **right
        )
    yield "amended"


def outlived(twin: Twin) -> Iterator[str]:
    """Bags on the ward and one on its way outlive their shelf life, and are expired by themselves."""
    babies = on_the_way(twin)
    received(twin, babies[0].bag)
    twin.at(twin.now.replace(second=0) + timedelta(hours=8))
    yield "over"
    perform(twin.world.site, expire_bags, ExpireBags(), Request(PROGRAM))
    yield "expired"
    every_step_of_the_ward(twin, babies)
    yield "destroyed"


def missed_and_late(twin: Twin) -> Iterator[str]:
    """After infusion 1 the window of infusion 2 passes: late for one, missed for the other."""
    babies = on_the_way(twin)
    for place, baby in enumerate(babies):
        received(twin, baby.bag)
        infused(twin, place, baby.bag)
    twin.at(twin.now.replace(hour=2, minute=0, second=0) + timedelta(days=33))
    yield "the window is over"
    first, second = twin.world.participants
    late = {"participant": first, "kind": "late", "visit": 2, "what": "was abroad"}
    twin.api("ines", "trial/deviate-from-protocol", **late)
    missed = {"participant": second, "kind": "missed", "visit": "2", "what": "was ill"}
    twin.form("ines", "trial/deviate-from-protocol", **missed)
    yield "signed"
    slot = morning(twin) + timedelta(hours=4)
    for place in range(2):
        weighed(twin, place, 2)
    orders = [ordered(twin, 0, slot, 2)]
    twin.at(slot - LEAD)
    (again,) = made(twin, staged(twin), orders)
    sent(twin, slot, [again])
    received(twin, again.bag)
    infused(twin, 0, again.bag)
    yield "given late"


def vials_for_one(twin: Twin) -> Iterator[str]:
    """The cell lot has vials for one dose; whoever is first, whatever it is, the second waits."""
    slot, orders = both_ordered(twin)
    twin.at(slot - LEAD)
    session = staged(twin)
    with twin.world.site.reading() as reading:
        left = stored_vials(reading, twin.world.lots["product"], 100)
    for number in left[4:]:
        taken = bank.TakeVial(number, VialStanding.QC, "stability")
        twin.story.do("tang", bank.take_vial, taken)
    babies = []
    for order in orders:
        try:
            babies += made(twin, session, [order])
        except Refused:
            continue
    sent(twin, slot, babies)
    twin.at(slot)
    yield f"bags at the slot: {[baby.order == orders[0] for baby in babies]}"


def power_cut(twin: Twin) -> Iterator[str]:
    """The power fails at the bench and on the ward: what stood on paper is entered later."""
    slot, orders = both_ordered(twin)
    twin.at(slot - LEAD)
    session = staged(twin)
    babies = [treating.begun(twin.story, session, order) for order in orders]
    began = twin.now
    twin.at(began + timedelta(minutes=70))
    for baby in babies:
        drawn_on_paper(twin, baby, began + timedelta(minutes=1))
    for baby in babies:
        treating.finished(twin.story, baby)
    sent(twin, slot, babies)
    yield "drawn on paper"
    arrived = twin.now + timedelta(minutes=4)
    twin.at(arrived + timedelta(hours=2))
    first = {"bag": babies[0].bag, "wristband": twin.world.participants[0]}
    first |= on_paper(arrived) | {"received_at": arrived.isoformat(), "temperature": "5"}
    assert twin.api("nora", "bedside/enter-paper-form", "niu", **first).status == 200
    came = {"scan": babies[1].bag, "temperature": "5", "intact": True}
    came |= {"happened_at": arrived.isoformat(), "late_because": "power cut"}
    twin.api("nora", "bedside/receive-bag", **came)
    assert twin.api("nora", "bedside/receive-bag", "niu", **came).status == 200
    yield "one was given, the other lay there"
    twin.at(slot + timedelta(hours=9))
    second = {"bag": babies[1].bag, "wristband": twin.world.participants[1]}
    second |= on_paper(slot + timedelta(hours=7))
    twin.api("nora", "bedside/enter-paper-form", "niu", **second)
    second["what"] = "by torchlight"
    assert twin.api("ines", "bedside/enter-given-against-stop", "nora", **second).status == 200
    every_step_of_the_ward(twin, babies)
    yield "given against a STOP"


def put_right(twin: Twin) -> Iterator[str]:
    """Slips on both sides are put right: a count that stops the session, weights, data, what was seen."""
    slot, orders = both_ordered(twin)
    twin.at(slot - LEAD)
    babies = made(twin, staged(twin), orders)
    sent(twin, slot, babies)
    for baby in babies:
        received(twin, baby.bag)
    for place, who in enumerate(twin.world.participants):
        wrong = {"participant": who, "weight": "70.1", "why": "digits swapped"}
        wrong |= {"weighing": str(weighings_of(twin, place)[-1])}
        twin.form("nora", "trial/amend-weight", "niu", **wrong)
    yield "weights that orders rest on"
    infused(twin, 0, babies[0].bag)
    for baby in babies:
        with twin.world.site.reading() as session:
            known = fill(session, baby.bag)
        if known.live is None or known.dilution is None or known.pool is None:
            continue
        count = AmendDraw(baby.bag, 300, 24, 8, known.dilution, known.pool, "the sheet says so")
        twin.story.do("tang", amend_draw, count, "tian")
    yield "the session is stopped, one bag was given"
    seen = {"why": "another thermometer", "observation": "1", "seen": "warm", "temperature": "38.1"}
    with twin.world.site.reading() as session:
        seen["infusion"] = session.query(Infusion.number).scalar() or ""
    twin.form("nora", "bedside/amend-observation", **seen)
    for place, who in enumerate(twin.world.participants):
        right = {"participant": who, "weight": "90.1", "why": "a line too low"}
        right["weighing"] = str(weighings_of(twin, place)[-1])
        twin.form("nora", "trial/amend-weight", "niu", **right)
        answer = {"participant": who, "code": "creatinine", "value": "820", "why": "the sheet"}
        twin.api("ines", "trial/amend-answer", **answer)
    every_step_of_the_ward(twin, babies)
    yield "put right"


def weighings_of(twin: Twin, place: int) -> list[int]:
    """The weighings of a participant, the newest last."""
    with twin.world.site.reading() as session:
        return [w.id for w in participant(session, twin.world.participants[place]).weighings]


def on_paper(begin: datetime) -> dict[str, str]:
    """What two nurses wrote down, from this moment on."""
    steps = ("verified_at", "started_at", "ended_at")
    times = {
        n: (begin + timedelta(minutes=m)).isoformat()
        for n, m in zip(steps, (5, 8, 60), strict=True)
    }
    return times | {"given": "100", "empty_bag": "sealed", "because": "power cut"}


def drawn_on_paper(twin: Twin, baby: treating.Baby, thawed: datetime) -> None:
    """Cells by the paper form, vehicle by its one step; both as of the same moment."""
    drawn, why = thawed + timedelta(minutes=12), "power cut"
    with twin.world.site.reading() as session:
        known = fill(session, baby.bag)
    if known.content is Arm.VEHICLE:
        wanted = filling.DrawVehicle(baby.bag)
        twin.story.do("tang", filling.draw_vehicle, wanted, "tian", Earlier(drawn, why))
        return
    pool = Millilitres(treating.D("3.6") * len(known.vials))
    form = EnterPaperCells(
        baby.bag, 440, 24, 8, treating.D(20), pool,
        vials=known.vials, thawed_at=thawed, drawn_at=drawn, because=why,
    )  # fmt: skip
    twin.story.do("tang", enter_paper_cells, form, "tian")


DETOURS: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        given_back,
        plate_failed,
        tank_too_warm,
        too_warm,
        nothing_given,
        outlived,
        missed_and_late,
        vials_for_one,
        power_cut,
    )
}
