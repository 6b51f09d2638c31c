"""Queries only read; and no further stage reads another stage's tables."""

import ast
import re

from tests.shape.test_sizes import FILES, ROOT

WRITES = {"add", "lock", "announce", "move_to", "flush", "execute_many"}
# Where a stage still reads another's rows itself instead of asking it for facts. It only shrinks.
MOST_FOREIGN_MODELS = 65


def test_nothing_in_queries_writes() -> None:
    written = [
        f"{path.relative_to(ROOT)}:{node.lineno}: .{node.func.attr}()"
        for path in FILES
        if path.name == "queries.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in {"found", "seen"})
    ]

    assert written == []


def test_no_further_stage_reads_anothers_tables() -> None:
    foreign = [
        f"{path.relative_to(ROOT)}: {other}"
        for path in FILES
        for other in re.findall(r"^from lims\.(\w+)\.models import", path.read_text(), re.MULTILINE)
        if path.parent.name != other
    ]

    assert len(foreign) <= MOST_FOREIGN_MODELS, foreign


def test_words_of_a_stage_stand_in_its_rules() -> None:
    """A closed list in models.py would make everybody who says its words import the tables."""
    words = [str(path) for path in FILES if path.name == "models.py"]

    assert [path for path in words if "(StrEnum)" in (ROOT / path).read_text()] == []
