"""Writing the genealogy, from inside other stages' actions."""

from lims.genealogy.models import CameFrom
from lims.trust.context import Work


def connect(work: Work, child: str, *parents: str) -> None:
    """Record that the child was made from or with the parents; known edges stay as they are.

    An edge stays when a thing has moved on: a thawed vial still came from its box.
    """
    for parent in dict.fromkeys(parents):
        if work.session.get(CameFrom, (child, parent)) is None:
            work.add(CameFrom(child=child, parent=parent, at=work.now))
