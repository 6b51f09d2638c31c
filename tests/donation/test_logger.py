"""The logger that came with a cord: its file is read, judged, plotted and kept."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.quantities import Celsius
from lims.core.uploads import Upload
from lims.demonstration import donating
from lims.demonstration.treating import D
from lims.deviations.models import Deviation
from lims.donation.accepting import AcceptCord, RejectCord, accept_cord, reject_cord
from lims.donation.cords import ReadLogger, read_logger
from lims.donation.models import Cord
from lims.instruments.queries import RunFacts, run_of
from lims.supplies.equipment import (
    RegisterEquipment,
    SetEquipment,
    register_equipment,
    set_equipment,
)
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World

HOURS = 6
SERIAL = "000117"


def a_cord(world: World, **other: Any) -> str:
    collected = world.clock.now - timedelta(hours=HOURS)
    return donating.received(
        world.story, world.donor, collected, **{"lowest": None, "highest": None, **other}
    )


def a_logger(world: World, serial: str = SERIAL, clock: str = "", days: int = 300) -> str:
    until = world.story.today + timedelta(days=days)
    wanted = RegisterEquipment("Logger 1", until, serial, clock)
    return world.story.do("tang", register_equipment, wanted).number


def file_of(
    world: World, cord: str, *, serial: str = SERIAL, zone: str = "", leave_out: range = range(0),
    warmest: str = "6.0",
) -> Upload:  # fmt: skip
    """A reading each ten minutes from an hour before to an hour after; outside it lay on a bench."""
    shown = ZoneInfo(zone) if zone else world.site.settings.zone
    found = row(world, Cord, cord)
    rows = [f"Serial,{serial}", "Time,Temperature (°C)"] if serial else ["Time,Temperature (°C)"]
    for n in range((HOURS + 2) * 6 + 1):
        at = found.collected_at + timedelta(minutes=10 * n - 60)
        if at > world.clock.now or n in leave_out:
            continue
        on_the_way = found.collected_at <= at <= found.received_at
        told = (warmest if n == 12 else "4.5") if on_the_way else "22.0"
        rows.append(f"{at.astimezone(shown):%Y-%m-%d %H:%M:%S},{told}")
    return Upload("logger.csv", "\n".join(rows).encode())


def run(world: World, cord: str) -> RunFacts:
    with world.site.reading() as session:
        found = run_of(session, cord)
    assert found is not None
    return found


def deviations(world: World, cord: str) -> list[str]:
    with world.site.reading() as session:
        about = session.query(Deviation).filter(Deviation.about == cord).order_by(Deviation.number)
        return [str(one.code) for one in about]


def test_a_file_says_the_extremes_of_the_way_and_not_of_the_bench(either_world: World) -> None:
    world = either_world
    cord, logger = a_cord(world), a_logger(world)
    world.story.do("tang", read_logger, ReadLogger(cord, file_of(world, cord)))
    found = run(world, cord)
    assert (found.logger, found.lowest, found.highest) == (logger, Celsius(D("4.5")), Celsius(D(6)))
    assert found.outside.value == 0
    assert D("4.5") < found.kinetic.value < D("4.7")
    assert deviations(world, cord) == []
    page = world.client("quinn").get(f"/donation/cords/{cord}").get_data(as_text=True)
    assert "Temperature on the way" in page
    assert "logger.csv" in page
    world.story.do("quinn", accept_cord, AcceptCord(cord, "intact"))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"warmest": "8.1"}, ["too-warm"]),
        ({"warmest": "1.9"}, ["too-cold"]),
        ({"leave_out": range(20, 24)}, ["logger-silent"]),
    ],
)
def test_what_was_out_of_limits_is_a_deviation_once(
    world: World, other: dict[str, Any], expected: list[str]
) -> None:
    cord = a_cord(world)
    a_logger(world)
    read = ReadLogger(cord, file_of(world, cord, **other))
    world.story.do("tang", read_logger, read)
    world.story.do("tang", read_logger, read)  # the same file again says nothing new
    assert deviations(world, cord) == expected
    accept = AcceptCord(cord, "intact")
    assert codes(world, "quinn", accept_cord, accept) == {"open-deviation"}


def test_without_a_temperature_a_cord_is_not_accepted(world: World) -> None:
    accept = AcceptCord(a_cord(world), "intact")
    assert codes(world, "quinn", accept_cord, accept) == {"no-temperature"}


def test_a_logger_whose_clock_shows_another_zone_is_read_by_it(world: World) -> None:
    cord = a_cord(world)
    a_logger(world, clock="America/New_York")
    sent = file_of(world, cord, zone="America/New_York")
    world.story.do("tang", read_logger, ReadLogger(cord, sent))
    assert run(world, cord).highest == Celsius(D(6))


def test_whose_file_it_is_must_be_known(world: World) -> None:
    cord = a_cord(world)
    sent = file_of(world, cord)
    assert codes(world, "tang", read_logger, ReadLogger(cord, sent)) == {"logger-not-registered"}
    logger = a_logger(world, "000118")
    wrong = ReadLogger(cord, sent, logger)
    assert codes(world, "tang", read_logger, wrong) == {"serial-differs"}
    unnamed = file_of(world, cord, serial="")
    assert codes(world, "tang", read_logger, ReadLogger(cord, unnamed)) == {"scan-the-logger"}
    world.story.do("tang", read_logger, ReadLogger(cord, unnamed, logger))
    assert run(world, cord).logger == logger


def test_a_logger_that_is_not_calibrated_is_refused(world: World) -> None:
    cord, logger = a_cord(world), a_logger(world, days=1)
    sent = ReadLogger(cord, file_of(world, cord))
    out = SetEquipment(logger, world.story.today, in_service=False)
    world.story.do("quinn", set_equipment, out)
    assert codes(world, "tang", read_logger, sent) == {"out-of-service"}


def test_a_file_of_another_time_or_no_file_of_a_logger_is_refused(world: World) -> None:
    cord = a_cord(world)
    a_logger(world)
    sent = file_of(world, cord)
    world.story.wait(days=2)
    later = a_cord(world)
    assert codes(world, "tang", read_logger, ReadLogger(later, sent)) == {"logger-was-elsewhere"}
    no_file = ReadLogger(cord, Upload("x.csv", b"a,b\n1,2\n"))
    assert codes(world, "tang", read_logger, no_file) == {"file-of-no-format"}
    soon = ReadLogger(later, ahead(world, later))
    assert codes(world, "tang", read_logger, soon) == {"file-of-the-future"}


def ahead(world: World, cord: str) -> Upload:
    """As a logger writes it whose clock is two hours ahead."""
    found = row(world, Cord, cord)
    shown = world.site.settings.zone
    rows = [f"Serial,{SERIAL}", "Time,Temperature (°C)"]
    for n in range(HOURS * 6 + 7):
        at = found.collected_at + timedelta(minutes=10 * n)
        rows.append(f"{at.astimezone(shown):%Y-%m-%d %H:%M:%S},4.5")
    return Upload("logger.csv", "\n".join(rows).encode())


def test_of_a_cord_that_is_gone_no_logger_is_read(world: World) -> None:
    cord = a_cord(world)
    a_logger(world)
    sent = ReadLogger(cord, file_of(world, cord))
    world.story.do("quinn", reject_cord, RejectCord(cord, "torn"))
    assert codes(world, "tang", read_logger, sent) == {"cord-is-gone"}


def test_only_who_takes_cords_in_reads_their_logger(world: World) -> None:
    cord = a_cord(world)
    a_logger(world)
    turned_away(world, read_logger, ReadLogger(cord, file_of(world, cord)), "tang", "tian")


def test_two_instruments_never_have_one_serial_number(world: World) -> None:
    a_logger(world)
    again = RegisterEquipment("Logger 2", world.story.today, SERIAL)
    assert codes(world, "tang", register_equipment, again) == {"serial-is-taken"}


def entry_faults(clock: str) -> list[str]:
    sent = {"name": "Logger", "calibrated_until": "2027-01-01", "clock": clock}
    try:
        shapes.read(RegisterEquipment, sent)
    except Invalid as wrong:
        return [str(text) for text in wrong.fields["clock"]]  # type: ignore[union-attr]
    return []


def test_no_such_zone_is_told_at_the_entry() -> None:
    (told,) = entry_faults("Beijing time")
    assert told == "Beijing time is no time zone."
    assert entry_faults("Asia/Shanghai") == []
