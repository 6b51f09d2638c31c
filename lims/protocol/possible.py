"""What numbers of a protocol file can be at all."""

from decimal import Decimal
from typing import Annotated

from lims.core.entries import About

Days = Annotated[int, About(least=0, most=400)]
Share = Annotated[Decimal, About(least=Decimal(0), most=Decimal(100))]
Positive = Annotated[Decimal, About(least=Decimal("0.000001"), most=Decimal(1_000_000))]
