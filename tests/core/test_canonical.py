"""The canonical form is that of RFC 8785."""

from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lims.core.canonical import canonical

names = st.text(st.characters(max_codepoint=0x7F, exclude_categories=["Cs"]), max_size=8)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
)


@given(values)
def test_it_is_what_the_reference_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
