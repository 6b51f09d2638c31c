"""Scenes of the laboratory: donors, cells, banks, product, vehicle, tests, release."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from lims.bank import actions as bank
from lims.bank.queries import place, vials_of
from lims.bank.rules import PlaceLevel, VialStanding
from lims.bank.storing import StoreVials, store_vials
from lims.bank.thawing import ThawIntoCulture, thaw_into_culture
from lims.core.quantities import (
    CellCount,
    Hours,
    Millilitres,
    Percent,
    SquareCentimetres,
)
from lims.core.rounding import Qualifier
from lims.culture import actions as culture
from lims.culture.queries import HarvestFacts
from lims.demonstration import donating, freezing
from lims.demonstration.executing import executed
from lims.demonstration.founding import approved_labels, approved_protocol, stations
from lims.demonstration.story import Story
from lims.donation.accepting import AcceptCord, accept_cord
from lims.donation.queries import donor as find_donor
from lims.genealogy.queries import ancestors
from lims.protocol.sections import Stage
from lims.protocol.steps import StepKind
from lims.release import actions as release
from lims.supplies import actions as supplies
from lims.supplies.clearance import ClearLine, clear_line, cleared_for
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.equipment_rules import EquipmentKind
from lims.supplies.rules import LotKind
from lims.testing import actions as testing
from lims.testing import sterility
from lims.testing.queries import lines_of, sample

D = Decimal
MATERIALS = (  # in the order of Stores
    "Medium with platelet lysate",
    "Human albumin 20 %",
    "Saline 0.9 %",
    "Freezing medium 10 % DMSO",
    "Infusion bags 150 mL",
)
INSTRUMENTS = {
    "Safety cabinet 1": EquipmentKind.CABINET,
    "Incubator 1": EquipmentKind.INCUBATOR,
    "Centrifuge 1": EquipmentKind.CENTRIFUGE,
}


@dataclass
class Stores:
    """What stands in the laboratory: numbers of materials, instruments and a box."""

    medium: str
    albumin: str
    saline: str
    medium_for_freezing: str
    bags: str
    cabinet: str
    incubator: str
    centrifuge: str
    box: str

    @property
    def growing(self) -> tuple[str, ...]:
        """What is used at each step of culture."""
        return (self.medium,)


def set_up(story: Story) -> Stores:
    """Specifications, materials, instruments and a freezer."""
    approved_protocol(story)
    approved_labels(story)
    stations(story)
    for stage in Stage:
        story.do("quinn", testing.approve_specification, testing.ApproveSpecification(stage))
    materials = [a_material(story, name) for name in MATERIALS]
    until = story.today + timedelta(days=900)
    instruments = [
        story.do("tang", register_equipment, RegisterEquipment(name, until, kind=kind))
        for name, kind in INSTRUMENTS.items()
    ]
    donating.kit(story)
    tank = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.TANK, "Tank 1"))
    rack = story.do("tang", bank.add_place, bank.AddPlace(PlaceLevel.RACK, "Rack A", tank.number))
    box = story.do(
        "tang", bank.add_place, bank.AddPlace(PlaceLevel.BOX, "Box 1", rack.number, 10, 12)
    )
    medium, albumin, saline, freezing, bags = materials
    cabinet, incubator, centrifuge = (instrument.number for instrument in instruments)
    return Stores(
        medium, albumin, saline, freezing, bags, cabinet, incubator, centrifuge, box.number
    )


def a_material(story: Story, name: str) -> str:
    """An accepted lot of a material."""
    expires = story.today + timedelta(days=1500)
    command = supplies.ReceiveMaterial(
        name, "Bench Supplies", f"S-{name[:3]}", expires, Hours(D(20_000))
    )
    lot = story.do("tian", supplies.receive_material, command)
    story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(lot.number, "CoA 1"))
    return lot.number


def a_donor(story: Story, *, decide: bool = True) -> str:
    """A donor with consent, history and serology; eligible unless left undecided."""
    donor = donating.registered(story)
    donating.history(story, donor)
    collected = story.clock.now - timedelta(hours=9)
    donating.received(story, donor, collected)
    donating.tested(story, donor, collected)
    if decide:
        donating.decided(story, donor)
    return donor


def cord_of(story: Story, donor: str) -> str:
    """The donor's cord."""
    with story.site.reading() as session:
        return find_donor(session, donor).cords[0]


