"""What a scanner set to a US keyboard turns into under another layout, and back.

A keyboard-wedge scanner sends key positions, not characters: the computer's layout decides
what they mean. Nothing is repaired with these tables; they only name what went wrong.
"""

import unicodedata
from collections.abc import Callable
from typing import Final

from lims.core.texts import joined, say

_US: Final = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
)
LAYOUTS: Final = {
    "british": (
        "`1234567890-=qwertyuiop[]#asdfghjkl;'zxcvbnm,./"
        '¬!"£$%^&*()_+QWERTYUIOP{}~ASDFGHJKL:@ZXCVBNM<>?'
    ),
    "german": (
        "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-"
        "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"
    ),
    "french": (
        "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!"
        "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§"
    ),
    "spanish": (
        "º1234567890'¡qwertyuiop`+çasdfghjklñ´zxcvbnm,.-"
        'ª!"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_'
    ),
}
_UNDO: Final = {name: str.maketrans(keys, _US) for name, keys in LAYOUTS.items()}
_HALF: Final = len(_US) // 2
# On a French keyboard CapsLock is a shift lock: digits and signs change too.
_UNDO["french-with-capslock"] = str.maketrans(LAYOUTS["french"], _US[_HALF:] + _US[:_HALF])
# What a Chinese input method makes of ASCII punctuation.
_PINYIN: Final = str.maketrans("，。《》【】；：（）？！￥·“”‘’、", ",.<>[];:()?!$`\"\"''\\")


def layout_behind(text: str, meant: Callable[[str], object]) -> str | None:
    """The layouts under which a US scanner's keys look like this, if they give a meant text."""
    fit = []
    for name, undo in _UNDO.items():
        as_sent = text.translate(undo)
        if as_sent != text and (meant(as_sent) or meant(as_sent.swapcase())):
            fit.append(name)
    return joined("either-or", (say(f"layout.{name}") for name in fit)) if fit else None


def without_input_method(text: str) -> str:
    """The text as it would be without full width and Chinese punctuation."""
    return unicodedata.normalize("NFKC", text.translate(_PINYIN))
