"""One spelling for what looks alike, wherever two entries are compared for identity."""

import re
import unicodedata
from typing import Final

_HYPHENS: Final = (
    "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}"
    "\N{HORIZONTAL BAR}\N{MINUS SIGN}\N{HYPHEN BULLET}\N{SMALL HYPHEN-MINUS}\N{SOFT HYPHEN}"
)
# Letters of other scripts that no reader can tell from Latin ones (after upper-casing).
_ALIKE: Final = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХЗԚԜ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "O",
        "ABESIJKMH0PCTYX3QW" + "ABEZHIKMN0PTYX" + "0",
        strict=True,
    )
)
_HAN: Final = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_AMONG_HAN: Final = re.compile(f"(?<={_HAN}) (?={_HAN})")
_TABLE: Final = str.maketrans({**_ALIKE, **dict.fromkeys(_HYPHENS, "-")})


def folded(text: str) -> str:
    """The text in one spelling: full width, case, blanks, invisible signs, hyphens, look-alikes.

    For comparing only: what a person entered is kept and shown as it was.
    """
    level = unicodedata.normalize("NFKC", text.translate(_TABLE)).upper().translate(_TABLE)
    return "".join(c for c in level if not c.isspace() and unicodedata.category(c) != "Cf")


def folded_name(text: str) -> str:
    """A person's name in one spelling; one blank within it counts, and none between Han signs."""
    return _AMONG_HAN.sub("", "\N{SPACE}".join(part for part in map(folded, text.split()) if part))
