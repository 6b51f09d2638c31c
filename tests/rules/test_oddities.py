"""Which accesses stand out, and when they can be signed as gone through."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lims.accounts.rules import (
    MANY,
    OFTEN,
    Accesses,
    Finding,
    Oddity,
    Stay,
    review_reasons,
    what_stands_out,
)

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def stay(login: str, station: str, hour: float, until: float, token: str = "") -> Stay:
    at = [NOON + timedelta(hours=h) for h in (hour, until)]
    return Stay(login, station, token, *at)


def seen(**given: Any) -> Accesses:
    nothing: dict[str, Any] = {
        "stays": (), "known": frozenset(), "failures": (), "forbidden": (), "looks": (),
    }  # fmt: skip
    return Accesses(NOON, NOON, **{**nothing, **given})


def test_a_quiet_week_has_nothing_to_say() -> None:
    quiet = seen(
        stays=[stay("tang", "bench 1", 0, 3), stay("tang", "bench 1", 4, 6)],
        known=frozenset({("tang", "bench 1")}),
        failures=[("tang", OFTEN - 1)],
        looks=[("tang", MANY)],
    )
    assert what_stands_out(quiet) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"failures": [("tang", OFTEN)]}, [(Oddity.FAILED_OFTEN, "tang", "5")]),
        ({"forbidden": [("nora", 1)]}, [(Oddity.TRIED_THE_FORBIDDEN, "nora", "1")]),
        (
            {"stays": [stay("tang", "bench 1", 0, 3), stay("tang", "bench 2", 2, 4)]},
            [(Oddity.AT_TWO_STATIONS, "tang", "bench 1, bench 2")],
        ),
        ({"stays": [stay("tang", "bench 1", 0, 3), stay("tang", "bench 2", 3, 4)]}, []),
        ({"stays": [stay("tang", "bench 1", 0, 3), stay("tian", "bench 2", 1, 4)]}, []),
        ({"stays": [stay("tang", "bench 1", 0, 3), stay("tang", "bench 1", 1, 4)]}, []),
        ({"stays": [stay("tang", "", 0, 3), stay("tang", "bench 1", 1, 4)]}, []),
        (
            {
                "stays": [stay("tang", "bench 2", 0, 1)],
                "known": frozenset({("tang", "bench 1")}),
            },
            [(Oddity.AT_A_NEW_STATION, "tang", "bench 2")],
        ),
        ({"stays": [stay("tang", "bench 2", 0, 1)], "known": frozenset({("tian", "x")})}, []),
        (
            {"stays": [stay("tang", "", 0, 1)], "known": frozenset({("tang", "bench 1")})},
            [],
        ),
        ({"looks": [("tang", MANY + 1)]}, [(Oddity.LOOKED_AT_MANY, "tang", "31")]),
        ({"looks": [("tang", MANY + 1), ("tian", 11)]}, []),
        (
            {"looks": [("tang", MANY + 1), ("tian", 10)]},
            [(Oddity.LOOKED_AT_MANY, "tang", "31")],
        ),
        (
            {"stays": [stay("tang", "script", 0, 1, "balance")]},
            [(Oddity.MADE_A_TOKEN, "tang", "balance")],
        ),
    ],
)
def test_what_stands_out(given: dict[str, Any], expected: list[Any]) -> None:
    assert what_stands_out(seen(**given)) == [Finding(*one) for one in expected]


def test_two_overlapping_pairs_of_stations_are_told_once_each() -> None:
    stays = [
        stay("tang", "a", 0, 9), stay("tang", "b", 1, 2), stay("tang", "a", 3, 9),
        stay("tang", "b", 4, 5),
    ]  # fmt: skip
    told = [f.told for f in what_stands_out(seen(stays=stays))]
    assert told == ["a, b"]


def test_a_long_stay_meets_a_later_one_over_others_between() -> None:
    stays = [
        stay("tang", "a", 0, 10), stay("tang", "b", 1, 2), stay("tang", "a", 3, 4),
        stay("tang", "c", 5, 6),
    ]  # fmt: skip
    told = [f.told for f in what_stands_out(seen(stays=stays))]
    assert told == ["a, b", "a, c"]


def codes(*findings: Finding, by: str = "quinn", concluded: str = "", **more: Any) -> list[str]:
    given = {"is_due": True, "is_now": True, **more}
    reviewers = given.pop("reviewers", ("quinn", "qiu"))
    return [r.code for r in review_reasons(findings, by, reviewers, concluded, **given)]


ODD = Finding(Oddity.AT_A_NEW_STATION, "tang", "bench 9")
OWN = Finding(Oddity.MADE_A_TOKEN, "quinn", "balance")


def test_when_accesses_can_be_signed() -> None:
    assert codes() == []
    assert codes(ODD, concluded="asked him: the old one is broken") == []
    assert codes(ODD) == ["say-what-came-of-it"]
    assert codes(ODD, concluded=" \n") == ["say-what-came-of-it"]
    assert codes(is_due=False) == ["reviewed-already"]
    assert codes(is_now=False) == ["week-went-on"]
    assert codes(is_now=False, is_due=False) == ["week-went-on"]


def test_nobody_signs_for_their_own_while_another_could_and_nothing_waits_for_ever() -> None:
    assert codes(OWN, concluded="it was I") == ["own-accesses-stand-out"]
    assert codes(OWN, by="qiu", concluded="asked her") == []
    both = (OWN, Finding(Oddity.AT_A_NEW_STATION, "qiu", "bench 2"))
    assert codes(*both, concluded="both of us moved") == []
    assert codes(OWN, concluded="I am alone", reviewers=("quinn",)) == []


def test_what_others_typed_in_ones_name_is_not_ones_own() -> None:
    typed = [Finding(Oddity.FAILED_OFTEN, who, "9") for who in ("quinn", "qiu")]
    assert codes(*typed, concluded="somebody guesses at our names") == []
