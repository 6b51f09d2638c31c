"""Where a bag stands, and which standings mean that it was given."""

from enum import StrEnum


class BagStanding(StrEnum):
    """Where a bag stands. Every bag ends in exactly one of the last seven."""

    FILLING = "filling"
    DRAWN = "drawn"
    RELEASED = "released"
    DISPATCHED = "dispatched"
    RECEIVED = "received"
    IN_USE = "in_use"
    INFUSED = "infused"
    PARTLY_INFUSED = "partly_infused"
    RETURNED = "returned"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    WITHDRAWN = "withdrawn"


B = BagStanding
LOST = frozenset({B.DAMAGED, B.WITHDRAWN, B.EXPIRED, B.DESTROYED})
TERMINAL = LOST | {B.INFUSED, B.PARTLY_INFUSED, B.RETURNED}
ON_THE_WARD = frozenset({B.DISPATCHED, B.RECEIVED, B.IN_USE})
GIVEN = frozenset({B.INFUSED, B.PARTLY_INFUSED})  # these use up the visit
IN_THE_LABORATORY = frozenset({B.FILLING, B.DRAWN, B.RELEASED})
