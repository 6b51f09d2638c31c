"""What may grow on a plate and float in the air of a room, by its grade."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lims.core.reasons import Reason, when


class Grade(StrEnum):
    """Of a clean room or a cabinet."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"


class PlateKind(StrEnum):
    """How a room is watched."""

    SETTLE = "settle"  # colonies on a plate of 90 mm, in up to four hours
    CONTACT = "contact"  # colonies on a plate of 55 mm
    GLOVES = "gloves"  # colonies on a print of five fingers
    AIR = "air"  # colonies in a cubic metre
    SMALL_PARTICLES = "small_particles"  # from 0.5 µm, in a cubic metre
    LARGE_PARTICLES = "large_particles"  # from 5 µm, in a cubic metre


class PlateStanding(StrEnum):
    """Whether it was read."""

    EXPOSED = "exposed"
    READ = "read"


COUNTED_AT_ONCE: Final = frozenset({PlateKind.SMALL_PARTICLES, PlateKind.LARGE_PARTICLES})
LONGEST_SETTLING: Final = timedelta(hours=4)
INCUBATED: Final = timedelta(days=5)
G, K = Grade, PlateKind
# EU GMP Annex 1 (2022), table 6 for what grows and table 5, in operation, for particles; in grade A
# nothing grows. What is not named has no limit of the law's: the house judges it.
ACTION_LIMITS: Final = {
    (K.SETTLE, G.A): 0, (K.SETTLE, G.B): 5, (K.SETTLE, G.C): 50, (K.SETTLE, G.D): 100,
    (K.CONTACT, G.A): 0, (K.CONTACT, G.B): 5, (K.CONTACT, G.C): 25, (K.CONTACT, G.D): 50,
    (K.GLOVES, G.A): 0, (K.GLOVES, G.B): 5,
    (K.AIR, G.A): 0, (K.AIR, G.B): 10, (K.AIR, G.C): 100, (K.AIR, G.D): 200,
    (K.SMALL_PARTICLES, G.A): 3_520, (K.SMALL_PARTICLES, G.B): 352_000,
    (K.SMALL_PARTICLES, G.C): 3_520_000,
    (K.LARGE_PARTICLES, G.A): 29, (K.LARGE_PARTICLES, G.B): 2_930,
    (K.LARGE_PARTICLES, G.C): 29_300,
}  # fmt: skip


def action_limit(kind: PlateKind, grade: Grade) -> int | None:
    """The most that may be counted; None where the law names no limit."""
    return ACTION_LIMITS.get((kind, grade))


def is_over(kind: PlateKind, grade: Grade, count: int) -> bool:
    """Whether a count is beyond its action limit."""
    limit = action_limit(kind, grade)
    return limit is not None and count > limit


def exposure_reasons(
    kind: PlateKind, since: datetime, until: datetime, now: datetime
) -> list[Reason]:
    """Why nothing was exposed so."""
    too_long = kind is PlateKind.SETTLE and until - since > LONGEST_SETTLING
    return [
        *when(until > now, Reason("exposure-of-the-future")),
        *when(since >= until, Reason("ends-before-it-began")),
        *when(too_long, Reason("settle-plate-too-long")),
    ]


def reading_reasons(
    standing: PlateStanding, kind: PlateKind, until: datetime, now: datetime
) -> list[Reason]:
    """Why it is not read: it was already, or nothing can have grown on it yet."""
    early = kind not in COUNTED_AT_ONCE and now - until < timedelta(hours=48)
    return [
        *when(standing is PlateStanding.READ, Reason("plate-is-read")),
        *when(early, Reason("plate-is-not-incubated")),
    ]


def due(kind: PlateKind, until: datetime) -> datetime:
    """When it is to be read."""
    return until if kind in COUNTED_AT_ONCE else until + INCUBATED
