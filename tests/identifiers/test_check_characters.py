"""Check characters: every published vector, and every slip of one finger."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.chance import SeededChance, SystemChance
from lims.identifiers.numbers import (
    ALPHABET,
    COPIES,
    LENGTH,
    RANDOM_KINDS,
    RANDOM_LETTERS,
    Kind,
    check_character,
    copy_of,
    counted_number,
    is_number,
    kind_of,
    label_code,
    random_number,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
WRITABLE = ALPHABET[:-1]  # "*" is no part of our numbers


def many_numbers() -> list[str]:
    chance = SeededChance("check characters")
    random = [random_number(kind, chance) for kind in sorted(RANDOM_KINDS) for _ in range(6)]
    counted = [
        counted_number(kind, year, count)
        for kind in Kind
        for year, count in ((2026, 1), (2026, 99), (2099, 123_456), (2000, 999_999))
    ]
    return [*random, *(number for number in counted if number)]


NUMBERS = many_numbers()


@pytest.mark.parametrize("vector", VECTORS["mod37_2"], ids=lambda v: v["payload"])
def test_each_published_check_character_is_the_one_computed(vector: dict[str, Any]) -> None:
    found = check_character(vector["payload"])
    assert found == vector["k"]
    assert ALPHABET.index(found) == vector["checksum"]
    assert str(ALPHABET.index(found) + 60) == vector["type3_flag"]


def test_the_same_sum_over_texts_of_other_lengths() -> None:
    udi, identity = VECTORS["mod37_2_other"]
    assert ALPHABET.index(check_character(udi["payload"])) == udi["checksum"]
    assert check_character(identity["payload"]) == identity["k"]


@pytest.mark.parametrize("vector", VECTORS["mod37_2_negative"], ids=lambda v: v["why"])
def test_each_wrong_check_character_is_found(vector: dict[str, Any]) -> None:
    keyed = vector["keyed"]
    assert check_character(keyed[:-1]) != keyed[-1]


def test_the_published_wrong_formula_would_have_given_another_letter() -> None:
    assert check_character("G123498654321") == "H"


@pytest.mark.parametrize("bad", ["lm", "LM ", "LM-1", "ＬＭ", "LM\n", "é", "LM\x00"])
def test_a_check_character_over_foreign_characters_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="substring not found"):
        check_character(bad)


def test_our_numbers_are_well_formed_and_say_what_they_name() -> None:
    assert len(NUMBERS) > 80
    for number in NUMBERS:
        assert is_number(number)
        assert len(number) == LENGTH
        assert kind_of(number).value == number[2]
        assert set(number) <= set(WRITABLE)


def test_every_single_wrong_character_is_refused() -> None:
    for number in NUMBERS:
        for place, right in enumerate(number):
            for wrong in ALPHABET:
                changed = number[:place] + wrong + number[place + 1 :]
                assert wrong == right or not is_number(changed), changed


def test_every_two_neighbours_swapped_are_refused() -> None:
    for number in NUMBERS:
        for place in range(LENGTH - 1):
            one, other = number[place], number[place + 1]
            changed = number[:place] + other + one + number[place + 2 :]
            assert one == other or not is_number(changed), changed


def test_every_character_lost_or_doubled_is_refused() -> None:
    for number in NUMBERS:
        for place in range(LENGTH):
            assert not is_number(number[:place] + number[place + 1 :])
            assert not is_number(number[:place] + number[place] + number[place:])
            assert not is_number(number[:place])


@pytest.mark.parametrize(
    "change",
    [str.lower, lambda n: f" {n}", lambda n: f"{n}\n", lambda n: f"{n} ", lambda n: f"{n}\x00"],
)
def test_nothing_around_a_number_is_forgiven(change: Any) -> None:
    assert not any(is_number(change(number)) for number in NUMBERS)


def test_a_letter_that_names_nothing_is_refused() -> None:
    for letter in set(WRITABLE) - {kind.value for kind in Kind}:
        payload = f"LM{letter}26000001"
        assert not is_number(payload + check_character(payload))


def test_what_the_ward_sees_is_random_and_has_forty_bits() -> None:
    ward = {Kind.BAG, Kind.ORDER, Kind.PARTICIPANT, Kind.TREATMENT, Kind.INFUSION, Kind.SLEEVE}
    assert ward <= RANDOM_KINDS
    assert len(set(RANDOM_LETTERS)) ** 8 >= 2**40
    drawn = [random_number(Kind.BAG, SystemChance()) for _ in range(500)]
    assert len(set(drawn)) == 500
    for place in range(3, 11):  # every letter turns up everywhere: nothing is fixed or counted
        assert len({number[place] for number in drawn}) == len(RANDOM_LETTERS)


def test_a_count_whose_check_is_a_star_is_passed_over() -> None:
    numbers = [counted_number(Kind.VIAL, 2026, count) for count in range(1, 200)]
    assert None in numbers
    found = [number for number in numbers if number]
    assert len(set(found)) == len(found)
    assert found == sorted(found)


@given(st.sampled_from(NUMBERS), st.integers(2, len(COPIES) + 1))
def test_a_reprint_is_told_from_the_first_label_and_from_every_other_copy(
    number: str, copy: int
) -> None:
    code = label_code(number, copy)
    if code is None:
        return
    assert copy_of(code) == (number, copy)
    assert not is_number(code)
    for place in range(len(code)):
        for wrong in WRITABLE:
            changed = code[:place] + wrong + code[place + 1 :]
            assert wrong == code[place] or copy_of(changed) is None, changed
    for place in range(len(code) - 1):
        changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert changed == code or copy_of(changed) is None, changed


def test_the_first_label_carries_the_number_alone() -> None:
    assert {label_code(number, 1) for number in NUMBERS} == set(NUMBERS)
    assert copy_of(NUMBERS[0]) == (NUMBERS[0], 1)


def test_copies_come_to_an_end() -> None:
    assert label_code(NUMBERS[0], len(COPIES) + 2) is None
    assert label_code(NUMBERS[0], 10_000) is None


def test_a_copy_added_to_a_number_that_is_no_number_is_refused() -> None:
    wrong = NUMBERS[0][:-1] + ("1" if NUMBERS[0][-1] != "1" else "2")
    payload = wrong + COPIES[0]
    assert copy_of(payload + check_character(payload)) is None
