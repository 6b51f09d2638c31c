"""What a sensor's readings say of a place: how long beyond the limits, how long silent."""

from datetime import UTC, datetime, timedelta

import pytest

from lims.core.quantities import Celsius, Minutes
from lims.demonstration.treating import D
from lims.instruments.rules import TemperatureAt
from lims.monitoring.rules import ExcursionKind, Found, Limits, excursions_in, limits_reasons

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
