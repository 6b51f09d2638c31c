"""New flasks of a lineage, from a cord, a harvest or a vial."""

from dataclasses import dataclass
from decimal import Decimal

from lims.core.errors import Refused
from lims.core.quantities import CellCount, SquareCentimetres
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.culture.fields import MOST_VESSELS
from lims.culture.labels import issue_flask_labels
from lims.culture.models import Flask
from lims.culture.queries import Seeded
from lims.identifiers.numbers import Kind
from lims.trust.context import Work


@dataclass(frozen=True)
class Lineage:
    """What new flasks inherit."""

    donor: str
    passage: int
    doublings: Decimal
    protocol: int  # the version by which they are grown


def seed(
    work: Work, lineage: Lineage, count: int, area: SquareCentimetres, cells: CellCount | None
) -> list[str]:
    """New growing flasks of a lineage."""
    if not 1 <= count <= MOST_VESSELS or area.value <= 0:
        raise Refused(Reason("number-of-flasks", most_vessels=MOST_VESSELS))
    made = []
    for _ in range(count):
        flask = Flask(
            number=work.new_number(Kind.FLASK),
            donor=lineage.donor,
            passage=lineage.passage,
            area=area,
            seeded=cells,
            doublings_before=lineage.doublings,
            protocol=lineage.protocol,
            seeded_by=work.actor.login,
            seeded_at=work.now,
        )
        made.append(work.add(flask).number)
    return made


def seeded(work: Work, made: list[str], *, labels: bool) -> Seeded:
    """What was seeded; with its labels, where they are wanted at once."""
    if labels:
        issue_flask_labels(work, made[0])
    return Seeded(made[0], tuple(made), say("count-flasks-seeded", count=len(made)))
