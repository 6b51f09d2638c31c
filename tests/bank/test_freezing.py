"""A freezing run: read from the freezer's file, judged, drawn; without one a lot is not released."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lims.attachments.actions import strike_out
from lims.attachments.keeping import StrikeOut
from lims.bank.actions import FillVials, fill_vials
from lims.bank.freezing import RecordFreezing, record_freezing
from lims.bank.freezing_queries import freezing_of, without_run
from lims.bank.models import Bank
from lims.core.quantities import CellCount
from lims.core.uploads import Upload
from lims.demonstration import freezing, making
from lims.deviations.models import Deviation
from lims.protocol.steps import StepKind
from lims.release.actions import ReleaseLot, release_lot
from lims.supplies.rules import LotKind
from tests.support.scenes import codes, row, stores_of, turned_away
from tests.support.steps import stepped
from tests.support.worlds import World

D = Decimal


def a_bank(world: World) -> str:
    """A lot of vials as making leaves it: frozen as it should be."""
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    harvest = making.harvested(story, stores, flasks, 100)
    return making.filled(story, stores, harvest, LotKind.MASTER_BANK, 2)


def deviations(world: World, lot: str) -> list[str]:
    with world.site.reading() as session:
        about = session.query(Deviation).filter(Deviation.about == lot).order_by(Deviation.number)
        return [str(one.code) for one in about]


def test_a_run_within_its_limits_opens_nothing_and_is_drawn(either_world: World) -> None:
    world = either_world
    lot = a_bank(world)
    with world.site.reading() as session:
        found = freezing_of(session, lot)
    assert found is not None
    assert found.rate is not None
    assert abs(found.rate - 1) < D("0.1")
    assert found.contact.rounded(0).value == 12
    assert deviations(world, lot) == []
    page = world.client("quinn").get(f"/bank/freezing/{lot}").get_data(as_text=True)
    assert "Contact with the medium" in page
    assert '<svg class="chart"' in page


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"contact": 31}, ["medium-contact"]),
        ({"rate": "3"}, ["freezing-rate"]),
        ({"rate": "0.4"}, ["freezing-rate"]),
    ],
)
def test_a_run_out_of_limits_is_a_deviation_of_the_lot_once(
    world: World, how: dict[str, object], expected: list[str]
) -> None:
    lot = a_bank(world)
    freezing.frozen(world.story, lot, **how)  # type: ignore[arg-type]
    freezing.frozen(world.story, lot, **how)  # type: ignore[arg-type]
    assert deviations(world, lot) == expected
    assert "open-deviation" in codes(world, "quinn", release_lot, ReleaseLot(lot))


def test_a_lot_of_whose_freezing_nothing_is_known_is_not_released(world: World) -> None:
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    harvest = making.harvested(story, stores, flasks, 100)
    vials = FillVials(
        harvest.id, LotKind.MASTER_BANK, 2, CellCount(D(1000)), story.today + timedelta(days=300),
        (stores.medium_for_freezing,), (stores.cabinet,),
    )  # fmt: skip
    stepped(story, StepKind.FILLING, harvest.id)
    lot = story.do("tang", fill_vials, vials, "tian").number
    assert "no-freezing-run" in codes(world, "quinn", release_lot, ReleaseLot(lot))
    assert lot in world.client("tang").get("/").get_data(as_text=True)
    freezing.frozen(story, lot)
    assert "no-freezing-run" not in codes(world, "quinn", release_lot, ReleaseLot(lot))
    with world.site.reading() as session:
        run = freezing_of(session, lot)
        assert lot not in [one for one, _ in without_run(session)]
    assert run is not None
    world.story.do("tang", strike_out, StrikeOut(run.file, "of another lot"))
    assert "no-freezing-run" in codes(world, "quinn", release_lot, ReleaseLot(lot))
    with world.site.reading() as session:
        assert lot in [one for one, _ in without_run(session)]  # somebody is asked for it again


def test_a_file_that_cannot_be_this_run_is_refused(world: World) -> None:
    lot = a_bank(world)
    number = freezing.freezer(world.story)
    filled_at = row(world, Bank, lot).filled_at
    zone = world.site.settings.zone

    def run(
        begin: timedelta, medium: timedelta = timedelta(0), serial: str = "CRF-0093"
    ) -> set[str]:
        at = [(filled_at + begin + timedelta(minutes=n)).astimezone(zone) for n in (0, 1)]
        rows = [f"Serial,{serial}", "Time,Chamber (°C),Sample (°C)"]
        rows += [f"{one:%Y-%m-%d %H:%M:%S},4,4" for one in at]
        file = Upload("run.csv", "\n".join(rows).encode())
        wanted = RecordFreezing(lot, filled_at + medium, number, file)
        return codes(world, "tang", record_freezing, wanted, "tian")

    assert run(timedelta(minutes=-9), timedelta(minutes=-20)) == {"run-before-filling"}
    assert run(timedelta(days=2)) == {"file-of-the-future", "run-before-filling"}
    assert run(timedelta(minutes=1), timedelta(minutes=5)) == {"medium-after-the-run"}
    assert run(timedelta(minutes=1), serial="CRF-9") == {"serial-differs"}


def test_only_technicians_read_a_run(world: World) -> None:
    lot, number = a_bank(world), freezing.freezer(world.story)
    wanted = RecordFreezing(lot, world.clock.now, number, Upload("x.csv", b"a,b\n1,2\n"))
    turned_away(world, record_freezing, wanted, "tang", "tian")
