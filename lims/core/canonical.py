"""JSON in its one canonical form (RFC 8785), in which alone it is hashed and signed."""

import json
from typing import Any

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical(value: Any) -> bytes:
    """The bytes of texts, whole numbers below 2⁵³, truth values, lists and named values.

    For these the standard library's encoder writes what RFC 8785 asks for, as long as names are
    in Latin letters: a test compares it with the rfc8785 package. There are no floats in Funis.
    """
    return _ENCODER.encode(value).encode()
