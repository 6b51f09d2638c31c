"""A box is counted: by one where it is as it should be, by two where it is not."""

from lims.bank.counted import box_counts
from lims.bank.inventory import CountBox, FoundAgain, count_box, found_again
from lims.bank.models import Place, Vial
from lims.bank.queries import held_in
from lims.bank.rules import BoxCountStanding, VialStanding
from lims.bank.storing import StoreVials, store_vials
from lims.deviations.queries import open_about
from tests.support.scenes import codes, row, stores_of, turned_away
from tests.support.worlds import World


def inside(world: World) -> list[str]:
    with world.site.reading() as session:
        return sorted(held_in(session, stores_of(world).box).values())


def counts(world: World, who: str, *vials: str) -> BoxCountStanding:
    wanted = CountBox(stores_of(world).box, vials)
    found: BoxCountStanding = world.story.do(who, count_box, wanted).standing
    return found


def test_a_box_that_is_as_it_should_be_is_counted_once(world: World) -> None:
    assert counts(world, "tang", *inside(world)) is BoxCountStanding.CONFIRMED


def test_what_two_people_do_not_find_is_lost_and_a_deviation_says_so(either_world: World) -> None:
    """Case 33 of the reference: two people count."""
    world = either_world
    there = inside(world)
    gone, rest = there[-1], there[:-1]
    assert counts(world, "tang", *rest) is BoxCountStanding.TO_CONFIRM
    box = stores_of(world).box
    page = world.client("tian").get(f"/bank/freezer/{box}").get_data(as_text=True)
    table = page.partition("Counts of this box")[2]
    assert gone not in table  # the second person counts without knowing
    assert box in world.client("tian").get("/").get_data(as_text=True)
    again = CountBox(box, tuple(rest))
    assert codes(world, "tang", count_box, again) == {"same-person"}
    assert row(world, Vial, gone).standing is VialStanding.STORED
    assert counts(world, "tian", *rest) is BoxCountStanding.CONFIRMED
    vial = row(world, Vial, gone)
    assert (vial.standing, vial.box) == (VialStanding.LOST, None)
    with world.site.reading() as session:
        assert len(open_about(session, [vial.lot])) == 1
        assert box_counts(session, box)[0].missing == gone


def test_two_counts_that_differ_from_each_other_settle_nothing(world: World) -> None:
    """Case 33 of the reference: and have to agree."""
    there = inside(world)
    counts(world, "tang", *there[:-1])
    assert counts(world, "tian", *there) is BoxCountStanding.APART
    assert row(world, Vial, there[-1]).standing is VialStanding.STORED
    assert counts(world, "tang", *there) is BoxCountStanding.CONFIRMED


def test_a_vial_that_should_lie_elsewhere_is_told(world: World) -> None:
    there, other = inside(world), "LMV269999990"
    assert counts(world, "tang", *there, other) is BoxCountStanding.TO_CONFIRM
    found = world.story.do("tian", count_box, CountBox(stores_of(world).box, (*there, other)))
    assert found.extra == other
    assert "1 not expected" in found.says


def test_only_boxes_are_counted_and_only_by_technicians(world: World) -> None:
    with world.site.reading() as session:
        rack = session.get_one(Place, stores_of(world).box).within
    assert codes(world, "tang", count_box, CountBox(str(rack), is_empty=True)) == {"not-a-box"}
    turned_away(world, count_box, CountBox(stores_of(world).box, is_empty=True), "tang", "tian")


def test_nobody_empties_a_box_by_pressing_a_button(world: World) -> None:
    nothing = CountBox(stores_of(world).box)
    assert codes(world, "tang", count_box, nothing) == {"scan-or-say-empty"}


def test_a_lost_vial_that_is_found_is_judged_by_qa_and_stored_again(world: World) -> None:
    there = inside(world)
    for who in ("tang", "tian"):
        counts(world, who, *there[:-2])
    fit, warm = (
        FoundAgain(there[-1], True, "in box 4"),
        FoundAgain(there[-2], False, "on the floor"),
    )
    turned_away(world, found_again, fit, "quinn", "qiu")
    world.story.do("quinn", found_again, fit)
    world.story.do("quinn", found_again, warm)
    assert row(world, Vial, there[-1]).standing is VialStanding.FILLED
    assert row(world, Vial, there[-2]).standing is VialStanding.DESTROYED
    world.story.do("tang", store_vials, StoreVials(stores_of(world).box, (there[-1],)))
    assert codes(world, "quinn", found_again, fit) == {"vial-is-not-lost"}
