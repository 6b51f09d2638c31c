"""Several people do something at the same moment, on both databases, with real threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.bedside.actions import VerifyBag, verify_bag
from lims.bedside.models import Check, Infusion
from lims.bedside.rules import Word
from lims.blinding.rules import Arm
from lims.core.db import Base
from lims.core.errors import Refused
from lims.demonstration import treating
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.deviations.models import Deviation
from lims.filling.actions import ThawForBag, thaw_for_bag
from lims.filling.models import Fill
from lims.orders.models import TreatmentNumber
from lims.release.actions import JudgeLot, LotWithdrawn, hold_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.trial.actions import OfParticipant, randomise
from lims.trust.context import Work
from lims.trust.installation import Site
from lims.trust.trail.verify import verify_trail
from tests.hostile.watching import bearer
from tests.support.at_once import at_once, deed
from tests.support.worlds import World


def faults(world: World) -> tuple[str, ...]:
    with world.site.reading() as session:
        return verify_trail(session, world.site.key.public_key()).faults


def count(world: World, *where: object) -> int:
    with world.site.reading() as session:
        return session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]


def everything(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with world.site.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def another_site(world: World, reactions: dict[type, list[object]]) -> Iterator[World]:
    """The same installation served by a second process, in which something more happens."""
    site = Site(
        world.site.settings,
        {**world.site.reactions, **reactions},  # type: ignore[arg-type]
        world.clock,
        world.site.chance,
    )
    other = World(type(world.story)(site, world.clock))
    try:
        yield other
    finally:
        site.engine.dispose()


def a_cell_bag(world: World) -> tuple[treating.Baby, list[str]]:
    """A bag begun with cells, and the vials that were picked for it and are still frozen."""
    assert world.stores is not None
    treating.at_eight(world.story)
    orders = [treating.ordered(world.story, number, 1, "72.5") for number in world.participants]
    session = treating.opened_session(world.story, world.stores)
    world.story.wait(hours=1)
    babies = [treating.begun(world.story, session, order) for order in orders]
    with world.site.reading() as reading:
        of_cells = reading.scalars(select(Fill.bag).where(Fill.content == Arm.CELLS)).first()
        vials = reading.scalars(select(Vial.number).where(Vial.taken_for == of_cells)).all()
    return next(baby for baby in babies if baby.bag == of_cells), sorted(vials)


def test_of_two_nurses_who_scan_the_same_bag_one_gets_a_go_and_one_reads_who_has_it(
    either_world: World,
) -> None:
    story, stores = either_world.story, either_world.stores
    assert stores is not None
    treating.at_eight(story)
    orders = [treating.ordered(story, number, 1, "72.5") for number in either_world.participants]
    babies = treating.prepared(story, treating.opened_session(story, stores), orders)
    for number, baby in zip(either_world.participants, babies, strict=True):
        treating.received(story, baby.bag)
        command = VerifyBag(number, baby.bag)
        verdicts = at_once(
            [deed(either_world, nurse, verify_bag, command) for nurse in ("nora", "niu")] * 2
        )

        assert sorted(verdict.word for verdict in verdicts) == [Word.GO] + [Word.STOP] * 3
        for verdict in verdicts:
            codes = [reason.code for reason in verdict.reasons]
            assert ("already-in-use" in codes) == (verdict.word is Word.STOP)
        assert count(either_world, Infusion.bag == baby.bag) == 1
        assert count(either_world, Check.bag == baby.bag) == 4  # a STOP is kept too
    assert faults(either_world) == ()


def test_participants_randomised_at_once_get_a_number_each(either_world: World) -> None:
    story = either_world.story
    waiting = [treating.registered(story, f"R{n}", f"H-R{n}") for n in range(4)]
    for number in waiting:
        treating.screened(story, number)

    found = at_once(
        [deed(either_world, "ines", randomise, OfParticipant(number)) for number in waiting]
    )

    assert [str(one) for one in found if isinstance(one, Refused)] == []
    assert len({one.treatment for one in found}) == 4
    assert count(either_world, TreatmentNumber.taken.is_(True)) == 6
    assert faults(either_world) == ()


def test_a_vial_whose_lot_is_held_between_page_and_scan_is_not_thawed(either_world: World) -> None:
    baby, vials = a_cell_bag(either_world)
    client = either_world.client("tang")
    assert vials[0] in client.get(f"/filling/bags/{baby.bag}").get_data(as_text=True)
    held = JudgeLot(either_world.lots["product"], "a doubt")
    either_world.story.do("quinn", hold_lot, held)

    with pytest.raises(Refused, match=r"on hold|withdrawn"):
        either_world.story.do("tang", thaw_for_bag, ThawForBag(baby.bag, vials[0]))

    assert count(either_world, Vial.standing == VialStanding.THAWED) == 0


def test_a_thaw_waits_for_a_hold_under_way_and_is_refused_after_it(either_world: World) -> None:
    baby, vials = a_cell_bag(either_world)
    inside, go_on = threading.Event(), threading.Event()

    def dawdle(_work: Work, _news: object) -> None:
        inside.set()
        assert go_on.wait(30)

    thaw = deed(either_world, "tang", thaw_for_bag, ThawForBag(baby.bag, vials[0]))
    order: list[str] = []

    def hold_slowly() -> object:
        held = JudgeLot(either_world.lots["product"], "a doubt")
        with another_site(either_world, {LotWithdrawn: [dawdle]}) as other:
            done = deed(other, "quinn", hold_lot, held)()
        order.append("held")
        return done

    def thaw_meanwhile() -> object:
        assert inside.wait(30)
        threading.Timer(0.4, go_on.set).start()
        try:
            return thaw()
        finally:
            order.append("answered")

    held, thawed = at_once([hold_slowly, thaw_meanwhile])

    assert held.standing is LotStanding.HOLD
    assert isinstance(thawed, Refused)
    assert count(either_world, Vial.standing == VialStanding.THAWED) == 0
    assert faults(either_world) == ()


def test_thaws_and_a_hold_at_the_same_moment_leave_no_vial_thawed_after_the_hold(
    either_world: World,
) -> None:
    baby, vials = a_cell_bag(either_world)
    lot = either_world.lots["product"]
    thaws = [
        deed(either_world, "tang", thaw_for_bag, ThawForBag(baby.bag, vial)) for vial in vials[:4]
    ]
    hold = deed(either_world, "quinn", hold_lot, JudgeLot(lot, "a doubt"))

    *thawed, held = at_once([*thaws, hold])

    assert held.standing is LotStanding.HOLD
    answered = [one for one in thawed if not isinstance(one, Refused)]
    assert count(either_world, Vial.standing == VialStanding.THAWED) == len(answered)
    stream = f"lab/lot/{lot}"
    with either_world.site.reading() as session:
        trail = Base.metadata.tables["trail_entry"]
        payloads = session.scalars(
            select(trail.c.payload).where(trail.c.stream_name == stream).order_by(trail.c.seq)
        ).all()
    verbs = [b"thaw-for-bag" in p for p in payloads if b"hold-lot" in p or b"thaw-for-bag" in p]
    assert verbs == [True] * len(answered) + [False]  # the lot's own chain: the hold is the last
    assert faults(either_world) == ()


def test_fifty_writers_at_once_lose_nothing_and_meet_no_error(either_world: World) -> None:
    app = either_world.app()
    scripts = [bearer(either_world, login) for login in ("tang", "tian", "quinn", "qiu")]
    about = [either_world.lots["product"], either_world.lots["vehicle"]]
    before = count(either_world, Deviation.number.is_not(None))

    def write(place: int) -> object:
        body = {"about": about[place % 2], "what": f"writer {place}"}
        headers = scripts[place % 4] | {"Idempotency-Key": f"writer-{place}"}
        answer = app.test_client().post(
            "/api/deviations/open-deviation", json=body, headers=headers
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["number"]

    numbers = at_once([lambda place=place: write(place) for place in range(50)])

    assert len(set(numbers)) == 50
    assert count(either_world, Deviation.number.is_not(None)) == before + 50
    with either_world.site.reading() as session:
        told = set(session.scalars(select(Deviation.what)))
    assert {f"writer {place}" for place in range(50)} <= told
    assert faults(either_world) == ()


def test_a_key_sent_ten_times_at_once_does_it_once_and_all_read_the_same(
    either_world: World,
) -> None:
    command = OpenDeviation(either_world.lots["product"], "sent ten times")
    once = deed(either_world, "tang", open_deviation, command, key="the-same-key")

    answers = at_once([once] * 10)

    assert [str(one) for one in answers if isinstance(one, Refused)] == []
    assert len({repr(one) for one in answers}) == 1
    assert count(either_world, Deviation.what == "sent ten times") == 1
    other = OpenDeviation(either_world.lots["vehicle"], "something else")
    with pytest.raises(Refused, match="another request"):
        deed(either_world, "tang", open_deviation, other, key="the-same-key")()
    # A key is one person's own: somebody else's does not answer for it.
    theirs = deed(either_world, "quinn", open_deviation, command, key="the-same-key")()
    assert theirs.number not in {one.number for one in answers}
    assert faults(either_world) == ()


def test_a_crash_in_the_middle_of_an_action_leaves_nothing(either_world: World) -> None:
    held = JudgeLot(either_world.lots["product"], "the power fails")
    before = everything(either_world)

    def power_failure(_work: Work, _news: object) -> None:
        msg = "the power failed"
        raise OSError(msg)

    with another_site(either_world, {LotWithdrawn: [power_failure]}) as other:
        crashing = deed(other, "quinn", hold_lot, held, key="held-once")
        with pytest.raises(OSError, match="the power failed"):
            crashing()

    assert everything(either_world) == before
    again = deed(either_world, "quinn", hold_lot, held, key="held-once")()  # the key is not burnt
    assert again.standing is LotStanding.HOLD
    assert count(either_world, Lot.standing == LotStanding.HOLD) == 1
    assert faults(either_world) == ()
