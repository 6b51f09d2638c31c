"""What a sensor's readings say of a place: how long beyond the limits, how long silent."""

from datetime import UTC, datetime, timedelta

import pytest

from lims.core.quantities import Celsius, Minutes
from lims.demonstration.treating import D
from lims.instruments.rules import TemperatureAt
from lims.monitoring.rules import (
    MISSED,
    ExcursionKind,
    ExcursionStanding,
    Found,
    Limits,
    excursions_in,
    judging_reasons,
    limits_reasons,
    next_reading,
    silence,
)
from lims.monitoring.rules import (
    told as told_of,
)

BEGIN = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
LIMITS = Limits(Celsius(D(-200)), Celsius(D(-135)), Minutes(D(10)))
K = ExcursionKind


def minute(n: int) -> datetime:
    return BEGIN + timedelta(minutes=n)


def told(*pairs: tuple[int, int], until: int | None = None) -> list[Found]:
    readings = [TemperatureAt(minute(at), Celsius(D(value))) for at, value in pairs]
    return excursions_in(readings, LIMITS, minute(until if until is not None else pairs[-1][0]))


def spans(found: list[Found]) -> list[tuple[ExcursionKind, int, int, object]]:
    return [
        (
            one.kind,
            (one.since - BEGIN) // timedelta(minutes=1),
            (one.until - BEGIN) // timedelta(minutes=1),
            one.worst.value if one.worst else None,
        )
        for one in found
    ]


def test_within_the_limits_there_is_nothing() -> None:
    assert told((0, -180), (10, -135), (20, -200)) == []


def test_it_lasts_from_the_last_good_reading_to_the_first_good_one() -> None:
    found = told((0, -180), (10, -130), (20, -120), (30, -125), (40, -150))
    assert spans(found) == [(K.TOO_WARM, 0, 40, D(-120))]
    assert not found[0].goes_on


def test_what_is_not_over_at_the_last_reading_goes_on() -> None:
    (found,) = told((0, -180), (10, -130))
    assert found.goes_on
    assert spans([found]) == [(K.TOO_WARM, 0, 10, D(-130))]


def test_what_begins_beyond_the_limits_begins_with_the_first_reading() -> None:
    assert spans(told((5, -100), (10, -180))) == [(K.TOO_WARM, 5, 10, D(-100))]


def test_two_excursions_are_two_and_too_cold_is_another() -> None:
    found = told((0, -130), (10, -180), (20, -130), (30, -210), (40, -180))
    assert spans(found) == [
        (K.TOO_WARM, 0, 10, D(-130)),
        (K.TOO_WARM, 10, 30, D(-130)),
        (K.TOO_COLD, 20, 40, D(-210)),
    ]
    assert not any(one.goes_on for one in found)


@pytest.mark.parametrize(("gap", "silences"), [(30, 0), (31, 1)])
def test_three_missed_readings_are_a_silence_and_not_before(gap: int, silences: int) -> None:
    found = told((0, -180), (gap, -180))
    assert spans(found) == [(K.SILENT, 0, gap, None)] * silences
    after = told((0, -180), until=gap)
    assert spans(after) == [(K.SILENT, 0, gap, None)] * silences


def test_limits_are_the_right_way_round() -> None:
    assert [r.code for r in limits_reasons(Celsius(D(5)), Celsius(D(5)))] == ["limits-swapped"]
    assert limits_reasons(Celsius(D(2)), Celsius(D(8))) == []


def test_words_that_are_stored_never_change() -> None:
    assert list(ExcursionKind) == ["alarm", "too_warm", "too_cold", "silent"]
    assert list(ExcursionStanding) == ["going_on", "over"]
    assert MISSED == 3


def test_nothing_was_read_and_nothing_is_said() -> None:
    assert excursions_in([], LIMITS, minute(500)) == []


def test_a_silence_between_two_files_is_one_too() -> None:
    assert spans(silence(minute(0), minute(31), LIMITS)) == [(K.SILENT, 0, 31, None)]
    assert silence(minute(0), minute(30), LIMITS) == []


def test_what_is_too_cold_tells_its_coldest() -> None:
    found = told((0, -180), (10, -205), (20, -215), (30, -210), (40, -180))
    assert spans(found) == [(K.TOO_COLD, 0, 40, D(-215))]


def test_from_too_warm_straight_to_too_cold_are_two_that_meet() -> None:
    found = told((0, -180), (10, -130), (20, -210), (30, -180))
    assert spans(found) == [(K.TOO_WARM, 0, 20, D(-130)), (K.TOO_COLD, 10, 30, D(-210))]
    assert [one.goes_on for one in found] == [False, False]


def test_they_are_told_in_the_order_in_which_they_began() -> None:
    found = told((0, -130), (60, -180), (70, -130), until=200)
    assert [one.kind for one in found] == [K.SILENT, K.TOO_WARM, K.TOO_WARM, K.SILENT]
    assert [(one.since, one.until) for one in found] == sorted(
        (one.since, one.until) for one in found
    )


def test_an_excursion_in_one_sentence() -> None:
    (warm,) = told((0, -130), (10, -180))
    assert "-130" in told_of(warm, LIMITS)
    assert "-200" in told_of(warm, LIMITS)
    assert "-135" in told_of(warm, LIMITS)
    (silent,) = silence(minute(0), minute(45), LIMITS)
    assert "45 min" in told_of(silent, LIMITS)


def test_the_next_file_is_due_by_the_hour() -> None:
    assert next_reading(BEGIN, 24) == BEGIN + timedelta(hours=24)


@pytest.mark.parametrize(
    ("going_on", "fit", "others", "codes"),
    [
        (False, True, [], []),
        (True, False, [], []),
        (True, True, [], ["excursion-is-going-on"]),
        (False, True, ["LMV1", "LMV2"], ["nothing-holds-it", "nothing-holds-it"]),
        (True, True, ["LMV1"], ["excursion-is-going-on", "nothing-holds-it"]),
    ],
)
def test_what_is_still_going_on_is_not_found_fit(
    others: list[str], codes: list[str], *, going_on: bool, fit: bool
) -> None:
    found = judging_reasons(others, going_on=going_on, fit=fit)
    assert [reason.code for reason in found] == codes
    for number in others:
        assert any(number in reason.sentence for reason in found)
