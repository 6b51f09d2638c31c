"""What people read stands in the catalogue; the program knows names and values only."""

import ast
import io
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lims import house  # noqa: F401 -- every action, table and list is there
from lims.core.db import Base
from lims.core.texts import ENGLISH, FOLDER, LANGUAGES, say
from lims.trust.actions import ACTIONS
from lims.web.forms import Filled, Known, boxes_of

LIMS = FOLDER.parent
CATALOGUE = FOLDER / "en/LC_MESSAGES/lims.po"
# Read by whoever runs the server, or printed by a label's own master, or written as data.
NOT_FOR_PAGES = {
    "cli.py", "grants.py", "matrix.py", "migrate.py", "settings.py", "shell.py", "trail.py", "witness.py",
    *(f"core/{name}.py" for name in ("bounded", "db", "encrypted", "prepared", "quantities", "shapes", "turn", "writes")),
    *(f"backup/{name}.py" for name in ("checking", "commands", "manifest", "restoring", "taking")),
    "labelling/output.py",
    *(f"trust/trail/{name}.py" for name in ("chains", "replay", "seals", "sealing", "stamps", "triggers", "verify", "witnesses")),
    "trust/keys.py",
    "trust/installation.py", "trust/transaction.py",
    "identifiers/layouts.py", "identifiers/symbols.py",
    "web/app.py", "web/auth.py", "web/headers.py", "web/openapi.py", "web/render.py", "web/worker.py",
}  # fmt: skip
NAMES = {  # what has no other words in any language, or is data
    "Data Matrix", "GS1 Data Matrix", "Code 128", "Work", "Bearer", "Strict", "Lax", "(kept secret)",
    "Funis itself", "Funis", "Regular", "Bold", "English", "funis trail 1",
    "openid profile",
}  # fmt: skip
# What is given to these is no sentence, or is read by a programmer.
OWN_WORDS = {
    "mapped_column", "text", "cast", "TypeVar", "Index", "compile", "strftime", "getattr", "type",
    "must_hold", "ValueError", "TypeError", "RuntimeError", "LookupError", "SystemExit", "replace",
    "KeyLostError", "warning", "error", "info", "exception", "critical", "split", "render_template",
    "execute", "startswith", "removeprefix", "Markup", "url_for", "partition", "fullmatch", "sub",
    "join",
}  # fmt: skip


def files() -> list[Path]:
    found = [path for path in LIMS.rglob("*.py") if "demonstration" not in path.parts]
    return [path for path in found if str(path.relative_to(LIMS)) not in NOT_FOR_PAGES]


def is_read_by_people(text: str) -> bool:
    """Words with a blank between them, or one that begins with a capital letter."""
    if (
        re.search(r"[<%\\]|^\(", text)
        or not re.search(r"[a-z]", text)
        or text in NAMES
        or "filename=" in text
    ):
        return False
    words = re.search(r"[A-Za-z]{2,}\W* \W*[A-Za-z]{2,}", text)
    return bool(words or re.fullmatch(r"[A-Z][a-z]+(-[a-z]+)*[.:…]?", text))


class Literals(ast.NodeVisitor):
    """The texts of a file that stand neither in a docstring nor among our own words."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if not any("Enum" in ast.unparse(base) for base in node.bases):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called not in OWN_WORDS:
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if ast.unparse(node.targets[0]) not in {"msg", "__tablename__"}:
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        for called in ast.walk(node.annotation):  # what a form says of an entry
            if isinstance(called, ast.Call):
                self.visit(called)
        if node.value:
            self.visit(node.value)

    def visit_arguments(self, node: ast.arguments) -> None:
        for default in (*node.defaults, *filter(None, node.kw_defaults)):
            self.visit(default)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, node.args, *node.body):
            self.visit(part)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if not isinstance(node.slice, ast.Constant):
            self.visit(node.slice)

    def visit_Dict(self, node: ast.Dict) -> None:
        for value in node.values:
            self.visit(value)

    def visit_Compare(self, node: ast.Compare) -> None:
        del node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        self.judge(node.lineno, "".join(map(str, parts)))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.judge(node.lineno, node.value)

    def judge(self, line: int, text: str) -> None:
        if is_read_by_people(text):
            self.found.append((line, text))


def test_no_sentence_stands_in_the_program() -> None:
    found = []
    for path in files():
        literals = Literals()
        literals.visit(ast.parse(path.read_text()))
        found += [f"{path.relative_to(LIMS)}:{line}: {text}" for line, text in literals.found]
    assert found == []


JINJA = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}", re.DOTALL)
CODE = re.compile(r"<(code|pre)\b.*?</\1>", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:title|aria-label|placeholder|alt)="([^"]*[A-Za-z][^"]*)"')


def test_no_sentence_stands_in_a_template() -> None:
    found = []
    for path in (LIMS / "templates").rglob("*.html"):
        markup = CODE.sub("", JINJA.sub("", path.read_text()))
        texts = [*READ_ALOUD.findall(markup), *re.split(r"<[^<>]*>", markup)]
        found += [t.strip() for t in texts if re.search(r"[A-Za-z]{2}", t.replace("Funis", ""))]
    assert [text for text in found if not text.startswith(("class=", '"'))] == []


def test_no_sentence_stands_in_a_script() -> None:
    found = []
    for path in (LIMS / "static").glob("*.js"):
        source = re.sub(r"^\s*//.*$|\s// .*$", "", path.read_text(), flags=re.MULTILINE)
        texts = re.findall(r"""(["'`])((?:(?!\1).)*)\1""", source)
        found += [text for _, text in texts if re.search(r"[A-Z][a-z]+ [a-z]+", text)]
    assert found == []


def test_the_search_finds_what_it_is_for() -> None:
    literals = Literals()
    literals.visit(ast.parse('raise Refused(f"The bag {n} is gone.")\nx = Table("Bags", ())'))
    assert [text for _, text in literals.found] == ["The bag {} is gone.", "Bags"]


IN_TEMPLATE = re.compile(r"""say(?:_html)?\(["']([^"']+)["']""")


def asked() -> Iterator[str]:
    """Every name that is asked for; of one that is put together, as a pattern."""
    for path in LIMS.rglob("*.html"):
        yield from map(re.escape, IN_TEMPLATE.findall(path.read_text()))
    for path in files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                yield from _asked_by(node)


def _asked_by(node: ast.Call) -> Iterator[str]:
    called = ast.unparse(node.func)
    if called == "say_each":
        yield from (re.escape(ast.literal_eval(name)) for name in node.args)
    elif called in {"say", "Reason"} and len(node.args) == 1:
        for name in ast.walk(node.args[0]):
            if isinstance(name, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "" for p in name.values)
                yield "".join(re.escape(str(part)) if part else ".+" for part in parts)
                return
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield re.escape(name.value)


@pytest.fixture(scope="module")
def catalogue() -> dict[str, tuple[str, ...]]:
    with CATALOGUE.open("rb") as file:
        read = read_po(file, locale="en", domain="lims")
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in read
        if message.id
    }


