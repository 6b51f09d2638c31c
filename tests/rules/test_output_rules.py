"""Outputs of a step: what can be one, what is missing, what is out of its limit."""

import pytest

from lims.core.written import fault_of
from lims.culture.outputs import (
    STEPS_OF,
    StepStanding,
    ending_reasons,
    here_reasons,
    missing,
    out_of_limits,
    value_reasons,
)
from lims.identifiers.numbers import Kind
from lims.protocol.steps import Choice, OutputKind, StepKind, StepOutput

K = OutputKind
WEIGHT = StepOutput("weight", K.NUMBER, "Weight", "重量", "g", "<=40", "0.1-200")
METHOD = StepOutput(
    "method", K.CHOICE, "Method", "方法", choice=(Choice("a", "A", "甲"), Choice("b", "B", "乙"))
)
TIME = StepOutput("time", K.MOMENT, "Time", "时间")
DONE = StepOutput("done", K.DONE, "Washed", "已洗", required=False)
PHOTO = StepOutput("photo", K.PHOTO, "Photo", "照片")
ALL = (WEIGHT, METHOD, TIME, DONE, PHOTO)


def test_words_that_are_stored_never_change() -> None:
    assert list(StepStanding) == ["under_way", "done", "given_up"]
    assert list(StepKind) == ["isolation", "feeding", "harvest", "passage", "filling"]
    assert list(K) == ["number", "choice", "moment", "done", "photo"]
    assert {
        Kind.CORD: ("isolation",),
        Kind.FLASK: ("feeding", "harvest"),
        Kind.HARVEST: ("passage", "filling"),
    } == STEPS_OF


@pytest.mark.parametrize(
    ("output", "value", "code"),
    [
        (WEIGHT, "0.1", None),
        (WEIGHT, "200", None),
        (WEIGHT, "0.09", "impossible"),
        (WEIGHT, "200.1", "impossible"),
        (WEIGHT, "", "output-unreadable"),
        (WEIGHT, "4,5", "output-unreadable"),
        (METHOD, "a", None),
        (METHOD, "b", None),
        (METHOD, "A", "output-not-of-the-list"),
        (METHOD, "yes", "output-not-of-the-list"),
        (TIME, "00:00", None),
        (TIME, "23:59", None),
        (TIME, "24:00", "output-no-time"),
        (TIME, "9:40", "output-no-time"),
        (TIME, "12:60", "output-no-time"),
        (DONE, "yes", None),
        (DONE, "no", "output-not-of-the-list"),
        (PHOTO, "yes", "output-is-a-photo"),
    ],
)
def test_what_can_be_recorded(output: StepOutput, value: str, code: str | None) -> None:
    assert [reason.code for reason in value_reasons(output, value)] == ([code] if code else [])


def test_a_faulty_value_is_told_with_its_output() -> None:
    (number,) = value_reasons(WEIGHT, "x")
    assert "Weight" in number.sentence
    assert str(fault_of("x")) in number.sentence
    (impossible,) = value_reasons(WEIGHT, "500")
    assert "Weight" in impossible.sentence
    assert "500" in impossible.sentence
    assert "200 g" in impossible.sentence
    for output in (METHOD, TIME, PHOTO):
        assert output.text in value_reasons(output, "?")[0].sentence


def test_what_is_missing_in_its_order_and_a_photo_counts_by_itself() -> None:
    assert missing(ALL, (), photographed=False) == list(ALL)
    assert missing(ALL, {"method", "time"}, photographed=False) == [WEIGHT, DONE, PHOTO]
    assert missing(ALL, {"method"}, photographed=True) == [WEIGHT, TIME, DONE]


def test_what_is_required_holds_the_step_up() -> None:
    told = ending_reasons(ALL, {"method"}, photographed=False)
    assert [reason.code for reason in told] == ["output-missing"] * 3
    assert [text in reason.sentence for reason, text in zip(
        told, ("Weight", "Time", "Photo"), strict=True)] == [True] * 3  # fmt: skip
    assert not ending_reasons(ALL, {"weight", "method", "time"}, photographed=True)


@pytest.mark.parametrize(("value", "out"), [("40", False), ("40.001", True), ("0.1", False)])
def test_a_number_beyond_its_limit_is_told(value: str, *, out: bool) -> None:
    found = out_of_limits(ALL, {"weight": value, "method": "a"})
    assert [reason.code for reason in found] == (["step-limit"] if out else [])
    if out:
        assert all(part in found[0].sentence for part in ("Weight", "40.001 g", "<=40 g"))


def test_nothing_recorded_is_beyond_no_limit() -> None:
    assert not out_of_limits(ALL, {})


@pytest.mark.parametrize(
    ("kind", "wanted", "station", "here", "codes"),
    [
        (StepKind.HARVEST, StepKind.HARVEST, "A", "A", []),
        (StepKind.HARVEST, StepKind.FEEDING, "A", "A", ["other-step-under-way"]),
        (StepKind.HARVEST, StepKind.HARVEST, "A", "B", ["step-at-another-station"]),
        (StepKind.HARVEST, StepKind.HARVEST, "", "B", ["step-at-another-station"]),
    ],
)
def test_two_stations_do_not_one_step(
    kind: StepKind, wanted: StepKind, station: str, here: str, codes: list[str]
) -> None:
    found = here_reasons(kind, wanted, station, here)
    assert [reason.code for reason in found] == codes
    if codes == ["step-at-another-station"]:
        assert (station or "no station") in found[0].sentence
    elif codes:
        assert "harvest" in found[0].sentence
