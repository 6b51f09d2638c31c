"""What happens in both twins: the laboratory through the story, the ward over HTTP."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from lims.attachments.actions import attach_file
from lims.attachments.keeping import AttachFile
from lims.core.days import start_of
from lims.core.errors import Refused
from lims.core.uploads import Upload
from lims.culture.models import Flask
from lims.demonstration import counting, treating
from lims.demonstration.treating import Baby
from lims.deviations import actions as deviations
from lims.filling import actions as filling
from lims.filling import finishing
from lims.monitoring.excursions import RaiseAlarm, raise_alarm
from lims.release import actions as release
from lims.release import recall
from lims.supplies.equipment import (
    RegisterEquipment,
    SetEquipment,
    register_equipment,
    set_equipment,
)
from lims.testing import sterility
from lims.trial.queries import participant
from lims.trust.actions import Action
from lims.trust.lateness import Earlier
from tests.attachments.conftest import TABLE, photo_of
from tests.wall.comparing import Scene
from tests.wall.twins import Twin

WEIGHTS = ("72.5", "81.6")
LEAD = timedelta(hours=3)
BEAM = '{"via": "keys", "ms": 90}'
SCANNED = {"_how.wristband": BEAM, "_how.bag": BEAM}


def morning(twin: Twin) -> datetime:
    """The next day at eight in Beijing."""
    midnight = start_of(twin.story.today + timedelta(days=1), twin.world.site.settings.zone)
    at_eight = midnight + timedelta(hours=8)
    twin.at(at_eight)
    return at_eight


def weighed(twin: Twin, place: int, visit: int = 1, weight: str = "") -> None:
    """Two nurses weigh, one by the API and one on the page."""
    weighed_once(twin, place, visit, weight or WEIGHTS[place])
    weighed_again(twin, place, visit, weight or WEIGHTS[place])


def weighed_once(twin: Twin, place: int, visit: int, weight: str) -> None:
    given = {"participant": twin.world.participants[place], "weight": weight, "scale": "scale 3"}
    twin.api("nora", "trial/weigh", visit=visit, **given)


def weighed_again(twin: Twin, place: int, visit: int, weight: str) -> None:
    given = {"participant": twin.world.participants[place], "weight": weight, "scale": "scale 3"}
    twin.form("niu", "trial/weigh", visit=str(visit), **given)


def judged(twin: Twin, place: int, visit: int = 1, *, fit: bool = True) -> None:
    """The investigator signs whether the infusion may be given."""
    given = {"participant": twin.world.participants[place], "visit": visit, "reason": "seen"}
    twin.api("ines", "trial/sign-fitness", fit=fit, **given)


def ordered(twin: Twin, place: int, slot: datetime, visit: int = 1) -> str:
    """An order for a slot, after the investigator's word; its number."""
    judged(twin, place, visit)
    who = twin.world.participants[place]
    twin.api("nora", "trial/order-infusion", participant=who, visit=visit, slot_at=slot.isoformat())
    with twin.world.site.reading() as session:
        orders = participant(session, who).orders
    return next(o.number for o in orders if o.visit == visit and not o.cancelled)


def staged(twin: Twin, cabinet: str = "") -> str:
    """A preparation session, at the usual safety cabinet or at another one."""
    assert twin.world.stores is not None
    stores = replace(twin.world.stores, cabinet=cabinet or twin.world.stores.cabinet)
    return treating.opened_session(twin.story, stores)


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


def both_ordered(twin: Twin, weights: tuple[str, str] = WEIGHTS) -> tuple[datetime, list[str]]:
    """Both participants weighed and ordered for, in the morning; the slot and the orders."""
    slot = morning(twin) + timedelta(hours=4)
    orders = []
    for place in (0, 1):
        weighed(twin, place, weight=weights[place])
        orders.append(ordered(twin, place, slot))
    return slot, orders


def on_the_way(twin: Twin, weights: tuple[str, str] = WEIGHTS) -> list[Baby]:
    """Two participants' bags on their way to the ward, each made in a session of its own."""
    slot, orders = both_ordered(twin, weights)
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
    pair = {"wristband": twin.world.participants[place], "bag": bag}
    twin.api("nora", "bedside/start-infusion", "niu", infusion=infusion, **pair)
    seen = {"infusion": infusion, "seen": "well", "temperature": "36.8"}
    seen |= {"_happened_at": twin.now.isoformat()}
    twin.form("nora", "bedside/observe", pulse="72", systolic="128", diastolic="78", **seen)
    twin.api("nora", "bedside/end-infusion", infusion=infusion, given="100", empty_bag="returned")


