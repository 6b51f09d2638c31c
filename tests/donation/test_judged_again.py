"""What a decision on a donor rested on falls away, or was entered by whoever reviews it."""

from dataclasses import replace
from datetime import timedelta

from lims.attachments.actions import strike_out
from lims.attachments.keeping import StrikeOut
from lims.core.quantities import Celsius
from lims.core.rounding import Qualifier
from lims.demonstration import donating
from lims.demonstration.treating import D
from lims.donation import queries
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.consent import (
    AnnulWithdrawal,
    WithdrawConsent,
    annul_withdrawal,
    withdraw_consent,
)
from lims.donation.cord_views import JOURNEY
from lims.donation.cords import AmendCord, ReadLogger, amend_cord, read_logger
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.models import Donor
from lims.donation.reviewing import BringReport, bring_report, review_serology
from lims.donation.rules import DonorStanding, WithdrawalScope
from lims.donation.serology import AmendSerology, amend_serology
from lims.instruments.queries import run_of
from lims.labelling.actions import PrintLabel, ScanBack, print_label, scan_back
from lims.labelling.models import Label
from lims.labelling.queries import labels_of
from lims.labelling.rules import LabelStanding
from tests.donation.test_logger import a_cord, a_logger, deviations, file_of
from tests.support.scenes import codes, read, row
from tests.support.worlds import World

WHY = "the line above was read"


def standing(world: World, donor: str = "") -> DonorStanding:
    found: DonorStanding = row(world, Donor, donor or world.donor).standing
    return found


def amended(world: World, donor: str, marker: str = "HIV NAT", **other: object) -> AmendSerology:
    found = [r for r in read(world, queries.donor, donor).results if r.marker == marker][-1]
    names = (
        "donor", "marker", "finding", "specimen_of", "specimen", "specimen_at", "laboratory",
        "method",
    )  # fmt: skip
    same = {name: getattr(found, name) for name in names}
    return AmendSerology(**{**same, "serology": found.id, "why": WHY, **other})  # type: ignore[arg-type]


def put_right(world: World, cord: str, **other: object) -> AmendCord:
    found = read(world, queries.cord, cord)
    same = {n: getattr(found, n) for n in ("donor", *JOURNEY)}
    return AmendCord(**{**same, "cord": cord, "why": WHY, **other})  # type: ignore[arg-type]


def test_a_specimen_that_was_drawn_too_early_after_all_is_decided_upon_again(world: World) -> None:
    drawn = row(world, Donor, world.donor).consent_at - timedelta(days=200)
    early = amended(world, world.donor, specimen_at=drawn)
    world.story.do("ana", amend_serology, early)
    assert standing(world) is DonorStanding.PENDING
    assert world.donor in world.client("quinn").get("/").get_data(as_text=True)
    again = DecideEligibility(world.donor, True, "nothing excludes")
    assert "specimen-time" in codes(world, "quinn", decide_eligibility, again)


def test_whoever_amended_a_marker_does_not_review_it(world: World) -> None:
    donor = donating.registered(world.story)
    donating.history(world.story, donor)
    donating.received(world.story, donor, world.clock.now - timedelta(hours=9))
    donating.tested(world.story, donor, world.clock.now)
    right = amended(world, donor, qualifier=Qualifier.LESS, value=D("0.1"))
    world.story.do("aiko", amend_serology, right)
    review = donating.review_of(world.story, donor)
    assert codes(world, "aiko", review_serology, review) == {"your-own-result"}
    assert codes(world, "ana", review_serology, review) == {"your-own-result"}  # she entered it


def test_another_report_is_reviewed_anew(world: World) -> None:
    donor = donating.registered(world.story)
    donating.history(world.story, donor)
    donating.received(world.story, donor, world.clock.now - timedelta(hours=9))
    donating.tested(world.story, donor, world.clock.now)
    (report,) = {r.report for r in read(world, queries.donor, donor).results}
    assert report is not None
    world.story.do("ana", strike_out, StrikeOut(report, "of another mother"))
    specimen = read(world, queries.donor, donor).results[0].specimen
    brought = BringReport(donor, specimen, donating.report_of(donor, "the right one"))
    world.story.do("ana", bring_report, brought)
    decide = DecideEligibility(donor, True, "nothing excludes")
    assert codes(world, "quinn", decide_eligibility, decide) == {"marker-not-reviewed"}
    world.story.do("aiko", review_serology, donating.review_of(world.story, donor))
    donating.decided(world.story, donor)


