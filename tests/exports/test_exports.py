"""Blinded tables: the same columns whatever happened, nothing of content, no formulas."""

import csv
import io

import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell

from lims.demonstration import treating
from lims.exports.queries import TABLES, table_as_csv, table_as_workbook
from lims.followup import actions as followup
from lims.followup.models import Severity
from lims.release.actions import JudgeLot, hold_lot
from tests.support.scene_fixtures import Scene
from tests.support.scenes import read
from tests.support.worlds import World


def table(world: World, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(read(world, table_as_csv, name))))


def workbook(world: World, name: str) -> list[tuple[Cell, ...]]:
    content = read(world, table_as_workbook, name, world.site.settings.zone)
    return list(load_workbook(io.BytesIO(content)).active.iter_rows())


def reports(world: World, number: str, described: str) -> None:
    command = followup.ReportEvent(
        number, "fever", world.story.today, Severity.MILD, False, False, described
    )
    world.story.do("ines", followup.report_event, command)


def test_only_the_monitor_takes_tables_away(received: Scene) -> None:
    world, app = received[0], received[0].app()
    for login in ("ada", "tang", "ana", "quinn", "nora", "ines", "asa", "stan", "mona"):
        browser = world.client(login, app)
        for name in (f"{table}.{form}" for table in TABLES for form in ("csv", "xlsx")):
            found = browser.get(f"/exports/{name}").status_code
            assert found == 200 if login == "mona" else found in {403, 404}, (login, name)
    for unknown in ("fill.csv", "fill.xlsx"):
        assert world.client("mona", app).get(f"/exports/{unknown}").status_code == 404


def test_every_table_has_its_columns_before_anything_happened(world: World) -> None:
    for name, (_, columns) in TABLES.items():
        assert table(world, name)[0] == list(columns)
    assert len(table(world, "infusions")) == 1


def test_both_arms_have_rows_of_one_shape_and_no_word_of_content(received: Scene) -> None:
    world, *babies = received
    bags = [baby.bag for baby in babies]
    treating.infused(world.story, world.participants, bags)
    for number in world.participants:
        reports(world, number, "38.1 °C")
    for name in TABLES:
        header, *rows = table(world, name)
        for one in rows:
            assert len(one) == len(header)
        empty = {tuple(not value for value in one) for one in rows}
        assert len(empty) <= 1, name  # no column that is empty in one arm only
        told = read(world, table_as_csv, name)
        for secret in (*world.lots.values(), world.donor, "LML", "LMV", "cells", "vehicle",
                       "placebo"):  # fmt: skip
            assert secret not in told


def test_a_hold_in_the_laboratory_changes_no_table(received: Scene) -> None:
    world, *babies = received
    treating.infused(world.story, world.participants, [baby.bag for baby in babies])
    before = {name: read(world, table_as_csv, name) for name in TABLES}
    world.story.do("quinn", hold_lot, JudgeLot(world.lots["product"], "doubt"))
    assert {name: read(world, table_as_csv, name) for name in TABLES} == before


TYPED = ["=", "+", "-", "@", "\t=", "\n=", " ="]


@pytest.mark.parametrize("start", TYPED)
def test_what_somebody_typed_is_neither_run_nor_changed(world: World, start: str) -> None:
    formula = start + 'HYPERLINK("http://evil.example","发热 38.5 ℃，已处理")'
    reports(world, world.participants[0], formula)
    header, told = table(world, "adverse-events")
    stored = told[header.index("described")]
    assert stored.strip() == formula.strip()  # unchanged, for programs
    first, row = workbook(world, "adverse-events")
    cell = row[[c.value for c in first].index("described")]
    assert cell.data_type == "s"
    assert str(cell.value).strip() == formula.strip()


@pytest.mark.parametrize("text", ["-", "+ rash", "=", "nan"])
def test_a_description_of_one_sign_stays_as_it_is(world: World, text: str) -> None:
    reports(world, world.participants[0], text)
    header, told = table(world, "adverse-events")
    assert told[header.index("described")] == text
    assert "nan" not in {value for value in told if value != text}


def test_a_workbook_has_numbers_days_and_identifiers_as_such(received: Scene) -> None:
    world, *babies = received
    treating.infused(world.story, world.participants, [baby.bag for baby in babies])
    first, *rows = workbook(world, "infusions")
    heads = [cell.value for cell in first]
    assert "given (mL)" in heads
    for row in rows:
        told = dict(zip(heads, row, strict=True))
        assert (told["number"].data_type, told["participant"].data_type) == ("s", "s")
        assert (told["given (mL)"].value, told["visit"].value) == (100, 1)
        assert str(told["started_at"].value).endswith(":00")
    first, *rows = workbook(world, "participants")
    born = [cell.value for cell in first].index("born_on")
    assert {row[born].is_date for row in rows} == {True}


def test_the_rows_are_sorted_by_random_numbers_and_not_by_time(world: World) -> None:
    for place in range(4):
        treating.randomised(world.story, "LW", f"H-9{place}")
    numbers = [one[0] for one in table(world, "participants")[1:]]
    assert numbers == sorted(numbers)
    assert len(numbers) == 6
