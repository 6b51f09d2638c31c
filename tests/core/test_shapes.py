"""What a request may say: exactly the fields of the shape, in plain digits and readable text."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lims.core.entries import MAX_TEXT
from lims.core.errors import Invalid
from lims.core.quantities import Kilograms
from lims.core.shapes import read, schema, write

D = Decimal


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Part:
    name: str
    mass: Kilograms


@dataclass(frozen=True)
class Whole:
    text: str
    count: int
    number: Decimal
    weight: Kilograms
    yes: bool
    at: datetime
    on: date
    colour: Colour
    parts: tuple[Part, ...]
    note: str = ""
    limit: Decimal | None = None


GOOD: dict[str, Any] = {
    "text": "cord",
    "count": 3,
    "number": "1.50",
    "weight": "72.5",
    "yes": True,
    "at": "2026-03-01T08:00:00+08:00",
    "on": "2026-03-01",
    "colour": "red",
    "parts": [{"name": "wall", "mass": "0.100"}],
}


def refused_fields(**changes: Any) -> set[str]:
    with pytest.raises(Invalid) as refusal:
        read(Whole, GOOD | changes)
    return set(refusal.value.fields)


def test_what_was_written_is_read_with_every_decimal() -> None:
    made = read(Whole, GOOD)
    assert made.weight == Kilograms(D("72.5"))
    assert str(made.number) == "1.50"
    assert made.parts == (Part("wall", Kilograms(D("0.100"))),)
    assert str(made.parts[0].mass) == "0.100 kg"
    assert made.at == datetime(2026, 3, 1, tzinfo=UTC)
    assert (made.note, made.limit) == ("", None)


texts = st.text(st.sampled_from('aZ0 ä漢字é\n\t"\\<&‰µ²–𝒳🩸'), max_size=20).map(lambda t: f"x{t}")
exact = st.decimals("-99999999", "99999999", places=6)
masses = st.decimals("0", "500", places=6).map(Kilograms)
wholes = st.builds(
    Whole,
    text=texts,
    count=st.integers(0, 10_000),
    number=exact,
    weight=masses,
    yes=st.booleans(),
    at=st.datetimes(datetime(1901, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)),
    on=st.dates(date(1901, 1, 1), date(2199, 12, 31)),
    colour=st.sampled_from(Colour),
    parts=st.lists(st.builds(Part, texts, masses), max_size=3).map(tuple),
    note=texts | st.just(""),
    limit=exact | st.none(),
)


@given(wholes)
def test_what_is_written_reads_back_the_same_and_can_be_signed(whole: Whole) -> None:
    assert write(whole) == schema(Whole).dump(whole)
    data = json.loads(json.dumps(write(whole)))
    again = read(Whole, data)
    assert again == whole
    assert rfc8785.dumps(write(again)) == rfc8785.dumps(data)


@pytest.mark.parametrize("field", ["number", "weight", "limit"])
@pytest.mark.parametrize(
    "bad",
    [
        1.5, 72.0, "1e5", "1E5", "NaN", "nan", "sNaN", "Infinity", "-inf", "+1", " 1", "1 ", "1\n",
        "1,5", "1 000", "1_000", "0x10", ".5", "5.", "--1", "١٢", "１２", "½", "", True, False, [],
        {}, "1" * 21, 10**21, "0." + "1" * 13, "1\x00", "−5", float("nan"), float("inf"),
    ],
)  # fmt: skip
def test_it_refuses_a_number_that_is_not_in_plain_digits(field: str, bad: Any) -> None:
    assert refused_fields(**{field: bad}) == {field}


@pytest.mark.parametrize(
    "bad", [1.0, 1.5, "1", "", True, None, 2**53 + 1, -(2**53) - 1, [], {}, float("nan"), "1e3"]
)
def test_it_refuses_a_count_that_is_no_whole_number(bad: Any) -> None:
    assert refused_fields(count=bad) == {"count"}


CONTROLS = [chr(code) for code in (*range(9), *range(0x0B, 0x20), 0x7F, 0x80, 0x85, 0x9B)]


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
@pytest.mark.parametrize("field", ["text", "note"])
def test_it_refuses_control_characters(field: str, control: str) -> None:
    assert refused_fields(**{field: f"a{control}b"}) == {field}


@pytest.mark.parametrize("surrogate", ["\ud800", "a\udfffb", "\udc80\ud800"], ids=ascii)
def test_it_refuses_half_a_character_that_no_database_can_keep(surrogate: str) -> None:
    assert refused_fields(text=surrogate) == {"text"}


@pytest.mark.parametrize("hidden", ["\u202e", "\u202d", "\u2066", "\u2069"], ids=ascii)
def test_it_refuses_what_would_show_a_signed_text_otherwise_than_it_is(hidden: str) -> None:
    assert refused_fields(text=f"Nora{hidden}Nie") == {"text"}


def test_text_has_an_end() -> None:
    assert read(Whole, GOOD | {"text": "x" * MAX_TEXT}).text
    assert refused_fields(text="x" * (MAX_TEXT + 1)) == {"text"}
    assert refused_fields(note="漢" * (MAX_TEXT + 1)) == {"note"}


@pytest.mark.parametrize("bad", ["", " ", "\t\n", "\N{NO-BREAK SPACE}", None, 5, 1.5, [], {}, True])
def test_it_refuses_a_needed_text_that_says_nothing(bad: Any) -> None:
    assert refused_fields(text=bad) == {"text"}


@pytest.mark.parametrize(
    "bad",
    [
        "2026-03-01T08:00:00", "2026-03-01", "08:00", 1767225600, 1.5, "", None, "now",
        "2026-13-01T08:00:00Z", "2026-02-30T08:00:00Z", "2026-03-01T25:00:00Z",
    ],
)  # fmt: skip
def test_it_refuses_an_instant_without_offset_or_that_never_was(bad: Any) -> None:
    assert refused_fields(at=bad) == {"at"}


@pytest.mark.parametrize("bad", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_it_refuses_an_instant_that_has_no_utc(bad: str) -> None:
    assert refused_fields(at=bad) == {"at"}


@pytest.mark.parametrize("bad", ["2026-02-29", "01/02/2026", "2026-3-1", "", None, 20260301])
def test_it_refuses_a_day_that_never_was(bad: Any) -> None:
    assert refused_fields(on=bad) == {"on"}


@pytest.mark.parametrize("bad", ["RED", "green", "", None, 0, ["red"], "red "])
def test_it_refuses_a_choice_that_is_not_offered(bad: Any) -> None:
    assert refused_fields(colour=bad) == {"colour"}


@pytest.mark.parametrize("bad", ["", None, "maybe", 2, [], {}])
def test_it_refuses_an_answer_that_is_neither_yes_nor_no(bad: Any) -> None:
    assert refused_fields(yes=bad) == {"yes"}


@pytest.mark.parametrize("surplus", ["arm", "Text", "make", "Meta", "__class__", "", "unknown"])
def test_it_refuses_a_field_that_nobody_asked_for(surplus: str) -> None:
    assert refused_fields(**{surplus: "cells"}) == {surplus}


def test_it_refuses_a_surplus_field_within_a_part() -> None:
    part = {"name": "wall", "mass": "0.1", "arm": "cells"}
    assert refused_fields(parts=[part]) == {"parts"}


@pytest.mark.parametrize("bad", ["wall", {}, [1], [None], [["wall"]], [{}], None, {"0": {}}])
def test_it_refuses_parts_that_are_no_list_of_parts(bad: Any) -> None:
    assert refused_fields(parts=bad) == {"parts"}


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_it_names_the_field_that_is_missing(missing: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(Whole, {name: value for name, value in GOOD.items() if name != missing})
    assert set(refusal.value.fields) == {missing}


@pytest.mark.parametrize("bad", [None, [], "text", 1, 1.5, True, [GOOD]])
def test_it_refuses_a_request_that_is_no_object(bad: Any) -> None:
    with pytest.raises(Invalid):
        read(Whole, bad)


def test_it_names_every_fault_at_once() -> None:
    assert refused_fields(text="", count=1.5, weight="heavy") == {"text", "count", "weight"}


def test_nothing_is_published_that_the_shape_does_not_name() -> None:
    @dataclass(frozen=True)
    class Secretive(Part):
        pass

    part = Secretive("wall", Kilograms(D(1)))
    object.__setattr__(part, "arm", "cells")
    assert write(part) == {"name": "wall", "mass": "1"}
