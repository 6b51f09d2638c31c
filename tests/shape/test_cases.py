"""Scenarios of the reference that the laboratory has to stand: each is the subject of a test that says so."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
LABORATORY = {19, 27, 29, 30, 31, 32, 33, 57}


def test_every_scenario_of_the_laboratory_has_a_test_that_names_it() -> None:
    said = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    named = {int(number) for number in re.findall(r"Case (\d+) of the reference", said)}

    assert LABORATORY - named == set()
