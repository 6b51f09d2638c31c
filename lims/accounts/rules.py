"""Who may have which role: lab and ward exclude each other, also over time."""

from collections.abc import Collection
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
