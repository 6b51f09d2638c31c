"""The statistician's list: how it is read, and why it is not sealed."""

from decimal import Decimal

import pytest

from lims.blinding import rules
from lims.blinding.rules import ListRow
from lims.core.reasons import Reason
from lims.protocol.sections import Randomisation

D = Decimal
HEAD = "sequence,stratum,code"
ROWS = [ListRow(1, "ALL", "A", 2), ListRow(2, "ALL", "B", 3)]


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
    found, faults = rules.read_list(text)
    assert [(row.sequence, row.stratum, row.code) for row in found] == [
        (1, "ALL", "A"), (2, "ALL", "B"),
    ]  # fmt: skip
    assert faults == []


def test_every_row_knows_its_line() -> None:
    assert rules.read_list(f"{HEAD}\n1,ALL,A\n2,ALL,B") == (ROWS, [])
    assert ListRow(1, "ALL", "A").line == 0


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("sequence;stratum;code\n1;a,b\tc;A", ListRow(1, "a,b\tc", "A", 2)),
        (f"{HEAD}\n1,a;b;c;d;e;f,A", ListRow(1, "a;b;c;d;e;f", "A", 2)),
        (f'{HEAD}\n1,"a;b,c",A', ListRow(1, "a;b,c", "A", 2)),
        (f"{HEAD}\n1,ALL,", ListRow(1, "ALL", "", 2)),
    ],
)
def test_a_cell_is_read_as_it_stands(text: str, row: ListRow) -> None:
    assert rules.read_list(text) == ([row], [])


def test_a_file_of_headings_alone_has_no_rows() -> None:
    assert rules.read_list(HEAD) == ([], [])


COLUMNS = "Line 1: the columns are not sequence,stratum,code (with comma, semicolon or tab)."
DIGITS = "the sequence is not a whole number in plain digits."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", [COLUMNS]),
        ("  \n ", [COLUMNS]),
        ("1,ALL,A\n2,ALL,B", [COLUMNS]),
        ("stratum,sequence,code\nALL,1,A", [COLUMNS]),
        ("sequence,stratum,arm\n1,ALL,A", [COLUMNS]),
        ("sequence,stratum\n1,ALL", [COLUMNS]),
        (f"{HEAD},name\n1,ALL,A,x", [COLUMNS]),
        (f"{HEAD}\n1,ALL", ["Line 2: 2 columns, not 3."]),
        (f"{HEAD}\n1,ALL,A,x", ["Line 2: 4 columns, not 3."]),
        (f"{HEAD}\n1,ALL,A\n\n2,ALL,B", ["Line 3: 0 columns, not 3."]),
        (f"{HEAD}\none,ALL,A", [f"Line 2: {DIGITS}"]),
        (f"{HEAD}\n-1,ALL,A", [f"Line 2: {DIGITS}"]),
        (f"{HEAD}\n1.0,ALL,A", [f"Line 2: {DIGITS}"]),
        (f"{HEAD}\n,ALL,A", [f"Line 2: {DIGITS}"]),
        (f"{HEAD}\n１,ALL,A", [f"Line 2: {DIGITS}"]),
        (f"{HEAD}\n²,ALL,A", [f"Line 2: {DIGITS}"]),
        (f"{HEAD}\n1,ALL,A\nx,ALL,B\n2,ALL", [f"Line 3: {DIGITS}", "Line 4: 2 columns, not 3."]),
        ("\n".join([HEAD, '1,"ALL,A', *("x" * 1500 for _ in range(100))]),
         ["The file has a quotation mark that never ends."]),
    ],
    ids=range(18),
)  # fmt: skip
def test_a_file_that_is_no_list_is_not_guessed_at(text: str, said: list[str]) -> None:
    found = rules.read_list(text)[1]
    assert [reason.sentence for reason in found] == said
    assert codes(found) == ["unreadable-list"] * len(said)


@pytest.mark.parametrize("front", ["\n\n", '"sequence\n\n",stratum,code\n'])
def test_the_statistician_finds_a_fault_on_the_line_that_is_named(front: str) -> None:
    text = f"{front}x,ALL,A" if "stratum" in front else f"{front}{HEAD}\nx,ALL,A"
    assert [reason.sentence for reason in rules.read_list(text)[1]] == [f"Line 4: {DIGITS}"]


def test_the_statistician_is_not_told_of_every_line_of_a_wrong_file() -> None:
    assert len(rules.read_list("\n".join([HEAD, *["x"] * 30]))[1]) == rules.MOST_TOLD


# What is not sealed


def rows(*places: tuple[int, str, str]) -> list[ListRow]:
    return [ListRow(*place) for place in places]


@pytest.mark.parametrize(
    ("found", "strata", "expected"),
    [
        (ROWS, ["ALL"], []),
        (rows((2, "ALL", "A"), (1, "ALL", "B")), ["ALL"], []),
        (rows((1, "M", "A"), (1, "F", "B"), (2, "M", "B")), ["F", "M"], []),
        ([], ["ALL"], ["unreadable-list"]),
        (rows((1, "ALL", "C")), ["ALL"], ["unknown-code"]),
        (rows((1, "ALL", "a")), ["ALL"], ["unknown-code"]),
        (rows((1, "ALL", "A"), (2, "ALL", "")), ["ALL"], ["unknown-code"]),
        (rows((1, "all", "A")), ["ALL"], ["wrong-strata"]),
        (ROWS, ["ALL", "F"], ["wrong-strata"]),
        (rows((1, "ALL", "A"), (1, "F", "A")), ["ALL"], ["wrong-strata"]),
        (rows((2, "ALL", "A")), ["ALL"], ["sequence"]),
        (rows((0, "ALL", "A")), ["ALL"], ["sequence"]),
        (rows((1, "ALL", "A"), (1, "ALL", "B")), ["ALL"], ["sequence"]),
        (rows((1, "ALL", "A"), (3, "ALL", "B")), ["ALL"], ["sequence"]),
        (rows((1, "M", "A"), (2, "F", "B")), ["F", "M"], ["sequence"]),
        (rows((2, "F", "C")), ["M"], ["unknown-code", "wrong-strata", "sequence"]),
        (rows((2, "M", "C"), (2, "F", "C")), ["F", "M"],
         ["unknown-code", "unknown-code", "sequence", "sequence"]),
    ],
)  # fmt: skip
def test_the_statistician_seals_only_a_list_that_can_be_drawn_from(
    found: list[ListRow], strata: list[str], expected: list[str]
) -> None:
    assert codes(rules.list_reasons(found, strata)) == expected


def test_the_statistician_reads_why_a_list_is_not_sealed_and_no_row_of_it() -> None:
    gap = [ListRow(1, "F", "A", 2), ListRow(3, "F", "C", 3)]
    found = [*rules.list_reasons([], ["M"]), *rules.list_reasons(gap, ["M"])]
    assert [reason.sentence for reason in found] == [
        "The file has no row.",
        "Line 3: the code is neither A nor B.",
        "The strata are not those of the protocol.",
        "Line 3: 2 was expected in this stratum's sequence.",
    ]


def test_the_statistician_reads_twenty_faults_at_most() -> None:
    wrong = [ListRow(n, "ALL", "C", n + 1) for n in range(1, 31)]
    assert len(rules.list_reasons(wrong[:20], ["ALL"])) == 20
    assert len(rules.list_reasons(wrong, ["ALL"])) == 20


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
