"""What testing writes on labels: of what a sample is, for which stage, and when it was taken."""

from lims.core.texts import named
from lims.core.words import as_words
from lims.labelling.actions import LabelText
from lims.testing.models import Sample, Specification
from lims.trust.context import Work


def sample_text(work: Work, number: str) -> LabelText:
    """A sample's origin, stage and time; laboratory only, so the stage may stand on it."""
    sample = work.get(Sample, number)
    stage = work.get(Specification, sample.specification).stage
    taken = as_words(sample.taken_at, work.settings.zone)
    return LabelText("sample", {"of": sample.of, "stage": named(stage), "taken": taken})
