"""A marker entered wrongly is put right, and the donor is judged again at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims.core.errors import Forbidden
from lims.core.quantities import Celsius, Grams
from lims.demonstration import donating
from lims.demonstration.treating import D
from lims.deviations.queries import open_about
from lims.donation import queries
from lims.donation.cord_views import JOURNEY
from lims.donation.cords import AmendCord, ReceiveCord, amend_cord, receive_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.reviewing import BringReport, bring_report, review_serology
from lims.donation.rules import DonorStanding, Finding
from lims.donation.serology import AmendSerology, amend_serology, enter_serology
from lims.supplies.models import Lot
from lims.supplies.rules import LotStanding
from tests.support.scenes import codes, read
from tests.support.worlds import World

WHY = "the line of another specimen was read"


def right(world: World, marker: str = "HIV NAT", **other: object) -> AmendSerology:
    """The newest result of a marker, with what is right about it."""
    found = [r for r in read(world, queries.donor, world.donor).results if r.marker == marker][-1]
    names = ("donor", "marker", "finding", "specimen_of", "specimen", "specimen_at", "laboratory",
             "method")  # fmt: skip
    same = {n: getattr(found, n) for n in names}
    return AmendSerology(**{**same, "serology": found.id, "why": WHY, **other})  # type: ignore[arg-type]


def slip(world: World, marker: str = "HIV NAT") -> None:
    """Reactive, by a slip, after the decision."""
    world.story.do(
        "ana", enter_serology, donating.one_marker(world.donor, marker, world.site.clock())
    )


def lot_standing(world: World) -> LotStanding:
    with world.site.reading() as session:
        return session.get_one(Lot, world.lots["product"]).standing


def standing(world: World) -> DonorStanding:
    return read(world, queries.donor, world.donor).standing


def test_a_donor_excluded_by_a_slip_is_decided_upon_again(either_world: World) -> None:
    world = either_world
    slip(world)
    assert standing(world) is DonorStanding.INELIGIBLE
    assert lot_standing(world) is LotStanding.HOLD
    world.story.do("ana", amend_serology, right(world, finding=Finding.NOT_REACTIVE))
    assert standing(world) is DonorStanding.PENDING
    assert world.donor in world.client("quinn").get("/").get_data(as_text=True)
    world.story.do(
        "ana", bring_report, BringReport(world.donor, "B-1", donating.report_of(world.donor, "x"))
    )
    world.story.do("aiko", review_serology, donating.review_of(world.story, world.donor))
    decided = DecideEligibility(world.donor, True, "HIV NAT was amended; all markers not reactive")
    world.story.do("qiu", decide_eligibility, decided)
    assert standing(world) is DonorStanding.ELIGIBLE
    # What was stopped is returned by QA, not by itself.
    assert lot_standing(world) is LotStanding.HOLD


def test_an_eligible_donor_whose_marker_was_reactive_after_all_stops_her_lots(
    either_world: World,
) -> None:
    world = either_world
    world.story.do("ana", amend_serology, right(world, finding=Finding.REACTIVE))
    assert standing(world) is DonorStanding.INELIGIBLE
    assert lot_standing(world) is LotStanding.HOLD


def test_a_laboratorys_name_put_right_decides_nothing(world: World) -> None:
    slip(world)
    world.story.do("ana", amend_serology, right(world, laboratory="Regional laboratory"))
    assert standing(world) is DonorStanding.INELIGIBLE


def test_one_of_two_reactive_markers_put_right_clears_nobody(world: World) -> None:
    slip(world)
    slip(world, "HBsAg")
    world.story.do("ana", amend_serology, right(world, finding=Finding.NOT_REACTIVE))
    assert standing(world) is DonorStanding.INELIGIBLE


def test_the_old_result_stays_readable_on_the_donors_page(world: World) -> None:
    slip(world)
    world.story.do("ana", amend_serology, right(world, finding=Finding.NOT_REACTIVE))
    page = world.client("quinn").get(f"/donation/donors/{world.donor}").get_data(as_text=True)
    assert f"was reactive: {WHY} (Ana Lyst)" in page


def test_what_cannot_be_entered_cannot_be_amended_to(world: World) -> None:
    assert codes(world, "ana", amend_serology, right(world, marker="HIV NAT")) == {
        "nothing-to-amend"
    }
    assert codes(world, "ana", amend_serology, replace(right(world), marker="scurvy")) == {
        "unknown-marker"
    }


def test_only_who_enters_serology_amends_it(world: World) -> None:
    with pytest.raises(Forbidden):
        world.story.do("tang", amend_serology, right(world, finding=Finding.REACTIVE))


def a_cord(world: World) -> ReceiveCord:
    began = world.site.clock() - timedelta(hours=10)
    other = {"highest": Celsius(D(7)), "weight": Grams(D(41))}
    return donating.as_it_came(world.story, world.donor, began, **other)


def put_right(world: World, number: str, **other: object) -> AmendCord:
    found = read(world, queries.cord, number)
    same = {n: getattr(found, n) for n in ("donor", *JOURNEY)}
    return AmendCord(**{**same, "cord": number, "why": "the logger was misread", **other})  # type: ignore[arg-type]


def test_a_cords_temperature_that_was_misread_is_judged_again(either_world: World) -> None:
    world = either_world
    number = world.story.do("tang", receive_cord, a_cord(world)).number
    assert read(world, open_about, [number]) == []

    world.story.do("tang", amend_cord, put_right(world, number, highest=Celsius(D("11.5"))))

    assert len(read(world, open_about, [number])) == 1  # too warm, as it would have been at once
    found = read(world, queries.cord, number)
    assert found.highest == Celsius(D("11.5"))
    assert [(was.field, was.old, was.by) for was in found.was] == [("highest", "7 °C", "tang")]
    page = world.client("quinn").get(f"/donation/cords/{number}").get_data(as_text=True)
    assert "amended, was 7 °C" in page
    world.story.do("tang", amend_cord, put_right(world, number, weight=Grams(D(14))))
    assert len(read(world, open_about, [number])) == 1  # it is not opened twice


def test_a_cord_is_amended_to_what_it_could_have_been_alone(world: World) -> None:
    number = world.story.do("tang", receive_cord, a_cord(world)).number
    for other, code in (
        ({"lowest": Celsius(D(9))}, "temperatures-swapped"),
        ({}, "nothing-to-amend"),
        ({"collected_at": world.site.clock() + timedelta(hours=1)}, "in-the-future"),
    ):
        refused = codes(world, "tang", amend_cord, put_right(world, number, **other))
        assert refused == {code}
