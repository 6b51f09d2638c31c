"""What a page tells is said by a field's type: a field of any name may carry it, none need."""

from dataclasses import dataclass

import pytest

from lims.core.telling import DoneBefore, Made, Telling, Told, ToldOnce, told
from lims.trust.actions import ACTIONS
from lims.trust.identity.sessions import Opened


@dataclass(frozen=True)
class Weighed:
    says: str
    once: str
    words: Told
    secret: ToldOnce = ""
    before: DoneBefore = False
    one: Made = ""


def test_a_field_is_told_by_its_type_whatever_it_is_called() -> None:
    result = Weighed("not this", "nor this", "72.6 kg", "s3cret", before=True, one="W1")
    assert [told(result, how) for how in Telling] == ["72.6 kg", "s3cret", True, "W1"]


def test_a_result_that_tells_nothing_tells_nothing() -> None:
    assert [told("a text", how) for how in Telling] == [None] * 4


def test_a_token_is_shown_once() -> None:
    assert told(Opened("t0ken", "Token: t0ken"), Telling.ONCE) == "Token: t0ken"


@pytest.mark.parametrize("path", sorted(ACTIONS))
def test_a_result_does_not_look_as_if_it_told_what_it_does_not(path: str) -> None:
    """The names that pages told by before: whoever writes one by habit says it by the type."""
    hints = getattr(ACTIONS[path].result, "__annotations__", {})
    for name in ("says", "once", "again"):
        assert name not in hints or getattr(hints[name], "__metadata__", ()), (path, name)
