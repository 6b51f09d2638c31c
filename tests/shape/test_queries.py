"""Queries only read; and no further stage reads another stage's tables."""

import ast
import re

from tests.shape.test_sizes import FILES, ROOT

WRITES = {"add", "lock", "announce", "move_to", "flush", "execute_many"}
# What passes from stage to stage is kept by three slices and moved by whoever has it in hand.
IN_HAND = {"bags", "orders", "supplies"}
# Every other stage's tables are its own, but for these (decisions/0013).
NAMED = {
    # what is left of a day
    "lims/culture/departing.py": {"deviations"},  # which limits QA lets a harvest pass
    "lims/demonstration/watching.py": {"bank"},  # the tanks there are
    "lims/demonstration/present.py": {"bank", "bedside", "filling", "trial"},
    # where each kind of thing that a genealogy names is kept
    "lims/lab.py": {"bank", "culture", "donation", "filling", "testing"},
    "lims/bedside/facts.py": {"labelling", "trial"},  # the verdict: stages joined in one statement
    "lims/bedside/infusing.py": {"trial"},  # the start stands in the participant's row
    "lims/bedside/paper.py": {"trial"},  # what was given against a STOP is a deviation of theirs
    "lims/bank/disposing.py": {"culture", "donation"},  # what is left of a donor, at any stage
    "lims/culture/actions.py": {"donation"},  # the cord is used up
    "lims/culture/executing.py": {"donation"},  # whether it still can be
    "lims/filling/fetching_views.py": {"bank"},  # where each vial lies that is fetched
    "lims/filling/missing.py": {"bank"},  # the vial that is not there
    "lims/monitoring/contents.py": {"bank", "culture", "genealogy"},  # what lay there, since when
    "lims/monitoring/excursions.py": {"bank"},  # and is held
    "lims/monitoring/queries.py": {"bank"},
    "lims/rooms/queries.py": {"filling"},  # what was worked on where a plate lay
    "lims/filling/balance.py": {"labelling"},  # bags, sleeves and labels, counted together
    "lims/filling/staging.py": {"bank"},  # vials held for bags that have ended
    "lims/stations/actions.py": {"labelling"},  # a printer is set where it stands
    "lims/unblinding/looking_back.py": {"trial"},  # from the bag to who received it
    "lims/unblinding/actions.py": {"trial"},  # the participant's code is broken
}


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


def test_a_stages_tables_are_imported_by_its_own_files_and_by_those_that_are_named() -> None:
    foreign: dict[str, set[str]] = {}
    for path in FILES:
        for stage in re.findall(r"from lims\.(\w+)\.models import", path.read_text()):
            if stage not in {path.parent.name, *IN_HAND}:
                foreign.setdefault(str(path.relative_to(ROOT)), set()).add(stage)

    assert foreign == NAMED


def test_words_of_a_stage_stand_in_its_rules() -> None:
    """A closed list in models.py would make everybody who says its words import the tables."""
    words = [str(path) for path in FILES if path.name == "models.py"]

    assert [path for path in words if "(StrEnum)" in (ROOT / path).read_text()] == []
