"""Who may have which role, which password is one, and which accesses stand out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Final

from lims.core.reasons import Reason, when
from lims.trust.identity.roles import SIDES, Role, Side

SHORTEST_PASSWORD: Final = 10
SHORTEST_PART: Final = 6  # of a first password, of which two people know a half each
LONGEST_PASSWORD: Final = 1024

BLINDED = Side.WARD
CONTENT_AWARE = frozenset({Side.LAB, Side.VAULT})


def role_reasons(wanted: Role, ever_held: Collection[Role]) -> list[Reason]:
    """Why this person may not have this role, by every role that they ever had."""
    sides = {SIDES[role] for role in ever_held}
    side = SIDES[wanted]
    return [
        *when(
            side is BLINDED and sides & CONTENT_AWARE,
            Reason("was-content-aware"),
        ),
        *when(
            side in CONTENT_AWARE and BLINDED in sides,
            Reason("was-on-the-ward"),
        ),
        *when(
            (side is Side.VAULT and Side.LAB in sides)
            or (side is Side.LAB and Side.VAULT in sides),
            Reason("vault-and-lab"),
        ),
        *when(
            (wanted is Role.ADMIN and sides - {Side.HOUSE})
            or (wanted is not Role.ADMIN and Side.HOUSE in sides),
            Reason("admin-alone"),
        ),
    ]


def password_reasons(password: str, *, is_guessed: bool) -> list[Reason]:
    """Why somebody cannot have this password (NIST SP 800-63B 3.1.1.2: length and lists, no signs)."""
    return [
        *when(
            len(password) < SHORTEST_PASSWORD,
            Reason("short-password", shortest_password=SHORTEST_PASSWORD),
        ),
        *when(len(password) > LONGEST_PASSWORD, Reason("long-password")),
        *when(len(password) >= SHORTEST_PASSWORD and is_guessed, Reason("guessed-password")),
    ]


def first_password_reasons(part: str, second_part: str) -> list[Reason]:
    """Why a first password is none: neither of the two who set it may know it alone."""
    short = len(part) < SHORTEST_PART or len(second_part) < SHORTEST_PART
    return [*when(short, Reason("short-part", shortest=SHORTEST_PART))]


class Oddity(StrEnum):
    """Why accesses stand out."""

    FAILED_OFTEN = "failed_often"
    TRIED_THE_FORBIDDEN = "tried_the_forbidden"
    AT_TWO_STATIONS = "at_two_stations"
    AT_A_NEW_STATION = "at_a_new_station"
    LOOKED_AT_MANY = "looked_at_many"
    MADE_A_TOKEN = "made_a_token"  # noqa: S105 -- what happened


OFTEN: Final = 5  # wrong passwords, PINs and codes of one name between two reviews
MANY: Final = 30  # records that one person looked at, and three times what the others did
TIMES_THE_OTHERS: Final = 3


@dataclass(frozen=True)
class Stay:
    """One log-in: whose, where, from when until it was last used; a token has a name."""

    login: str
    station: str
    token: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Accesses:
    """What is gone through at once; counts by login, `known` are stations used before."""

    since: datetime | None
    until: datetime
    stays: Sequence[Stay]
    known: frozenset[tuple[str, str]]
    failures: Sequence[tuple[str, int]]
    forbidden: Sequence[tuple[str, int]]
    looks: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Finding:
    """Something that stands out: why, whose, and how often or where."""

    why: Oddity
    login: str
    told: str


def what_stands_out(seen: Accesses) -> list[Finding]:
    """Everything in these accesses that a reviewer has to say something about."""
    return [
        *(Finding(Oddity.FAILED_OFTEN, who, str(n)) for who, n in seen.failures if n >= OFTEN),
        *(Finding(Oddity.TRIED_THE_FORBIDDEN, who, str(n)) for who, n in seen.forbidden),
        *_at_two_stations(seen.stays),
        *_at_a_new_station(seen),
        *_looked_at_many(seen.looks),
        *(Finding(Oddity.MADE_A_TOKEN, s.login, s.token) for s in seen.stays if s.token),
    ]


def _at_two_stations(stays: Sequence[Stay]) -> list[Finding]:
    """One person's log-ins at two named stations in the same time."""
    told = set()
    until: dict[tuple[str, str], datetime] = {}
    for stay in sorted(stays, key=lambda one: one.since):
        if not stay.station or stay.token:
            continue
        for (login, station), end in until.items():
            if login == stay.login and station != stay.station and stay.since < end:
                told.add((login, ", ".join(sorted((station, stay.station)))))
        here = (stay.login, stay.station)
        until[here] = max(stay.until, until.get(here, stay.until))
    return [Finding(Oddity.AT_TWO_STATIONS, *one) for one in sorted(told)]


def _at_a_new_station(seen: Accesses) -> list[Finding]:
    """A station at which somebody who came before never was."""
    came = {login for login, _ in seen.known}
    new = {
        (s.login, s.station)
        for s in seen.stays
        if s.station and not s.token and s.login in came and (s.login, s.station) not in seen.known
    }
    return [Finding(Oddity.AT_A_NEW_STATION, *one) for one in sorted(new)]


def _looked_at_many(looks: Sequence[tuple[str, int]]) -> list[Finding]:
    """Whoever looked at many more records than the others."""
    found = []
    for who, count in looks:
        others = [n for login, n in looks if login != who]
        usual = median(others) if others else 0
        if count > MANY and count > TIMES_THE_OTHERS * usual:
            found.append(Finding(Oddity.LOOKED_AT_MANY, who, str(count)))
    return found


def review_reasons(
    findings: Sequence[Finding],
    reviewer: str,
    reviewers: Collection[str],
    concluded: str,
    *,
    is_due: bool,
    is_now: bool,
) -> list[Reason]:
    """Why accesses cannot be signed as gone through.

    Nobody signs for what they did themselves while another could; what others typed in one's name is
    not one's own.
    """
    did = {found.login for found in findings if found.why is not Oddity.FAILED_OFTEN}
    others = set(reviewers) - did - {reviewer}
    return [
        *when(not is_now, Reason("week-went-on")),
        *when(is_now and not is_due, Reason("reviewed-already")),
        *when(reviewer in did and others, Reason("own-accesses-stand-out")),
        *when(findings and not concluded.strip(), Reason("say-what-came-of-it")),
    ]
