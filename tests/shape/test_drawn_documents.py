"""What is drawn from the code is as the code is: `make docs` draws it anew."""

import re

import pytest
from click.testing import CliRunner

from docs.draw_imports import drawing
from lims.cli import moves, permissions
from tests.shape.test_sizes import ROOT


def test_the_page_of_moves_is_as_the_tables_of_moves_are() -> None:
    drawn = CliRunner().invoke(moves).output

    assert (ROOT / "docs" / "moves.md").read_text() == drawn


def test_the_page_of_permissions_is_as_the_actions_and_roles_are() -> None:
    drawn = CliRunner().invoke(permissions).output

    assert (ROOT / "docs" / "permissions.md").read_text() == drawn


def test_the_picture_of_the_imports_is_as_the_imports_are() -> None:
    assert (ROOT / "docs" / "imports.md").read_text() == "\n".join(drawing()) + "\n"


def test_the_sheet_has_every_formula_and_where_it_stands() -> None:
    rows = (ROOT / "docs" / "formulas.md").read_text().split("\n")
    stands = {
        int(number): re.findall(r"`(\w+/\w+\.py)`", row)
        for row in rows
        for number in re.findall(r"^\| F(\d+) ", row)
    }
    assert sorted(stands) == list(range(1, 22))
    assert all(files for files in stands.values())
    for number, files in stands.items():
        for file in files:
            source = (ROOT / "lims" / file).read_text()
            told = re.findall(r"F(\d+)(?:[–,] ?F(\d+))?", source)
            assert any(int(a) <= number <= int(b or a) for a, b in told), (number, file)


@pytest.mark.parametrize("page", ["architecture.md", "asvs.md", "formulas.md"])
def test_what_a_page_names_is_there(page: str) -> None:
    """Every path in backquotes on the page exists."""
    page = (ROOT / "docs" / page).read_text()
    named = [word for word in page.split("`")[1::2] if "/" in word and " " not in word]
    missing = [
        word
        for word in named
        if not any((ROOT / start / word).exists() for start in ("", "lims", "docs"))
    ]

    assert len(named) > 20
    assert missing == []
