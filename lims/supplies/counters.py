"""Cell counters: whether their figures are of the sample before or after it was diluted."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.facts import facts
from lims.core.texts import named, say
from lims.identifiers.fields import EquipmentNumber
from lims.supplies.equipment_rules import DilutionMeans, EquipmentFacts
from lims.supplies.models import Equipment
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class VerifyCounter:
    """What a known sample showed of a counter's dilution."""

    number: EquipmentNumber
    dilution: Annotated[
        DilutionMeans,
        About(
            label=say("dilution-is"),
            choices=(
                ("included", named(DilutionMeans.INCLUDED)),
                ("not_included", named(DilutionMeans.NOT_INCLUDED)),
            ),
        ),
    ]
    sample: Annotated[str, About(label=say("known-sample"), hint=say("known-sample.hint"), rows=2)]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("counter-verified"))
def verify_counter(work: Work, wanted: VerifyCounter) -> EquipmentFacts:
    """Say, once a known sample showed it, whether a counter's figures include the dilution."""
    row = work.lock(Equipment, wanted.number)
    row.dilution, row.dilution_shown = wanted.dilution, wanted.sample
    return facts(EquipmentFacts, row)
