"""What culture writes on labels: the vessel's donor, passage and seeding."""

from lims.core.words import as_words
from lims.culture.models import Flask
from lims.labelling.actions import LabelText
from lims.trust.context import Work


def flask_text(work: Work, number: str) -> LabelText:
    """Donor, passage, when it was seeded, its growth area."""
    flask = work.get(Flask, number)
    zone = work.settings.zone
    seeded = f"{as_words(flask.seeded_at, zone)}, {as_words(flask.area, zone)}"
    fields = {"donor": flask.donor, "passage": str(flask.passage), "seeded": seeded}
    return LabelText("flask", fields)
