"""What testing writes on labels: of what a sample is, for which stage, and when it was taken."""

from lims.core.texts import named
from lims.core.words import as_words
from lims.identifiers.numbers import Kind
from lims.labelling.actions import FaceWanted
from lims.testing.models import Sample, Specification
from lims.trust.context import Work


def write_face(work: Work, wanted: FaceWanted) -> None:
    """A sample's origin, stage and time; laboratory only, so the stage may stand on it."""
    if wanted.kind is not Kind.SAMPLE:
        return
    sample = work.get(Sample, wanted.number)
    stage = work.get(Specification, sample.specification).stage
    wanted.master = wanted.master or "sample"
    wanted.fields = {
        "of": sample.of,
        "stage": named(stage),
        "taken": as_words(sample.taken_at, work.settings.zone),
    }
