"""Whose hands were on a thing: nobody releases, reviews or closes what they touched."""

from collections.abc import Mapping

from lims.core.reasons import Reason, when
from lims.core.texts import joined, said_or

# What judges a thing is no work on it; a release ends the walk upstream.
RELEASING = frozenset(
    {
        "release/release-lot",
        "supplies/accept-material",
        "donation/decide-eligibility",
        "donation/accept-cord",
    }
)
JUDGING = RELEASING | {
    "deviations/close-deviation",
    "donation/annul-withdrawal",
    "donation/reject-cord",
    "filling/certify-bag",
    "filling/give-back-bag",
    "filling/give-back-session",
    "filling/release-bag",
    "release/hold-downstream",
    "release/hold-lot",
    "release/recall-lot",
    "release/reject-lot",
    "release/return-lot",
    "release/review-trail",
    "supplies/plan-care",
    "supplies/set-equipment",
    "supplies/verify-counter",
}
TESTING = frozenset({"testing"})

DAMAGED = "trail/damaged"  # what an entry tells that cannot be read, in nobody's name
UNKNOWN = ""
Hands = Mapping[str, frozenset[str]]  # login → the actions that they did on it


def hands_reasons(hands: Hands, login: str) -> list[Reason]:
    """Why this person may not judge the thing: what they did on it or on what it came from."""
    damaged = [*when(UNKNOWN in hands, Reason("trail-damaged"))]
    acts = sorted(hands.get(login, frozenset()))
    if not acts:
        return damaged
    did = joined(
        "between.words",
        (said_or(f"action.{act}", act.split("/")[1].replace("-", " ")) for act in acts[:3]),
    )
    return [
        Reason("your-hands", did=did),
        *damaged,
    ]


def makers(hands: Hands) -> Hands:
    """The hands without those that only tested: analysts review each other's results."""
    made = {
        login: frozenset(act for act in acts if act.split("/")[0] not in TESTING)
        for login, acts in hands.items()
    }
    return {login: acts for login, acts in made.items() if acts}