def isolated(story: Story, stores: Stores, donor: str, flasks: int = 2) -> tuple[str, ...]:
    """P0 flasks of a donor's cord."""
    cord = cord_of(story, donor)
    inspected = AcceptCord(cord, "label, seal and transport liquid in order")
    story.do("quinn", accept_cord, inspected)
    executed(story, StepKind.ISOLATION, cord)
    command = culture.IsolateCells(
        cord,
        flasks,
        SquareCentimetres(D(175)),
        stores.growing,
        (stores.cabinet, stores.incubator),
    )
    return story.do("tang", culture.isolate_cells, command, "tian").flasks


def harvested(story: Story, stores: Stores, flasks: tuple[str, ...], volume: int) -> HarvestFacts:
    """The flasks fed, pooled and counted: 1.03 million viable cells in each millilitre."""
    story.wait(days=3)
    feed = culture.FeedFlask(flasks[0], Percent(D(60)), stores.growing, "spindle shaped, even")
    story.do("tang", culture.feed_flask, feed)
    story.wait(days=2)
    executed(story, StepKind.HARVEST, flasks[0])
    command = culture.HarvestFlasks(
        flasks, 412, 21, 8, D(2), Millilitres(D(volume)), stores.growing, (stores.centrifuge,)
    )
    return story.do("tang", culture.harvest_flasks, command, "tian")


def cleared(story: Story, stores: Stores, of: str) -> None:
    """The cabinet cleared for the donor of this, where it is another one's or a session's."""
    with story.site.reading() as session:
        last = cleared_for(session, stores.cabinet)
        is_theirs = last is not None and last.line in ancestors(session, of)
    if not is_theirs:
        story.do("tang", clear_line, ClearLine(stores.cabinet, of), "tian")


def passaged(
    story: Story, stores: Stores, harvest: HarvestFacts, flasks: int, cells: int
) -> tuple[str, ...]:
    """New flasks seeded from a harvest."""
    cleared(story, stores, harvest.id)
    executed(story, StepKind.PASSAGE, harvest.id)
    command = culture.PassageCells(
        harvest.id,
        flasks,
        SquareCentimetres(D(6360)),
        CellCount(D(cells)),
        stores.growing,
        (stores.cabinet, stores.incubator),
    )
    return story.do("tang", culture.passage_cells, command, "tian").flasks


def filled(story: Story, stores: Stores, harvest: HarvestFacts, kind: LotKind, vials: int) -> str:
    """A lot of vials of 50 million viable cells, stored in the box as far as it has room."""
    cleared(story, stores, harvest.id)
    executed(story, StepKind.FILLING, harvest.id)
    command = bank.FillVials(
        harvest.id,
        kind,
        vials,
        CellCount(D(50_000_000)),
        story.today + timedelta(days=720),
        (stores.medium_for_freezing,),
        (stores.cabinet,),
    )
    lot = story.do("tang", bank.fill_vials, command, "tian").number
    freezing.frozen(story, lot)
    return lot


def another_box(story: Story, stores: Stores) -> str:
    """A second box beside the first."""
    with story.site.reading() as session:
        rack = place(session, stores.box).within
    command = bank.AddPlace(PlaceLevel.BOX, "Box 2", rack, 10, 12)
    return story.do("tang", bank.add_place, command).number


