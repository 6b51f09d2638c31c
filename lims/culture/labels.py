"""What a flask's label says; flasks that were seeded together get their labels together."""

from dataclasses import dataclass

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.words import as_words
from lims.culture.models import Flask
from lims.culture.queries import seeded_with
from lims.identifiers.fields import FlaskNumber
from lims.labelling.actions import LabelText, first_label
from lims.labelling.queries import BatchFacts, batch, live_label
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class PrintFlaskLabels:
    """One of the flasks that were seeded together."""

    flask: FlaskNumber


@action(may=Permission.CULTURE_CELLS)
def print_flask_labels(work: Work, wanted: PrintFlaskLabels) -> BatchFacts:
    """Issue a label for each growing flask seeded with this one that has none; they stay a batch."""
    together = seeded_with(work.session, work.get(Flask, wanted.flask))
    bare = [one.number for one in together if not live_label(work.session, one.number)]
    if not bare:
        raise Refused(Reason("labelled.flasks"))
    for number in bare:
        first_label(work, number, batch=together[0].number)
    return batch(work.session, together[0].number)


def flask_text(work: Work, number: str) -> LabelText:
    """Donor, passage, when it was seeded, its growth area."""
    flask = work.get(Flask, number)
    zone = work.settings.zone
    seeded = f"{as_words(flask.seeded_at, zone)}, {as_words(flask.area, zone)}"
    fields = {"donor": flask.donor, "passage": str(flask.passage), "seeded": seeded}
    return LabelText("flask", fields)
