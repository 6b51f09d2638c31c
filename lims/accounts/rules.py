"""Who may have which role: lab and ward exclude each other, also over time."""

from collections.abc import Collection

from lims.core.reasons import Reason, when
from lims.trust.identity.roles import SIDES, Role, Side

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
