"""The guide of each role, as a page in its reader's language: the very files of docs/guides."""

import re
from pathlib import Path
from typing import Final

from markupsafe import Markup

from lims.core.errors import Missing
from lims.core.texts import ENGLISH, LANGUAGES
from lims.trust.identity.roles import Role

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs/guides"
NAMES: Final = {Role.ADMIN: "administrator"}  # of the others the role's own word
PICTURES: Final = FOLDER.parent / "pages"
_TO_PICTURES: Final = re.compile(r"\]\((?:\.\./)+pages/(\w+)/([\w-]+)\.png\)")
_TO_FILES: Final = re.compile(r"\[([^\]]+)\]\([^)]+\.md\)")  # which no page here shows


def guide_of(role: Role, language: str) -> Markup:
    """A role's guide as HTML."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- slow, seldom wanted

    folder = FOLDER if language == ENGLISH else FOLDER / language
    text = (folder / f"{NAMES.get(role, role.value)}.md").read_text()
    text = _TO_FILES.sub(r"\1", text)
    text = _TO_PICTURES.sub(r"](/guide/\1/\2.png)", text)
    return Markup(MarkdownIt("js-default").render(text))  # noqa: S704 -- takes no HTML of a file


def picture_of_guide(language: str, name: str) -> bytes:
    """One of the pictures of docs/pages."""
    there = {path.stem: path for path in (PICTURES / language).glob("*.png")}
    if language not in LANGUAGES or name not in there:
        raise Missing
    return there[name].read_bytes()
