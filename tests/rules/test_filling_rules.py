"""The dose, the bag and its release: each fact turns the verdict alone."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims.bags.rules import BagStanding
from lims.core.days import Moment
from lims.core.quantities import (
    CellCount,
    CellsPerMillilitre,
    EndotoxinPerMillilitre,
    Grams,
    Hours,
    Kilograms,
    Millilitres,
    Minutes,
    Percent,
)
from lims.core.reasons import Reason
from lims.core.rounding import CompareRule, Outcome, Qualifier
from lims.culture.rules import count_again_reasons
from lims.filling import dose, rules
from lims.filling.dose import Draw
from lims.filling.rules import BagEvidence, BagLimits, CertifyEvidence, Usability
from lims.orders.rules import OrderAtBench, OrderStanding
from lims.protocol.sections import Room, room_for
from lims.supplies.rules import LotFacts, LotKind, LotStanding
from lims.testing.rules import (
    LineFacts,
    ResultFacts,
    ResultStanding,
    SampleEvidence,
    SterilityStanding,
)

D = Decimal
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AT = Moment(NOW, ZoneInfo("Asia/Shanghai"))

LOT = LotFacts(
    number="LMT260001", kind=LotKind.VEHICLE, name="Vehicle", supplier="us", supplier_lot="1",
    certificate="c", gtin=None, expires_on=date(2026, 3, 2), in_use_life=Hours(D(4)),
    opened_at=NOW - timedelta(hours=4), standing=LotStanding.RELEASED, was_released=True,
    made_by="tang", made_at=NOW - timedelta(days=9),
)  # fmt: skip
ORDER = OrderAtBench(OrderStanding.IN_PREPARATION, False, False, 1_500_000, 1_500_000)
USABLE = Usability(BagStanding.RELEASED, NOW + SECOND, True, ORDER, (LOT,), (), ())
HELD = replace(LOT, number="LMT260002", standing=LotStanding.HOLD)
DUE = Reason("calibration-overdue", "Cabinet EQ1: calibration ended 2026-03-01.")
DONOR = Reason("donor-ineligible", "Donor D1 is ineligible.")


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def numbers(reason: Reason) -> list[Decimal]:
    """The numbers that the sentence shows."""
    return [D(found) for found in re.findall(r"-?\d+(?:\.\d+)?", reason.sentence)]


@pytest.mark.parametrize(
    "facts", [Draw, Usability, BagEvidence, BagLimits, CertifyEvidence], ids=lambda f: f.__name__
)
def test_nobody_changes_facts_while_they_are_judged(facts: Any) -> None:
    assert facts.__dataclass_params__.frozen


# The use of a bag


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"expires_at": NOW}, ["expired"]),
        ({"expires_at": NOW - SECOND}, ["expired"]),
        ({"has_label": False}, ["no-active-label"]),
        ({"order": replace(ORDER, standing=OrderStanding.REQUESTED)}, []),
        ({"order": replace(ORDER, standing=OrderStanding.CANCELLED)}, ["order-cancelled"]),
        ({"order": replace(ORDER, halted=True)}, ["order-halted"]),
        ({"order": replace(ORDER, paused=True)}, ["trial-paused"]),
        ({"order": replace(ORDER, cells_per_kg_now=1_500_001)}, ["protocol-changed"]),
        ({"order": replace(ORDER, cells_per_kg_then=1_500_001)}, ["protocol-changed"]),
        ({"staged": ()}, []),
        ({"staged": (HELD,)}, ["lot-hold"]),
        ({"staged": (LOT, HELD)}, ["lot-hold"]),
        ({"staged": (HELD, LOT)}, ["lot-hold"]),
        ({"staged": (replace(LOT, expires_on=date(2026, 3, 1)),)}, ["lot-expired"]),
        ({"staged": (replace(LOT, in_use_life=Hours(D("3.99"))),)}, ["opened-too-long"]),
        ({"used": (DUE,)}, ["calibration-overdue"]),
        ({"upstream": (DONOR,)}, ["donor-ineligible"]),
        ({"used": (DUE,), "upstream": (DONOR,)}, ["calibration-overdue", "donor-ineligible"]),
        ({"used": (DUE, DUE), "upstream": (DUE,)}, ["calibration-overdue"]),
    ],
)
def test_the_technician_moves_a_bag_on_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.usable_reasons(replace(USABLE, **fact), AT)) == found


@pytest.mark.parametrize("standing", BagStanding)
def test_the_technician_moves_on_no_bag_that_was_withdrawn(standing: BagStanding) -> None:
    found = codes(rules.usable_reasons(replace(USABLE, standing=standing), AT))
    assert found == (["withdrawn"] if standing is BagStanding.WITHDRAWN else [])


def test_the_technician_needs_no_label_before_there_should_be_one() -> None:
    bare = replace(USABLE, has_label=False)
    assert rules.usable_reasons(bare, AT, labelled=False) == []
    assert codes(rules.usable_reasons(bare, AT, labelled=True)) == ["no-active-label"]


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"standing": BagStanding.WITHDRAWN}, "The bag is withdrawn."),
        ({"expires_at": NOW}, "The bag has expired."),
        ({"has_label": False}, "The bag has no label that was scanned back."),
    ],
)
def test_the_technician_reads_what_is_wrong_with_a_bag(fact: dict[str, Any], said: str) -> None:
    (reason,) = rules.usable_reasons(replace(USABLE, **fact), AT)
    assert reason.sentence == said


# The release of a bag

VIABILITY = LineFacts(
    code="VIA-B", test="Viability", method="count", chapter="", limit=">=85", unit="%",
    category="", sterility=False, informative=False, any_of="", rule=CompareRule.USP, own="viability",
)  # fmt: skip
APPEARANCE = replace(VIABILITY, code="APP", test="Appearance", limit="", category="clear", own="")
STERILE = replace(VIABILITY, code="STE", test="Sterility", limit="", sterility=True, own="")
RESULT = ResultFacts(
    id="r", sample="S", code="VIA-B", qualifier=Qualifier.EQUAL, value=D(88), category="",
    not_performed="", standing=ResultStanding.REVIEWED, outcome=Outcome.CONFORMS,
    entered_by="qi", entered_at=NOW, reviewed_by="qa", amends=None, reason="",
)  # fmt: skip
SAMPLE = SampleEvidence(
    (APPEARANCE, VIABILITY, STERILE),
    {"VIA-B": RESULT, "APP": replace(RESULT, code="APP", value=None, category="clear")},
    SterilityStanding.INCUBATING,
)
LIMITS = BagLimits(
    action_pct=D(10), ceiling_pct=D(20), room=Room(D("-11.11"), D("9.09")),
    viability_differs_pct=D(5), endotoxin_k=D(5),
)  # fmt: skip
BAG = BagEvidence(
    usability=replace(USABLE, standing=BagStanding.DRAWN), sample=SAMPLE, sleeve="SL1",
    deviation=Percent(D("9.09")), dose_deviation_closed=False, viability=Percent(D(93)),
    endotoxin_load=D(5), open_deviations=(), hands={"tang": frozenset({"filling/draw-bag"})},
)  # fmt: skip


def blockers(limits: BagLimits = LIMITS, **fact: Any) -> list[Reason]:
    return rules.bag_blockers(replace(BAG, **fact), "quinn", limits, AT)


def sample(**fact: Any) -> dict[str, Any]:
    return {"sample": replace(SAMPLE, **fact)}


def off(percent: str, *, closed: bool = False) -> dict[str, Any]:
    return {"deviation": Percent(D(percent)), "dose_deviation_closed": closed}


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"deviation": None, "viability": None, "endotoxin_load": None}, []),  # vehicle
        ({"usability": replace(BAG.usability, expires_at=NOW)}, ["expired"]),
        ({"usability": replace(BAG.usability, has_label=False)}, ["no-active-label"]),
        ({"usability": replace(BAG.usability, upstream=(DONOR,))}, ["donor-ineligible"]),
        ({"sample": None}, ["no-sample"]),
        (sample(sterility=SterilityStanding.NO_GROWTH), []),
        (sample(sterility=SterilityStanding.TO_DO), ["not-inoculated"]),
        (sample(sterility=SterilityStanding.GROWTH), ["growth"]),
        (sample(results={"APP": SAMPLE.results["APP"]}), ["no-result"]),
        (off("-10"), []),
        (off("-10.0000001"), ["dose-deviation"]),
        (off("-10.0000001", closed=True), []),
        (off("-11.11", closed=True), []),
        (off("-11.1100001", closed=True), ["dose-ceiling"]),
        (off("9.0900001"), ["dose-ceiling"]),
        (off("9.0900001", closed=True), ["dose-ceiling"]),
        (off("10.0000001"), ["dose-deviation", "dose-ceiling"]),
        (off("0"), []),
        ({"deviation": None, "dose_deviation_closed": True}, []),
        ({"viability": Percent(D("84.5"))}, []),  # rounded half up, as the line says
        ({"viability": Percent(D("84.4"))}, ["own-count-fails"]),
        ({"viability": Percent(D("93.0001"))}, ["counts-differ"]),
        ({"viability": None}, []),
        ({"endotoxin_load": D("5.0001")}, ["endotoxin-load"]),
        ({"endotoxin_load": D(0)}, []),
        ({"endotoxin_load": None}, []),
        ({"sleeve": None}, ["no-sleeve"]),
        ({"open_deviations": ("DV1", "DV2")}, ["open-deviation", "open-deviation"]),
        ({"hands": {"quinn": frozenset({"filling/draw-bag"})}}, ["your-hands"]),
        ({"hands": {}}, []),
    ],
)
def test_qa_releases_a_bag_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(blockers(**fact)) == found


@pytest.mark.parametrize("standing", BagStanding)
def test_qa_releases_a_bag_only_after_it_was_drawn(standing: BagStanding) -> None:
    found = codes(blockers(usability=replace(BAG.usability, standing=standing)))
    drawn = [] if standing is BagStanding.DRAWN else ["not-drawn"]
    assert found == [*drawn, *(["withdrawn"] if standing is BagStanding.WITHDRAWN else [])]


@pytest.mark.parametrize("sign", ["", "-"])
def test_qa_closing_the_draws_own_deviation_opens_the_band_to_twenty_per_cent(sign: str) -> None:
    wide = replace(LIMITS, room=Room(D(-30), D(30)))
    assert codes(blockers(wide, **off(f"{sign}10"))) == []
    assert codes(blockers(wide, **off(f"{sign}10.01"))) == ["dose-deviation"]
    assert codes(blockers(wide, **off(f"{sign}20"))) == ["dose-deviation"]
    assert codes(blockers(wide, **off(f"{sign}10.01", closed=True))) == []
    assert codes(blockers(wide, **off(f"{sign}20", closed=True))) == []
    assert codes(blockers(wide, **off(f"{sign}20.01", closed=True))) == ["dose-deviation"]


def test_the_technicians_own_count_is_judged_by_the_line_of_viability_only() -> None:
    for own in ("", "cells", "weight"):
        lines = (APPEARANCE, replace(VIABILITY, own=own), STERILE)
        assert blockers(sample=replace(SAMPLE, lines=lines), viability=Percent(D(10))) == []


def test_qa_reads_the_bags_own_figures_in_the_reasons_against_it() -> None:
    figures = {
        reason.code: numbers(reason)
        for fact in (
            off("10.5"), {"endotoxin_load": D("5.5")}, {"viability": Percent(D(80))}
        )
        for reason in blockers(**fact)
    }  # fmt: skip
    assert figures == {
        "dose-deviation": [D("10.5"), 10],
        "dose-ceiling": [D("10.5"), D("-11.11"), D("9.09")],
        "endotoxin-load": [D("5.5"), 5],
        "own-count-fails": [80, 85],
        "counts-differ": [80, 88, 5],
    }


def test_qa_reads_which_deviation_is_open_and_where_the_bag_stands() -> None:
    (reason,) = blockers(open_deviations=("DV26-7",))
    assert reason.sentence == "Deviation DV26-7 is open."
    (reason,) = blockers(usability=replace(BAG.usability, standing=BagStanding.IN_USE))
    assert reason.sentence == "The bag is in use."


def test_qa_reads_what_a_bag_lacks() -> None:
    assert [reason.sentence for reason in blockers(sample=None, sleeve=None)] == [
        "The bag was not sampled.",
        "The bag has no sleeve.",
    ]


def test_qa_sees_on_which_side_of_the_endotoxin_limit_a_bag_lies() -> None:
    for load, shown in (("5.5", "5.500"), ("5.0001", "5.0001")):
        (reason,) = blockers(endotoxin_load=D(load))
        assert reason.sentence == f"Endotoxin {shown} EU/kg/h; at most 5."


@pytest.mark.parametrize(
    ("room", "deviation"),
    [
        (room_for(D(20), D(10)), "-11.1112"),
        (room_for(D(20), D(10)), "9.0910"),
        (room_for(D(20), D(5)), "14.2858"),  # up to +14.2857 %
        (Room(D("-11.116"), D("14.286")), "-11.117"),
        (Room(D("-11.116"), D("14.286")), "14.287"),
    ],
)
def test_the_technician_sees_on_which_side_of_the_ceiling_a_draw_lies(
    room: Room, deviation: str
) -> None:
    (reason,) = dose.ceiling_reasons(Percent(D(deviation)), room)
    shown, low, high = numbers(reason)
    assert shown < low if D(deviation) < 0 else shown > high


def test_the_technician_reads_which_room_the_ceiling_leaves() -> None:
    (reason,) = dose.ceiling_reasons(Percent(D("10.5")), LIMITS.room)
    assert reason.sentence == (
        "The dose misses its target by 10.50 %; between -11.11 and 9.09 % it stays under the"
        " ceiling for every weight that may be given it."
    )


# The final certificate

CERTIFY = CertifyEvidence(
    notice=False, released=True, sterility=SterilityStanding.NO_GROWTH, certified=False,
    open_deviations=(), hands={"tang": frozenset({"filling/draw-bag"})},
)  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        ({}, []),
        ({"notice": True}, ["withdrawn"]),
        ({"released": False}, ["not-released"]),
        ({"sterility": None}, ["sterility-open"]),
        ({"sterility": SterilityStanding.TO_DO}, ["sterility-open"]),
        ({"sterility": SterilityStanding.INCUBATING}, ["sterility-open"]),
        ({"sterility": SterilityStanding.GROWTH}, ["sterility-open"]),
        ({"certified": True}, ["certified"]),
        ({"open_deviations": ("DV1", "DV2")}, ["open-deviation", "open-deviation"]),
        ({"hands": {"quinn": frozenset({"filling/count-pool"})}}, ["your-hands"]),
    ],
)
def test_qa_certifies_a_bag_for_good_only_if_nothing_speaks_against_it(
    fact: dict[str, Any], found: list[str]
) -> None:
    assert codes(rules.certify_blockers(replace(CERTIFY, **fact), "quinn")) == found


def test_qa_reads_what_keeps_a_bag_from_its_certificate() -> None:
    bad = CertifyEvidence(True, False, None, True, ("DV26-7",), {})
    assert [reason.sentence for reason in rules.certify_blockers(bad, "quinn")] == [
        "The bag or its session was withdrawn.",
        "The bag was never released.",
        "The sterility test has not closed.",
        "The bag is certified already.",
        "Deviation DV26-7 is open.",
    ]


# From vials to a draw


@pytest.mark.parametrize(
    ("wanted", "overage", "vials"),
    [
        ("8.760E+7", 0, 3), ("8.760E+7", 10, 3),
        ("1.0875E+8", 0, 3), ("1.0875E+8", 10, 4),
        ("1.2240E+8", 0, 4), ("1.2240E+8", 10, 4),
        ("1.5345E+8", 0, 5), ("1.5345E+8", 10, 5),
        ("1.9500E+8", 0, 6), ("1.9500E+8", 10, 6),
        ("3.81866E+7", 0, 1), ("3.81867E+7", 0, 2),
        ("38186600", 100, 2), ("38186601", 100, 3),
    ],
)  # fmt: skip
def test_the_technician_thaws_whole_vials_for_a_dose(wanted: str, overage: int, vials: int) -> None:
    each = dose.after_thaw(CellCount(D("4.31E+7")), Percent(D("88.6")))
    assert each == CellCount(D("3.81866E+7"))
    found = dose.vials_needed(CellCount(D(wanted)), each, Percent(D(overage)))
    assert found == vials
    assert type(found) is int


def test_the_technician_reads_the_share_of_cells_that_survived_the_thaw() -> None:
    frozen = CellCount(D("4.76E+7"))
    found = dose.recovery(frozen, CellCount(D("3.81866E+7")))
    assert found.rounded(4) == Percent(D("80.2239"))
    assert dose.recovery(frozen, frozen) == Percent(D(100))


@pytest.mark.parametrize(
    ("found", "reasons"),
    [("0", []), ("119.99", []), ("120", []), ("120.01", ["recovery"]), ("250", ["recovery"])],
)
def test_the_technician_counts_again_when_more_cells_come_out_than_went_in(
    found: str, reasons: list[str]
) -> None:
    assert codes(dose.recovery_reasons(Percent(D(found)))) == reasons


def test_the_technician_reads_how_many_per_cent_came_out() -> None:
    for found, shown in (("130", "130"), ("121.4", "121"), ("120.01", "120.01")):
        (reason,) = dose.recovery_reasons(Percent(D(found)))
        said = (
            f"{shown} % of the frozen viable cells were counted; "
            "at most 120 % is possible. Count again."
        )
        assert reason.sentence == said


POOL = CellsPerMillilitre(D("1.09864E+7"))
BODY = Kilograms(D("72.5"))


def test_the_technician_draws_for_72_5_kg_what_the_domain_sheet_computes() -> None:
    found = dose.draw(CellCount(D("1.0875E+8")), POOL, Millilitres(D(100)), BODY)
    assert found.volume == Millilitres(D("9.9"))
    assert found.diluent == Millilitres(D("90.1"))
    assert found.actual == CellCount(D("1.0876536E+8"))
    assert found.deviation.rounded(3) == Percent(D("0.014"))
    assert round(found.per_kg) == 1_500_212


@pytest.mark.parametrize(
    ("wanted", "volume"),
    [("9.84", "9.8"), ("9.85", "9.9"), ("9.949", "9.9"), ("9.95", "10.0"), ("0.05", "0.1")],
)
def test_the_technician_draws_to_the_nearest_graduation_half_up(wanted: str, volume: str) -> None:
    found = dose.draw(CellCount(D(wanted)), CellsPerMillilitre(D(1)), Millilitres(D(100)), BODY)
    assert str(found.volume) == f"{volume} mL"
    assert found.actual == CellCount(D(volume))
    assert found.diluent == Millilitres(100 - D(volume))


def test_the_technician_gets_an_answer_for_a_pool_with_almost_no_cells() -> None:
    most, almost = CellCount(D("1E+13")), CellsPerMillilitre(D("1E-17"))
    found = dose.draw(most, almost, Millilitres(D(100)), BODY)
    assert found.volume == Millilitres(D("1E+30"))


DRAWN = Draw(
    Millilitres(D("9.9")), Millilitres(D(0)), CellCount(D(1)), Percent(D(10)), D(1_500_000)
)


@pytest.mark.parametrize(
    ("fact", "pool", "found"),
    [
        ({}, "9.9", []),
        ({}, "9.8", ["not-enough-cells"]),
        ({}, "10", []),
        ({"diluent": Millilitres(D("0.1"))}, "9.9", []),
        ({"diluent": Millilitres(D("-0.1"))}, "9.9", ["too-dilute"]),
        ({"deviation": Percent(D("-10"))}, "9.9", []),
        ({"deviation": Percent(D("10.0001"))}, "9.9", ["dose-deviation"]),
        ({"deviation": Percent(D("-10.0001"))}, "9.9", ["dose-deviation"]),
    ],
)
def test_the_technician_draws_only_what_can_be_drawn(
    fact: dict[str, Any], pool: str, found: list[str]
) -> None:
    drawn = replace(DRAWN, **fact)
    assert codes(dose.draw_reasons(drawn, Millilitres(D(pool)), D(10))) == found


def test_the_technician_reads_how_much_is_needed_and_how_much_there_is() -> None:
    thin = replace(DRAWN, diluent=Millilitres(D("-0.1")))
    assert [r.sentence for r in dose.draw_reasons(thin, Millilitres(D("9.8")), D(10))] == [
        "9.9 mL are needed and the pool has 9.8 mL. Thaw more vials.",
        "The cells are too dilute for the volume of the bag.",
    ]


@pytest.mark.parametrize(
    ("deviation", "most", "said"),
    [
        ("10", 10, None),
        ("-10", 10, None),
        ("10.004", 10, "The dose misses its target by 10.004 %; at most 10 %."),
        ("-10.0001", 10, "The dose misses its target by -10.0001 %; at most 10 %."),
        ("-11.0984", 10, "The dose misses its target by -11.10 %; at most 10 %."),
        ("-11.0984", 20, None),
        ("20", 20, None),
        ("20.01", 20, "The dose misses its target by 20.01 %; at most 20 %."),
    ],
)
def test_the_technician_reads_by_how_much_a_dose_misses(
    deviation: str, most: int, said: str | None
) -> None:
    found = dose.dose_reasons(Percent(D(deviation)), D(most))
    assert [reason.sentence for reason in found] == ([said] if said else [])
    assert set(codes(found)) <= {"dose-deviation"}


@pytest.mark.parametrize(
    ("deviation", "inside"),
    [
        ("-11.12", False), ("-11.1112", False), ("-11.1111", True), ("0", True),
        ("9.0909", True), ("9.0910", False), ("10", False),
    ],
)  # fmt: skip
def test_the_technician_leaves_room_for_every_weight_that_the_ward_accepts(
    deviation: str, inside: bool
) -> None:
    found = dose.ceiling_reasons(Percent(D(deviation)), room_for(D(20), D(10)))
    assert codes(found) == ([] if inside else ["dose-ceiling"])


@pytest.mark.parametrize("edge", ["-11.11", "9.09"])
def test_the_technicians_room_includes_its_edges(edge: str) -> None:
    assert dose.ceiling_reasons(Percent(D(edge)), LIMITS.room) == []


# DMSO and endotoxin


def test_the_technician_reads_how_much_dmso_goes_into_a_bag() -> None:
    four = dose.dmso([Millilitres(D("1.5"))] * 4, Percent(D(10)), D("1.10"))
    assert four == Grams(D("0.660"))
    assert Grams(dose.dmso_per_kg(four, BODY)).rounded(5) == Grams(D("0.00910"))
    two = dose.dmso([Millilitres(D(20)), Millilitres(D(80))], Percent(D(10)), D("1.10"))
    assert two == Grams(D("11.0"))
    assert Grams(dose.dmso_per_kg(two, Kilograms(D("58.4")))).rounded(3) == Grams(D("0.188"))
    assert dose.dmso([], Percent(D(10)), D("1.10")) == Grams(D(0))


@pytest.mark.parametrize(
    ("per_kg", "most", "said"),
    [
        ("0.0091", "1", None),
        ("1", "1", None),
        ("1.0001", "1", "DMSO 1.0001 g/kg is too much; at most 1."),
        ("1.5", "1", "DMSO 1.50 g/kg is too much; at most 1."),
        ("0.5", "0.5", None),
        ("0.51", "0.5", "DMSO 0.51 g/kg is too much; at most 0.5."),
    ],
)
def test_the_technician_thaws_no_more_dmso_than_a_person_may_get(
    per_kg: str, most: str, said: str | None
) -> None:
    found = dose.dmso_reasons(D(per_kg), D(most))
    assert found == ([Reason("dmso", said)] if said else [])


BAG_ML = Millilitres(D(100))


@pytest.mark.parametrize(
    ("weight", "minutes", "limit"),
    [
        ("58.4", 60, "2.92"),
        ("58.4", 30, "2.92"),
        ("72.5", 60, "3.625"),
        ("72.5", 120, "7.25"),
        ("72.5", 75, "4.53125"),
        ("50", 60, "2.5"),
    ],
)
def test_the_analyst_reads_the_endotoxin_limit_of_a_bag(
    weight: str, minutes: int, limit: str
) -> None:
    found = dose.endotoxin_limit(D(5), Kilograms(D(weight)), BAG_ML, Minutes(D(minutes)))
    assert found == EndotoxinPerMillilitre(D(limit))
    load = dose.endotoxin_load(found, Kilograms(D(weight)), BAG_ML, Minutes(D(minutes)))
    assert load == 5


def test_the_analyst_reads_what_half_a_unit_gives_the_lightest() -> None:
    half, light = EndotoxinPerMillilitre(D("0.5")), Kilograms(D("58.4"))
    load = dose.endotoxin_load(half, light, BAG_ML, Minutes(D(60)))
    assert round(load, 3) == D("0.856")


@pytest.mark.parametrize(
    ("minutes", "volume"), [(1, 100), (59, 100), (60, 100), (75, 80), (120, 50)]
)
def test_the_nurse_gives_all_of_a_short_infusion_within_its_hour(minutes: int, volume: int) -> None:
    assert dose.in_one_hour(BAG_ML, Minutes(D(minutes))) == Millilitres(D(volume))


# The clock of a bag

BEGINS = NOW - timedelta(minutes=180)


@pytest.mark.parametrize(
    ("ends", "expiry"),
    [
        ((), BEGINS + timedelta(hours=6)),
        ((BEGINS + timedelta(hours=6, seconds=1),), BEGINS + timedelta(hours=6)),
        ((BEGINS + timedelta(hours=6, seconds=-1),), BEGINS + timedelta(hours=6, seconds=-1)),
        ((NOW + timedelta(days=9), BEGINS + SECOND, NOW), BEGINS + SECOND),
    ],
)
def test_a_bag_lasts_no_longer_than_its_shelf_life_and_its_first_component(
    ends: tuple[datetime, ...], expiry: datetime
) -> None:
    assert rules.bag_expiry(NOW, 180, 6, ends) == expiry


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (BEGINS - SECOND, ["too-early"]),
        (BEGINS, []),
        (BEGINS + SECOND, []),
        (NOW, []),
        (NOW + SECOND, ["slot-over"]),
    ],
)
def test_the_technician_prepares_an_order_within_its_hours(now: datetime, found: list[str]) -> None:
    assert codes(rules.start_reasons(replace(AT, now=now), NOW, 180)) == found


def test_the_technician_reads_in_site_time_when_preparation_begins() -> None:
    (reason,) = rules.start_reasons(replace(AT, now=BEGINS - SECOND), NOW, 180)
    assert reason.sentence == "Preparation begins at 2026-03-02 09:00 +08:00."


def test_the_technician_reads_that_the_ward_orders_anew() -> None:
    (reason,) = rules.start_reasons(replace(AT, now=NOW + SECOND), NOW, 180)
    assert reason.sentence == "The slot is over; the ward orders anew."
    (reason,) = rules.shelf_reasons(NOW, NOW, 60)
    assert reason.sentence == "A component expires before the infusion would end."


@pytest.mark.parametrize(
    ("expires", "found"),
    [
        (NOW + timedelta(minutes=60) + SECOND, []),
        (NOW + timedelta(minutes=60), []),
        (NOW + timedelta(minutes=60) - SECOND, ["component-expires"]),
    ],
)
def test_the_technician_begins_no_bag_that_expires_before_its_infusion_would_end(
    expires: datetime, found: list[str]
) -> None:
    assert codes(rules.shelf_reasons(expires, NOW, 60)) == found


@pytest.mark.parametrize(
    ("seen", "found"),
    [(("B", "S"), []), (("X", "S"), ["another-bag-seen"]), (("B", "X"), ["another-sleeve-seen"]),
     (("S", "B"), ["another-bag-seen", "another-sleeve-seen"])],
)  # fmt: skip
def test_the_second_persons_scans_are_of_this_bag_and_this_sleeve(
    seen: tuple[str, str], found: list[str]
) -> None:
    assert [reason.code for reason in rules.seen_reasons(("B", "S"), seen)] == found


@pytest.mark.parametrize(
    ("first", "second", "most", "found"),
    [("100", None, "0", []), ("100", "1", "0", []), ("100", None, "20", ["not-counted-by-the-second"]),
     ("100", "100", "0.001", []), ("110", "90", "20", []), ("90", "110", "20", []),
     ("110.001", "90", "20", ["two-counts-differ"]), ("90", "110.001", "20", ["two-counts-differ"]),
     ("110", "90", "19.999", ["two-counts-differ"]), ("100", "0.001", "199", ["two-counts-differ"])],
)  # fmt: skip
def test_two_counts_of_a_pool_are_one_within_the_protocols_share_of_their_mean(
    first: str, second: str | None, most: str, found: list[str]
) -> None:
    again = CellsPerMillilitre(D(second)) if second else None
    reasons = count_again_reasons(CellsPerMillilitre(D(first)), again, D(most))
    assert [reason.code for reason in reasons] == found
    if found == ["two-counts-differ"]:
        assert most in reasons[0].sentence
        assert first not in reasons[0].sentence  # neither learns the other's figure
