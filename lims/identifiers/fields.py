"""Entry fields for our numbers: each reads a raw scan or a typed number, of its kind only."""

import re
from dataclasses import replace
from typing import Annotated

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.texts import joined, named, say
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scanned, read_scan

_OLD_HARVEST = re.compile(r"^[0-9a-f]{16}$", re.ASCII)


def _number_of(*kinds: Kind) -> About:
    names = joined("either-or", map(named, kinds))

    def read(text: str) -> str:
        try:
            scan = read_scan(text)
        except Refused as refused:
            raise ValueError(refused.sentence) from refused
        if scan.kind not in kinds:
            message = say("this-is-the-number-of", found=named(scan.kind), names=names)
            raise ValueError(message)
        return Scanned.of(scan)

    letters = "".join(kinds)
    return About(scan=True, read=read, pattern=f"^LM[{letters}][0-9A-Z]{{9}}([0-9A-Z]{{2}})?$")


def _harvest() -> About:
    """A harvest's number, or the 16 signs by which a harvest was known before they had numbers."""
    numbered = _number_of(Kind.HARVEST)

    def read(text: str) -> str:
        return text if _OLD_HARVEST.fullmatch(text) or not numbered.read else numbered.read(text)

    return replace(numbered, read=read, pattern=f"{numbered.pattern}|{_OLD_HARVEST.pattern}")


BagNumber = Annotated[str, _number_of(Kind.BAG)]
BadgeNumber = Annotated[str, _number_of(Kind.BADGE)]
CordNumber = Annotated[str, _number_of(Kind.CORD)]
CordFlaskOrHarvestNumber = Annotated[str, _number_of(Kind.CORD, Kind.FLASK, Kind.HARVEST)]
CordFlaskOrVialNumber = Annotated[str, _number_of(Kind.CORD, Kind.FLASK, Kind.VIAL)]
DeviationNumber = Annotated[str, _number_of(Kind.DEVIATION)]
DonorNumber = Annotated[str, _number_of(Kind.DONOR)]
EquipmentNumber = Annotated[str, _number_of(Kind.EQUIPMENT)]
FlaskNumber = Annotated[str, _number_of(Kind.FLASK)]
HarvestNumber = Annotated[str, _harvest()]
InfusionNumber = Annotated[str, _number_of(Kind.INFUSION)]
LotNumber = Annotated[str, _number_of(Kind.LOT)]
MaterialNumber = Annotated[str, _number_of(Kind.MATERIAL)]
LotOrMaterialNumber = Annotated[str, _number_of(Kind.LOT, Kind.MATERIAL)]
OrderNumber = Annotated[str, _number_of(Kind.ORDER)]
ParticipantNumber = Annotated[str, _number_of(Kind.PARTICIPANT)]
PlaceOrEquipmentNumber = Annotated[str, _number_of(Kind.PLACE, Kind.EQUIPMENT)]
PlaceNumber = Annotated[str, _number_of(Kind.PLACE)]
SampleNumber = Annotated[str, _number_of(Kind.SAMPLE)]
SessionNumber = Annotated[str, _number_of(Kind.SESSION)]
SleeveNumber = Annotated[str, _number_of(Kind.SLEEVE)]
TreatmentNumber = Annotated[str, _number_of(Kind.TREATMENT)]
VialNumber = Annotated[str, _number_of(Kind.VIAL)]
AnyNumber = Annotated[str, _number_of(*Kind)]
