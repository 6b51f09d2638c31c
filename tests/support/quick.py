"""What is alike in every application of a run is compiled once: thousands are made, one for each world.

Nothing of what is tested changes by it: the templates' code and the builders of addresses depend on
the program's own text alone.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class _Templates(BytecodeCache):
    """Compiled templates, kept in memory."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


def compile_once() -> None:
    """Share the templates' code and the builders of addresses among all applications."""
    Flask.jinja_options = {"bytecode_cache": _Templates()}
    compiled = Rule._compile_builder
    known: dict[Any, Callable[..., tuple[str, str]]] = {}

    def once(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made_of = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if made_of not in known:
            known[made_of] = compiled(self, append_unknown)
        return known[made_of]

    Rule._compile_builder = once  # type: ignore[method-assign]
