"""A long list comes a page at a time: nothing is left out, nothing comes twice."""

import csv
import io
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from openpyxl import load_workbook

from lims import house
from lims.core.listing import Asked, Listed, everything, pages_of
from lims.demonstration.cast import CAST, hire
from lims.demonstration.founding import approved_protocol
from lims.demonstration.story import Story
from lims.donation.queries import donors
from lims.trust.identity.roles import PERMISSIONS
from lims.web.answers import Read, is_paged
from tests.journeys.test_lists_stay_flat import more_in_the_laboratory, more_on_the_ward
from tests.support.worlds import World, new_site

LISTS: dict[str, Read] = {
    f"/api/{read.slice}{read.rule}": read
    for door in house.DOORS
    for pages in door.slices
    for read in pages.reads
    if is_paged(read.query)
}
AT_ONCE = "lims.core.listing.PAGE"


@pytest.fixture
def full(either_world: World) -> World:
    more_in_the_laboratory(either_world, "1")
    more_on_the_ward(either_world, "12")
    return either_world


def test_every_list_that_can_grow_without_endis_paged() -> None:
    short = {"exports/scans", "masters/", "masters/scans", "protocols/", "stations/", "stations/printers",
             "accounts/people", "dispatch/", "rooms/", "supplies/catalogue", "filling/fetching", "testing/specifications",
             "supplies/equipment", "unblinding/list", "unblinding/breaks"}  # fmt: skip
    found = {
        f"{read.slice}{read.rule}"
        for door in house.DOORS
        for pages in door.slices
        for read in pages.reads
        if read.is_list and not is_paged(read.query) and "<" not in read.rule
    }
    assert found == short


