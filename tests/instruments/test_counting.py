"""Counts from a counter's file: taken in whole, assigned by two, taken for a harvest once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lims.core.quantities import Millilitres
from lims.core.uploads import Upload
from lims.culture.amending import AmendCount, amend_count
from lims.culture.counting import (
    HarvestByInstrument,
    RecountHarvest,
    harvest_by_instrument,
    recount_harvest,
)
from lims.culture.models import Flask, Harvest
from lims.culture.rules import FlaskStanding
from lims.demonstration import making
from lims.deviations.queries import open_about
from lims.instruments.counting import ImportCounts, import_counts
from lims.instruments.models import InstrumentCount
from lims.instruments.queries import CountFacts, counts_of, to_assign
from lims.instruments.rules import CountStanding
from lims.instruments.taking import AssignCount, StrikeCount, assign_count, strike_count
from lims.protocol.steps import StepKind
from lims.supplies.counters import VerifyCounter, verify_counter
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.equipment_rules import DilutionMeans
from tests.instruments import files
from tests.support.scenes import codes, row, stores_of, turned_away
from tests.support.steps import stepped
from tests.support.worlds import World

WHY = "the wrong image was taken"


def a_counter(world: World, dilution: DilutionMeans | None = DilutionMeans.INCLUDED) -> str:
    until = world.story.today + timedelta(days=300)
    number = world.story.do("tang", register_equipment, RegisterEquipment("Counter", until)).number
    if dilution is not None:
        shown = VerifyCounter(number, dilution, "beads 1.0E6, read 1.02E6 at 1:2")
        world.story.do("quinn", verify_counter, shown)
    return number


def flasks(world: World) -> tuple[str, ...]:
    donor = making.a_donor(world.story)
    found = making.isolated(world.story, stores_of(world), donor)
    stepped(world.story, StepKind.HARVEST, *found)
    world.story.wait(days=5)
    return found


def blu(flask: str, *, live: str = "0.69", total: str = "0.75", viability: str = "92.03", minute: int = 28, again: str = "", dilution: str = "1") -> Upload:  # fmt: skip
    told = files.BLU_ROW.replace("LMF260000011", flask).replace('"0.69"', f'"{live}"')
    told = told.replace('"0.75"', f'"{total}"').replace('"92.03"', f'"{viability}"')
    told = told.replace("16:28", f"16:{minute}").replace('","","tang"', f'","{again}","tang"')
    told = told.replace('"","1","Normal"', f'"","{dilution}","Normal"')
    return Upload("counts.csv", files.blu(told).encode())


def imported(world: World, counter: str, file: Upload) -> tuple[CountFacts, ...]:
    return world.story.do("tang", import_counts, ImportCounts(counter, file)).counts


def harvests(world: World, pool: tuple[str, ...], *ids: str) -> HarvestByInstrument:
    stores = stores_of(world)
    return HarvestByInstrument(
        pool, ids, Millilitres(Decimal(40)), stores.growing, (stores.centrifuge,)
    )


def standing(world: World, count: str) -> CountStanding:
    found: CountStanding = row(world, InstrumentCount, count).standing
    return found


def test_a_count_of_our_number_is_taken_for_the_harvest_of_its_flasks(either_world: World) -> None:
    world = either_world
    pool, counter = flasks(world), a_counter(world)
    (count,) = imported(world, counter, blu(pool[0]))
    assert count.of == pool[0]
    page = world.client("tang").get(f"/culture/flasks/{pool[0]}").get_data(as_text=True)
    assert count.id in page
    wanted = harvests(world, pool, count.id)
    made = world.story.do("tang", harvest_by_instrument, wanted, "tian")
    assert made.viable_cells.value == Decimal("0.69E6") * 40
    assert made.viability.rounded(4).value == Decimal("92.0000")
    assert row(world, Flask, pool[1]).standing is FlaskStanding.HARVESTED
    assert standing(world, count.id) is CountStanding.TAKEN
    shown = world.client("quinn").get(f"/culture/harvests/{made.id}").get_data(as_text=True)
    assert "Counted by an instrument" in shown
    listed = world.client("quinn").get("/instruments/counts").get_data(as_text=True)
    assert pool[0] in listed


def test_nothing_is_taken_from_a_counter_whose_dilution_nobody_has_shown(world: World) -> None:
    pool, counter = flasks(world), a_counter(world, None)
    taken = ImportCounts(counter, blu(pool[0]))
    assert codes(world, "tang", import_counts, taken) == {"counter-not-verified"}


def test_a_dilution_that_is_not_in_the_figures_is_put_in(world: World) -> None:
    pool, counter = flasks(world), a_counter(world, DilutionMeans.NOT_INCLUDED)
    (count,) = imported(world, counter, blu(pool[0], dilution="2"))
    assert count.live.value == 2 * Decimal("0.69E6")


def test_the_same_file_or_an_overlapping_one_is_not_taken_twice(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    (count,) = imported(world, counter, blu(pool[0]))
    same = ImportCounts(counter, blu(pool[0]))
    assert codes(world, "tang", import_counts, same) == {"counted-already"}
    struck = StrikeCount(count.id, "of another bench")
    world.story.do("tang", strike_count, struck)
    imported(world, counter, blu(pool[0]))  # what was struck out may come again
    assert codes(world, "tang", strike_count, struck) == {"wrong-standing"}


def test_one_row_that_cannot_be_keeps_the_whole_file_out(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    text = blu(pool[0]).data.decode() + files.BLU_ROW.replace("92.03", "55.0") + "\r\n"
    taken = ImportCounts(counter, Upload("counts.csv", text.encode()))
    assert codes(world, "tang", import_counts, taken) == {"file-fault"}
    with world.site.reading() as session:
        assert counts_of(session, pool[0]) == []


def test_a_sample_that_is_no_number_of_ours_is_assigned_by_two(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    (count,) = imported(world, counter, blu("P2-3"))
    assert count.of is None
    with world.site.reading() as session:
        assert [one.id for one in to_assign(session)] == [count.id]
    assert "P2-3" in world.client("tang").get("/").get_data(as_text=True)
    wanted = harvests(world, pool, count.id)
    assert codes(world, "tang", harvest_by_instrument, wanted, "tian") == {
        "count-of-something-else"
    }
    assign = AssignCount(count.id, pool[0])
    turned_away(world, assign_count, assign, "tang", "tian")
    world.story.do("tang", assign_count, assign, "tian")
    assert codes(world, "tang", assign_count, assign, "tian") == {"assigned-already"}
    world.story.do("tang", harvest_by_instrument, wanted, "tian")


def test_a_control_or_another_vessels_sample_is_assigned_to_nothing(world: World) -> None:
    """Case 57 of the reference: a positive control used as a sample, and samples that changed places."""
    pool, counter = flasks(world), a_counter(world)
    for sample, code in (
        ("pos control", "count-of-a-control"),
        (f"a {pool[1]}", "count-names-another"),
    ):
        (count,) = imported(world, counter, blu(sample))
        assert count.of is None
        assign = AssignCount(count.id, pool[0])
        assert codes(world, "tang", assign_count, assign, "tian") == {code}
    world.story.do("tang", assign_count, AssignCount(count.id, pool[1]), "tian")


@pytest.mark.parametrize("sample", ["LMF260000012", "lmf26", "LMV260000018"])
def test_a_number_with_a_wrong_check_character_or_of_nothing_here_is_not_matched(
    world: World, sample: str
) -> None:
    (count,) = imported(world, a_counter(world), blu(sample))
    assert count.of is None


def test_repeated_counts_are_taken_by_their_mean_unless_they_are_too_far_apart(
    world: World,
) -> None:
    pool, counter = flasks(world), a_counter(world)
    one = imported(world, counter, blu(pool[0]))[0]
    two = imported(
        world, counter, blu(pool[0], live="0.72", total="0.78", viability="92.3", minute=30)
    )[0]
    far = imported(
        world, counter, blu(pool[0], live="0.35", total="0.38", viability="92", minute=32)
    )[0]
    apart = harvests(world, pool, one.id, far.id)
    assert codes(world, "tang", harvest_by_instrument, apart, "tian") == {"counts-apart"}
    both = harvests(world, pool, one.id, two.id, two.id)
    made = world.story.do("tang", harvest_by_instrument, both, "tian")
    assert made.viable_cells.value == Decimal("0.705E6") * 40


def test_a_count_serves_one_harvest(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    (count,) = imported(world, counter, blu(pool[0]))
    world.story.do("tang", harvest_by_instrument, harvests(world, pool[:1], count.id), "tian")
    again = harvests(world, pool[1:], count.id)
    found = codes(world, "tang", harvest_by_instrument, again, "tian")
    assert found == {"count-of-something-else", "count-serves-no-more"}


def test_a_harvest_is_put_right_by_other_counts_or_by_eye(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    wrong = imported(world, counter, blu(pool[0]))[0]
    right = imported(
        world, counter, blu(pool[0], live="0.42", total="0.45", viability="93", minute=30)
    )[0]
    made = world.story.do("tang", harvest_by_instrument, harvests(world, pool, wrong.id), "tian")
    ml = Millilitres(Decimal(40))
    world.story.do("tang", recount_harvest, RecountHarvest(made.id, (right.id,), ml, WHY), "tian")
    assert row(world, Harvest, made.id).viable_cells.value == Decimal("0.42E6") * 40
    assert standing(world, wrong.id) is CountStanding.COUNTED
    assert standing(world, right.id) is CountStanding.TAKEN
    by_eye = AmendCount(made.id, 412, 21, 8, Decimal(2), ml, WHY)
    world.story.do("tang", amend_count, by_eye, "tian")
    assert standing(world, right.id) is CountStanding.COUNTED
    assert row(world, Harvest, made.id).squares == 8


def test_what_was_analysed_anew_stands_in_the_place_of_the_earlier_count(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    first = imported(world, counter, blu(pool[0]))[0]
    anew = imported(
        world,
        counter,
        blu(pool[0], live="0.60", total="0.65", viability="92.3", again="9/21/2025 9:00"),
    )[0]
    assert standing(world, first.id) is CountStanding.ANALYSED_ANEW
    made = world.story.do("tang", harvest_by_instrument, harvests(world, pool, anew.id), "tian")
    imported(
        world,
        counter,
        blu(pool[0], live="0.50", total="0.55", viability="91", again="9/22/2025 9:00"),
    )
    assert standing(world, anew.id) is CountStanding.ANALYSED_ANEW
    with world.site.reading() as session:
        assert len(open_about(session, [pool[0]])) == 1  # QA judges what the harvest rests on
    assert made.id


def test_only_technicians_take_counts_in_and_qa_verifies_a_counter(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    turned_away(world, import_counts, ImportCounts(counter, blu(pool[0])), "tang", "tian")
    shown = VerifyCounter(counter, DilutionMeans.INCLUDED, "beads")
    turned_away(world, verify_counter, shown, "quinn", "qiu")


def test_the_last_analysis_serves_in_whatever_order_the_files_come(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    late = imported(world, counter, blu(pool[0], live="0.60", total="0.65", viability="92.3", again="10/1/2025 9:00"))[0]  # fmt: skip
    early = imported(world, counter, blu(pool[0], live="0.50", total="0.55", viability="91", again="9/30/2025 9:00"))[0]  # fmt: skip
    first = imported(world, counter, blu(pool[0]))[0]
    assert [standing(world, one.id) for one in (late, early, first)] == [
        CountStanding.COUNTED,
        CountStanding.ANALYSED_ANEW,
        CountStanding.ANALYSED_ANEW,
    ]


def test_a_file_that_grew_since_it_was_taken_adds_only_what_is_new(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    imported(world, counter, blu(pool[0]))
    grown = blu(pool[0]).data + blu(pool[1], minute=44).data.split(b"\r\n", 1)[1]
    told = world.story.do("tang", import_counts, ImportCounts(counter, Upload("counts.csv", grown)))
    assert [count.of for count in told.counts] == [pool[1]]
    assert "One was taken in before." in told.says
    with world.site.reading() as session:
        assert len(counts_of(session, pool[0])) == 1


def test_the_same_row_twice_in_one_file_is_a_fault(world: World) -> None:
    pool, counter = flasks(world), a_counter(world)
    twice = blu(pool[0]).data + blu(pool[0]).data.split(b"\r\n", 1)[1]
    taken = ImportCounts(counter, Upload("counts.csv", twice))
    assert codes(world, "tang", import_counts, taken) == {"file-fault"}


def test_a_count_assigned_to_the_wrong_vessel_is_assigned_again_until_it_is_taken(
    world: World,
) -> None:
    pool, counter = flasks(world), a_counter(world)
    (count,) = imported(world, counter, blu("P2-3"))
    world.story.do("tang", assign_count, AssignCount(count.id, pool[1]), "tian")
    world.story.do("tang", assign_count, AssignCount(count.id, pool[0]), "tian")
    wanted = harvests(world, pool[:1], count.id)
    world.story.do("tang", harvest_by_instrument, wanted, "tian")
    late = AssignCount(count.id, pool[1])
    assert codes(world, "tang", assign_count, late, "tian") == {"assigned-already"}


def test_a_counter_that_leaves_the_dilution_out_has_to_tell_it(world: World) -> None:
    pool, counter = flasks(world), a_counter(world, DilutionMeans.NOT_INCLUDED)
    taken = ImportCounts(counter, blu(pool[0], dilution=""))
    assert codes(world, "tang", import_counts, taken) == {"file-fault"}


def test_a_dilution_told_as_a_share_is_put_in_as_one(world: World) -> None:
    pool, counter = flasks(world), a_counter(world, DilutionMeans.NOT_INCLUDED)
    text = files.CEDEX.replace("LMF260000011", pool[0])
    (count,) = imported(world, counter, Upload("cedex.csv", text.encode()))
    assert count.live.value == Decimal("4529542.5") * 2
