"""How a donor's cells grew, as pictures: by passage and by day."""

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from lims.core.days import day_of
from lims.core.texts import say
from lims.culture.queries import HarvestFacts
from lims.web.pictures import Curve, Picture, Point, picture_of


def growth_pictures(
    harvests: Sequence[HarvestFacts], most: Decimal, zone: ZoneInfo
) -> list[Picture]:
    """Cumulative doublings with the most that the protocol allows, and the viability at each harvest."""
    limit = [(most, say("at-most-doublings", most=f"{most:f}"))]
    doublings = say("cumulative-doublings")
    by_passage = [Point(h.passage, _two(h.cumulative), f"P{h.passage}") for h in harvests]
    by_day = [Point(day_of(h.at, zone), _two(h.cumulative), f"P{h.passage}") for h in harvests]
    alive = [Point(h.passage, h.viability.rounded(1).value) for h in harvests]
    return [
        *picture_of(
            Picture(
                say("growth-of-this-donors-cells"),
                say("passage"),
                doublings,
                [Curve(doublings, by_passage)],
                limit,
                whole=True,
            )
        ),
        *picture_of(
            Picture(
                say("growth-by-day"), say("day.axis"), doublings, [Curve(doublings, by_day)], limit
            )
        ),
        *picture_of(
            Picture(
                say("viability-by-passage"),
                say("passage"),
                say("viability-in-percent"),
                [Curve(say("viability"), alive)],
                whole=True,
            )
        ),
    ]


def _two(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
