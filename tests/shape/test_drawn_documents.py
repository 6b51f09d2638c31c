"""What is drawn from the code is as the code is: `make docs` draws it anew."""

from click.testing import CliRunner

from lims.cli import moves
from tests.shape.test_sizes import ROOT


def test_the_page_of_moves_is_as_the_tables_of_moves_are() -> None:
    drawn = CliRunner().invoke(moves).output

    assert (ROOT / "docs" / "moves.md").read_text() == drawn


def test_what_the_architecture_names_is_there() -> None:
    """Every path in backquotes on the page of the architecture exists."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = [word for word in page.split("`")[1::2] if "/" in word and " " not in word]
    missing = [
        word
        for word in named
        if not any((ROOT / start / word).exists() for start in ("", "lims", "docs"))
    ]

    assert len(named) > 20
    assert missing == []
