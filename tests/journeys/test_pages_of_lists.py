"""A long list comes a page at a time: nothing is left out, nothing comes twice."""

from functools import partial
from inspect import signature
from typing import Any

import pytest

from lims import house
from lims.core.listing import Listed, everything
from lims.donation.queries import donors
from lims.web.answers import Read, is_paged
from tests.journeys.test_lists_stay_flat import more_in_the_laboratory, more_on_the_ward
from tests.support.worlds import World

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
    short = {"exports/scans", "masters/", "masters/scans", "protocols/", "stations/printers",
             "accounts/people", "bank/freezer", "dispatch/", "testing/specifications",
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
            for size in (1, 2, 3):
                monkeypatch.setattr(AT_ONCE, size)
                assert list(everything(query, session)) == whole, path
            monkeypatch.undo()
        longest = max(longest, len(whole))
    assert longest > 6


def test_a_row_that_comes_meanwhile_pushes_nobody_off_the_next_page(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 2)
    with full.site.reading() as session:
        first: Listed[Any] = donors(session)
        expected = donors(session, first.further)
    more_in_the_laboratory(full, "2")
    with full.site.reading() as session:
        assert donors(session, first.further) == expected


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
