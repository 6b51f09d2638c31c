"""Separation of duties is by person: a second role or a second account is no second person."""

from datetime import timedelta

import pytest

from lims.accounts.actions import AddPerson, GrantRole, add_person, grant_role
from lims.bank import actions as bank
from lims.bank.models import Vial
from lims.bank.rules import VialStanding
from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD
from lims.deviations import actions as deviations
from lims.filling import finishing
from lims.filling.actions import DrawCells, ThawForBag, draw_cells, thaw_for_bag
from lims.filling.queries import fill
from lims.filling.sessions import OpenPreparation, open_preparation
from lims.release import actions as release
from lims.trust.actions import Request, perform
from lims.trust.identity.roles import Role
from lims.trust.identity.signatures import Credentials
from tests.support.scenes import codes, counted_too, read, row, stores_of
from tests.support.worlds import World


def begun(world: World) -> treating.Baby:
    treating.at_eight(world.story)
    order = treating.ordered(world.story, world.participants[0], 1, "72.5")
    session = treating.opened_session(world.story, stores_of(world))
    world.story.wait_until(treating.slot_of(world.story, order) - timedelta(hours=3))
    return treating.begun(world.story, session, order)


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        ("Tang Wei", "S-2000", "name-in-use"),
        ("tang  WEI", "S-2000", "name-in-use"),
        ("Tang Wai", "S-1001", "staff-number"),
        ("Tang Wai", "s-1001", "staff-number"),
    ],
)
def test_nobody_gets_a_second_account_to_verify_their_own_work(
    world: World, name: str, number: str, code: str
) -> None:
    again = AddPerson("tang.wei", name, number, Role.TECHNICIAN, PASSWORD, PASSWORD)
    assert codes(world, "ada", add_person, again, "quinn") == {code}


def test_a_verifier_signs_on_the_performers_screen_and_both_are_kept(world: World) -> None:
    stores = stores_of(world)
    use = OpenPreparation((stores.bags,), (stores.cabinet,))
    request = Request(world.story.actor("tang"), witnessed=Credentials("tian", PASSWORD))
    made = perform(world.site, open_preparation, use, request)
    assert (made.opened_by, made.cleared_by) == ("tang", "tian")


def test_who_tested_a_lot_does_not_take_it_off_hold(world: World) -> None:
    lot = release.JudgeLot(world.lots["vehicle"], "cleared")
    world.story.do("quinn", release.hold_lot, lot)
    world.story.do("ada", grant_role, GrantRole("ana", Role.QA), "qiu")
    world.story.actors.clear()
    assert codes(world, "ana", release.return_lot, lot) == {"your-hands"}


def test_a_deviation_closed_before_the_draw_does_not_excuse_the_dose(world: World) -> None:
    """It cannot be about a dose that nobody knew yet."""
    baby = begun(world)
    about = deviations.OpenDeviation(baby.bag, "The bag's outer wrap was torn.")
    number = world.story.do("tang", deviations.open_deviation, about).number
    close = deviations.CloseDeviation(number, "inner wrap intact")
    world.story.do("quinn", deviations.close_deviation, close)
    for vial in read(world, fill, baby.bag).vials:
        world.story.do("tang", thaw_for_bag, ThawForBag(baby.bag, vial))
    count = DrawCells(baby.bag, 440, 5, 1, treating.D(55), treating.Millilitres(treating.D("0.6")))
    world.story.do("tang", draw_cells, counted_too(world, count), "tian")  # 10.99 % short
    refused = codes(world, "quinn", finishing.release_bag, finishing.ReleaseBag(baby.bag))
    assert "dose-deviation" in refused


def test_a_vial_picked_for_a_bag_is_not_stored_behind_its_back(world: World) -> None:
    baby = begun(world)
    vial = read(world, fill, baby.bag).vials[0]
    command = bank.StoreVial(vial, stores_of(world).box, "J12")
    assert codes(world, "tian", bank.store_vial, command)
    assert row(world, Vial, vial).standing is VialStanding.RESERVED
