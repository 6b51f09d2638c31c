"""How a logger's reading is shown on the page of what lay beside it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lims.core.quantities import Celsius
from lims.core.texts import say
from lims.instruments.queries import RunFacts
from lims.instruments.rules import points_of
from lims.web.pictures import Curve, Picture, Point
from lims.web.tables import Link


def run_facts(run: RunFacts) -> Sequence[tuple[str, Any]]:
    """Its figures, with the logger and the file."""
    return (
        (say("logger"), run.logger),
        (say("file-of-the-logger"), Link(say("open-the-file"), f"/attachments/{run.file}")),
        (say("readings-of-the-logger"), run.readings),
        (say("lowest-of-the-logger"), run.lowest.rounded(1)),
        (say("highest-of-the-logger"), run.highest.rounded(1)),
        (say("mean-kinetic-temperature"), run.kinetic.rounded(1)),
        (say("time-outside"), run.outside.rounded(0)),
        (say("longest-silence"), run.silent.rounded(0)),
    )


def run_picture(run: RunFacts, lowest: Celsius, highest: Celsius) -> Picture:
    """The temperature over the hours, with what it may be."""
    points = [
        Point((minutes / 60).quantize(Decimal("0.01")), celsius)
        for minutes, celsius in points_of(run.curve)
    ]
    return Picture(
        say("temperature-on-the-way"),
        say("hours.axis"),
        say("temperature.axis"),
        [Curve(say("temperature.curve"), points)],
        limits=((highest.value, f"{highest.value:f} °C"), (lowest.value, f"{lowest.value:f} °C")),
    )
