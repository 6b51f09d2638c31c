"""What is not in the catalogue, or not from an approved supplier, is taken in and not used."""

from dataclasses import replace
from datetime import timedelta

from lims.attachments.actions import attach_file
from lims.attachments.keeping import AttachFile
from lims.core.quantities import Hours
from lims.core.uploads import Upload
from lims.demonstration.treating import D
from lims.supplies import queries, stock
from lims.supplies.actions import (
    AcceptMaterial,
    ReceiveMaterial,
    UseUp,
    accept_material,
    receive_material,
    use_up,
)
from lims.supplies.amending import AmendMaterial, amend_material
from lims.supplies.catalogue import (
    AddItem,
    AmendItem,
    ApproveSupplier,
    EndApproval,
    WithdrawItem,
    add_item,
    amend_item,
    approve_supplier,
    end_approval,
    withdraw_item,
)
from lims.supplies.rules import LotStanding
from tests.support.scenes import codes, read, turned_away
from tests.support.worlds import World

GTIN = "09506000134352"
PACKAGE = f"]d201{GTIN}17310101" + "10L77"
ITEM = AddItem(
    "Trypsin 0.05 %", "sterile, no animal origin", "-20 °C",
    certificate_attached=False, reorder_at=3, in_use_life=Hours(D(48)),
)  # fmt: skip


def catalogued(world: World, item: AddItem = ITEM, code: str = "") -> int:
    """In the catalogue, with one supplier for a year."""
    made = world.story.do("quinn", add_item, item).id
    until = world.story.today + timedelta(days=365)
    wanted = ApproveSupplier(made, "Bio House", until, "audit A-3", "BH-12", code)
    world.story.do("quinn", approve_supplier, wanted)
    return made


def delivered(world: World, name: str = ITEM.name, supplier: str = "Bio House") -> str:
    expires = world.story.today + timedelta(days=300)
    wanted = ReceiveMaterial(name, supplier, "T-1", expires, containers=2)
    return world.story.do("tian", receive_material, wanted).number


def why_not(world: World, number: str) -> set[str]:
    return codes(world, "quinn", accept_material, AcceptMaterial(number, "CoA 5"))


def test_before_there_is_a_catalogue_nothing_is_asked_of_a_delivery(world: World) -> None:
    number = delivered(world, "Whatever", "Whoever")
    world.story.do("quinn", accept_material, AcceptMaterial(number, "CoA 5"))
    assert read(world, queries.material, number).standing is LotStanding.RELEASED


def test_what_is_not_in_the_catalogue_waits_and_is_not_used(world: World) -> None:
    catalogued(world)
    number = delivered(world, "Accutase")
    assert why_not(world, number) == {"not-in-the-catalogue"}
    assert read(world, queries.material, number).standing is LotStanding.QUARANTINE


def test_a_slip_in_its_name_is_put_right_by_the_catalogue_or_by_an_amendment(world: World) -> None:
    catalogued(world)
    near = read(world, queries.material, delivered(world, "trypsin  0.05%"))
    assert (near.name, near.in_use_life) == (ITEM.name, ITEM.in_use_life)
    far = delivered(world, "Tripsin")
    assert why_not(world, far) == {"not-in-the-catalogue"}
    found = read(world, queries.material, far)
    right = AmendMaterial(
        far, ITEM.name, found.supplier, "T-1", found.expires_on, "misread", in_use_life=Hours(D(24))
    )
    world.story.do("tian", amend_material, right)
    world.story.do("quinn", accept_material, AcceptMaterial(far, "CoA 5"))


def test_a_supplier_is_approved_until_a_day_and_till_somebody_ends_it(world: World) -> None:
    item = catalogued(world)
    stranger = delivered(world, supplier="Back Street Biochemicals")
    assert why_not(world, stranger) == {"supplier-not-approved"}
    late = delivered(world, supplier="bio house")
    world.story.wait(days=366)
    late = delivered(world)
    assert why_not(world, late) == {"supplier-overdue"}
    again = ApproveSupplier(item, "Bio House", world.story.today, "audit A-4")
    approval = world.story.do("quinn", approve_supplier, again).id
    world.story.do("quinn", accept_material, AcceptMaterial(late, "CoA 5"))
    ended = world.story.do("quinn", end_approval, EndApproval(approval, "warning letter"))
    assert "2" in ended.says
    assert why_not(world, delivered(world)) == {"supplier-not-approved"}
    assert codes(world, "quinn", end_approval, EndApproval(approval, "twice")) == {
        "approval-has-ended"
    }


def test_a_certificate_is_attached_to_any_container_before_qa_accepts(world: World) -> None:
    catalogued(world, replace(ITEM, certificate_attached=True))
    number = delivered(world)
    assert why_not(world, number) == {"certificate-not-attached"}
    other = read(world, queries.containers_of, number)[1].number
    paper = Upload("coa.txt", b"Certificate of analysis T-1: conforms\n")
    world.story.do("tian", attach_file, AttachFile(other, "certificate", paper))
    world.story.do("quinn", accept_material, AcceptMaterial(number, "CoA 5"))


