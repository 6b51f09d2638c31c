"""The statistician's list: how it is read, and why it is not sealed."""

from decimal import Decimal

import pytest

from lims.blinding import rules
from lims.blinding.rules import ListRow
from lims.core.reasons import Reason
from lims.protocol.sections import Randomisation

D = Decimal
HEAD = "sequence,stratum,code"
ROWS = [ListRow(1, "ALL", "A"), ListRow(2, "ALL", "B")]


def codes(reasons: list[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def test_a_row_of_the_list_never_changes() -> None:
    assert ListRow.__dataclass_params__.frozen


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n1,ALL,A\n2,ALL,B",
        f"{HEAD}\n1,ALL,A\n2,ALL,B\n",
        f"{HEAD}\r\n1,ALL,A\r\n2,ALL,B\r\n",
        f"\ufeff{HEAD}\n1,ALL,A\n2,ALL,B",
        f"\n\n{HEAD}\n1,ALL,A\n2,ALL,B",
        "sequence;stratum;code\n1;ALL;A\n2;ALL;B",
        "sequence\tstratum\tcode\n1\tALL\tA\n2\tALL\tB",
        "Sequence, STRATUM , Code\n 1 , ALL , A \n2,ALL,B",
        f'{HEAD}\n"1","ALL","A"\n2,ALL,B',
        f"{HEAD},,\n1,ALL,A,,\n2,ALL,B, ",
        f"{HEAD}\n01,ALL,A\n2,ALL,B",
    ],
)
def test_the_statisticians_file_is_read_as_programs_write_it(text: str) -> None:
    assert rules.read_list(text) == ROWS


def test_a_stratum_may_hold_the_other_signs() -> None:
    text = "sequence;stratum;code\n1;a,b\tc;A"
    assert rules.read_list(text) == [ListRow(1, "a,b\tc", "A")]
    assert rules.read_list(f"{HEAD}\n1,a;b;c;d;e;f,A") == [ListRow(1, "a;b;c;d;e;f", "A")]
    assert rules.read_list(f'{HEAD}\n1,"a;b,c",A') == [ListRow(1, "a;b,c", "A")]


def test_a_code_that_was_left_out_is_read_as_none() -> None:
    assert rules.read_list(f"{HEAD}\n1,ALL,") == [ListRow(1, "ALL", "")]


def test_a_file_of_headings_alone_has_no_rows() -> None:
    assert rules.read_list(HEAD) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        "1,ALL,A\n2,ALL,B",
        "stratum,sequence,code\nALL,1,A",
        "sequence,stratum,arm\n1,ALL,A",
        "sequence,stratum\n1,ALL",
        f"{HEAD},name\n1,ALL,A,x",
        f"{HEAD}\n1,ALL",
        f"{HEAD}\n1,ALL,A,x",
        f"{HEAD}\n1,ALL,A\n\n2,ALL,B",
        f"{HEAD}\none,ALL,A",
        f"{HEAD}\n-1,ALL,A",
        f"{HEAD}\n1.0,ALL,A",
        f"{HEAD}\n,ALL,A",
        f"{HEAD}\n１,ALL,A",
        f"{HEAD}\n²,ALL,A",
        f"{HEAD}\n1,ALL,A\nx,ALL,B",
    ],
)
def test_a_file_that_is_no_list_is_not_guessed_at(text: str) -> None:
    assert rules.read_list(text) is None


def test_a_quotation_that_never_ends_is_refused_like_any_other_fault() -> None:
    lines = [HEAD, '1,"ALL,A', *("x" * 1500 for _ in range(100))]
    assert rules.read_list("\n".join(lines)) is None


# What is not sealed


def rows(*places: tuple[int, str, str]) -> list[ListRow]:
    return [ListRow(*place) for place in places]


