"""Vials: filled from a harvest, one in one position, thawed once, always reconciled."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.bank import actions as bank
from lims.bank.models import Place, Vial
from lims.bank.queries import reconciliation, vials_of
from lims.bank.rules import PlaceLevel, VialStanding
from lims.bank.thawing import ThawIntoCulture, thaw_into_culture
from lims.core.errors import Missing, Refused
from lims.core.quantities import CellCount, Millilitres, SquareCentimetres
from lims.culture.executed import steps_of
from lims.culture.executing import GiveUpStep, give_up_step
from lims.culture.models import Flask
from lims.demonstration import freezing, making
from lims.demonstration.treating import D
from lims.genealogy.queries import ancestors
from lims.protocol.steps import StepKind
from lims.release.actions import JudgeLot, hold_lot
from lims.supplies.models import Lot
from lims.supplies.rules import LotKind, LotStanding
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.steps import stepped
from tests.support.worlds import World


def harvest_of(world: World) -> making.culture.HarvestFacts:
    donor, stores = making.a_donor(world.story), stores_of(world)
    return making.harvested(world.story, stores, making.isolated(world.story, stores, donor), 100)


def vials(world: World, harvest: str, **other: Any) -> bank.FillVials:
    stepped(world.story, StepKind.FILLING, harvest)
    stores = stores_of(world)
    wanted = {
        "kind": LotKind.MASTER_BANK, "vials": 2, "viable_per_vial": CellCount(D(10_000_000)),
        "expires_on": world.story.today + timedelta(days=900),
        "materials": (stores.medium_for_freezing,), "equipment": (stores.cabinet,),
    } | other  # fmt: skip
    return bank.FillVials(harvest, **wanted)


def filled(world: World, count: int = 2, **other: Any) -> tuple[str, list[str]]:
    command = vials(world, harvest_of(world).id, vials=count, **other)
    lot = world.story.do("tang", bank.fill_vials, command, "tian").number
    freezing.frozen(world.story, lot)
    return lot, [vial.number for vial in read(world, vials_of, lot)]


def box(world: World) -> str:
    found = row(world, Place, stores_of(world).box)
    made = bank.AddPlace(PlaceLevel.BOX, "Box 2", found.within, 2, 3)
    return world.story.do("tang", bank.add_place, made).number


def store(world: World, vial: str, where: str, position: str) -> set[str]:
    return codes(world, "tang", bank.store_vial, bank.StoreVial(vial, where, position))


def test_it_turns_away_everybody_but_technicians(world: World) -> None:
    _, (first, _) = filled(world)
    thaw = ThawIntoCulture(
        first, 412, 21, 8, D(2), Millilitres(D(2)), SquareCentimetres(D(75)), (), ()
    )
    for action, command in (
        (bank.fill_vials, vials(world, "0" * 16)),
        (bank.add_place, bank.AddPlace(PlaceLevel.TANK, "T")),
        (bank.store_vial, bank.StoreVial(first, stores_of(world).box, "J12")),
        (bank.take_vial, bank.TakeVial(first, VialStanding.QC, "tests")),
        (thaw_into_culture, thaw),
    ):
        turned_away(world, action, command, "tang", "tian")


def test_a_bank_waits_in_quarantine_and_knows_where_it_comes_from(world: World) -> None:
    lot, numbers = filled(world)
    assert row(world, Lot, lot).standing is LotStanding.QUARANTINE
    upstream = {number[2] for number in read(world, ancestors, numbers[0])}
    assert upstream == set("LHFCDME")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"vials": 0}, {"number-of-vials"}),
        ({"vials": 401, "viable_per_vial": CellCount(D(1))}, {"number-of-vials"}),
        ({"viable_per_vial": CellCount(D(0))}, {"no-cells"}),
        ({"vials": 11}, {"not-enough-cells"}),
        ({"kind": LotKind.VEHICLE}, {"not-in-vials"}),
        ({"kind": LotKind.MATERIAL}, {"not-in-vials"}),
    ],
)
def test_it_refuses_what_a_harvest_cannot_give(
    world: World, other: dict[str, Any], expected: set[str]
) -> None:
    command = vials(world, harvest_of(world).id, **other)
    assert codes(world, "tang", bank.fill_vials, command, "tian") == expected


def test_it_refuses_an_expiry_of_today_and_a_checker_who_filled(world: World) -> None:
    harvest = harvest_of(world).id
    over = vials(world, harvest, expires_on=world.story.today, vials=0)
    assert codes(world, "tang", bank.fill_vials, over, "tian") == {
        "already-expired", "number-of-vials",
    }  # fmt: skip
    good = vials(world, harvest)
    for second, code in (("tang", "same-person"), ("nora", "second-person-role")):
        assert codes(world, "tang", bank.fill_vials, good, second) == {code}
    with pytest.raises(Missing):
        world.story.do("tang", bank.fill_vials, vials(world, "0" * 16), "tian")


def test_the_same_cells_are_not_filled_twice_or_filled_after_they_were_passaged(
    world: World,
) -> None:
    harvest = harvest_of(world)
    stores = stores_of(world)
    world.story.do("tang", bank.fill_vials, vials(world, harvest.id, vials=6), "tian")
    more = vials(world, harvest.id, vials=6)
    assert codes(world, "tang", bank.fill_vials, more, "tian") == {"not-enough-cells"}
    last = read(world, steps_of, harvest.id)[-1]
    world.story.do("tang", give_up_step, GiveUpStep(int(last.id), "the rest grows on"))
    making.passaged(world.story, stores, harvest, 2, 20_000_000)
    rest = vials(world, harvest.id, vials=1)
    assert codes(world, "tang", bank.fill_vials, rest, "tian") == {"not-enough-cells"}


def test_one_position_holds_one_vial_however_it_is_written(world: World) -> None:
    """Case 33 of the reference: two vials in one position."""
    _, (first, second) = filled(world)
    where = box(world)
    world.story.do("tang", bank.store_vial, bank.StoreVial(first, where, "b3"))
    assert row(world, Vial, first).position == "B3"
    assert store(world, second, where, "B3") == {"position-taken"}
    for twin in ("B03", "b003", " B3", "B3 ", "Ｂ３", "B٣"):
        assert store(world, second, where, twin), twin
    assert row(world, Vial, second).standing is VialStanding.FILLED


@pytest.mark.parametrize("position", ["", "A", "1", "A0", "A4", "C1", "A-1", "AA1", "A1.0", "@1"])
def test_it_knows_only_the_positions_of_the_box(world: World, position: str) -> None:
    _, (first, _) = filled(world)
    assert store(world, first, box(world), position) == {"no-such-position"}


def test_a_vial_is_put_into_a_box_only(world: World) -> None:
    _, (first, _) = filled(world)
    rack = row(world, Place, stores_of(world).box).within
    assert store(world, first, rack, "A1") == {"no-such-position"}
    tank = row(world, Place, rack).within
    for place in (
        bank.AddPlace(PlaceLevel.BOX, "loose"),
        bank.AddPlace(PlaceLevel.RACK, "loose"),
        bank.AddPlace(PlaceLevel.BOX, "in a tank", tank),
        bank.AddPlace(PlaceLevel.TANK, "in a tank", tank),
        bank.AddPlace(PlaceLevel.BOX, "empty", rack, 0, 9),
        bank.AddPlace(PlaceLevel.BOX, "huge", rack, 9, 21),
    ):
        assert codes(world, "tang", bank.add_place, place) == {"wrong-place"}


@pytest.mark.parametrize("end", [VialStanding.QC, VialStanding.RETAINED])
def test_what_left_the_freezer_never_goes_back(world: World, end: VialStanding) -> None:
    _, (first, _) = filled(world)
    where = box(world)
    world.story.do("tang", bank.store_vial, bank.StoreVial(first, where, "A1"))
    assert store(world, first, where, "A2") == {"wrong-standing"}
    world.story.do("tang", bank.take_vial, bank.TakeVial(first, end, "tests"))
    assert row(world, Vial, first).position is None
    assert store(world, first, where, "A1") == {"wrong-standing"}


def test_a_vial_is_taken_for_no_other_purpose(world: World) -> None:
    _, (first, _) = filled(world)
    for what in (VialStanding.THAWED, VialStanding.DESTROYED, VialStanding.RESERVED):
        command = bank.TakeVial(first, what, "please")
        assert codes(world, "tang", bank.take_vial, command) == {"wrong-purpose"}


def released_bank(world: World, count: int = 3) -> tuple[str, list[str]]:
    lot, numbers = filled(world, count)
    for place, number in enumerate(numbers[:3], start=1):
        command = bank.StoreVial(number, stores_of(world).box, f"J{place}")
        world.story.do("tang", bank.store_vial, command)
    making.tested(world.story, lot)
    making.released(world.story, lot)
    return lot, numbers


def thaw(vial: str, **other: Any) -> ThawIntoCulture:
    seen = {"live": 412, "dead": 21, "volume": "2"} | other
    volume = Millilitres(D(seen["volume"]))
    area = SquareCentimetres(D(75))
    return ThawIntoCulture(vial, seen["live"], seen["dead"], 8, D(2), volume, area, (), ())


def test_a_released_banks_vial_is_thawed_into_a_flask_of_the_next_passage_once(
    world: World,
) -> None:
    lot, numbers = released_bank(world)
    said = world.story.do("tang", thaw_into_culture, thaw(numbers[0]), "tian").says
    flask = said.rstrip(".").split()[-1]
    assert row(world, Flask, flask).passage == 1
    assert {numbers[0], lot} <= set(read(world, ancestors, flask))
    refused = codes(world, "tang", thaw_into_culture, thaw(numbers[0]), "tian")
    assert refused == {"wrong-standing"}
    assert store(world, numbers[0], stores_of(world).box, "J12") == {"wrong-standing"}


@pytest.mark.parametrize("other", [{"live": 5}, {"volume": "0"}, {"volume": "-1"}])
def test_a_bad_count_thaws_nothing(world: World, other: dict[str, Any]) -> None:
    _, numbers = released_bank(world)
    command = thaw(numbers[0], **other)
    assert codes(world, "tang", thaw_into_culture, command, "tian")
    assert row(world, Vial, numbers[0]).standing is VialStanding.STORED


def test_nothing_is_thawed_in_quarantine_on_hold_or_of_a_product_lot(world: World) -> None:
    _, (waiting, _) = filled(world)
    refused = codes(world, "tang", thaw_into_culture, thaw(waiting), "tian")
    assert refused == {"lot-quarantine"}
    lot, numbers = released_bank(world)
    world.story.do("quinn", hold_lot, JudgeLot(lot, "a second ago"))
    refused = codes(world, "tang", thaw_into_culture, thaw(numbers[0]), "tian")
    assert "lot-hold" in refused
    product = read(world, vials_of, world.lots["product"])[-1].number
    refused = codes(world, "tang", thaw_into_culture, thaw(product), "tian")
    assert refused == {"product"}


ACTS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["store", "qc", "retained", "destroyed", "thaw"])),
    min_size=3,
    max_size=12,
)


def test_vials_reconcile_whatever_happens_to_them(world: World) -> None:
    lot, numbers = released_bank(world, 10)
    where = box(world)

    def do(place: int, what: str) -> None:
        vial = numbers[place]
        if what == "store":
            command = bank.StoreVial(vial, where, f"A{1 + place % 3}")
            world.story.do("tang", bank.store_vial, command)
        elif what == "thaw":
            world.story.do("tang", thaw_into_culture, thaw(vial), "tian")
        else:
            taken = bank.TakeVial(vial, VialStanding(what), what)
            world.story.do("tang", bank.take_vial, taken)

    @settings(max_examples=8, deadline=None)
    @given(acts=ACTS)
    def whatever(acts: list[tuple[int, str]]) -> None:
        for place, what in acts:
            with suppress(Refused):
                do(place, what)
            found = read(world, reconciliation, lot)
            assert found.balances
            assert found.filled == 10

    whatever()
    assert read(world, reconciliation, lot).counts.get("stored", 0) < 10