def normal_course(twin: Twin) -> Iterator[str]:
    """Two participants in one session, both infused and followed up."""
    slot, orders = both_ordered(twin)
    with twin.world.site.reading() as session:
        flask = session.scalars(select(Flask.number).order_by(Flask.number)).first()
    counting.counted(twin.story, str(flask))
    assert twin.world.stores is not None
    warm = RaiseAlarm(twin.world.stores.incubator, twin.now, "39 °C on the display")
    twin.story.do("tang", raise_alarm, warm)
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
    files_on_both_sides(twin, first, babies[0].bag)
    event = {"onset": str(twin.story.today), "severity": "mild", "serious": "no", "related": "yes"}
    event |= {"participant": first, "term": "fever", "described": "38.1 °C"}
    twin.form("ines", "followup/report-event", **event)
    measured = {"participant": first, "week": 0, "hba1c": "8.6", "insulin": "42"}
    twin.api("asa", "followup/assess-outcome", **measured)
    right = {"insulin": "24", "assessment": "1", "why": "digits swapped"}
    twin.form("asa", "followup/amend-outcome", **{n: str(v) for n, v in (measured | right).items()})
    graver = event | {"severity": "severe", "event": "1", "why": "the report says severe"}
    twin.form("ines", "followup/amend-event", **graver)
    other = {"participant": second, "kind": "other", "what": "the scale was not levelled"}
    twin.form("ines", "trial/deviate-from-protocol", **other)
    about = deviations.OpenDeviation(babies[0].bag, "The courier's box was dented.")
    twin.story.do("tang", deviations.open_deviation, about, "", Earlier(twin.now, "on the phone"))
    twin.story.do(
        "quinn", release.recall_lot, release.JudgeLot(twin.world.lots["vehicle"], "notice")
    )
    yield "ended"


def files_on_both_sides(twin: Twin, person: str, bag: str) -> None:
    """The ward's photo and report; and of the same bag a plot of the laboratory's."""
    for about, name, data in ((bag, "seal.jpg", photo_of("red")), (person, "visit.csv", TABLE)):
        sent = {"name": name, "base64": b64encode(data).decode()}
        twin.api("nora", "trial/attach-ward-file", about=about, what="as it came", file=sent)
    wrong = twin.get("nora", f"/api/trial/files/of/{person}").json["files"][0]["id"]
    twin.form("ines", "trial/strike-out-ward-file", attachment=wrong, reason="of another visit")
    plot = AttachFile(bag, "viability", Upload("plot.jpg", photo_of("blue")))
    twin.story.do("ana", attach_file, plot)


def replaced_bag(twin: Twin) -> Iterator[str]:
    """One bag spoilt in the laboratory and filled again; one damaged on the ward, ordered anew."""
    slot, orders = both_ordered(twin)
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
    pair = {"wristband": twin.world.participants[0], "bag": babies[0].bag}
    twin.api("nora", "bedside/start-infusion", "niu", infusion=claimed, **pair)
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
    twin.api("ines", "unblinding/break-code", **broken)  # the answer was lost
    twin.heard.pop()
    every_step_of_the_ward(twin, babies)
    yield "broken"


# Ordered at this weight; what a new weight then says. 72.6 / 66.0 = 1.1 and 72.9 / 81.0 = 0.9.
EDGES = {
    "72.6": {"65.9": "STOP", "66.0": "GO", "66.1": "GO", "80.6": "GO", "80.7": "STOP"},
    "72.9": {"66.2": "STOP", "66.3": "GO", "80.9": "GO", "81.0": "GO", "81.1": "STOP"},
}


def said_of(twin: Twin, place: int, bag: str) -> str:
    """The verdict's word and the codes of its reasons; a GO is given back before the start."""
    who = twin.world.participants[place]
    told = twin.api("nora", "bedside/verify-bag", wristband=who, bag=bag).json
    if told["number"]:
        twin.api("nora", "bedside/give-up-infusion", infusion=told["number"], reason="weigh again")
    return " ".join([told["word"], *(reason["code"] for reason in told["reasons"])])