def test_whom_qa_had_excluded_is_excluded_again_where_her_withdrawal_was_a_slip(
    either_world: World,
) -> None:
    world = either_world
    donating.decided(world.story, world.donor, eligible=False)
    withdraw = WithdrawConsent(world.donor, WithdrawalScope.USE, world.clock.now, "Midwife Hu")
    world.story.do("tang", withdraw_consent, withdraw)
    found = read(world, queries.donor, world.donor).withdrawals[-1].id
    annul = AnnulWithdrawal(world.donor, found, "it was another mother")
    world.story.do("quinn", annul_withdrawal, annul)
    assert standing(world) is DonorStanding.INELIGIBLE
    assert read(world, queries.donor, world.donor).basis == "all markers not reactive"


def test_the_label_of_a_cord_that_was_withdrawn_is_dead_and_the_next_one_says_so(
    world: World,
) -> None:
    story = world.story
    cord = donating.received(story, world.donor, story.clock.now - timedelta(hours=9))
    printed = story.do("tang", print_label, PrintLabel(cord))
    story.do("tang", scan_back, ScanBack(printed.code))
    scope = WithdrawalScope.DESTRUCTION
    story.do("tang", withdraw_consent, WithdrawConsent(world.donor, scope, story.clock.now, "Hu"))
    assert read(world, labels_of, cord)[-1].standing is LabelStanding.SUPERSEDED
    again = story.do("tang", print_label, PrintLabel(cord))
    assert "CONSENT WITHDRAWN. DO NOT USE" in row(world, Label, again.code).fields


def test_a_cord_that_was_collected_earlier_is_read_again_from_its_loggers_file(
    world: World,
) -> None:
    cord = a_cord(world)
    a_logger(world)
    world.story.do("tang", read_logger, ReadLogger(cord, file_of(world, cord)))
    found = read(world, queries.cord, cord)
    world.story.wait(minutes=5)
    late = put_right(world, cord, collected_at=found.received_at + timedelta(minutes=1))
    assert codes(world, "tang", amend_cord, late) == {"collected-after-receipt"}
    # an hour earlier, when the logger lay on a bench
    earlier = put_right(world, cord, collected_at=found.collected_at - timedelta(hours=1))
    world.story.do("tang", amend_cord, earlier)
    with world.site.reading() as session:
        run = run_of(session, cord)
    assert run is not None
    assert run.highest == Celsius(D(22))
    assert deviations(world, cord) == ["too-warm"]


def test_a_loggers_file_that_is_struck_out_proves_nothing(world: World) -> None:
    cord = a_cord(world)
    a_logger(world)
    world.story.do("tang", read_logger, ReadLogger(cord, file_of(world, cord)))
    with world.site.reading() as session:
        run = run_of(session, cord)
    assert run is not None
    world.story.do("tang", strike_out, StrikeOut(run.file, "of another cord"))
    accept = AcceptCord(cord, "intact")
    assert codes(world, "quinn", accept_cord, accept) == {"no-temperature"}
    again = replace(file_of(world, cord), name="again.csv")
    world.story.do("tang", read_logger, ReadLogger(cord, again))
    world.story.do("quinn", accept_cord, accept)


def test_another_figure_out_of_limits_is_another_deviation(world: World) -> None:
    cord = a_cord(world)
    a_logger(world)
    for warmest in ("8.1", "12.4", "8.1"):
        sent = file_of(world, cord, warmest=warmest)
        world.story.do("tang", read_logger, ReadLogger(cord, sent))
    assert deviations(world, cord) == ["too-warm", "too-warm"]
