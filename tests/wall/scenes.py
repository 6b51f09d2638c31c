"""What happens in both twins: the laboratory through the story, the ward over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lims.demonstration import treating
from lims.demonstration.treating import Baby
from lims.deviations import actions as deviations
from lims.filling import actions as filling
from lims.release import actions as release
from lims.testing import sterility
from lims.trial.queries import participant
from tests.wall.comparing import Scene
from tests.wall.twins import Twin

WEIGHTS = ("72.5", "81.6")
LEAD = timedelta(hours=3)
BEAM = '{"via": "keys", "ms": 90}'
SCANNED = {"_how.wristband": BEAM, "_how.bag": BEAM}


def morning(twin: Twin) -> datetime:
    """The next day at eight in Beijing."""
    day = twin.now.date() + timedelta(days=1)
    at_eight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    twin.at(at_eight)
    return at_eight


def weighed(twin: Twin, place: int, visit: int = 1) -> None:
    """Two nurses weigh, one by the API and one on the page."""
    who, weight = twin.world.participants[place], WEIGHTS[place]
    given = {"participant": who, "weight": weight, "scale": "scale 3"}
    twin.api("nora", "trial/weigh", visit=visit, **given)
    twin.form("niu", "trial/weigh", visit=str(visit), **given)


def ordered(twin: Twin, place: int, slot: datetime, visit: int = 1) -> str:
    """An order for a slot; its number."""
    who = twin.world.participants[place]
    twin.api("nora", "trial/order-infusion", participant=who, visit=visit, slot_at=slot.isoformat())
    with twin.world.site.reading() as session:
        orders = participant(session, who).orders
    return next(o.number for o in orders if o.visit == visit and not o.cancelled)


def staged(twin: Twin) -> str:
    """A preparation session."""
    assert twin.world.stores is not None
    return treating.opened_session(twin.story, twin.world.stores)


def made(twin: Twin, session: str, orders: list[str]) -> list[Baby]:
    """Bags begun, drawn, tested, labelled and released."""
    babies = [treating.begun(twin.story, session, order) for order in orders]
    for baby in babies:
        treating.drawn(twin.story, baby)
    for baby in babies:
        treating.finished(twin.story, baby)
    return babies


def sent(twin: Twin, slot: datetime, babies: list[Baby]) -> None:
    """Handed over at a given moment before the slot."""
    twin.at(slot - timedelta(minutes=28))
    for baby in babies:
        treating.sent(twin.story, baby)


def on_the_way(twin: Twin) -> list[Baby]:
    """Two participants' bags on their way to the ward, each made in a session of its own."""
    slot = morning(twin) + timedelta(hours=4)
    orders = []
    for place in (0, 1):
        weighed(twin, place)
        orders.append(ordered(twin, place, slot))
    twin.at(slot - LEAD)
    babies = made(twin, staged(twin), orders[:1])
    twin.at(slot - LEAD / 2)
    babies += made(twin, staged(twin), orders[1:])
    sent(twin, slot, babies)
    return babies


def received(twin: Twin, bag: str, *, intact: bool = True) -> None:
    twin.api("nora", "bedside/receive-bag", scan=bag, temperature="5", intact=intact)


def verified(twin: Twin, place: int, bag: str) -> str:
    """Wristband and bag scanned: an infusion's number after a GO."""
    who = twin.world.participants[place]
    answer = twin.api("nora", "bedside/verify-bag", wristband=who, bag=bag)
    return str(answer.text.split('"number":"')[-1].split('"')[0]) if "GO" in answer.text else ""


def every_step_of_the_ward(twin: Twin, babies: list[Baby]) -> None:
    """All that can be tried with a bag, whatever its standing: words and statuses are heard."""
    for place, baby in enumerate(babies):
        who = twin.world.participants[place]
        twin.form("niu", "bedside/receive-bag", scan=baby.bag, temperature="5", intact="yes")
        twin.form("niu", "/bedside/verify", wristband=who, bag=baby.bag, **SCANNED)
        twin.api("nora", "bedside/verify-bag", wristband=who, bag=babies[0].bag)
        twin.api("nora", "trial/cancel-order", order=baby.order, reason="asked for")
        became = {"bag": baby.bag, "became": "destroyed", "reason": "not used"}
        twin.form("nora", "bedside/account-for-bag", "niu", **became)
        twin.api("niu", "bedside/account-for-bag", "nora", **became)


