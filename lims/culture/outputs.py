"""What a step records: whether a value can be one, what is missing, what is out of its limit."""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from lims.core.reasons import Reason, when
from lims.core.rounding import CompareRule, Outcome, compare
from lims.core.texts import named, say
from lims.core.written import PLAIN, fault_of
from lims.identifiers.numbers import Kind
from lims.protocol.rules import impossible
from lims.protocol.steps import OutputKind, StepKind, StepOutput

STEPS_OF: Final = {  # what is done with each of these
    Kind.CORD: (StepKind.ISOLATION,),
    Kind.FLASK: (StepKind.FEEDING, StepKind.HARVEST),
    Kind.HARVEST: (StepKind.PASSAGE, StepKind.FILLING),
}
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class StepStanding(StrEnum):
    """How far a step is."""

    UNDER_WAY = "under_way"
    DONE = "done"
    GIVEN_UP = "given_up"


def value_reasons(output: StepOutput, value: str) -> list[Reason]:
    """Why this cannot be what was recorded."""
    if output.kind is OutputKind.NUMBER:
        if not PLAIN.fullmatch(value):
            fault = fault_of(value)
            return [Reason("output-unreadable", text=output.text, fault=fault)]
        return impossible(output.text, Decimal(value), output.possible, output.unit)
    if output.kind is OutputKind.MOMENT:
        return list(when(not _CLOCK.fullmatch(value), Reason("output-no-time", text=output.text)))
    if output.kind is OutputKind.PHOTO:
        return [Reason("output-is-a-photo", text=output.text)]
    known = {"yes"} if output.kind is OutputKind.DONE else {c.code for c in output.choice}
    return list(when(value not in known, Reason("output-not-of-the-list", text=output.text)))


def missing(
    outputs: Sequence[StepOutput], recorded: Collection[str], *, photographed: bool
) -> list[StepOutput]:
    """The outputs that are still to be recorded, in their order."""
    return [
        output
        for output in outputs
        if output.code not in recorded and not (output.kind is OutputKind.PHOTO and photographed)
    ]


def ending_reasons(
    outputs: Sequence[StepOutput], recorded: Collection[str], *, photographed: bool
) -> list[Reason]:
    """Every required output that is missing: the step does not end before."""
    return [
        Reason("output-missing", text=output.text)
        for output in missing(outputs, recorded, photographed=photographed)
        if output.required
    ]


def out_of_limits(outputs: Sequence[StepOutput], recorded: Mapping[str, str]) -> list[Reason]:
    """Every recorded number that is not within its limit: QA judges what it means."""
    return [
        Reason(
            "step-limit",
            text=output.text,
            value=recorded[output.code],
            limit=output.limit,
            unit=output.unit,
        )
        for output in outputs
        if output.limit and output.code in recorded and not _within(output, recorded[output.code])
    ]


def _within(output: StepOutput, value: str) -> bool:
    found = compare("=", Decimal(value), output.limit, CompareRule.GBT_FULL)
    return found is Outcome.CONFORMS


def here_reasons(kind: StepKind, wanted: StepKind, station: str, here: str) -> list[Reason]:
    """Why what is done here has to wait for a step that is under way with the same thing."""
    return [
        *when(kind is not wanted, Reason("other-step-under-way", step=named(kind))),
        *when(
            station != here, Reason("step-at-another-station", station=station or say("no-station"))
        ),
    ]
