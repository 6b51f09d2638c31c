"""A lot from the receipt of its cord to forty vials in their box, without a mouse."""

from datetime import timedelta

from lims.bank.models import Bank, Vial
from lims.bank.queries import stored_vials
from lims.bank.rules import VialStanding
from lims.culture.models import Flask, Harvest
from lims.demonstration import donating, making
from lims.donation.models import Cord
from lims.labelling.models import Label
from tests.browser.conftest import Place
from tests.browser.keys import Keys
from tests.support.scenes import read, stores_of

ISOLATE, HARVEST, PASSAGE = (
    "culture/isolate-cells", "culture/harvest-flasks", "culture/passage-cells",
)  # fmt: skip
RECORD, BEGIN, FILL = "culture/record-output", "culture/begin-step", "bank/fill-vials"
RECEIVE, ACCEPT, STORE = "donation/receive-cord", "donation/accept-cord", "bank/store-vials"
RECONCILE = "labelling/reconcile-labels"


def code_of(bench: Place, number: str) -> str:
    return next(row.code for row in bench.rows(Label) if row.number == number)


def newest(bench: Place, table: type, key: str = "number") -> str:
    return str(max(getattr(row, key) for row in bench.rows(table)))


def days_later(bench: Place) -> None:
    """Five days on; who comes back logs in."""
    bench.world.story.wait(days=5)
    bench.open("tang", "/")


def labels_read_back(keys: Keys, bench: Place, *numbers: str) -> None:
    """Each new label scanned where it sticks; they add up, says the second person."""
    for number in numbers:
        keys.scan(code_of(bench, number))
        keys.page.locator("main .told").first.wait_for()
        keys.page.wait_for_load_state()
    keys.do(RECONCILE, second="tian")


def test_a_lot_from_its_receipt_to_forty_stored_vials_without_a_mouse(bench: Place) -> None:
    story, stores = bench.world.story, stores_of(bench.world)
    donor = donating.registered(story)
    donating.history(story, donor)
    zone = bench.world.site.settings.zone
    collected = f"{(story.clock.now - timedelta(hours=6)).astimezone(zone):%Y-%m-%dT%H:%M}"
    page, _ = bench.open("tang", f"/donation/donors/{donor}")
    keys = Keys(page)

    keys.fill(
        RECEIVE, collected_at=collected, lowest="3", highest="6.5", weight="38", length="32",
        condition="intact", seal="S-1",
    )  # fmt: skip
    keys.scan(donating.kit(story))
    keys.do(RECEIVE)
    cord = newest(bench, Cord)
    quality, _ = bench.open("quinn", "/")
    qa = Keys(quality)
    qa.open(cord, f"/donation/cords/{cord}")
    qa.do(ACCEPT, comment="seal and label in order")

    keys.open(cord, f"/donation/cords/{cord}")
    keys.do(BEGIN, procedure="SOP-CELL-01 v3")
    keys.do(RECORD, value="enzymatic")
    keys.do(RECORD, value="36.5")
    keys.form(ISOLATE)
    keys.scan(stores.medium, stores.cabinet)
    keys.do(ISOLATE, flasks="2", area="175", second="tian")
    flasks = sorted(row.number for row in bench.rows(Flask))[-2:]
    labels_read_back(keys, bench, *flasks)

    days_later(bench)
    harvest = harvested(keys, bench, flasks, "20")
    keys.do(BEGIN, "Begin: passage", procedure="SOP-CELL-04 v1")
    keys.do(RECORD, value="1000")
    keys.do(RECORD, value="yes")
    keys.form(PASSAGE)
    keys.scan(stores.medium, stores.cabinet)
    keys.do(PASSAGE, flasks="2", area="6360", seeded="5000000", second="tian")
    flasks = sorted(row.number for row in bench.rows(Flask))[-2:]
    labels_read_back(keys, bench, *flasks)

    days_later(bench)
    harvest = harvested(keys, bench, flasks, "2000")
    keys.do(BEGIN, "Begin: filling", procedure="SOP-BANK-01 v4")
    keys.do(RECORD, value="4")
    keys.do(RECORD, value="yes")
    keys.reach("a.onwards")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bank/*")
    keys.form(FILL)
    keys.scan(stores.medium_for_freezing, stores.cabinet)
    expires = f"{story.today + timedelta(days=700)}"
    keys.do(FILL, kind="product", vials="40", expires_on=expires, second="tian")
    lot = next(row.lot for row in bench.rows(Bank) if row.harvest == harvest)
    vials = sorted(row.number for row in bench.rows(Vial) if row.lot == lot)
    assert len(vials) == 40
    labels_read_back(keys, bench, *vials)
    box = making.another_box(story, stores)
    keys.open(box, f"/bank/freezer/{box}")
    keys.form(STORE)
    keys.scan(*(code_of(bench, number) for number in vials))
    keys.do(STORE)
    assert read(bench.world, stored_vials, lot, 400) == vials
    assert {row.standing for row in bench.rows(Vial) if row.lot == lot} == {VialStanding.STORED}
    assert not bench.hands.errors


def harvested(keys: Keys, bench: Place, flasks: list[str], volume: str) -> str:
    """The flasks scanned, their step begun and recorded, pooled and counted; on the harvest's page."""
    stores = stores_of(bench.world)
    keys.open(flasks[0], f"/culture/flasks/{flasks[0]}")
    keys.do(BEGIN, procedure="SOP-CELL-03 v2")
    keys.do(RECORD, value="80")
    keys.do(RECORD, value="5")
    keys.form(HARVEST)
    keys.scan(flasks[1], stores.medium, stores.centrifuge)
    keys.do(HARVEST, live="412", dead="21", squares="8", dilution="2", volume=volume, second="tian")
    return newest(bench, Harvest, "id")