def infused(twin: Twin, place: int, bag: str) -> None:
    """From the GO to the empty bag."""
    infusion = verified(twin, place, bag)
    twin.api("nora", "bedside/start-infusion", "niu", infusion=infusion)
    seen = {"infusion": infusion, "seen": "well", "temperature": "36.8"}
    twin.form("nora", "bedside/observe", pulse="72", systolic="128", diastolic="78", **seen)
    twin.api("nora", "bedside/end-infusion", infusion=infusion, given="100", empty_bag="returned")


def normal_course(twin: Twin) -> Iterator[str]:
    """Two participants in one session, both infused and followed up."""
    slot = morning(twin) + timedelta(hours=4)
    orders = []
    for place in (0, 1):
        weighed(twin, place)
        orders.append(ordered(twin, place, slot))
    yield "ordered"
    twin.at(slot - LEAD)
    babies = made(twin, staged(twin), orders)
    twin.at(slot - timedelta(minutes=40))
    first, second = twin.world.participants
    twin.api("nora", "bedside/receive-bag", scan=babies[0].bag, temperature="5", intact=True)
    twin.api("nora", "bedside/verify-bag", wristband=first, bag=babies[1].bag)
    yield "in the laboratory"
    sent(twin, slot, babies)
    twin.api("nora", "bedside/verify-bag", wristband=first, bag=babies[0].bag)
    yield "on the way"
    received(twin, babies[0].bag)
    received(twin, babies[1].bag)
    twin.form("niu", "/bedside/verify", wristband=second, bag=babies[0].bag, **SCANNED)
    infused(twin, 0, babies[0].bag)
    twin.form("niu", "/bedside/verify", wristband=second, bag=babies[1].bag, **SCANNED)
    every_step_of_the_ward(twin, babies)
    event = {"onset": str(twin.now.date()), "severity": "mild", "serious": "no", "related": "yes"}
    event |= {"participant": first, "term": "fever", "described": "38.1 °C"}
    twin.form("ines", "followup/report-event", **event)
    measured = {"participant": first, "week": 0, "hba1c": "8.6", "insulin": "42"}
    twin.api("asa", "followup/assess-outcome", **measured)
    about = deviations.OpenDeviation(babies[0].bag, "The courier's box was dented.")
    twin.story.do("tang", deviations.open_deviation, about)
    yield "ended"


def replaced_bag(twin: Twin) -> Iterator[str]:
    """One bag spoilt in the laboratory and filled again; one damaged on the ward, ordered anew."""
    slot = morning(twin) + timedelta(hours=4)
    orders = []
    for place in (0, 1):
        weighed(twin, place)
        orders.append(ordered(twin, place, slot))
    twin.at(slot - LEAD)
    session = staged(twin)
    spoilt, other = (treating.begun(twin.story, session, order) for order in orders)
    treating.drawn(twin.story, spoilt)
    treating.drawn(twin.story, other)
    leak = filling.DiscardBag(spoilt.bag, True, "leak at the port")
    twin.story.do("tang", filling.discard_bag, leak, "tian")
    again = made(twin, session, orders[:1])
    treating.finished(twin.story, other)
    twin.at(slot - timedelta(minutes=40))
    who = twin.world.participants[0]
    for bag in (spoilt.bag, again[0].bag):
        received(twin, bag)
        twin.form("niu", "/bedside/verify", wristband=who, bag=bag, **SCANNED)
    yield "filled again"
    sent(twin, slot, [*again, other])
    received(twin, again[0].bag)
    received(twin, other.bag)
    infused(twin, 0, again[0].bag)
    every_step_of_the_ward(twin, [spoilt, other])
    yield "given in the end"


