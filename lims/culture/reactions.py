"""What culture writes on labels: the vessel's donor, passage and seeding."""

from lims.core.words import as_words
from lims.culture.models import Flask
from lims.identifiers.numbers import Kind
from lims.labelling.actions import FaceWanted
from lims.trust.context import Work


def write_face(work: Work, wanted: FaceWanted) -> None:
    """Donor, passage, when it was seeded, its growth area."""
    if wanted.kind is not Kind.FLASK:
        return
    flask = work.get(Flask, wanted.number)
    zone = work.settings.zone
    wanted.master = wanted.master or "flask"
    wanted.fields = {
        "donor": flask.donor,
        "passage": str(flask.passage),
        "seeded": f"{as_words(flask.seeded_at, zone)}, {as_words(flask.area, zone)}",
    }
