"""A technician brings an instrument's file: it is read whole, or every fault is named."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from lims.instruments.counts import CellsCounted, count_of
from lims.instruments.formats import Format, Means, Measures, formats
from lims.instruments.grids import NoGridError, grid_of_text, grid_of_workbook
from lims.instruments.reading import Reading, read_file
from tests.instruments import files
from tests.instruments.files import NBSP

BEIJING = ZoneInfo("Asia/Shanghai")
COUNT, TEMPERATURE = Measures.COUNT, Measures.TEMPERATURE


def read(text: str, measures: Measures = COUNT, charset: str = "utf-8") -> Reading:
    return read_file(text.encode(charset), measures, BEIJING)


def codes(reading: Reading) -> set[str]:
    assert all(reason.sentence for reason in reading.reasons)
    return {reason.code for reason in reading.reasons}


def said(reading: Reading) -> str:
    return " ".join(reason.sentence for reason in reading.reasons)


def test_each_declared_format_has_a_file_here() -> None:
    kept = files.COUNTERS.keys() | files.LOGGERS.keys() | files.MEASURED.keys()
    assert {form.code for form in formats()} == kept


@pytest.mark.parametrize(
    ("code", "live", "total"),
    [
        ("nc-200", "1120000", "1203000"),
        ("nc-200-report", "928000", "1118000"),
        ("nc-view", "124000", "274000"),
        ("vi-cell-xr", "87400000", "90200000"),
        ("vi-cell-blu", "690000", "750000"),
        ("cellaca", "510000", "540000"),
        ("matrix", "2280000", "2623000"),
        ("cedex-hires", "4529542.5", "4753275.7344"),
    ],
)
def test_every_counter_says_its_cells_in_one_unit(code: str, live: str, total: str) -> None:
    reading = read(files.COUNTERS[code])
    assert reading.reasons == []
    assert reading.form is not None
    assert reading.form.code == code
    (row,) = reading.rows
    count = count_of(row)
    assert isinstance(count, CellsCounted)
    assert (count.live.value, count.total.value) == (Decimal(live), Decimal(total))


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ("nc-200", datetime(2026, 3, 2, 14, 30, 16, tzinfo=UTC)),  # it tells its offset
        ("nc-200-report", datetime(2026, 3, 2, 9, 49, 29, tzinfo=UTC)),  # it is UTC
        ("vi-cell-xr", datetime(2025, 9, 28, 21, 21, 32, tzinfo=UTC)),  # the zone of the instrument
        ("vi-cell-blu", datetime(2025, 9, 20, 8, 28, tzinfo=UTC)),
        ("cellaca", datetime(2025, 5, 20, 4, 25, tzinfo=UTC)),
        ("cedex-hires", datetime(2025, 6, 17, 23, 46, 47, tzinfo=UTC)),
        ("matrix", None),
    ],
)
def test_every_counter_says_when(code: str, at: datetime | None) -> None:
    (row,) = read(files.COUNTERS[code]).rows
    assert row.moment == at


@pytest.mark.parametrize("code", sorted(files.LOGGERS))
def test_every_logger_says_the_same_of_the_same_way(code: str) -> None:
    reading = read(files.LOGGERS[code], TEMPERATURE)
    assert reading.reasons == []
    told = sorted((row.moment, row.number(Means.TEMPERATURE)) for row in reading.rows)
    start = datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert told == [
        (start.replace(minute=10 * n), Decimal(t)) for n, t in enumerate(("4.1", "4.3", "4.2"))
    ]
    assert reading.serials <= {"000117"}


# What stands in real files and is no number, no unit and no row


@pytest.mark.parametrize(
    "remark",
    [
        "1.12E6 (Out of optimal range)",
        "Not determined",
        "<8",
        "1.12E6 (Uncertain",
        "NaN",
        "inf",
        "1,12E6",
        "=1+1",
        "１２",
    ],
)
def test_a_remark_is_never_cut_off(remark: str) -> None:
    reading = read(files.NC_200.replace("1.12E6", remark))
    assert codes(reading) == {"file-fault"}
    assert "Line 1, Live (cells/ml)" in said(reading)
    assert remark[:40] in said(reading)
    assert reading.rows == ()


def test_a_warning_beside_whole_numbers_keeps_the_file_out() -> None:
    reading = read(files.NC_VIEW.replace(",OK,", ",Warning: Foreign object detected,"))
    assert "Line 2, STATUS: The instrument says “Warning: Foreign object detected”." in said(
        reading
    )


def test_an_error_of_the_other_stain_keeps_a_count_without_dead_cells_out() -> None:
    row = (
        "P3-4,930,1.83E+06,100.00%,0,0.00E+00,930,1.83E+06,,No Cells found, Intensity range to low"
    )
    assert codes(read(f"{files.MATRIX_HEAD}\n{row}\n")) == {"file-fault"}


def test_error_as_a_number_and_a_row_with_an_id_alone_are_faults_with_line_and_column() -> None:
    error = files.BLU_ROW.replace('"0.75"', '"ERROR"')
    alone = '"LMF260000029","","","","","","","","","","","",""'
    reading = read(files.blu(files.BLU_ROW, error))
    assert "Line 3, Total (x10^6) cells/mL: “ERROR” is no number." in said(reading)
    assert codes(read(files.blu(files.BLU_ROW, alone))) == set()  # a row with one cell is no row
    half = '"LMF260000029","","","","","","","9/20/2025 16:28","","","","",""'
    assert "There is no value." in said(read(files.blu(half)))


def test_a_line_that_is_not_there_is_missed() -> None:
    without = files.NC_200.replace("Dead (cells/ml);8.30E4;\r\n", "")
    assert "Dead (cells/ml): There is no value." in said(read(without))


def test_thousands_by_a_no_break_space_are_read_only_where_the_format_writes_them() -> None:
    (row,) = read(files.NC_VIEW).rows
    assert row.number(Means.TOTAL) == 274_000
    assert codes(read(files.NC_VIEW.replace(f"274{NBSP}000", f"27{NBSP}4000"))) == {"file-fault"}
    assert codes(read(files.NC_200.replace("1.12E6", f"1{NBSP}120{NBSP}000"))) == {"file-fault"}


def test_the_unit_of_the_heading_counts_and_not_the_size() -> None:
    (millions,), (plain,) = read(files.blu()).rows, read(files.MATRIX).rows
    assert (millions.number(Means.LIVE), plain.number(Means.LIVE)) == (690_000, 2_280_000)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("1.21E6", []),  # 1.12E6 + 8.30E4, as the last signs can hide it
        ("1.22E6", ["Live and dead cells are not all cells."]),
        ("1.20E3", ["Live and dead cells are not all cells."]),
    ],
)
def test_live_and_dead_are_all_cells_within_the_signs_that_are_shown(
    shown: str, told: list[str]
) -> None:
    (row,) = read(files.NC_200.replace("1.20E6", shown)).rows
    found = count_of(row)
    assert (found if isinstance(found, list) else []) == told


@pytest.mark.parametrize(
    ("shown", "agrees"),
    [("93.1", True), ("93.0", True), ("92.5", False), ("94", False), ("97", False)],
)
def test_viability_is_computed_and_held_against_the_one_on_the_file(
    shown: str, *, agrees: bool
) -> None:
    (row,) = read(files.NC_200.replace("93.1", shown)).rows
    found = count_of(row)
    assert isinstance(found, CellsCounted) is agrees
    if isinstance(found, CellsCounted):
        assert round(found.viability.value, 4) == Decimal("93.1006")


def test_no_cells_are_no_count() -> None:
    none = files.NC_200.replace("1.12E6", "0").replace("8.30E4", "0").replace("1.20E6", "0")
    (row,) = read(none).rows
    assert count_of(row) == ["The count says nothing: there are no cells."]
    more = files.XR.replace("90.2", "80.2")
    (row,) = read(more).rows
    assert count_of(row) == ["There are more live cells than cells."]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mu", ["µ", "μ"])
def test_marks_two_mus_and_utf_16_are_one_file(charset: str, mu: str) -> None:
    (row,) = read(files.blu(mu=mu), charset=charset).rows
    assert row.number(Means.LIVE) == 690_000


def test_a_file_that_a_spreadsheet_program_saved_is_read_too() -> None:
    saved = "\r\n".join(f"{line}," if ";" in line else line for line in files.NC_200.split("\r\n"))
    (row,) = read(saved).rows
    assert row.number(Means.LIVE) == 1_120_000


def test_a_degree_sign_of_another_charset_is_one() -> None:
    reading = read(files.TANDD, TEMPERATURE, "cp1252")
    assert reading.reasons == []
    assert len(reading.rows) == 3


@pytest.mark.parametrize(
    ("text", "measures", "code"),
    [
        ("", COUNT, "file-of-no-format"),
        ("a,b\n1,2\n", COUNT, "file-of-no-format"),
        (files.PLAIN, COUNT, "file-of-no-format"),  # a logger's file is no count
        (files.NC_VIEW_HEAD + "\n", COUNT, "file-without-rows"),
        (files.NC_VIEW.replace("TAGS", "LIVE (cells/ml)"), COUNT, "file-heading-twice"),
        (files.NC_VIEW.replace("DEAD (cells/ml)", "DEAD"), COUNT, "file-lacks-column"),
        (files.NC_200 + "\r\nLive (cells/ml);9.9E6;", COUNT, "file-says-it-twice"),
        (files.TANDD.replace("%", "°C"), TEMPERATURE, "file-heading-twice"),
        (files.PLAIN.replace("2026-03-02 06:10", "02/03/2026 06:10"), TEMPERATURE, "file-fault"),
        (files.PLAIN.replace("2026-03-02 06:10", "2026-02-30 06:10"), TEMPERATURE, "file-fault"),
        (files.NC_200.replace("offset;2", "offset;15"), COUNT, "file-fault"),
        ('Time,Temperature (°C)\n"2026-03-02 06:00,4', TEMPERATURE, "file-is-no-table"),
        (files.PLAIN + "1,2,3,4\n" + "x," * 300 + "\n", TEMPERATURE, "file-is-no-table"),
        ("Time,Temperature (°C)\n" + "2026-03-02 06:00,4.1\n" * 1_000_000, TEMPERATURE, "file-too-many-rows"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_understood_is_refused_with_what_it_is(
    text: str, measures: Measures, code: str
) -> None:
    reading = read(text, measures)
    assert codes(reading) == {code}
    assert reading.rows == ()


def test_a_long_list_of_faults_is_told_by_its_beginning_and_its_number() -> None:
    bad = files.blu(*[files.BLU_ROW.replace("0.69", "ERROR")] * 31)
    reading = read(bad)
    assert len(reading.faults) == 31
    assert reading.reasons[-1].sentence == "11 more faults."


def workbook(rows: list[list[object]]) -> bytes:
    book, into = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(into)
    return into.getvalue()


def test_the_same_table_is_read_from_a_workbook() -> None:
    rows: list[list[object]] = [line.split(",") for line in files.MATRIX.splitlines()]
    (row,) = read_file(workbook(rows), COUNT, BEIJING).rows
    assert row.number(Means.LIVE) == 2_280_000
    rows[1][2] = "=1+1"
    assert codes(read_file(workbook(rows), COUNT, BEIJING)) == {"file-fault"}


def again(data: bytes, part: str, content: bytes) -> bytes:
    """The same workbook with another content of one of its parts."""
    into = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as packed, ZipFile(into, "w", ZIP_DEFLATED) as other:
        for name in packed.namelist():
            other.writestr(name, content if name == part else packed.read(name))
    return into.getvalue()


def locked(data: bytes) -> bytes:
    """The same workbook, said to be encrypted."""
    spoilt = bytearray(data)
    for mark, flag in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(mark)
        while at >= 0:
            spoilt[at + flag] |= 1
            at = data.find(mark, at + 4)
    return bytes(spoilt)


BLU_TABLE: list[list[object]] = [["Sample ID", "Dilution"], ["LMF260000011", 1]]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"])
def test_a_workbook_whose_parts_are_cut_is_refused(part: str) -> None:
    with pytest.raises(NoGridError):
        grid_of_workbook(again(workbook(BLU_TABLE), part, b"<worksheet"))


def test_a_locked_workbook_is_refused() -> None:
    with pytest.raises(NoGridError):
        grid_of_workbook(locked(workbook(BLU_TABLE)))


def test_a_spoilt_workbook_is_read_or_refused_and_never_a_fault_of_the_program() -> None:
    good, chance = workbook(BLU_TABLE), Random(12)
    refused = 0
    for _ in range(400):
        spoilt = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        try:
            grid_of_workbook(bytes(spoilt))
        except NoGridError:
            refused += 1
    assert refused > 20


def test_a_workbook_that_unpacks_to_far_more_is_not_opened() -> None:
    into = io.BytesIO()
    with ZipFile(into, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    assert len(into.getvalue()) < 1_000_000
    assert codes(read_file(into.getvalue(), COUNT, BEIJING)) == {"file-unpacks-too-large"}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(files.COUNTERS.values())), st.data())
def test_no_damage_to_a_file_is_more_than_a_refusal(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from([*',;:"\n\t\x00 9', NBSP, "é", "=", ""]))
    reading = read(text[:at] + sign + text[at + 1 :])
    assert isinstance(reading.form, Format | None)
    for row in reading.rows:
        count_of(row)


def test_three_digits_add_up_as_three_digits() -> None:
    """Real rows of NC-View: 387 000 of 242 000 and 144 000."""
    told = files.NC_VIEW_ROW.replace("274", "387").replace("124", "242").replace("150", "144")
    (row,) = read(f"{files.NC_VIEW_HEAD}\r\n{told.replace('45.3', '62.6')}\r\n").rows
    assert isinstance(count_of(row), CellsCounted)


def test_a_whole_per_cent_with_decimals_is_held_against_as_such() -> None:
    text = f"{files.MATRIX_HEAD}\nP2-9,1095,2.14E+06,85.00%,203,3.94E+05,1298,2.53E+06,,\n"
    reading = read(text)
    assert reading.form is not None
    assert isinstance(count_of(reading.rows[0], reading.form.viability_within), CellsCounted)


@pytest.mark.parametrize("value", ["1E80", "1E-99", "-5", "9E10"])
def test_what_cannot_be_counted_is_a_fault_and_never_kept(value: str) -> None:
    assert codes(read(files.NC_200.replace("1.12E6", value))) == {"file-fault"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-03-02 06:00,4.1", "2026-03-02 06:00,-273.15"),
        ("2026-03-02 06:00,4.1", "2026-03-02 06:00,1E99"),
        ("2026-03-02 06:00", "0001-01-01 00:00"),
        ("2026-03-02 06:00", "9999-12-31 23:59"),
    ],
)
def test_a_temperature_or_a_time_that_cannot_be_is_a_fault(old: str, new: str) -> None:
    assert codes(read(files.PLAIN.replace(old, new), TEMPERATURE)) == {"file-fault"}


def test_a_logger_that_says_fahrenheit_above_its_values_is_not_read_as_celsius() -> None:
    told = files.TINYTAG.replace("TGU-4500,TGU-4500", "Tinytag Ultra °F/%RH,x")
    assert codes(read(told, TEMPERATURE)) == {"file-in-fahrenheit"}


def test_a_report_without_its_status_is_no_whole_report() -> None:
    without = files.NC_200_REPORT.replace("Status:\tOK\r\n", "")
    assert "Status:: There is no value." in said(read(without))


def test_lines_that_end_as_on_an_old_machine_count_too() -> None:
    text = "Time,Temperature (°C)\r" + "2026-03-02 06:00,4.1\r" * 30_000
    assert codes(read(text, TEMPERATURE)) == {"file-too-many-rows"}


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("cellaca", "5/20/25 12:25", "5/6/2025 1:27:41 PM"),
        ("cedex-hires", "6-18-2025 7:46:47 AM", "2/18/2021 2:12:41 PM"),
        ("vi-cell-blu", "9/20/2025 16:28", "9/20/2025 4:28:31 PM"),
    ],
)
def test_the_other_ways_in_which_a_counter_writes_its_time(code: str, old: str, new: str) -> None:
    (row,) = read(files.COUNTERS[code].replace(old, new)).rows
    assert row.moment is not None


@pytest.mark.parametrize("note", ['"seen\nagain",', "\x0b,,,,,,,,,,,,"])
def test_a_row_that_is_longer_than_its_lines_loses_nothing(note: str) -> None:
    grid = grid_of_text(f"a,b\n1,2,{note}3,4\n", ",")
    assert grid[1][-1] == "4"
