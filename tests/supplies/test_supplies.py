"""Materials and instruments are judged at the moment of use, not when they were scanned in."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.core.quantities import Hours, Percent
from lims.culture.actions import FeedFlask, feed_flask
from lims.demonstration import making
from lims.demonstration.treating import D
from lims.genealogy.queries import descendants
from lims.release.actions import JudgeLot, hold_lot, recall_lot, return_lot
from lims.supplies import actions as supplies
from lims.supplies.equipment import (
    RegisterEquipment,
    SetEquipment,
    register_equipment,
    set_equipment,
)
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from lims.trust.identity.roles import Role
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def delivered(world: World, days: int = 300, life: str | None = None) -> str:
    command = supplies.ReceiveMaterial(
        "Trypsin", "Bench Supplies", "S-7", world.story.today + timedelta(days=days),
        Hours(D(life)) if life else None,
    )  # fmt: skip
    return world.story.do("tian", supplies.receive_material, command).number


def accepted(world: World, days: int = 300, life: str | None = None) -> str:
    number = delivered(world, days, life)
    world.story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(number, "CoA 5"))
    return number


@pytest.fixture
def flask(world: World) -> str:
    donor = making.a_donor(world.story)
    return making.isolated(world.story, stores_of(world), donor)[0]


def feed(flask: str, material: str, *equipment: str) -> FeedFlask:
    return FeedFlask(flask, Percent(D(50)), (material,), "even", equipment)


def test_it_turns_away_who_may_not(world: World) -> None:
    stores = stores_of(world)
    day = world.story.today
    receive = supplies.ReceiveMaterial("Trypsin", "x", "y", day)
    technicians, qa = ("tang", "tian"), ("quinn", "qiu")
    pairs: list[tuple[Any, Any, tuple[str, ...]]] = [
        (supplies.receive_material, receive, technicians + qa),
        (register_equipment, RegisterEquipment("x", day), technicians + qa),
        (supplies.accept_material, supplies.AcceptMaterial(stores.medium, "1"), qa),
        (set_equipment, SetEquipment(stores.cabinet, day, True), qa),
        (supplies.make_vehicle,
         supplies.MakeVehicle("v", day, (stores.saline,), (stores.cabinet,)), technicians),
    ]  # fmt: skip
    for action, command, who in pairs:
        turned_away(world, action, command, *who)


def test_a_material_waits_in_quarantine_until_qa_accepts_it(world: World, flask: str) -> None:
    number = delivered(world)
    assert codes(world, "tang", feed_flask, feed(flask, number)) == {"lot-quarantine"}
    accept = supplies.AcceptMaterial(number, "CoA 5")
    world.story.do("quinn", supplies.accept_material, accept)
    world.story.do("tang", feed_flask, feed(flask, number))
    assert codes(world, "quinn", supplies.accept_material, accept) == {"not-in-quarantine"}


def test_who_received_a_material_does_not_accept_it(world: World) -> None:
    world.story.do("ada", grant_role, GrantRole("tian", Role.QA), "quinn")
    world.story.actors.clear()
    accept = supplies.AcceptMaterial(delivered(world), "CoA 5")
    assert codes(world, "tian", supplies.accept_material, accept) == {"you-received-this-lot"}


def test_a_material_on_hold_comes_back_through_its_investigation_only(world: World) -> None:
    medium = stores_of(world).medium
    world.story.do("quinn", hold_lot, JudgeLot(medium, "supplier's notice"))
    accept = supplies.AcceptMaterial(medium, "CoA 1")
    assert codes(world, "qiu", supplies.accept_material, accept) == {"not-in-quarantine"}
    back = JudgeLot(medium, "notice was for another lot")
    assert codes(world, "quinn", return_lot, back) == {"you-held-it"}
    world.story.do("qiu", return_lot, back)
    assert row(world, Lot, medium).standing is LotStanding.RELEASED


def test_a_material_that_expires_between_scan_and_use_is_refused(world: World, flask: str) -> None:
    """Case 29 of the reference: it expires between scan and use."""
    number = accepted(world, days=1)
    world.story.do("tang", feed_flask, feed(flask, number))
    world.story.wait(days=1)
    world.story.do("tang", feed_flask, feed(flask, number))  # its last day
    world.story.wait(days=1)
    assert codes(world, "tang", feed_flask, feed(flask, number)) == {"lot-expired"}


def test_an_opened_bottle_ends_before_its_label_does(world: World, flask: str) -> None:
    """Case 29 of the reference: opened, it lasts less long than its label says."""
    number = accepted(world, life="48")
    world.story.wait(days=30)  # unopened: all of its life is left
    world.story.do("tang", feed_flask, feed(flask, number))
    opened = row(world, Lot, number).opened_at
    world.story.clock.now = opened + timedelta(hours=48)
    world.story.do("tang", feed_flask, feed(flask, number))
    world.story.clock.now = opened + timedelta(hours=48, seconds=1)
    assert codes(world, "tang", feed_flask, feed(flask, number)) == {"opened-too-long"}
    assert row(world, Lot, number).opened_at == opened


@pytest.mark.parametrize(("action", "code"), [(hold_lot, "lot-hold"), (recall_lot, "lot-recalled")])
def test_a_held_or_recalled_material_is_refused(
    world: World, flask: str, action: Any, code: str
) -> None:
    number = accepted(world)
    world.story.do("quinn", action, JudgeLot(number, "supplier"))
    assert codes(world, "tang", feed_flask, feed(flask, number)) == {code}


def test_an_instrument_is_refused_after_its_calibration_or_out_of_service(
    world: World, flask: str
) -> None:
    until = world.story.today + timedelta(days=2)
    made = RegisterEquipment("Incubator 9", until)
    number = world.story.do("tang", register_equipment, made).number
    medium = stores_of(world).medium
    world.story.wait(days=2)
    world.story.do("tang", feed_flask, feed(flask, medium, number))
    world.story.wait(days=1)
    late = feed(flask, medium, number)
    assert codes(world, "tang", feed_flask, late) == {"calibration-overdue"}
    broken = SetEquipment(number, until, False)
    world.story.do("quinn", set_equipment, broken)
    assert codes(world, "tang", feed_flask, late) == {"calibration-overdue", "out-of-service"}
    mended = SetEquipment(number, until + timedelta(days=365), True)
    world.story.do("quinn", set_equipment, mended)
    world.story.do("tang", feed_flask, late)


def test_it_lists_what_is_wrong_with_everything_on_the_bench_and_uses_nothing(
    world: World, flask: str
) -> None:
    """Case 29 of the reference: a wrong lot was scanned among right ones."""
    fresh, quarantined = accepted(world), delivered(world, days=1)
    world.story.wait(days=2)
    wanted = FeedFlask(flask, Percent(D(50)), (fresh, quarantined), "even", ())
    assert codes(world, "tang", feed_flask, wanted) == {"lot-quarantine", "lot-expired"}
    assert row(world, Lot, fresh).opened_at is None
    assert flask not in read(world, descendants, fresh)


def test_the_vehicle_is_a_lot_like_any_other(world: World) -> None:
    stores = stores_of(world)
    made = making.a_vehicle(world.story, stores)
    found = row(world, Lot, made)
    assert found.standing is LotStanding.QUARANTINE
    assert made in read(world, descendants, stores.albumin)
    assert made in read(world, descendants, stores.cabinet)
    bench = (stores.cabinet,)
    early = world.story.today + timedelta(days=100)
    bad = supplies.MakeVehicle("Saline", early, (delivered(world),), bench)
    assert codes(world, "tang", supplies.make_vehicle, bad) == {"lot-quarantine"}


def test_the_vehicle_lasts_no_longer_than_the_first_of_what_went_in(world: World) -> None:
    short, cabinet = accepted(world, days=30), stores_of(world).cabinet
    last, materials = row(world, Lot, short).expires_on, (stores_of(world).saline, short)

    def lasting(until: date) -> supplies.MakeVehicle:
        return supplies.MakeVehicle("Saline", until, materials, (cabinet,))

    for until, code in (
        (last + timedelta(days=1), "outlives-its-materials"),
        (world.story.today, "already-expired"),
    ):
        assert codes(world, "tian", supplies.make_vehicle, lasting(until)) == {code}
    world.story.do("tian", supplies.make_vehicle, lasting(last))


def test_what_comes_from_a_donor_is_known_by_the_donation_on_its_isbt_code(world: World) -> None:
    world.site.settings = replace(world.site.settings, isbt_facility="A9999")
    code = "=+02000=A99982600000100&>0273652359"
    wanted = supplies.ReceiveMaterial("Human serum AB", "Blood bank", supplier_code=code)
    lot = world.story.do("tang", supplies.receive_material, wanted)
    assert (lot.supplier_lot, lot.expires_on) == ("A999826000001", date(2027, 12, 31))
    other = replace(wanted, expires_on=date(2028, 1, 1), supplier_lot="A999826000002")
    found = codes(world, "tang", supplies.receive_material, other)
    assert found == {"expiry-differs", "lot-differs"}
    bare = replace(wanted, supplier_code="=A99982600000100")  # its expiry stands beside it
    assert codes(world, "tang", supplies.receive_material, bare) == {"no-expiry"}
    broken = replace(wanted, supplier_code="=A9998260000010")
    assert codes(world, "tang", supplies.receive_material, broken) == {"isbt-invalid"}


def test_without_its_licence_no_isbt_code_is_read(world: World) -> None:
    wanted = supplies.ReceiveMaterial("Serum", "Blood bank", supplier_code="=A99982600000100")
    assert codes(world, "tang", supplies.receive_material, wanted) == {"isbt-off"}
