"""QA reads the trail of the whole laboratory: by person, day, number, deed and signature."""

import csv
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from lims.core import listing
from lims.core.listing import Asked
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.trust.trail import reading
from lims.trust.trail.reading import laboratory_trail
from tests.support.worlds import World


def found(world: World, words: str, who: str = "quinn") -> list[dict[str, Any]]:
    asked = {"q": words}
    items = world.client(who).get("/api/release/trail", query_string=asked).get_json()["items"]
    return list(items)


def test_it_is_found_by_each_thing_that_an_entry_says(world: World) -> None:
    world.story.do("tang", open_deviation, OpenDeviation(world.lots["product"], "a dented box"))
    day = world.story.today.isoformat()
    (entry,) = found(world, f"Tang Wei {day} deviation open")
    assert (entry["by"], entry["action"]) == ("tang", "deviations/open-deviation")
    assert entry in found(world, "开立偏差") or entry in found(world, "deviations/open-deviation")
    assert all(one["signatures"] for one in found(world, "signed"))
    assert world.lots["product"] in {
        e["stream"].rpartition("/")[2] for e in found(world, "release-lot")
    }
    assert not found(world, "Tang Wei nobody")
    page = world.client("quinn").get("/release/trail").text
    assert "a dented box" in page
    assert f'href="/release/trail/{entry["id"]}"' in page
    assert "a dented box" in world.client("quinn").get(f"/release/trail/{entry['id']}").text


def test_the_wards_entries_are_none_of_the_laboratorys(world: World) -> None:
    with world.site.reading() as session:
        theirs = session.execute(
            text("select id from trail_entry where stream_name like 'ward/%' limit 1")
        ).scalar_one()
    client = world.client("quinn")
    assert client.get(f"/release/trail/{theirs}").status_code == 404
    assert not [e for e in found(world, "participant") if not e["stream"].startswith("lab/")]
    for who in ("tang", "ana"):
        assert world.client(who).get("/release/trail").status_code == 403
    for who in ("nora", "mona"):
        assert world.client(who).get("/release/trail").status_code == 404


def test_a_search_that_reads_long_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(world, "register-donor")
    monkeypatch.setattr(reading, "MOST_READ", 10)
    monkeypatch.setattr(reading, "AT_ONCE", 5)
    with world.site.reading() as session:
        asked = Asked(words=(("register-donor",),))
        pages = list(listing.pages_of(lambda place: laboratory_trail(session, place), asked))
    assert [e.id for page in pages for e in page] == [e["id"] for e in whole]
    assert len(pages) > 3


@pytest.mark.parametrize("place", ["x", "-1", "1" * 30, "1~2", "٣"])
def test_a_place_that_is_none_is_nowhere(world: World, place: str) -> None:
    client = world.client("quinn")
    assert client.get("/release/trail", query_string={"after": place}).status_code == 404
    assert client.get(f"/release/trail/{place}").status_code == 404


def test_person_day_and_signature_are_fields_beside_the_words(world: World) -> None:
    client = world.client("quinn")
    newest = client.get("/api/release/trail?q=quinn+signed").get_json()["items"][0]
    day = (
        datetime.fromisoformat(newest["at"]).astimezone(world.site.settings.zone).date().isoformat()
    )
    page = client.get(f"/release/trail?q=&q=quinn&q={day}&q=signed").text
    main = page.partition("<main")[2]
    assert f'value="{day}"' in main
    assert '<option value="quinn" selected>' in main
    assert '<option value="nora"' not in main  # nobody of the ward did anything here
    everything = client.get("/release/trail").text.count("<tr>")
    by_quinn = main.count("<tr>")
    assert 0 < by_quinn < everything
    files = [href for href in main.split('"') if href.startswith("?") and "as=csv" in href]
    told = client.get("/release/trail" + files[0].replace("&amp;", "&")).text.splitlines()
    rows = list(csv.reader(told))[1:]
    assert len(rows) >= by_quinn - 1  # the whole list, and not a page of it
    assert {(row[0][:10], row[1]) for row in rows} == {(day, "Quinn Ma")}
