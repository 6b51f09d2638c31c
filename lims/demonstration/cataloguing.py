"""The catalogue: every material of the laboratory with its suppliers, one of them running short."""

from datetime import timedelta

from lims.core.quantities import Hours
from lims.demonstration.donating import KIT
from lims.demonstration.making import MATERIALS, D
from lims.demonstration.story import Story
from lims.supplies.catalogue import AddItem, ApproveSupplier, add_item, approve_supplier

SUPPLIER = "Bench Supplies"
SHORT = "Saline 0.9 %"  # its one container is open


def catalogue(story: Story) -> None:
    """What deliveries are of, from whom, and how few of each may be left."""
    for name in (*MATERIALS, KIT):
        wanted = AddItem(
            name, "Sterile, endotoxin below 0.5 EU/mL, for clinical use", "2–8 °C",
            certificate_attached=False, reorder_at=int(name == SHORT),
            in_use_life=Hours(D(20_000)),
        )  # fmt: skip
        item = story.do("quinn", add_item, wanted).id
        until = story.today + timedelta(days=45 if name == KIT else 700)
        approved = ApproveSupplier(item, SUPPLIER, until, "audit of this spring, report A-17")
        story.do("quinn", approve_supplier, approved)
