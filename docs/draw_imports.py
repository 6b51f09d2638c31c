"""Draws which part of the program imports which, from the code: python -m docs.draw_imports.

An arrow that a longer way already shows is left out.
"""

from collections.abc import Iterator

import grimp

DOORS = ("lab", "ward", "vault")
FLOOR = ("web", "trust", "identifiers", "core")
LEFT_OUT = {"cli", "demonstration", "house", "migrate", "__main__", "settings", "exports"}
HEAD = """# Which part imports which

Drawn from the code by `make docs`; `make check` compares. An arrow goes from who imports to what is
imported; one that a longer way already shows is left out. From the doors down to the floor nothing
ever points back: the order of the material is the order of the imports. `exports`, `settings`, the
command line and the demonstration are left out.
"""


def edges() -> dict[str, set[str]]:
    """Each part, and the parts that its modules import."""
    graph = grimp.build_graph("lims", cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        importer = part_of(module)
        for imported in graph.find_modules_directly_imported_by(module):
            if importer and (to := part_of(imported)) and importer != to:
                found.setdefault(importer, set()).add(to)
    return found


def part_of(module: str) -> str:
    """The folder, or the door, that a module belongs to; empty for what is left out."""
    part = ([*module.split("."), ""])[1]
    return "" if part in LEFT_OUT else part


def reach(start: str, to: dict[str, set[str]]) -> set[str]:
    """Everything that is imported on some way from here."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for one in to.get(waiting.pop(), set()) - seen:
            seen.add(one)
            waiting.append(one)
    return seen


def drawing() -> Iterator[str]:
    """The picture, line by line."""
    to = edges()
    parts = sorted({*to, *(one for every in to.values() for one in every)})
    yield HEAD
    yield "```mermaid"
    yield "flowchart TD"
    for title, members in (("doors", DOORS), ("floor", FLOOR)):
        yield f"    subgraph {title}"
        yield from (f"        {one}" for one in members)
        yield "    end"
    for part in parts:
        direct = to.get(part, set())
        longer = {further for one in direct for further in reach(one, to)}
        for one in sorted(direct - longer):
            yield f"    {part} --> {one}"
    yield "```"


if __name__ == "__main__":
    print("\n".join(drawing()))
