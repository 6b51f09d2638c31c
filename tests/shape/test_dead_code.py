"""Nothing public in the program is there for tests alone."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.shape.test_sizes import FILES, ROOT

CALLED_BY_NAME = re.compile(r"\w+")
BUILDERS = "lims/demonstration"  # tells stories for the tests too


def public(path: Path) -> Iterator[str]:
    """Functions, classes and methods that no decorator hands to somebody else."""
    for node in ast.walk(ast.parse(path.read_text())):
        named = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.decorator_list
        if named and not node.name.startswith("_"):
            yield node.name


def test_every_public_name_is_used_by_the_program_itself() -> None:
    words: Counter[str] = Counter()
    for folder in ("lims", "migrations", "bench"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html"}:
                words.update(CALLED_BY_NAME.findall(path.read_text()))
    words.update(CALLED_BY_NAME.findall((ROOT / "wsgi.py").read_text()))
    frameworks = {
        *("process_bind_param", "process_result_value", "emit", "make_error"),
        *("do_POST", "log_message", "redirect_request"),
    }
    unused = {
        f"{path.relative_to(ROOT)}:{name}"
        for path in FILES
        if not str(path.relative_to(ROOT)).startswith(BUILDERS)
        for name in public(path)
        if words[name] < 2 and name not in frameworks
    }

    assert unused == set()
