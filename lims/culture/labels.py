"""What a flask's label says; flasks that were seeded together get their labels together."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.core.words import as_words
from lims.culture.models import Flask, Harvest
from lims.culture.queries import seeded_with
from lims.identifiers.fields import FlaskNumber
from lims.labelling.actions import LabelText, first_label
from lims.labelling.printing import send_here
from lims.labelling.queries import BatchFacts, batch, live_label
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

LabelsNow = Annotated[bool, About(label=say("print-the-labels-now"))]


@dataclass(frozen=True)
class PrintFlaskLabels:
    """One of the flasks that were seeded together."""

    flask: FlaskNumber


@action(may=Permission.CULTURE_CELLS)
def print_flask_labels(work: Work, wanted: PrintFlaskLabels) -> BatchFacts:
    """Issue a label for each growing flask seeded with this one that has none; they stay a batch."""
    return batch(work.session, issue_flask_labels(work, wanted.flask))


def issue_flask_labels(work: Work, number: str) -> str:
    """Issue them from inside another action; the number of their batch."""
    together = seeded_with(work.session, work.get(Flask, number))
    bare = [one.number for one in together if not live_label(work.session, one.number)]
    if not bare:
        raise Refused(Reason("labelled.flasks"))
    first = together[0].number
    for each in bare:
        send_here(work, first_label(work, each, batch=first))
    return first


def flask_text(work: Work, number: str) -> LabelText:
    """Donor, passage, when it was seeded, its growth area."""
    flask = work.get(Flask, number)
    zone = work.settings.zone
    seeded = f"{as_words(flask.seeded_at, zone)}, {as_words(flask.area, zone)}"
    fields = {"donor": flask.donor, "passage": str(flask.passage), "seeded": seeded}
    return LabelText("flask", fields)


def harvest_text(work: Work, number: str) -> LabelText:
    """Donor, passage, when it was harvested; not how much, which a count may put right."""
    found = work.get(Harvest, number)
    harvested = as_words(found.at, work.settings.zone)
    fields = {"donor": found.donor, "passage": str(found.passage), "harvested": harvested}
    return LabelText("harvest", fields)
