"""Each week somebody goes through who came in, who was refused and who looked, and signs."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from lims.accounts import access_views
from lims.accounts.accesses import AccessReview, accesses, week_begins
from lims.accounts.reviewing import ReviewAccesses, review_accesses
from lims.accounts.rules import Oddity, what_stands_out
from lims.core.days import day_of
from lims.demonstration.cast import PASSWORD
from lims.trust.actions import Request, perform
from lims.trust.identity.roles import Side
from lims.trust.identity.sessions import OpenSession, open_session
from lims.trust.trail.verify import verify_trail
from tests.support.scenes import codes
from tests.support.worlds import World
from tests.trust.test_sessions import log_in


def a_week_later(world: World) -> None:
    world.clock.now += timedelta(days=7)


def found(world: World, side: Side) -> set[tuple[Oddity, str]]:
    with world.site.reading() as session:
        until = week_begins(world.clock.now, world.site.settings.zone)
        return {(f.why, f.login) for f in what_stands_out(accesses(session, side, until))}


def signing(world: World, concluded: str = "") -> ReviewAccesses:
    zone = world.site.settings.zone
    return ReviewAccesses(day_of(week_begins(world.clock.now, zone), zone), concluded)


def listed(client: FlaskClient) -> bool:
    return "Go through accesses" in client.get("/").get_data(as_text=True)


def used(world: World) -> None:
    """A week in which a technician tries the accounts, and a nurse the laboratory."""
    world.client("tang").get("/accounts/people")
    world.client("nora").get(f"/donation/donors/{world.donor}")


def test_a_week_that_is_over_waits_for_qa_and_for_the_monitor_each_with_their_own(
    world: World,
) -> None:
    used(world)
    assert not listed(world.client("quinn"))
    a_week_later(world)
    quinn, mona = world.client("quinn"), world.client("mona")
    assert listed(quinn)
    assert listed(mona)
    assert "<h2>Late" not in quinn.get("/").get_data(as_text=True)  # a week's time for it
    assert found(world, Side.LAB) == {(Oddity.TRIED_THE_FORBIDDEN, "tang")}
    assert found(world, Side.WARD) == {(Oddity.TRIED_THE_FORBIDDEN, "nora")}
    of_the_ward = mona.get("/accounts/accesses").get_data(as_text=True)
    assert "nora" in of_the_ward
    assert "tang" not in of_the_ward
    of_the_lab = quinn.get("/accounts/accesses").get_data(as_text=True)
    assert "tang" in of_the_lab
    assert "nora" not in of_the_lab


def test_what_stands_out_wants_words_and_a_review_is_signed_once(world: World) -> None:
    used(world)
    a_week_later(world)
    assert codes(world, "quinn", review_accesses, signing(world)) == {"say-what-came-of-it"}
    told = "Looked for the printers; shown where they are."
    world.story.do("quinn", review_accesses, signing(world, told))
    assert codes(world, "qiu", review_accesses, signing(world)) == {"reviewed-already"}
    assert not listed(world.client("quinn"))
    assert listed(world.client("mona"))
    with world.site.reading() as session:
        (review,) = session.query(AccessReview)
        assert (review.side, review.odd, review.by) == (Side.LAB, 1, "quinn")
        assert verify_trail(session, world.site.key.public_key()).faults == ()
    a_week_later(world)
    assert found(world, Side.LAB) == set()


def test_a_page_left_open_over_the_weeks_end_is_not_signed_unseen(world: World) -> None:
    used(world)
    a_week_later(world)
    old = signing(world, "seen")
    a_week_later(world)
    assert codes(world, "quinn", review_accesses, old) == {"week-went-on"}


def test_nobody_goes_through_their_own(world: World) -> None:
    world.client("quinn").get("/accounts/people")
    a_week_later(world)
    assert codes(world, "quinn", review_accesses, signing(world, "it was I")) == {
        "own-accesses-stand-out"
    }
    world.story.do("qiu", review_accesses, signing(world, "asked her; she looked for a name"))


def test_weeks_that_nobody_went_through_are_gone_through_together(world: World) -> None:
    used(world)
    for _ in range(3):
        a_week_later(world)
        log_in(world.app().test_client(), "tian", PASSWORD)
    world.story.do("quinn", review_accesses, signing(world, "three weeks of leave"))
    with world.site.reading() as session:
        (review,) = session.query(AccessReview)
        assert review.since is None
    a_week_later(world)
    assert listed(world.client("quinn"))


def test_it_is_signed_on_the_page(world: World) -> None:
    used(world)
    a_week_later(world)
    client = world.client("mona")
    page = client.get("/accounts/accesses").get_data(as_text=True)
    assert re.search(r'name="until" value="\d{4}-\d\d-\d\d"', page)
    assert "tried what is not allowed" in page


def test_names_that_nobody_has_are_one_line(world: World) -> None:
    client = world.app().test_client()
    for number in range(7):
        log_in(client, f"nobody{number}", "a guess")
    a_week_later(world)
    log_in(client, "tang", PASSWORD)
    assert found(world, Side.LAB) == {(Oddity.FAILED_OFTEN, "")}
    page = world.client("quinn").get("/accounts/accesses").get_data(as_text=True)
    assert page.count("names that nobody has") == 2


def test_of_many_log_ins_the_newest_are_shown_and_all_are_judged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_views, "MOST_STAYS", 2)
    for station in ("first", "second", "third"):
        wanted = OpenSession(f"{station} bench")
        perform(world.site, open_session, wanted, Request(world.story.actor("tang")))
        world.clock.now += timedelta(hours=1)
    a_week_later(world)
    page = world.client("quinn").get("/accounts/accesses").get_data(as_text=True)
    log_ins = page.partition("<h2>Log-ins</h2>")[2]
    assert "third bench" in log_ins
    assert "second bench" in log_ins
    assert "first bench" not in log_ins
