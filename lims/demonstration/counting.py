"""A harvest counted by an instrument: two images of one vessel, from the counter's own file."""

from datetime import timedelta

from lims.core.quantities import Millilitres
from lims.core.uploads import Upload
from lims.culture.counting import HarvestByInstrument, harvest_by_instrument
from lims.culture.queries import HarvestFacts
from lims.demonstration.executing import executed
from lims.demonstration.making import D, Stores
from lims.demonstration.story import Story
from lims.instruments.counting import ImportCounts, import_counts
from lims.protocol.steps import StepKind
from lims.supplies.counters import VerifyCounter, verify_counter
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.equipment_rules import DilutionMeans, EquipmentKind

HEAD = (
    '"Sample ID","Cell count","Viable cells","Total (x10^6) cells/mL","Viable (x10^6) cells/mL",'
    '"Viability (%)","Average diameter (µm)","Analysis date/time","Reanalysis date/time",'
    '"Analysis by","Reanalysis by","Dilution","Wash"'
)
SEEN = (("1204", "1108", "1.10", "1.01", "91.8"), ("1251", "1160", "1.14", "1.06", "93.0"))


def counted(story: Story, flask: str) -> tuple[str, ...]:
    """A verified counter's file with two counts of a vessel; their identifiers."""
    until = story.today + timedelta(days=900)
    wanted = RegisterEquipment("Cell counter 1", until, kind=EquipmentKind.COUNTER)
    counter = story.do("tang", register_equipment, wanted)
    beads = "beads of 1.00E6 per mL read 1.02E6 undiluted and 0.50E6 at 1:2"
    story.do("quinn", verify_counter, VerifyCounter(counter.number, DilutionMeans.INCLUDED, beads))
    now = story.clock.now.astimezone(story.site.settings.zone)
    rows = [HEAD]
    for minutes, (cells, live, total, viable, share) in zip((9, 5), SEEN, strict=True):
        at = f"{now - timedelta(minutes=minutes):%m/%d/%Y %H:%M}"
        rows.append(
            f'"{flask}","{cells}","{live}","{total}","{viable}","{share}","16.2","{at}","","tang",'
            '"","1","Normal"'
        )
    file = Upload("counts-P0.csv", "\r\n".join([*rows, ""]).encode())
    taken = story.do("tang", import_counts, ImportCounts(counter.number, file))
    return tuple(count.id for count in taken.counts)


def harvested(story: Story, stores: Stores, flasks: tuple[str, ...], volume: int) -> HarvestFacts:
    """Vessels pooled after five days, by the mean of a counter's two counts."""
    story.wait(days=5)
    executed(story, StepKind.HARVEST, flasks[0])
    command = HarvestByInstrument(
        flasks,
        counted(story, flasks[0]),
        Millilitres(D(volume)),
        stores.growing,
        (stores.centrifuge,),
    )
    return story.do("tang", harvest_by_instrument, command, "tian")