def stored(story: Story, lot: str, box: str, positions: list[str], second_box: str = "") -> None:
    """A lot's vials into positions, of a second box too; two are taken for quality control."""
    with story.site.reading() as session:
        vials = [vial.number for vial in vials_of(session, lot)]
    for vial in vials[:2]:
        command = bank.TakeVial(vial, VialStanding.QC, "release tests")
        story.do("tang", bank.take_vial, command)
    left = vials[2:]
    for where in filter(None, (box, second_box)):
        now, left = left[: len(positions)], left[len(positions) :]
        story.do("tang", store_vials, StoreVials(where, tuple(now), positions[0]))


def regrown(story: Story, stores: Stores, lot: str) -> str:
    """A flask of the next passage, seeded with a vial of a released bank."""
    with story.site.reading() as session:
        kept = [v for v in vials_of(session, lot) if v.standing is VialStanding.STORED]
    cleared(story, stores, kept[0].number)
    command = ThawIntoCulture(
        kept[0].number, 380, 22, 8, D(2), Millilitres(D(40)), SquareCentimetres(D(6360)),
        stores.growing, (stores.cabinet, stores.incubator),
    )  # fmt: skip
    return story.do("tang", thaw_into_culture, command, "tian").number


def a_vehicle(story: Story, stores: Stores) -> str:
    """A lot of the suspension liquid."""
    expires = story.today + timedelta(days=540)
    command = supplies.MakeVehicle(
        "Saline with 2 % human albumin", expires, (stores.albumin, stores.saline), (stores.cabinet,)
    )
    return story.do("tian", supplies.make_vehicle, command).number


GOOD = {
    "APP": "", "VIA": "95.2", "CNT": "98", "CD73": "99.1", "CD90": "98.7", "CD105": "97.9",
    "CD45": "0.4", "HLADR": "0.9", "CD14": "0.3", "CD11B": "0.5", "END": "0.05", "PH": "7.0",
    "OSM": "298",
}  # fmt: skip


def entered(story: Story, number: str, other: dict[str, str] | None = None) -> None:
    """A sample's results entered by one analyst and reviewed by the other; then inoculated."""
    values = GOOD | (other or {})
    with story.site.reading() as session:
        lines = lines_of(session, sample(session, number).specification)
    for line in lines:
        if line.sterility:
            continue
        value = D(values[line.code]) if line.limit else None
        category = "" if line.limit else line.category
        entry = testing.EnterResult(number, line.code, Qualifier.EQUAL, value, category)
        result = story.do("ana", testing.enter_result, entry)
        story.do("aiko", testing.review_result, testing.ReviewResult(result.id))
    story.do("ana", sterility.inoculate, sterility.Inoculate(number))


def tested(story: Story, lot: str, other: dict[str, str] | None = None) -> str:
    """A lot sampled, tested and read through to the end of its sterility test."""
    number = story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number
    entered(story, number, other)
    for _ in range(2):
        story.wait(days=7, minutes=1)
        story.do("ana", sterility.read_sterility, sterility.ReadSterility(number, False))
    story.do("ana", sterility.close_sterility, sterility.CloseSterility(number), "aiko")
    return number


def released(story: Story, lot: str) -> None:
    """A tested lot's trail reviewed and the lot released."""
    story.do("qiu", release.review_trail, release.ReviewTrail(lot))
    story.do("qiu", release.release_lot, release.ReleaseLot(lot, "all tests conform"))


def a_product_lot(story: Story, stores: Stores, donor: str, vials: int = 40) -> str:
    """A product lot straight from a donor's cord, for stories that need no banks."""
    p0 = harvested(story, stores, isolated(story, stores, donor), 20)
    p1 = harvested(story, stores, passaged(story, stores, p0, 2, 5_000_000), 60 * vials)
    lot = filled(story, stores, p1, LotKind.PRODUCT, vials)
    rows = [f"{letter}{number}" for letter in "ABCDEFGHIJ" for number in range(1, 13)]
    stored(story, lot, stores.box, rows[: vials - 2])
    return lot
