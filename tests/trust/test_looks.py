"""Who looked and who tried: each look at a record marked sensitive stays, and each no to a person."""

from datetime import timedelta

import pytest

from lims.core.texts import say as said
from lims.core.trouble import trouble_of
from lims.trust.installation import Site
from lims.trust.looks import RecordLook
from lims.trust.refusals import RefusedAct
from lims.trust.trail.verify import verify_trail
from lims.web.looking import NEWS
from tests.hostile.watching import bearer
from tests.support.worlds import World


def looks(world: World) -> list[tuple[str, str, str]]:
    with world.site.reading() as session:
        rows = session.query(RecordLook).order_by(RecordLook.id)
        return [(row.by, row.page, row.about) for row in rows]


def refused(world: World) -> list[tuple[str, str, str]]:
    with world.site.reading() as session:
        rows = session.query(RefusedAct).order_by(RefusedAct.id)
        return [(row.by, row.action, row.codes) for row in rows]


def faults(world: World) -> tuple[str, ...]:
    with world.site.reading() as session:
        return verify_trail(session, world.site.key.public_key()).faults


def test_whoever_opens_a_donors_record_stands_in_the_trail(world: World) -> None:
    donor = world.donor
    assert looks(world) == []
    client = world.client("tang")
    assert client.get("/donation/donors").status_code == 200
    assert looks(world) == []
    assert client.get(f"/donation/donors/{donor}").status_code == 200
    assert looks(world) == [("tang", "donation/donors/<number>", donor)]
    assert faults(world) == ()


def test_again_within_a_minute_is_the_same_look_and_later_another(world: World) -> None:
    donor, client = world.donor, world.client("tang")
    for _ in range(3):
        client.get(f"/donation/donors/{donor}")
    assert len(looks(world)) == 1
    world.clock.now += timedelta(minutes=2)
    client.get(f"/donation/donors/{donor}")
    assert len(looks(world)) == 2


def test_a_script_looks_as_a_person_does(world: World) -> None:
    script, header = world.app().test_client(), bearer(world, "quinn")
    at = f"/api/donation/donors/{world.donor}"
    assert script.get(at, headers={**header, NEWS: "1"}).status_code == 200
    assert [by for by, _, _ in looks(world)] == ["quinn"]


def test_a_page_that_renews_itself_is_one_look_and_no_header_hides_the_first(world: World) -> None:
    client = world.client("tang")
    for _ in range(3):
        client.get(f"/donation/donors/{world.donor}", headers={NEWS: "1"})
        world.clock.now += timedelta(minutes=5)
    assert len(looks(world)) == 1
    client.get(f"/donation/donors/{world.donor}")
    assert len(looks(world)) == 2


def test_what_was_not_shown_was_not_looked_at(world: World) -> None:
    client = world.client("tang")
    assert client.get("/donation/donors/LMD000000000").status_code == 404
    assert looks(world) == []


def test_a_file_that_is_taken_away_is_a_look(world: World) -> None:
    client = world.client("mona")
    assert client.get("/exports/infusions.csv").status_code == 200
    assert looks(world) == [("mona", "exports/<name>.csv", "infusions")]


def test_nobody_is_kept_from_a_record_because_the_look_cannot_be(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    donor, client = world.donor, world.client("tang")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    assert trouble_of(OSError(28, "No space left on device")) is not None
    monkeypatch.setattr(Site, "writing", full)
    assert client.get(f"/donation/donors/{donor}").status_code == 200
    assert "not kept" in caplog.text
    assert "'tang'" in caplog.text


def test_what_somebody_may_not_do_and_tries_stands_in_the_trail(world: World) -> None:
    number = world.participants[0]
    donor, tang = world.donor, world.client("tang")
    assert tang.get("/accounts/people").status_code in {403, 404}
    assert tang.get(f"/trial/participants/{number}").status_code == 404
    header = bearer(world, "nora")
    script = world.app().test_client()
    assert (
        script.post("/api/trial/withdraw-participant", json={}, headers=header).status_code == 403
    )
    assert script.get(f"/api/donation/donors/{donor}", headers=header).status_code == 404
    assert refused(world) == [
        ("tang", "accounts/people", "forbidden"),
        ("tang", "trial/participants/<number>", "forbidden"),
        ("nora", "trial/withdraw-participant", "forbidden"),
        ("nora", "donation/donors/<number>", "forbidden"),
    ]
    assert looks(world) == []
    assert faults(world) == ()


def test_who_may_not_is_told_so_when_it_cannot_be_kept_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tang = world.client("tang")

    def away(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Site, "writing", away)
    assert tang.get("/trial/participants").status_code == 404
    monkeypatch.setattr(Site, "reading", away)
    assert tang.get("/trial/participants").status_code == 404


def test_the_same_again_within_a_minute_is_one_attempt(world: World) -> None:
    tang = world.client("tang")
    for _ in range(5):
        tang.get("/accounts/people")
    assert len(refused(world)) == 1


def test_what_a_file_is_asked_as_is_no_text_of_ones_own(world: World) -> None:
    client = world.client("mona")
    for kind in ("%00", "nonsense", "csv"):
        assert client.get(f"/followup/events?as={kind}").status_code in {200, 404}
    assert {about for _, _, about in looks(world)} <= {"", "csv"}


def test_a_mistyped_address_accuses_nobody(world: World) -> None:
    assert world.client("tang").get("/nothing/of/the/kind").status_code == 404
    assert refused(world) == []


def test_each_marked_page_and_file_has_a_word_for_whoever_goes_through_looks(world: World) -> None:
    views = world.app().view_functions.values()
    marked = {view.page for view in views if hasattr(view, "page")}
    assert len(marked) == 23
    assert marked >= {
        "donation/donors/<number>",
        "trial/participants/<number>/screening",
        "followup/events",
        "release/trail/<entry>",
        "exports/<name>.csv",
    }
    assert all(said(f"looked.{page}") for page in marked)
