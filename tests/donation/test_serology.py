"""A report on a specimen: entered at one go, reviewed by another against the report."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from lims.attachments.actions import strike_out
from lims.attachments.keeping import StrikeOut
from lims.core.rounding import Qualifier
from lims.demonstration import donating, making
from lims.donation import queries
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.models import Donor
from lims.donation.reviewing import BringReport, bring_report, review_serology
from lims.donation.rules import DonorStanding, Finding, SpecimenOf
from lims.donation.serology import MarkerResult, enter_serology
from tests.support.scenes import codes, read, row, turned_away
from tests.support.worlds import World


def decide(world: World, donor: str) -> set[str]:
    wanted = DecideEligibility(donor, True, "nothing excludes")
    return codes(world, "quinn", decide_eligibility, wanted)


def a_mother(world: World) -> str:
    """Asked and with a cord; nothing is known of her blood."""
    donor = donating.registered(world.story)
    donating.history(world.story, donor)
    donating.received(world.story, donor, world.clock.now - timedelta(hours=9))
    return donor


def test_nobody_reviews_what_they_entered_or_what_has_no_report(world: World) -> None:
    donor = a_mother(world)
    review = donating.review_of(world.story, donor)
    assert codes(world, "aiko", review_serology, review) == {"nothing-to-review"}
    bare = donating.panel(world.story, donor, world.clock.now, report=False)
    world.story.do("ana", enter_serology, bare)
    assert codes(world, "aiko", review_serology, review) == {"nothing-to-review"}  # seen before
    review = donating.review_of(world.story, donor)
    assert codes(world, "ana", review_serology, review) == {"your-own-result", "no-report"}
    assert codes(world, "aiko", review_serology, review) == {"no-report"}
    brought = BringReport(donor, bare.specimen, donating.report_of(donor, "all markers"))
    world.story.do("ana", bring_report, brought)
    assert decide(world, donor) == {"marker-not-reviewed"}
    world.story.do("aiko", review_serology, review)
    donating.decided(world.story, donor)
    assert codes(world, "ana", bring_report, brought) == {"no-result-waits-for-it"}


def test_it_turns_away_who_may_not(world: World) -> None:
    donor = a_mother(world)
    world.story.do("ana", enter_serology, donating.panel(world.story, donor, world.clock.now))
    turned_away(world, review_serology, donating.review_of(world.story, donor), "aiko", "ana")
    brought = BringReport(donor, "B-1", donating.report_of(donor, "x"))
    turned_away(world, bring_report, brought, "ana", "aiko")


def test_a_report_that_is_struck_out_is_a_result_that_nobody_reviewed(world: World) -> None:
    donor = making.a_donor(world.story, decide=False)
    report = read(world, queries.donor, donor).results[0].report
    assert report is not None
    world.story.do("ana", strike_out, StrikeOut(report, "of another mother"))
    assert decide(world, donor) == {"marker-not-reviewed"}


def test_the_whole_report_is_taken_or_nothing_of_it(world: World) -> None:
    donor = a_mother(world)
    whole = donating.panel(world.story, donor, world.clock.now)
    unknown = replace(whole, results=(*whole.results, MarkerResult("Zika", Finding.REACTIVE)))
    assert codes(world, "ana", enter_serology, unknown) == {"unknown-marker"}
    twice = replace(whole, results=(*whole.results, whole.results[0]))
    assert codes(world, "ana", enter_serology, twice) == {"answered-twice"}
    silent = replace(whole, results=(MarkerResult("HIV NAT"),))
    assert codes(world, "ana", enter_serology, silent) == {"no-marker"}
    value = (whole.results[0], MarkerResult("HIV NAT", value=Decimal(1)))
    found = codes(world, "ana", enter_serology, replace(whole, results=value))
    assert found == {"value-without-finding"}
    assert read(world, queries.donor, donor).results == ()


def test_a_titre_is_kept_with_its_sign_and_method(world: World) -> None:
    donor = a_mother(world)
    titre = MarkerResult("anti-HBc", Finding.NOT_REACTIVE, Qualifier.LESS, Decimal("0.9"), "CLIA")
    wanted = replace(donating.panel(world.story, donor, world.clock.now), results=(titre,))
    world.story.do("ana", enter_serology, wanted)
    (found,) = read(world, queries.donor, donor).results
    assert (found.qualifier, found.value, found.method) == (Qualifier.LESS, Decimal("0.9"), "CLIA")
    page = world.client("quinn").get(f"/donation/donors/{donor}").get_data(as_text=True)
    assert "&lt; 0.9" in page


def test_cord_blood_completes_no_panel_and_excludes_where_it_is_reactive(world: World) -> None:
    donor = a_mother(world)
    whole = donating.panel(world.story, donor, world.clock.now)
    world.story.do("ana", enter_serology, replace(whole, specimen_of=SpecimenOf.CORD))
    assert decide(world, donor) == {"marker-missing"}
    late = replace(
        donating.one_marker(world.donor, "HBV NAT", world.clock.now), specimen_of=SpecimenOf.CORD
    )
    world.story.do("ana", enter_serology, late)
    assert row(world, Donor, world.donor).standing is DonorStanding.INELIGIBLE


def test_an_inconclusive_marker_waits_for_another_specimen(world: World) -> None:
    donor = a_mother(world)
    donating.tested(world.story, donor, world.clock.now, HBsAg=Finding.INCONCLUSIVE)
    assert decide(world, donor) == {"marker-missing", "marker-inconclusive"}
    again = replace(
        donating.one_marker(donor, "HBsAg", world.clock.now, Finding.NOT_REACTIVE),
        report=donating.report_of(donor, "HBsAg again"),
    )
    world.story.do("ana", enter_serology, again)
    world.story.do("aiko", review_serology, donating.review_of(world.story, donor))
    donating.decided(world.story, donor)


def test_a_donors_markers_wait_on_the_work_list_of_a_second_analyst(world: World) -> None:
    donor = a_mother(world)
    world.story.do("ana", enter_serology, donating.panel(world.story, donor, world.clock.now))
    assert donor in world.client("aiko").get("/").get_data(as_text=True)


def test_the_page_of_a_report_has_a_line_for_every_marker(world: World) -> None:
    page = world.client("ana").get(f"/donation/donors/{world.donor}/report").get_data(as_text=True)
    for marker in donating.asked_of(world.story).markers:
        assert f'value="{marker}"' in page
