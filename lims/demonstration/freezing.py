"""Scenes of freezing: a lot's vials in the controlled-rate freezer."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from lims.bank.freezing import RecordFreezing, record_freezing
from lims.core.uploads import Upload
from lims.demonstration.story import Story
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.equipment_rules import EquipmentKind
from lims.supplies.queries import equipment_list

D = Decimal


def freezer(story: Story) -> str:
    """The controlled-rate freezer, registered if there is none."""
    name = "Controlled-rate freezer 1"
    with story.site.reading() as session:
        known = [one.number for one in equipment_list(session) if one.name == name]
    if known:
        return known[0]
    wanted = RegisterEquipment(
        name, story.today + timedelta(days=1200), "CRF-0093", kind=EquipmentKind.FREEZER
    )
    return story.do("tang", register_equipment, wanted).number


def run_file(begin: datetime, zone: ZoneInfo, rate: str = "1") -> tuple[Upload, int]:
    """A run from 4 °C to −90 °C with the heat of freezing on its way, and how many minutes it took."""
    rows = ["Serial,CRF-0093", "Time,Chamber (°C),Sample (°C)"]
    celsius, minute = D(4), 0
    while celsius > -90:
        celsius = D(4) - D(rate) * minute
        sample = D(-8) if -20 < celsius < -10 else celsius + 1
        at = (begin + timedelta(minutes=minute)).astimezone(zone)
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{celsius},{sample}")
        minute += 2
    name = f"freezer-{begin:%Y%m%d-%H%M}.csv"
    return Upload(name, "\r\n".join(rows).encode()), minute


def frozen(story: Story, lot: str, *, rate: str = "1", contact: int = 12) -> None:
    """A lot's vials at so many degrees a minute, so long after the medium was added."""
    number = freezer(story)
    medium_at = story.clock.now
    story.wait(minutes=contact)
    file, minutes = run_file(story.clock.now, story.site.settings.zone, rate)
    story.wait(minutes=minutes)
    story.do("tang", record_freezing, RecordFreezing(lot, medium_at, number, file), "tian")
