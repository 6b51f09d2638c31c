"""The growth curve of a donor's cells as a drawing."""

from decimal import Decimal

from lims.core.texts import say
from lims.culture.queries import HarvestFacts

WIDTH, HEIGHT, LEFT, BOTTOM = 560, 200, 46, 28


def growth_points(harvests: list[HarvestFacts]) -> list[tuple[int, int, str, str]]:
    """Where each harvest lies on the curve (x, y, passage, words): cumulative doublings over passages."""
    if not harvests:
        return []
    nought = Decimal(0)
    highest = max(Decimal(1), *(h.cumulative for h in harvests))
    last = max(h.passage for h in harvests) or 1
    points: list[tuple[int, int, str, str]] = []
    for h in harvests:
        x = LEFT + int((WIDTH - LEFT - 20) * Decimal(h.passage) / last)
        y = HEIGHT - BOTTOM - int((HEIGHT - BOTTOM - 20) * max(h.cumulative, nought) / highest)
        doublings = f"{h.cumulative:.2f}"
        words = say("p-passage-cumulative-doublings", passage=h.passage, cumulative=doublings)
        points.append((x, y, f"P{h.passage}", words))
    return points