@pytest.mark.parametrize(
    ("found", "strata", "expected"),
    [
        (ROWS, ["ALL"], []),
        (rows((2, "ALL", "A"), (1, "ALL", "B")), ["ALL"], []),
        (rows((1, "M", "A"), (1, "F", "B"), (2, "M", "B")), ["F", "M"], []),
        (None, ["ALL"], ["unreadable-list"]),
        ([], ["ALL"], ["unreadable-list"]),
        (rows((1, "ALL", "C")), ["ALL"], ["unknown-code"]),
        (rows((1, "ALL", "a")), ["ALL"], ["unknown-code"]),
        (rows((1, "ALL", "A"), (2, "ALL", "")), ["ALL"], ["unknown-code"]),
        (rows((1, "all", "A")), ["ALL"], ["wrong-strata"]),
        (ROWS, ["ALL", "F"], ["wrong-strata"]),
        (rows((1, "ALL", "A"), (1, "F", "A")), ["ALL"], ["wrong-strata"]),
        (rows((2, "ALL", "A")), ["ALL"], ["sequence"]),
        (rows((0, "ALL", "A"), (1, "ALL", "B")), ["ALL"], ["sequence"]),
        (rows((1, "ALL", "A"), (1, "ALL", "B")), ["ALL"], ["sequence"]),
        (rows((1, "ALL", "A"), (3, "ALL", "B")), ["ALL"], ["sequence"]),
        (rows((1, "M", "A"), (2, "F", "B")), ["F", "M"], ["sequence"]),
        (rows((2, "F", "C")), ["M"], ["unknown-code", "wrong-strata", "sequence"]),
    ],
)
def test_the_statistician_seals_only_a_list_that_can_be_drawn_from(
    found: list[ListRow] | None, strata: list[str], expected: list[str]
) -> None:
    assert codes(rules.list_reasons(found, strata)) == expected


def test_the_statistician_reads_why_a_list_is_not_sealed_and_no_row_of_it() -> None:
    found = [*rules.list_reasons(None, ["M"]), *rules.list_reasons(rows((2, "F", "C")), ["M"])]
    assert [reason.sentence for reason in found] == [
        "The file needs the columns sequence,stratum,code.",
        "A code is neither A nor B.",
        "The strata are not those of the protocol.",
        "A stratum's sequence is not 1, 2, 3 … without gaps.",
    ]


# What the protocol plans

PLAN = Randomisation(planned=10, cells_share_pct=D(50), share_tolerance_pct=D(10))


def of(cells: int, others: int) -> list[ListRow]:
    return [ListRow(n + 1, "ALL", "A" if n < cells else "B") for n in range(cells + others)]


@pytest.mark.parametrize(
    ("cells", "others", "expected"),
    [
        (5, 5, []),
        (6, 5, []),
        (5, 4, ["too-short"]),
        (6, 4, []),  # 60 % is at the edge
        (4, 6, []),
        (7, 4, ["share"]),
        (4, 7, ["share"]),
        (601, 399, ["share"]),
        (399, 601, ["share"]),
        (599, 401, []),
        (0, 10, ["share"]),
        (10, 0, ["share"]),
        (1, 0, ["too-short", "share"]),
    ],
)
def test_the_statistician_seals_only_the_list_that_the_protocol_plans(
    cells: int, others: int, expected: list[str]
) -> None:
    assert codes(rules.plan_reasons(of(cells, others), "A", PLAN)) == expected


def test_the_share_is_that_of_the_code_that_means_cells() -> None:
    two_thirds = Randomisation(10, D(70), D(1))
    assert rules.plan_reasons(of(7, 3), "A", two_thirds) == []
    assert codes(rules.plan_reasons(of(7, 3), "B", two_thirds)) == ["share"]
    assert rules.plan_reasons(of(3, 7), "B", two_thirds) == []


def test_the_statistician_reads_how_many_rows_are_planned() -> None:
    found = rules.plan_reasons(of(9, 0), "A", PLAN)
    assert [reason.sentence for reason in found] == [
        "The list has 9 rows; the protocol plans 10.",
        "The shares of the codes are not those that the protocol plans.",
    ]
