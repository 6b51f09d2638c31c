"""An endotoxin plate: what the reader says of a sample, taken in from its own file."""

from datetime import timedelta

from lims.core.uploads import Upload
from lims.demonstration.story import Story
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.testing.importing import ImportResults, import_results

LETTERS = "ABCDEFGH"
COLUMNS = range(1, 13)
WELLS = {  # by well: its ID, what is told of it, and the recovery of what was added
    "A1": ("STD1", "4.98", ""), "A2": ("STD2", "0.51", ""), "A3": ("BLK", "<0.005", ""),
    "B1": ("SPL1", "0.031", "104"), "C1": ("SPL1", "0.034", "97"),
}  # fmt: skip


def plate(story: Story, sample: str) -> None:
    """A plate reader's file with two wells of one sample, measured a minute ago."""
    until = story.today + timedelta(days=200)
    reader = story.do("tang", register_equipment, RegisterEquipment("Plate reader", until)).number
    story.wait(minutes=90)
    at = (story.clock.now - timedelta(minutes=1)).astimezone(story.site.settings.zone)
    head = "\t".join(["", *map(str, COLUMNS)])
    lines = [
        f"Date\t{at:%m/%d/%Y}", f"Time\t{at:%I:%M:%S %p}", "Reader Serial Number:\t1103055", "",
        "Procedure Details", "Read\tAbsorbance Kinetic", "", "Layout", head, *_block(0, "Well ID"), "",
        "Results", head, *_block(1, "EU/mL"), "", "Recovery", head, *_block(2, "Recovery"), "",
    ]  # fmt: skip
    named = "\n".join(lines).replace("SPL1", sample)
    file = Upload("endotoxin-plate.txt", named.encode())
    story.do("ana", import_results, ImportResults(reader, file))


def _block(place: int, label: str) -> list[str]:
    nothing = ("", "", "")
    return [
        "\t".join([row, *(WELLS.get(f"{row}{n}", nothing)[place] for n in COLUMNS), label])
        for row in LETTERS
    ]
