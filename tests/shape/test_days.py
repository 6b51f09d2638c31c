"""One owner of the site's day: no other file makes a date of an instant, or reads a clock."""

import ast
from pathlib import Path

from tests.shape.test_sizes import FILES, ROOT

MAY = {
    "lims/core/days.py": {"date", "datetime"},
    "lims/core/clock.py": {"now"},
    "lims/identifiers/isbt_structures.py": {"today"},
}
ASKED = {"date", "today", "utcnow", "now", "combine"}


def calls(path: Path) -> list[tuple[int, str]]:
    """Calls like `moment.date()`, `date.today()`, `datetime.now()`, `datetime.combine(…)`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            bare = name != "date" or not node.args
            if name in ASKED and bare:
                found.append((node.lineno, name))
    return found


def test_a_date_comes_from_the_owner_of_days_and_a_time_from_the_clock() -> None:
    elsewhere = [
        f"{name}:{line}: .{call}()"
        for path in FILES
        for line, call in calls(path)
        if call not in MAY.get(name := str(path.relative_to(ROOT)), set())
    ]

    assert elsewhere == []


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("a = moment.date()\nb = date.today()\nc = datetime.now(UTC)\n")

    assert [call for _, call in calls(bad)] == ["date", "today", "now"]