def replaced_on_the_ward(twin: Twin) -> Iterator[str]:
    """Both bags damaged at the door: their orders are cancelled and ordered anew."""
    babies = on_the_way(twin)
    for baby in babies:
        received(twin, baby.bag, intact=False)
        twin.api("nora", "trial/cancel-order", order=baby.order, reason="damaged")
    yield "damaged"
    slot = twin.now.replace(second=0) + timedelta(hours=4)
    orders = [ordered(twin, place, slot) for place in (0, 1)]
    twin.at(slot - LEAD)
    new = made(twin, staged(twin), orders)
    sent(twin, slot, new)
    received(twin, new[0].bag)
    received(twin, new[1].bag)
    infused(twin, 0, new[0].bag)
    every_step_of_the_ward(twin, babies)
    yield "given in the end"


def _withdrawn(twin: Twin, verb: str) -> Iterator[str]:
    babies = on_the_way(twin)
    received(twin, babies[0].bag)
    received(twin, babies[1].bag)
    claimed = verified(twin, 0, babies[0].bag)
    act = {"hold": release.hold_lot, "recall": release.recall_lot}[verb]
    why = release.JudgeLot(twin.world.lots["product"], "count in doubt")
    twin.story.do("quinn", act, why)
    yield f"{verb}: just now"
    twin.api("nora", "bedside/start-infusion", "niu", infusion=claimed)
    twin.form("nora", "bedside/give-up-infusion", infusion=claimed, reason="code H")
    every_step_of_the_ward(twin, babies)
    yield f"{verb}: dealt with"


def lot_on_hold(twin: Twin) -> Iterator[str]:
    """The cell lot goes on hold while both bags are on the ward, one claimed by a GO."""
    return _withdrawn(twin, "hold")


def lot_recalled(twin: Twin) -> Iterator[str]:
    """The cell lot is recalled for good."""
    return _withdrawn(twin, "recall")


def expired(twin: Twin) -> Iterator[str]:
    """Nobody infuses the bags in time: one was received, the other was not."""
    babies = on_the_way(twin)
    received(twin, babies[0].bag)
    twin.at(twin.now.replace(second=0) + timedelta(hours=2, minutes=30))
    verified(twin, 0, babies[0].bag)
    yield "soon over"
    twin.at(twin.now.replace(second=0) + timedelta(hours=1))
    every_step_of_the_ward(twin, babies)
    yield "over"


def growth_after_infusion(twin: Twin) -> Iterator[str]:
    """The first bag's sterility test grows three days after both were given."""
    babies = on_the_way(twin)
    for place, baby in enumerate(babies):
        received(twin, baby.bag)
        infused(twin, place, baby.bag)
    twin.at(twin.now + timedelta(days=3))
    seen = sterility.ReadSterility(babies[0].sample, True, "Gram-positive cocci")
    twin.story.do("ana", sterility.read_sterility, seen)
    yield "growth"
    twin.at(twin.now + timedelta(days=24))
    for place in (0, 1):
        who = twin.world.participants[place]
        fit = {"participant": who, "visit": 2, "fit": True, "reason": "well"}
        twin.api("ines", "trial/sign-fitness", **fit)
        weighed(twin, place, 2)
        ordered(twin, place, twin.now.replace(second=0) + timedelta(hours=4), 2)
    every_step_of_the_ward(twin, babies)
    yield "the next infusion is ordered"


def code_broken(twin: Twin) -> Iterator[str]:
    """One code is broken; the investigator alone is told, everybody else reads the fact."""
    babies = on_the_way(twin)
    broken = {"participant": twin.world.participants[0], "reason": "pregnancy", "detail": "test"}
    twin.api("ines", "unblinding/break-code", **broken)
    twin.heard.pop()  # the answer to the one who asked is the arm: that is what it is for
    twin.api("ines", "unblinding/break-code", **broken)
    every_step_of_the_ward(twin, babies)
    yield "broken"


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        normal_course, replaced_bag, replaced_on_the_ward, lot_on_hold, lot_recalled, expired,
        growth_after_infusion, code_broken,
    )
}  # fmt: skip