def test_no_delivery_lasts_longer_after_opening_than_the_catalogue_says(world: World) -> None:
    catalogued(world)
    expires = world.story.today + timedelta(days=300)
    wanted = ReceiveMaterial(ITEM.name, "Bio House", "T-1", expires, Hours(D(49)))
    number = world.story.do("tian", receive_material, wanted).number
    assert why_not(world, number) == {"life-longer-than-catalogue"}


def test_one_scan_of_a_known_package_says_what_it_is_whose_and_how_long_it_lasts(
    world: World,
) -> None:
    catalogued(world, code=PACKAGE)
    wanted = ReceiveMaterial(supplier_code=PACKAGE)
    found = world.story.do("tian", receive_material, wanted)
    assert (found.name, found.supplier, found.supplier_lot) == (ITEM.name, "Bio House", "L77")
    assert found.in_use_life == ITEM.in_use_life
    other = ReceiveMaterial("Saline", "Bio House", supplier_code=PACKAGE)
    assert codes(world, "tian", receive_material, other) == {"code-is-another-materials"}
    unknown = ReceiveMaterial(supplier_code=PACKAGE.replace(GTIN, "00012345678905"))
    assert codes(world, "tian", receive_material, unknown) == {"no-name", "no-supplier"}


def test_a_package_names_one_material_of_one_supplier(world: World) -> None:
    catalogued(world, code=PACKAGE)
    other = world.story.do("quinn", add_item, replace(ITEM, name="Saline")).id
    until = world.story.today + timedelta(days=365)
    wanted = ApproveSupplier(other, "Bio House", until, "audit A-3", code=PACKAGE)
    assert codes(world, "quinn", approve_supplier, wanted) == {"code-is-another-materials"}


def test_an_approval_is_not_given_for_days_that_are_over(world: World) -> None:
    item = catalogued(world)
    gone = ApproveSupplier(item, "X", world.story.today - timedelta(days=1), "audit")
    assert codes(world, "quinn", approve_supplier, gone) == {"day-is-over"}


def test_a_material_stands_in_the_catalogue_once_and_leaves_it_once(world: World) -> None:
    item = catalogued(world)
    twin = replace(ITEM, name="TRYPSIN 0.05%")
    assert codes(world, "quinn", add_item, twin) == {"in-the-catalogue-already"}
    world.story.do("quinn", withdraw_item, WithdrawItem(item, "we use another enzyme"))
    assert why_not(world, delivered(world)) == {"not-in-the-catalogue"}
    assert codes(world, "quinn", withdraw_item, WithdrawItem(item, "again")) == {
        "not-in-the-catalogue"
    }


def test_what_is_asked_changes_for_what_is_accepted_from_then_on(world: World) -> None:
    item = catalogued(world)
    before = delivered(world)
    world.story.do("quinn", accept_material, AcceptMaterial(before, "CoA 5"))
    stricter = AmendItem(item, ITEM.asks, ITEM.storage, True, 3, "new rule", ITEM.in_use_life)
    world.story.do("quinn", amend_item, stricter)
    assert read(world, queries.material, before).standing is LotStanding.RELEASED
    assert why_not(world, delivered(world)) == {"certificate-not-attached"}


def test_the_work_list_says_when_to_order_and_the_stock_says_what_there_is(world: World) -> None:
    catalogued(world)
    number = delivered(world)
    client = world.client("tang")

    def counted() -> tuple[int, int, int, bool]:
        one, today = read(world, stock.stock)[0], world.story.today
        opened = one.count(today, LotStanding.RELEASED, opened=True)
        waiting = one.count(today, LotStanding.QUARANTINE, opened=False)
        return one.unopened(today), opened, waiting, one.short(today)

    assert counted() == (0, 0, 2, True)
    assert f"{ITEM.name}: 0 unopened" in client.get("/").text
    world.story.do("quinn", accept_material, AcceptMaterial(number, "CoA 5"))
    more = delivered(world)
    world.story.do("quinn", accept_material, AcceptMaterial(more, "CoA 5"))
    assert counted() == (4, 0, 0, False)
    for one in (number, more):
        world.story.do("tang", use_up, UseUp(one, "broken"))
    assert counted() == (2, 0, 0, True)
    world.story.wait(days=301)
    assert counted() == (0, 0, 0, True)
    assert "Bio House" in world.client("tang").get("/supplies/catalogue").text
    assert world.client("tang").get("/api/supplies/catalogue").json
    page = world.client("tang").get(f"/supplies/catalogue/{stock_id(world)}").text
    assert "Bio House" in page
    assert number in page


def stock_id(world: World) -> int:
    return read(world, stock.stock)[0].item.id


def test_suppliers_are_asked_for_papers_before_their_approval_ends(world: World) -> None:
    catalogued(world)
    client = world.client("quinn")
    assert "Approve the supplier again" not in client.get("/").text
    world.story.wait(days=310)
    assert f"Bio House · {ITEM.name}" in world.client("quinn").get("/").text


def test_only_qa_says_what_may_be_bought(world: World) -> None:
    item = catalogued(world)
    day = world.story.today
    qa = ("quinn", "qiu")
    turned_away(world, add_item, replace(ITEM, name="X"), *qa)
    turned_away(world, approve_supplier, ApproveSupplier(item, "X", day, "none"), *qa)
    turned_away(world, withdraw_item, WithdrawItem(item, "x"), *qa)
    turned_away(world, end_approval, EndApproval(1, "x"), *qa)
