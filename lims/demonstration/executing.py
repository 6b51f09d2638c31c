"""Steps as the protocol wants them executed: begun, every output recorded."""

from lims.culture.executing import BeginStep, begin_step
from lims.culture.recipe import recipe_of
from lims.culture.recording import RecordOutput, record_output
from lims.demonstration.story import Story
from lims.protocol.queries import Asked
from lims.protocol.steps import OutputKind, StepKind, StepOutput

GOOD = {
    "tissue": "38.5",
    "digestion": "180",
    "confluence": "80",
    "detaching": "5",
    "cold": "4",
    "each": "1000",
}


def executed(story: Story, kind: StepKind, of: str, who: str = "tang") -> None:
    """A step begun with a cord, a vessel or a harvest, and its outputs recorded, ready to be ended."""
    with story.site.reading() as session:
        asked = recipe_of(Asked(session, story.clock.now), of).trial.culture.asks(kind)
    if asked is None:
        return
    begun = story.do(who, begin_step, BeginStep(of, kind, asked.named))
    for output in asked.output:
        if output.kind is not OutputKind.PHOTO:
            entry = RecordOutput(int(begun.id), output.code, _value(output))
            story.do(who, record_output, entry)


def _value(output: StepOutput) -> str:
    if output.kind is OutputKind.CHOICE:
        return output.choice[0].code
    if output.kind is OutputKind.DONE:
        return "yes"
    return GOOD.get(output.code, "")