def weighed_at_the_edges(twin: Twin) -> Iterator[str]:
    """Both bags on the ward, their people weighed anew about each edge of the interval."""
    ordered_at = tuple(EDGES)
    babies = on_the_way(twin, (ordered_at[0], ordered_at[1]))
    for baby in babies:
        received(twin, baby.bag)
    for steps in zip(*(EDGES[weight].items() for weight in ordered_at), strict=True):
        for place, (weight, word) in enumerate(steps):
            weighed(twin, place, weight=weight)
            said = said_of(twin, place, babies[place].bag)
            assert said == ("GO" if word == "GO" else "STOP weight-changed"), (weight, said)
    yield "weighed anew at each edge"
    weighed(twin, 0, weight="66.0")
    infused(twin, 0, babies[0].bag)
    every_step_of_the_ward(twin, babies)
    yield "one given at the very edge, the other stopped"


def weight_in_doubt(twin: Twin) -> Iterator[str]:
    """At the bedside one weight waits for its second person, is disputed, is far from the last."""
    babies = on_the_way(twin)
    for place, baby in enumerate(babies):
        received(twin, baby.bag)
        weighed_once(twin, place, 1, "73.0")
        assert said_of(twin, place, baby.bag) == "STOP weight-open"
    yield "open"
    for place, baby in enumerate(babies):
        weighed_again(twin, place, 1, "73.1")
        assert said_of(twin, place, baby.bag) == "STOP weight-disagreed"
    yield "disputed"
    for place, baby in enumerate(babies):
        weighed(twin, place, weight="87.0")
        assert said_of(twin, place, baby.bag) == "STOP weight-unlikely"
    yield "unlikely"
    why = {"participant": twin.world.participants[0], "reason": "in a plaster cast"}
    twin.api("ines", "trial/confirm-weight", **why)
    weighed_once(twin, 1, 1, "87.0")
    assert said_of(twin, 0, babies[0].bag) == "STOP weight-changed"  # a dose 16.7 % too small
    assert said_of(twin, 1, babies[1].bag) == "GO"
    every_step_of_the_ward(twin, babies)
    yield "settled"


def refused(
    twin: Twin, who: str, wanted: Action[Any, Any], command: object, second: str = ""
) -> list[str]:
    """The codes for which a step of the laboratory is refused."""
    try:
        twin.story.do(who, wanted, command, second)
    except Refused as found:
        return [reason.code for reason in found.reasons]
    raise AssertionError(f"{wanted.path} was done")


def not_drawn(twin: Twin, baby: Baby) -> list[str]:
    """The codes for which the first step of drawing this bag is refused, cells or vehicle."""
    try:
        treating.drawn(twin.story, baby)
    except Refused as found:
        return [reason.code for reason in found.reasons]
    raise AssertionError(f"{baby.bag} was drawn")


def not_released(twin: Twin, baby: Baby) -> list[str]:
    """The codes for which this bag is not released."""
    return refused(twin, "quinn", finishing.release_bag, finishing.ReleaseBag(baby.bag))


def fitness_undone(twin: Twin) -> Iterator[str]:
    """A serious event while the bag is prepared: the bench waits until it is judged anew."""
    slot, orders = both_ordered(twin)
    twin.at(slot - LEAD)
    session = staged(twin)
    babies = [treating.begun(twin.story, session, order) for order in orders]
    for baby in babies:
        treating.drawn(twin.story, baby)
    event = {"term": "infection", "onset": str(twin.story.today), "severity": "severe"}
    event |= {"serious": True, "related": False, "described": "pneumonia"}
    for who in twin.world.participants:
        twin.api("ines", "followup/report-event", participant=who, **event)
    yield "reported"
    for baby in babies:
        assert "order-halted" in not_released(twin, baby)
    judged(twin, 1)
    treating.finished(twin.story, babies[1])
    sent(twin, slot, babies[1:])
    received(twin, babies[1].bag)
    assert said_of(twin, 1, babies[1].bag) == "GO"
    twin.api("ines", "followup/report-event", participant=twin.world.participants[1], **event)
    assert said_of(twin, 1, babies[1].bag) == "STOP not-fit"
    yield "one judged anew and undone again"
    judged(twin, 1)
    infused(twin, 1, babies[1].bag)
    every_step_of_the_ward(twin, babies)
    yield "given in the end"