def test_every_name_is_in_the_catalogue_and_nothing_else(
    catalogue: dict[str, tuple[str, ...]],
) -> None:
    names = {re.compile(pattern) for pattern in asked()}
    unknown = {n.pattern for n in names if not any(n.fullmatch(name) for name in catalogue)}
    assert unknown == set()
    unused = {name for name in catalogue if not any(n.fullmatch(name) for n in names)}
    closed_lists = {name for name in unused if name[0].isupper()}  # `named` asks for these
    assert unused - closed_lists == set()


def test_every_word_of_a_closed_list_is_there(catalogue: dict[str, tuple[str, ...]]) -> None:
    lists = {kind.__name__: kind for kind in _enums(Enum) if kind.__module__.startswith("lims.")}
    told = {name.partition(".")[0] for name in catalogue if name[0].isupper()}
    assert told <= set(lists)
    for name in told:
        words = {f"{name}.{member.value}" for member in lists[name]}
        assert words == {known for known in catalogue if known.startswith(f"{name}.")}


@pytest.mark.parametrize("path", sorted(ACTIONS))
def test_a_form_has_words_for_everything_on_it(path: str) -> None:
    action = ACTIONS[path]
    boxes = boxes_of(action.command, Known({}, {}), Filled(), {}, ZoneInfo("UTC"))
    words = [action.title, action.sentence, *(box.label for box in boxes)]
    words += [said for box in boxes for _, said in box.choices]
    assert all(words)


def test_whatever_is_missing_has_a_word() -> None:
    assert all(say(f"thing.{table}") for table in Base.metadata.tables)


def test_every_standing_has_its_words(catalogue: dict[str, tuple[str, ...]]) -> None:
    kinds = [k for k in _enums(Enum) if k.__module__.startswith("lims.") and "Standing" in str(k)]
    assert len(kinds) > 10
    assert {f"{k.__name__}.{m.value}" for k in kinds for m in k} <= set(catalogue)


def _enums(kind: type[Enum]) -> Iterator[type[Enum]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _enums(inner)


def test_every_text_takes_its_values_by_name(catalogue: dict[str, tuple[str, ...]]) -> None:
    for name, forms in catalogue.items():
        for form in forms:
            fields = [field for _, field, _, _ in Formatter().parse(form) if field is not None]
            assert all(field.isidentifier() for field in fields), name


def test_the_compiled_catalogue_is_the_one_that_is_read() -> None:
    with CATALOGUE.open("rb") as file:
        read = read_po(file, locale="en", domain="lims")
    compiled = io.BytesIO()
    write_mo(compiled, read)
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make texts"


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {ENGLISH}))
def test_another_language_says_everything_with_the_same_values(
    catalogue: dict[str, tuple[str, ...]], language: str
) -> None:
    path = FOLDER / language / "LC_MESSAGES/lims.po"
    with path.open("rb") as file:
        read = read_po(file, locale=language, domain="lims")
    said = {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in read
        if message.id
    }

    def values(forms: tuple[str, ...]) -> set[str]:
        parsed = (field for form in forms for _, field, _, _ in Formatter().parse(form))
        return {field for field in parsed if field is not None}

    assert {name for name in catalogue if not all(said.get(name, ("",)))} == set()
    assert said.keys() == catalogue.keys()
    assert {n for n in said if not values(said[n]) <= values(catalogue[n])} == set()
    compiled = io.BytesIO()
    write_mo(compiled, read)
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: make texts"
