"""Limits of rooms, number by number as the law has them."""

from datetime import UTC, datetime, timedelta

import pytest

from lims.core.reasons import Reason
from lims.rooms import rules
from lims.rooms.rules import Grade, PlateKind, PlateStanding

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
K = PlateKind


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (K.SETTLE, (0, 5, 50, 100)),
        (K.CONTACT, (0, 5, 25, 50)),
        (K.GLOVES, (0, 5, None, None)),
        (K.AIR, (0, 10, 100, 200)),
        (K.SMALL_PARTICLES, (3_520, 352_000, 3_520_000, None)),
        (K.LARGE_PARTICLES, (29, 2_930, 29_300, None)),
    ],
)
def test_the_action_limits_are_those_of_annex_1(
    kind: PlateKind, limits: tuple[int | None, ...]
) -> None:
    for grade, limit in zip(Grade, limits, strict=True):
        assert rules.action_limit(kind, grade) == limit
        if limit is None:
            assert not rules.is_over(kind, grade, 10**9)
        else:
            assert not rules.is_over(kind, grade, limit)
            assert rules.is_over(kind, grade, limit + 1)


def test_a_plate_lies_before_now_and_a_settle_plate_for_four_hours_at_most() -> None:
    def of(kind: PlateKind, since: datetime, until: datetime) -> list[str]:
        return codes(rules.exposure_reasons(kind, since, until, NOON))

    assert of(K.SETTLE, NOON - 4 * HOUR, NOON) == []
    assert of(K.SETTLE, NOON - 4 * HOUR - HOUR / 60, NOON) == ["settle-plate-too-long"]
    assert of(K.AIR, NOON - 9 * HOUR, NOON) == []
    assert of(K.AIR, NOON, NOON) == ["ends-before-it-began"]
    assert of(K.AIR, NOON, NOON + HOUR) == ["exposure-of-the-future"]
    assert of(K.AIR, NOON + 2 * HOUR, NOON + HOUR) == [
        "exposure-of-the-future", "ends-before-it-began",
    ]  # fmt: skip


def test_a_plate_is_read_once_after_two_days_and_particles_at_once() -> None:
    def of(standing: PlateStanding, kind: PlateKind, waited: timedelta) -> list[str]:
        return codes(rules.reading_reasons(standing, kind, NOON - waited, NOON))

    assert of(PlateStanding.EXPOSED, K.SETTLE, 48 * HOUR) == []
    assert of(PlateStanding.EXPOSED, K.SETTLE, 47 * HOUR) == ["plate-is-not-incubated"]
    for kind in (K.SMALL_PARTICLES, K.LARGE_PARTICLES):
        assert of(PlateStanding.EXPOSED, kind, 0 * HOUR) == []
    assert of(PlateStanding.READ, K.AIR, 49 * HOUR) == ["plate-is-read"]


def test_plates_are_due_when_they_are_incubated() -> None:
    assert rules.due(K.AIR, NOON) == NOON + timedelta(days=5)
    assert rules.due(K.LARGE_PARTICLES, NOON) == NOON
