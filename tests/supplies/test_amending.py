"""A delivery or an instrument was entered wrongly."""

from datetime import timedelta

from lims.deviations.queries import open_about
from lims.labelling.models import Label
from lims.labelling.queries import live_label
from lims.release.actions import JudgeLot, hold_lot, return_lot
from lims.supplies import actions as supplies
from lims.supplies.amending import AmendMaterial, amend_material
from lims.supplies.equipment import AmendEquipment, amend_equipment
from lims.supplies.models import Equipment, Lot
from lims.supplies.queries import SAME
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World


def right(world: World, number: str, **other: object) -> AmendMaterial:
    known = row(world, Lot, number)
    same = {n: getattr(known, n) for n in (*SAME, "expires_on", "in_use_life", "content")}
    return AmendMaterial(number=number, why="the box says so", **{**same, **other})


def test_all_containers_of_a_delivery_are_put_right_together(world: World) -> None:
    command = supplies.ReceiveMaterial(
        "Trypsin", "Bench Supplies", "S-7", world.story.today + timedelta(days=300), containers=3
    )
    first = world.story.do("tian", supplies.receive_material, command).number
    wanted = right(world, first, supplier_lot="S-71")
    turned_away(world, amend_material, wanted, "tang", "tian", "quinn", "qiu")
    world.story.do("tian", amend_material, wanted)
    with world.site.reading() as session:
        mine = session.query(Lot).filter(Lot.delivery == first)
        assert [lot.supplier_lot for lot in mine] == ["S-71"] * 3
    page = world.client("quinn").get(f"/supplies/materials/{first}").get_data(as_text=True)
    assert "the box says so" in page
    assert codes(world, "tian", amend_material, wanted) == {"nothing-to-amend"}


def test_what_was_opened_and_lasts_less_long_is_judged_by_qa(world: World) -> None:
    used = stores_of(world).albumin
    assert row(world, Lot, used).opened_at
    later = right(world, used, expires_on=row(world, Lot, used).expires_on + timedelta(days=9))
    assert codes(world, "tian", amend_material, later) == {"accepted-as-it-stood"}
    assert read(world, open_about, [used]) == []
    shorter = right(world, used, expires_on=world.story.today - timedelta(days=1))
    world.story.do("tian", amend_material, shorter)
    assert len(read(world, open_about, [used])) == 1


def test_what_qa_has_accepted_is_renamed_and_prolonged_only_while_qa_holds_it(world: World) -> None:
    command = supplies.ReceiveMaterial(
        "Trypsin", "Bench Supplies", "S-7", world.story.today + timedelta(days=300)
    )
    first = world.story.do("tian", supplies.receive_material, command).number
    world.story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(first, "CoA 7"))
    for other in ({"name": "DMSO"}, {"supplier_lot": "S-8"}, {"supplier": "Another"}):
        wanted = right(world, first, **other)
        assert codes(world, "tian", amend_material, wanted) == {"accepted-as-it-stood"}
    world.story.do("tian", amend_material, right(world, first, content="500 mL"))
    world.story.do("quinn", hold_lot, JudgeLot(first, "entered as another lot"))
    world.story.do(
        "tian", amend_material, right(world, first, supplier_lot="S-8", content="500 mL")
    )
    world.story.do("qiu", return_lot, JudgeLot(first, "its certificate is of S-8"))
    assert row(world, Lot, first).supplier_lot == "S-8"


def test_an_instruments_name_is_put_right_and_its_label_is_dead(world: World) -> None:
    from lims.labelling.actions import PrintLabel, print_label

    cabinet = stores_of(world).cabinet
    label = world.story.do("tang", print_label, PrintLabel(cabinet))
    wanted = AmendEquipment(cabinet, "Safety cabinet 7", "the plate says so")
    turned_away(world, amend_equipment, wanted, "tang", "tian", "quinn", "qiu")
    world.story.do("tang", amend_equipment, wanted)
    assert row(world, Equipment, cabinet).name == "Safety cabinet 7"
    assert read(world, live_label, cabinet) is None
    assert row(world, Label, label.code).number == cabinet
