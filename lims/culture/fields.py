"""Entry fields of the culture: vessels, and what was counted in a haemocytometer."""

from decimal import Decimal
from typing import Annotated

from lims.core.entries import About
from lims.core.quantities import SquareCentimetres
from lims.core.texts import say
from lims.culture.rules import MOST_DILUTION
from lims.identifiers.fields import FlaskNumber

MOST_VESSELS = 40
Vessels = Annotated[
    int,
    About(
        label=say("number-of-flasks.label"),
        hint=say("1-to-most-vessels", most_vessels=MOST_VESSELS),
        least=1,
        most=MOST_VESSELS,
    ),
]
Flasks = Annotated[
    tuple[FlaskNumber, ...],
    About(label=say("flasks"), hint=say("scan-each-one"), scan=True, least=1),
]
SeenLive = Annotated[int, About(label=say("live-cells-counted"))]
SeenDead = Annotated[int, About(label=say("dead-cells-counted"))]
SeenSquares = Annotated[
    int, About(label=say("squares-counted"), hint=say("1-mm-each"), least=1, most=1000)
]
Dilution = Annotated[Decimal, About(hint=say("undiluted"), least=1, most=MOST_DILUTION)]
Area = Annotated[SquareCentimetres, About(label=say("area-of-each-flask"), least=1, most=100_000)]