def order_halted(twin: Twin) -> Iterator[str]:
    """Both people are no longer fit when their bags are begun; one of them recovers."""
    slot, orders = both_ordered(twin)
    twin.at(slot - LEAD)
    session = staged(twin)
    babies = [treating.begun(twin.story, session, order) for order in orders]
    for place, baby in enumerate(babies):
        judged(twin, place, fit=False)
        assert not_drawn(twin, baby) == ["order-halted"]
    yield "halted"
    given_up = filling.DiscardBag(babies[0].bag, False, "the ward asks to wait")
    twin.story.do("tang", filling.discard_bag, given_up, "tian")
    twin.api("nora", "trial/cancel-order", order=orders[0], reason="not fit")
    judged(twin, 1)
    treating.drawn(twin.story, babies[1])
    treating.finished(twin.story, babies[1])
    sent(twin, slot, babies[1:])
    received(twin, babies[1].bag)
    infused(twin, 1, babies[1].bag)
    every_step_of_the_ward(twin, babies)
    yield "one given up, one given"


def instrument_out_of_service(twin: Twin) -> Iterator[str]:
    """The session's safety cabinet fails between two bags and is repaired."""
    slot, orders = both_ordered(twin)
    twin.at(slot - LEAD)
    session = staged(twin)
    babies = [treating.begun(twin.story, session, order) for order in orders]
    treating.drawn(twin.story, babies[0])
    put_in_service(twin, in_service=False)
    assert not_drawn(twin, babies[1]) == ["out-of-service"]
    of_bag = finishing.OfBag(babies[0].bag)
    assert refused(twin, "tang", finishing.print_bag_label, of_bag) == ["out-of-service"]
    yield "out of service"
    put_in_service(twin, in_service=True)
    treating.drawn(twin.story, babies[1])
    for baby in babies:
        treating.finished(twin.story, baby)
    sent(twin, slot, babies)
    for place, baby in enumerate(babies):
        received(twin, baby.bag)
        infused(twin, place, baby.bag)
    every_step_of_the_ward(twin, babies)
    yield "repaired"


def put_in_service(twin: Twin, *, in_service: bool) -> None:
    assert twin.world.stores is not None
    until = twin.story.today + timedelta(days=90)
    checked = SetEquipment(twin.world.stores.cabinet, until, in_service)
    twin.story.do("quinn", set_equipment, checked)


def instrument_recalled(twin: Twin) -> Iterator[str]:
    """A doubt about an instrument of the open session closes it: both bags are made anew."""
    slot, orders = both_ordered(twin)
    until = twin.story.today + timedelta(days=90)
    spare = RegisterEquipment("Safety cabinet 2", until)
    cabinet = twin.story.do("tang", register_equipment, spare).number
    twin.at(slot - LEAD)
    session = staged(twin, cabinet)
    babies = [treating.begun(twin.story, session, orders[0])]
    treating.drawn(twin.story, babies[0])
    doubt = recall.HoldDownstream(cabinet, "its filter leaks")
    twin.story.do("quinn", recall.hold_downstream, doubt)
    next_bag = filling.StartFill(orders[1], session)
    assert refused(twin, "tang", filling.start_fill, next_bag) == ["session-closed"]
    assert "withdrawn" in not_released(twin, babies[0])
    yield "recalled"
    twin.api("nora", "trial/cancel-order", order=orders[0], reason="the laboratory asks for it")
    slot = twin.now.replace(second=0) + timedelta(hours=4)
    orders[0] = ordered(twin, 0, slot)
    twin.api("nora", "trial/cancel-order", order=orders[1], reason="the laboratory asks for it")
    orders[1] = ordered(twin, 1, slot)
    twin.at(slot - LEAD)
    new = made(twin, staged(twin), orders)
    sent(twin, slot, new)
    for place, baby in enumerate(new):
        received(twin, baby.bag)
        infused(twin, place, baby.bag)
    every_step_of_the_ward(twin, babies)
    yield "made anew"


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        normal_course, replaced_bag, replaced_on_the_ward, lot_on_hold, lot_recalled, expired,
        growth_after_infusion, code_broken, weighed_at_the_edges, weight_in_doubt, fitness_undone,
        order_halted, instrument_out_of_service, instrument_recalled,
    )
}  # fmt: skip
