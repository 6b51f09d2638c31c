"""A cord at the door: its time and temperature are judged, and open a deviation."""

from datetime import timedelta

import pytest

from lims.accounts.actions import GrantRole, grant_role
from lims.core.errors import Missing
from lims.core.quantities import Celsius
from lims.demonstration import donating, making
from lims.demonstration.treating import D
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.models import Deviation
from lims.deviations.queries import open_about
from lims.donation.accepting import AcceptCord, RejectCord, accept_cord, reject_cord
from lims.donation.cords import ReceiveCord, receive_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.models import Cord
from lims.donation.rules import CordStanding
from lims.trust.identity.roles import Role
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def arrives(
    world: World, hours: float = 9, low: str = "3", high: str = "6", donor: str = ""
) -> ReceiveCord:
    at = world.clock.now - timedelta(hours=hours)
    low_high = {"lowest": Celsius(D(low)), "highest": Celsius(D(high))}
    return donating.as_it_came(world.story, donor or world.donor, at, **low_high)


def deviations_about(world: World, number: str) -> set[str]:
    with world.site.reading() as session:
        return {d.code for d in session.query(Deviation).filter(Deviation.about == number)}


def test_it_receives_a_cord_of_a_donor_who_consented_before(world: World) -> None:
    got = world.story.do("tang", receive_cord, arrives(world))
    assert row(world, Cord, got.number).received_by == "tang"
    assert deviations_about(world, got.number) == set()


def test_it_turns_away_who_may_not(world: World) -> None:
    turned_away(world, receive_cord, arrives(world), "tang", "tian")
    cord = making.cord_of(world.story, world.donor)
    turned_away(world, accept_cord, AcceptCord(cord, "x"), "quinn", "qiu")
    reject = RejectCord(cord, "torn")
    turned_away(world, reject_cord, reject, "quinn", "qiu")


@pytest.mark.parametrize(
    ("hours", "low", "high", "expected"),
    [
        (24, "2", "8", set()),
        (24 + 1 / 3600, "2", "8", {"transport-time"}),
        (9, "1.9", "8", {"too-cold"}),
        (9, "2", "8.1", {"too-warm"}),
        (40, "-1", "30", {"transport-time", "too-cold", "too-warm"}),
    ],
)
def test_it_opens_a_deviation_for_each_limit_that_was_broken_and_for_none_that_was_reached(
    world: World, hours: float, low: str, high: str, expected: set[str]
) -> None:
    donor = donating.registered(world.story, world.clock.now - timedelta(days=9))
    got = world.story.do("tang", receive_cord, arrives(world, hours, low, high, donor))
    assert deviations_about(world, got.number) == expected


def test_it_refuses_a_cord_collected_before_consent_or_in_the_future(world: World) -> None:
    donor = donating.registered(world.story, world.clock.now - timedelta(hours=2))
    command = arrives(world, donor=donor)
    assert codes(world, "tang", receive_cord, command) == {"consent-late"}
    assert codes(world, "tang", receive_cord, arrives(world, -1)) == {"in-the-future"}
    swapped = arrives(world, 9, "6", "3")
    assert codes(world, "tang", receive_cord, swapped) == {"temperatures-swapped"}
    nobody = arrives(world, donor="LMD260009999")
    with pytest.raises(Missing):
        world.story.do("tang", receive_cord, nobody)


def test_a_cord_is_accepted_by_qa_once_its_deviations_are_closed(world: World) -> None:
    got = world.story.do("tang", receive_cord, arrives(world, 40, "-1", "30"))
    accept = AcceptCord(got.number, "warm, late and frozen, but intact")
    assert codes(world, "quinn", accept_cord, accept) == {"open-deviation"}
    for number in read(world, open_about, [got.number]):
        assert row(world, Cord, got.number).standing is CordStanding.RECEIVED
        close = CloseDeviation(number, "viable by experience")
        world.story.do("quinn", close_deviation, close)
    world.story.do("quinn", accept_cord, accept)
    found = row(world, Cord, got.number)
    assert (found.standing, found.accepted_by) == (CordStanding.ACCEPTED, "quinn")


def test_who_received_a_cord_does_not_accept_it(world: World) -> None:
    world.story.do("ada", grant_role, GrantRole("tang", Role.QA), "quinn")
    world.story.actors.clear()
    got = world.story.do("tang", receive_cord, arrives(world))
    accept = AcceptCord(got.number, "intact")
    assert codes(world, "tang", accept_cord, accept) == {"you-received-this-cord"}


def test_a_cord_of_an_ineligible_donor_is_not_accepted(world: World) -> None:
    got = world.story.do("tang", receive_cord, arrives(world))
    no = DecideEligibility(world.donor, False, "late result")
    world.story.do("quinn", decide_eligibility, no)
    accept = AcceptCord(got.number, "intact")
    assert codes(world, "qiu", accept_cord, accept) == {"donor-ineligible"}


def test_a_rejected_cord_is_never_used_and_a_used_one_never_rejected(world: World) -> None:
    got = world.story.do("tang", receive_cord, arrives(world))
    reject = RejectCord(got.number, "foul smell")
    world.story.do("quinn", reject_cord, reject)
    assert row(world, Cord, got.number).standing is CordStanding.REJECTED
    stores = stores_of(world)
    isolate = making.culture.IsolateCells(
        got.number, 2, making.SquareCentimetres(D(175)), stores.growing, (stores.cabinet,)
    )
    refused = codes(world, "tang", making.culture.isolate_cells, isolate, "tian")
    assert refused == {"wrong-standing"}
    used = RejectCord(making.cord_of(world.story, world.donor), "too late")
    assert codes(world, "quinn", reject_cord, used) == {"wrong-standing"}
