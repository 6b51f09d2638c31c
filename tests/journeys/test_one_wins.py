"""Two people want the same thing at the same moment: one has it, the other reads why not."""

from decimal import Decimal

from sqlalchemy import select

from lims.accounts.actions import AddPerson, add_person
from lims.bags.models import Bag
from lims.bank.actions import StoreVial, store_vial
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.core.errors import Refused
from lims.core.quantities import Kilograms
from lims.demonstration import making, treating
from lims.demonstration.treating import slot_of
from lims.filling.actions import StartFill, start_fill
from lims.orders.models import Order
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.rules import LotKind
from lims.trial.actions import (
    OfParticipant,
    RegisterParticipant,
    Weigh,
    randomise,
    register_participant,
    weigh,
)
from lims.trial.models import Participant, Weighing, WeighingStanding
from lims.trial.ordering import OrderInfusion, order_infusion
from lims.trial.rules import Sex
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Role
from lims.trust.trail.verify import verify_trail
from tests.support.at_once import Outcome, at_once, deed
from tests.support.worlds import World


def one_won(world: World, outcomes: list[Outcome]) -> Outcome:
    """The only one who was not refused; the trail verifies."""
    (winner,) = (one for one in outcomes if not isinstance(one, Refused))
    assert all(one.reasons for one in outcomes if one is not winner)
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()
    return winner


def test_an_order_that_two_technicians_start_gets_one_bag(either_world: World) -> None:
    story, stores = either_world.story, either_world.stores
    assert stores is not None
    treating.at_eight(story)
    order = treating.ordered(story, either_world.participants[0], 1, "72.5")
    sessions = [treating.opened_session(story, stores) for _ in range(2)]
    story.wait_until(slot_of(story, order))
    story.clock.now = slot_of(story, order) - making.timedelta(hours=3)

    found = at_once(
        [
            deed(either_world, who, start_fill, StartFill(order, session))
            for who, session in zip(("tang", "tian"), sessions, strict=True)
        ]
    )

    bag = one_won(either_world, found).bag
    with either_world.site.reading() as session:
        assert session.scalars(select(Bag.number).where(Bag.order == order)).all() == [bag]


def test_a_position_in_the_freezer_takes_one_vial(either_world: World) -> None:
    story, stores = either_world.story, either_world.stores
    assert stores is not None
    harvest = making.harvested(
        story, stores, making.isolated(story, stores, making.a_donor(story)), 200
    )
    lot = making.filled(story, stores, harvest, LotKind.MASTER_BANK, 2)
    with either_world.site.reading() as session:
        vials = session.scalars(select(Vial.number).where(Vial.lot == lot)).all()

    found = at_once(
        [
            deed(either_world, "tang", store_vial, StoreVial(vial, stores.box, "J12"))
            for vial in vials
        ]
    )

    one_won(either_world, found)
    with either_world.site.reading() as session:
        stored = select(Vial.number).where(Vial.lot == lot, Vial.standing == VialStanding.STORED)
        assert len(session.scalars(stored).all()) == 1


def test_a_login_is_given_to_one_person_only(either_world: World) -> None:
    found = at_once(
        [
            deed(
                either_world,
                "ada",
                add_person,
                AddPerson("twin", name, number, Role.NURSE, "x" * 12, "y" * 12),
                "quinn",
            )
            for name, number in (("First Twin", "S-91"), ("Second Twin", "S-92"))
        ]
    )

    winner = one_won(either_world, found)
    with either_world.site.reading() as session:
        person = session.get(Person, "twin")
        assert person is not None
        assert person.name == winner.name


def test_a_person_is_registered_once_though_two_hospitals_do_it_at_once(
    either_world: World,
) -> None:
    now = either_world.clock.now
    command = RegisterParticipant(
        "TW",
        Sex.MALE,
        either_world.story.today.replace(year=1970),
        "H-TWICE",
        "3.0",
        now - making.timedelta(days=1),
    )

    found = at_once([deed(either_world, "ines", register_participant, command)] * 2)

    number = one_won(either_world, found).number
    with either_world.site.reading() as session:
        twice = select(Participant.number).where(Participant.initials == "TW")
        assert session.scalars(twice).all() == [number]


def test_a_participant_is_randomised_once(either_world: World) -> None:
    number = treating.registered(either_world.story, "ON", "H-ONCE")
    treating.screened(either_world.story, number)

    found = at_once([deed(either_world, "ines", randomise, OfParticipant(number))] * 3)

    assert one_won(either_world, found).treatment


def test_two_nurses_who_weigh_at_the_same_moment_are_first_and_second(either_world: World) -> None:
    command = Weigh(either_world.participants[0], 1, Kilograms(Decimal("72.5")), "scale 3")

    found = at_once([deed(either_world, nurse, weigh, command) for nurse in ("nora", "niu")])

    assert not [one for one in found if isinstance(one, Refused)]
    with either_world.site.reading() as session:
        (only,) = session.scalars(select(Weighing))
        assert only.standing is WeighingStanding.CONFIRMED
        assert only.by != only.second_by


def test_an_infusion_is_ordered_once(either_world: World) -> None:
    story, number = either_world.story, either_world.participants[0]
    treating.at_eight(story)
    treating.signed_fit(story, number, 1)
    treating.weighed(story, number, 1, "72.5")
    command = OrderInfusion(number, 1, story.clock.now + making.timedelta(hours=4))

    found = at_once([deed(either_world, n, order_infusion, command) for n in ("nora", "niu")])

    one_won(either_world, found)
    with either_world.site.reading() as session:
        assert len(session.scalars(select(Order)).all()) == 1


def test_numbers_given_out_at_once_for_the_first_time_in_a_year_differ(either_world: World) -> None:
    either_world.story.wait(days=370)
    until = either_world.story.today + making.timedelta(days=90)
    commands = [RegisterEquipment(f"Pipette {n}", until) for n in range(6)]

    found = at_once([deed(either_world, "tang", register_equipment, one) for one in commands])

    assert not [str(one) for one in found if isinstance(one, Refused)]
    assert len({one.number for one in found}) == 6
