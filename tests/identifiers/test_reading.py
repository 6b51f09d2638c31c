"""How a code came in: only what a page shows beyond doubt counts as scanned."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.identifiers.reading import BY_HAND, HowRead, Via, how_read

CODE = "LMBYZQWA7M0E"


@pytest.mark.parametrize("pace", [0, 1, 5, 10, 30, 80, 100])
@pytest.mark.parametrize("length", [12, 15, 60])
def test_scanners_of_every_pace_are_no_hands(pace: int, length: int) -> None:
    raw = "A" * length
    assert not how_read({"via": "keys", "ms": pace * (length - 1)}).by_hand(raw)


@pytest.mark.parametrize("pace", [150, 200, 400, 2000])
@pytest.mark.parametrize("length", [12, 15, 60])
def test_a_typing_person_is_a_hand(pace: int, length: int) -> None:
    raw = "A" * length
    assert how_read({"via": "keys", "ms": pace * (length - 1)}).by_hand(raw)


def test_a_frame_proves_a_scanner_however_slow() -> None:
    assert not how_read({"via": "keys", "ms": 9_000, "framed": True}).by_hand(CODE)
    for wrong in (1, "true", [1], {"x": 1}, None):
        assert how_read({"via": "keys", "ms": 9_000, "framed": wrong}).by_hand(CODE)


def test_a_frame_does_not_make_a_pasted_code_a_scan() -> None:
    assert how_read({"via": "hand", "ms": 1, "framed": True}).by_hand(CODE)


def test_a_camera_and_a_program_are_no_hands() -> None:
    assert not how_read({"via": "camera", "ms": 5_000}).by_hand(CODE)
    assert not HowRead(Via.PROGRAM).by_hand(CODE)
    assert BY_HAND.by_hand(CODE)


def test_a_page_that_measured_nothing_counts_as_a_hand() -> None:
    assert how_read({"via": "keys"}).by_hand(CODE)
    assert how_read({"via": "keys", "ms": None}).by_hand(CODE)


def test_a_code_of_no_length_took_no_time() -> None:
    assert how_read({"via": "keys", "ms": 1}).by_hand("")


@pytest.mark.parametrize(
    "said",
    [None, "", "keys", 1, 0.5, True, [], ["keys"], {}, {"ms": 3}, {"via": "KEYS", "ms": 3},
     {"via": None}, {"via": 1}, {"via": "robot", "ms": 3}, {"Via": "keys"}],
    ids=repr,
)  # fmt: skip
def test_what_is_no_report_counts_as_a_hand(said: object) -> None:
    assert how_read(said) == BY_HAND
    assert how_read(said).by_hand(CODE)


@pytest.mark.parametrize("via", [[], {}, ["keys"], {"a": 1}])
def test_a_way_that_is_no_word_counts_as_a_hand(via: object) -> None:
    assert how_read({"via": via, "ms": 3}) == BY_HAND


@pytest.mark.parametrize("ms", [-1, 1.5, "12", True, 10**12, [], None, float("nan")])
def test_a_time_that_cannot_be_counts_as_a_hand(ms: object) -> None:
    found = how_read({"via": "keys", "ms": ms})
    assert found.milliseconds is None
    assert found.by_hand(CODE)


def test_the_pages_clock_is_kept_with_its_zone() -> None:
    found = how_read({"via": "keys", "ms": 3, "at": "2026-01-05T09:00:00.123+08:00"})
    assert found.began_at == datetime(2026, 1, 5, 1, 0, 0, 123_000, UTC)
    assert found == HowRead(Via.KEYS, 3, began_at=found.began_at)


@pytest.mark.parametrize(
    "at",
    [None, "", 5, "yesterday", "2026-01-05T09:00:00", "1999-01-01T00:00Z", "9999-12-31T23:59Z",
     "0001-01-01T00:00+14:00", "2026-13-01T00:00Z", "x" * 5000, ["2026-01-05T09:00Z"]],
    ids=lambda v: repr(v)[:40],
)  # fmt: skip
def test_a_clock_that_cannot_be_is_left_out(at: object) -> None:
    assert how_read({"via": "camera", "ms": 3, "at": at}) == HowRead(Via.CAMERA, 3)


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(anything | st.fixed_dictionaries({"via": anything, "ms": anything, "at": anything}))
def test_whatever_a_page_says_is_judged(said: object) -> None:
    found = how_read(said)
    assert found.by_hand(CODE) in {True, False}
    assert found.milliseconds is None or 0 <= found.milliseconds <= 3_600_000
