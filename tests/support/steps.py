"""What has to be recorded before a step is ended, where a test is about something else."""

from lims.core.errors import Missing, Refused
from lims.culture.queries import HarvestFacts
from lims.demonstration import making
from lims.demonstration.executing import executed
from lims.demonstration.making import Stores
from lims.demonstration.story import Story
from lims.identifiers.numbers import is_number
from lims.protocol.steps import StepKind


def stepped(story: Story, kind: StepKind, *things: str, who: str = "tang") -> None:
    """The step begun and recorded as far as it can be; what ends it says why it cannot."""
    for of in filter(is_number, things):
        try:
            executed(story, kind, of, who)
        except (Missing, Refused):
            continue


def grown_on(
    story: Story, stores: Stores, harvest: HarvestFacts, volume: int = 400
) -> HarvestFacts:
    """One passage further: what was isolated just now is no product yet."""
    flasks = making.passaged(story, stores, harvest, 2, 5_000_000)
    return making.harvested(story, stores, flasks, volume)
