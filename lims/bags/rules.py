"""Where a bag stands, and which standings mean that it was given."""

from enum import StrEnum


class BagStanding(StrEnum):
    """Where a bag stands. Every bag ends once; what was stopped waits until somebody disposes of it."""

    FILLING = "filling"
    DRAWN = "drawn"
    RELEASED = "released"
    DISPATCHED = "dispatched"
    RECEIVED = "received"
    IN_USE = "in_use"
    INFUSED = "infused"
    PARTLY_INFUSED = "partly_infused"
    NOT_GIVEN = "not_given"  # hung, and nothing of it flowed
    RETURNED = "returned"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    WITHDRAWN = "withdrawn"


B = BagStanding
STOPPED = frozenset({B.WITHDRAWN, B.EXPIRED})  # not usable, and still at hand
LOST = frozenset({B.DAMAGED, B.DESTROYED, B.RETURNED, B.NOT_GIVEN})  # its order needs another
ON_THE_WARD = frozenset({B.DISPATCHED, B.RECEIVED, B.IN_USE})
GIVEN = frozenset({B.INFUSED, B.PARTLY_INFUSED})  # these use up the visit
TERMINAL = LOST | GIVEN
# What a hold that proves false gives back; a bag that was still open then is not finished.
GIVEN_BACK = frozenset({B.DRAWN, B.RELEASED, B.DISPATCHED, B.RECEIVED})
IN_THE_LABORATORY = frozenset({B.FILLING, B.DRAWN, B.RELEASED})