def test_pages_one_after_the_other_are_the_whole_list(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = 0
    for path, read in LISTS.items():
        own = "actor" in signature(read.query).parameters
        query = partial(read.query, actor=full.story.actor("quinn")) if own else read.query
        with full.site.reading() as session:
            whole = list(everything(query, session))
            for size in (1, 2, 3) if len(whole) < 300 else (97,):
                monkeypatch.setattr(AT_ONCE, size)
                assert list(everything(query, session)) == whole, path
            monkeypatch.undo()
        longest = max(longest, len(whole))
    assert longest > 6


def test_sorted_by_any_column_the_pages_are_the_whole_list(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sorts = 0
    for path, read in LISTS.items():
        own = "actor" in signature(read.query).parameters
        query = partial(read.query, actor=full.story.actor("quinn")) if own else read.query
        with full.site.reading() as session:
            whole = everything_of(query, session, Asked())
            listing = query(session).listing
            assert listing, path
            assert listing.finds, path
            for name in listing.sorts:
                ways = []
                for sort in (name, f"-{name}"):
                    at_once = everything_of(query, session, Asked(sort=sort))
                    monkeypatch.setattr(AT_ONCE, 2)
                    assert everything_of(query, session, Asked(sort=sort)) == at_once, path
                    monkeypatch.undo()
                    ways.append(at_once)
                assert ways[0] == ways[1][::-1]
                assert sorted(map(str, ways[0])) == sorted(map(str, whole))
                sorts += 1
    assert sorts > 20


def everything_of(query: Any, session: Any, asked: Asked) -> list[Any]:
    pages = pages_of(lambda place: query(session, place), asked)
    return [fact for page in pages for fact in page]


def test_what_a_list_can_be_sorted_by_are_headings_of_its_pages(full: World) -> None:
    """Two pages may share a list, each with its own heading for the same column."""
    missing: dict[int, set[str]] = {}
    for path, read in LISTS.items():
        own = "actor" in signature(read.query).parameters
        with full.site.reading() as session:
            known = {"actor": full.story.actor("quinn")} if own else {}
            page = read.query(session, **known)
        if not page:
            continue  # no table, no heading
        who = next(w for w in CAST if read.may in PERMISSIONS[CAST[w][1]])
        shown = full.client(who).get(path.removeprefix("/api")).text
        lacking = {n for n in page.listing.sorts if f'?sort={quote_plus(n)}"' not in shown}
        missing[id(page.listing)] = missing.get(id(page.listing), lacking) & lacking
    assert len(missing) > 10
    assert not set().union(*missing.values())


def test_a_list_finds_by_part_of_a_number_by_standing_and_by_a_persons_name(full: World) -> None:
    tang = full.client("tang")
    everyone = tang.get("/api/donation/donors").get_json()["items"]
    one = everyone[0]["number"]
    for words in (one, one.lower(), one[4:], f"{one[3:7]} {one[6:]}"):
        found = tang.get("/api/donation/donors", query_string={"q": words}).get_json()["items"]
        assert [d["number"] for d in found] == [one], words
    assert not tang.get("/api/donation/donors", query_string={"q": "%"}).get_json()["items"]
    by = {"standing": "eligible"}
    found = tang.get("/api/donation/donors", query_string=by).get_json()["items"]
    assert 0 < len(found) < len(everyone)
    assert {d["standing"] for d in found} == {"eligible"}
    called = tang.get("/api/labelling/", query_string={"q": "Tang Wei"}).get_json()["items"]
    assert {label["printed_by"] for label in called} == {"tang"}
    page = tang.get("/donation/donors", query_string={"q": one}).text
    assert one in page
    assert everyone[1]["number"] not in page.partition("<main")[2]
    empty = tang.get("/donation/donors", query_string={"q": "nobody"}).text
    assert "Nothing was found." in empty


def test_a_list_that_is_searched_leads_on_within_what_was_found(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 1)
    page = full.client("tang").get("/donation/donors", query_string={"q": "LMD"}).text
    assert 'href="?q=LMD&amp;after=' in page


@pytest.mark.parametrize(
    ("args", "status"),
    [
        ({"q": "a b c d e f g h i j k"}, 422),
        ({"q": "\0"}, 200),
        ({"q": "\\ _ % ' \u2028"}, 200),
        ({"standing": "no such"}, 404),
        ({"sort": "password_hash"}, 404),
        ({"sort": "--since"}, 404),
        ({"as": "exe"}, 404),
    ],
)
def test_what_no_list_can_be_asked_is_refused(
    either_world: World, args: dict[str, str], status: int
) -> None:
    client = either_world.client("tang")
    for path in ("/culture/", "/labelling/"):
        assert client.get(path, query_string=args).status_code == status, path


def test_a_list_that_has_no_table_yet_is_nothing_to_take_away(tmp_path: Path) -> None:
    site = new_site(tmp_path)
    hire(site)
    story = Story(site, site.clock)  # type: ignore[arg-type]
    approved_protocol(story)
    client = World(story).client("quinn")
    assert client.get("/testing/specifications").status_code == 200
    for kind in ("csv", "xlsx"):
        assert client.get(f"/testing/specifications?as={kind}").status_code == 404
    site.engine.dispose()


def test_what_a_list_has_not_it_cannot_be_asked_for(world: World) -> None:
    client = world.client("quinn")
    for path in ("/release/trail", "/notices/"):
        for asked in ("standing=released", "sort=when"):
            assert client.get(f"{path}?{asked}").status_code == 404, (path, asked)


def test_a_list_is_taken_away_as_it_is_shown_whole(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = full.client("tang")
    whole = client.get("/api/donation/donors").get_json()["items"]
    monkeypatch.setattr(AT_ONCE, 2)
    told = client.get("/donation/donors", query_string={"as": "csv"})
    assert told.headers["Content-Disposition"] == 'attachment; filename="donors.csv"'
    head, *rows = csv.reader(io.StringIO(told.text))
    assert head == ["Donor", "Standing", "Consent", "Cords", "Results"]
    assert [row[0] for row in rows] == [donor["number"] for donor in whole]
    one = rows[0][0]
    found = client.get("/donation/donors", query_string={"as": "xlsx", "q": one})
    book = load_workbook(io.BytesIO(found.data))
    assert [row[0] for row in book.active.values] == ["Donor", one]
    person = client.get("/labelling/", query_string={"as": "csv", "q": "Tang"}).text
    assert "Tang Wei" in person
    short = client.get("/bank/freezer", query_string={"as": "csv", "q": "rack"}).text
    assert 1 < len(short.splitlines()) < len(client.get("/bank/freezer?as=csv").text.splitlines())


def test_a_row_that_comes_meanwhile_pushes_nobody_off_the_next_page(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 2)
    with full.site.reading() as session:
        first: Listed[Any] = donors(session)
        expected = donors(session, Asked(after=first.further))
    more_in_the_laboratory(full, "2")
    with full.site.reading() as session:
        assert donors(session, Asked(after=first.further)) == expected


def test_the_api_says_where_the_next_page_begins_and_the_page_leads_there(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 2)
    client = full.client("tang")
    first = client.get("/api/donation/donors").get_json()
    after = {"after": first["further"]}
    second = client.get("/api/donation/donors", query_string=after).get_json()
    numbers = [item["number"] for item in (*first["items"], *second["items"])]
    assert len(set(numbers)) == 4
    assert numbers == sorted(numbers, reverse=True)
    page = client.get("/donation/donors").text
    assert f'href="?after={first["further"]}"' in page
    assert numbers[2] in client.get("/donation/donors", query_string=after).text


@pytest.mark.parametrize(
    "after", ["no place", "~", "a~b~c", "2026-13-40~LMO", "\u2028", "x" * 3000]
)
def test_a_place_that_we_did_not_give_out_is_nowhere(world: World, after: str) -> None:
    for who, path in (
        ("tang", "/orders/"),
        ("tang", "/deviations/"),
        ("stan", "/unblinding/looks"),
    ):
        client = world.client(who)
        assert client.get(path, query_string={"after": after}).status_code == 404, path
