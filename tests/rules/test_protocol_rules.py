"""The protocol's file: what a setting can be, what contradicts, and the path of every fault."""

import tomllib
from dataclasses import fields
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lims.core import shapes
from lims.core.errors import Invalid
from lims.core.reasons import Reason
from lims.protocol import reading, rules, sections
from lims.protocol.questions import Computed, CriterionKind
from lims.protocol.reading import FaultyProtocol, digest_of_file, read_trial
from lims.protocol.room import Room, room_for
from lims.protocol.rules import contradictions, impossible, range_of
from lims.protocol.sections import Stage, Trial

D = Decimal
TEXT = (Path(rules.__file__).parent / "nct02302599.toml").read_text(encoding="utf-8")
DATA = tomllib.loads(TEXT)


def put(data: Any, path: list[str], value: Any) -> Any:
    """The same tables with one entry changed, or taken out if the value is `...`."""
    name, *rest = path
    made = list(data) if isinstance(data, list) else dict(data)
    key: Any = int(name) if isinstance(data, list) else name
    if rest:
        made[key] = put(made[key], rest, value)
    elif value is ...:
        del made[key]
    else:
        made[key] = value
    return made


def changed(**settings: Any) -> Trial:
    """The default trial with some settings changed: `schedule__window_days=14`."""
    data = DATA
    for path, value in settings.items():
        data = put(data, path.split("__"), value)
    return shapes.read(Trial, data)


def criterion(place: int, **entries: Any) -> dict[str, Any]:
    return {f"eligibility__{place}__{name}": value for name, value in entries.items()}


def line(stage: int, place: int, **entries: Any) -> dict[str, Any]:
    return {f"specification__{stage}__lines__{place}__{n}": value for n, value in entries.items()}


def test_the_default_protocol_contradicts_itself_nowhere() -> None:
    assert contradictions(changed()) == []
    assert read_trial(TEXT) == changed()


SHAPES = [
    sections.Criterion, sections.SpecLine, sections.SpecificationOffer, sections.Arms,
    sections.Randomisation, sections.Dose, sections.Schedule, sections.WeightRules,
    sections.FitnessRules, sections.BagRules, sections.PreparationRules, sections.InfusionRules,
    sections.CultureRules, sections.DonorRules, sections.SterilityRules, sections.EventTerm,
    sections.Outcomes, sections.EndpointRules, Trial, Room,
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_nobody_changes_a_protocol_that_was_read(shape: Any) -> None:
    assert shape.__dataclass_params__.frozen


def test_the_files_words_never_change() -> None:
    assert list(Stage) == ["bank", "product", "vehicle", "bag", "vehicle-bag", "cord", "culture"]
    assert list(CriterionKind) == ["yes", "no", "range", "measure"]
    assert list(Computed) == ["age", "bmi", "insulin-per-kg"]
    assert rules.NEEDS == {
        "age": (), "bmi": ("height", "weight"), "insulin-per-kg": ("daily-insulin", "weight"),
    }  # fmt: skip
    assert rules.RELEASED_BY == ("bank", "product", "vehicle", "bag", "vehicle-bag")
    assert rules.COUNTED_OURSELVES == ("", "viability")
    assert rules.ASKED_IN == {"END": "EU/mL"}
    assert {
        "", "%", "EU/mL", "CFU/mL", "mOsm/kg", "cells", "cells/mL", "mL", "years", "cm", "g", "kg", "kg/m²", "U",
        "U/day", "U/kg/day", "ng/mL", "µg/mL", "mg/dL", "mmol/L", "µmol/L", "nmol/L", "mmol/mol",
        "ng/dose", "°C", "min", "h", "days", "weeks",
    } == rules.UNITS  # fmt: skip


def test_what_a_line_of_the_file_leaves_out_is_nothing() -> None:
    named = {"code": "x", "text": "X", "text_zh": "X", "kind": "yes"}
    line_of_rules = shapes.read(rules.Criterion, named)
    assert line_of_rules == rules.Criterion("x", CriterionKind.YES, "X", "X", "", "", "", None)
    named = {"code": "x", "test": "X", "test_zh": "X", "method": "m"}
    bare = rules.SpecLine("x", "X", "X", "m", "", "", "", "", "", False, False, "", "")
    assert shapes.read(rules.SpecLine, named) == bare


# What a setting can be

POSSIBLE = {
    "randomisation.planned": ("1", "100000", "1"),
    "randomisation.cells_share_pct": ("0", "100", "0.1"),
    "randomisation.share_tolerance_pct": ("0", "100", "0.1"),
    "dose.cells_per_kg": ("1", "1000000000", "1"),
    "schedule.infusions": ("1", "50", "1"),
    "schedule.interval_days": ("1", "400", "1"),
    "schedule.window_days": ("0", "400", "1"),
    "schedule.min_gap_days": ("0", "400", "1"),
    "schedule.follow_up_weeks": ("1", "1000", "1"),
    "schedule.late_days": ("0", "400", "1"),
    "weight.min_kg": ("1", "500", "0.1"),
    "weight.max_kg": ("1", "500", "0.1"),
    "weight.max_age_hours": ("1", "240", "0.1"),
    "weight.change_pct": ("0", "100", "0.1"),
    "weight.reweigh_pct": ("0", "100", "0.1"),
    "fitness.max_age_hours": ("1", "240", "0.1"),
    "bag.final_volume_ml": ("1", "5000", "0.1"),
    "bag.dose_action_pct": ("0", "100", "0.1"),
    "bag.dose_ceiling_pct": ("0", "100", "0.1"),
    "bag.viability_differs_pct": ("0", "100", "0.1"),
    "bag.shelf_life_hours": ("1", "1000", "1"),
    "bag.storage_low_c": ("-273", "200", "0.1"),
    "bag.storage_high_c": ("-273", "200", "0.1"),
    "preparation.overage_pct": ("0", "100", "0.1"),
    "preparation.expected_recovery_pct": ("1", "120", "0.1"),
    "preparation.lead_time_minutes": ("1", "10000", "1"),
    "preparation.vial_volume_ml": ("0.1", "1000", "0.01"),
    "preparation.viable_per_vial": ("1", "100000000000", "1"),
    "preparation.dmso_pct": ("0", "100", "0.1"),
    "preparation.dmso_g_per_ml": ("0.000001", "1000000", "0.000001"),
    "preparation.dmso_limit_g_per_kg_day": ("0.000001", "1000000", "0.000001"),
    "infusion.planned_minutes": ("1", "1440", "1"),
    "infusion.endotoxin_k": ("0.000001", "1000000", "0.000001"),
    "infusion.drops_per_ml": ("1", "100", "1"),
    "infusion.watch_minutes": ("1", "240", "1"),
    "culture.passage_max": ("0", "100", "1"),
    "culture.cumulative_doublings_max": ("0.000001", "1000000", "0.000001"),
    "culture.min_cells_counted": ("1", "100000", "1"),
    "culture.feed_every_days": ("1", "30", "1"),
    "culture.yield_qc_pct": ("0", "100", "0.1"),
    "preparation.out_of_storage_minutes": ("1", "240", "1"),
    "culture.second_count_pct": ("0", "100", "0.1"),
    "donor.specimen_window_days": ("0", "400", "1"),
    "donor.repeat_after_days": ("0", "400", "1"),
    "freezing.contact_minutes": ("1", "1440", "1"),
    "freezing.slowest_c_per_min": ("0.000001", "1000000", "0.000001"),
    "freezing.fastest_c_per_min": ("0.000001", "1000000", "0.000001"),
    "freezing.hold_minutes": ("0", "1440", "1"),
    "donor.transport_max_hours": ("1", "240", "1"),
    "donor.cord_low_c": ("-273", "200", "0.1"),
    "donor.cord_high_c": ("-273", "200", "0.1"),
    "sterility.hours": ("1", "10000", "1"),
    "outcomes.window_days": ("0", "400", "1"),
    "outcomes.baseline_days": ("0", "400", "1"),
    "endpoint.hba1c_below_pct": ("0.000001", "1000000", "0.000001"),
    "endpoint.insulin_reduction_pct": ("0", "100", "0.1"),
}
SECTIONS = {field.name: field.type for field in fields(Trial)} | {
    "endpoint": sections.EndpointRules,
    "freezing": sections.FreezingRules,
}


def section_with(path: str, value: Decimal) -> Any:
    section, name = path.split(".")
    whole = isinstance(DATA[section][name], int) and value == value.to_integral_value()
    return shapes.read(
        SECTIONS[section], DATA[section] | {name: int(value) if whole else f"{value:f}"}
    )


@pytest.mark.parametrize("path", POSSIBLE)
def test_a_number_of_the_protocol_lies_where_it_can(path: str) -> None:
    least, most, step = map(D, POSSIBLE[path])
    name = path.split(".")[1]
    for edge in (least, most):
        found = getattr(section_with(path, edge), name)
        assert D(getattr(found, "value", found)) == edge
    for beyond in (least - step, most + step):
        with pytest.raises(Invalid) as refused:
            section_with(path, beyond)
        (message,) = refused.value.fields[name]  # type: ignore[misc]
        assert message.startswith(f"{beyond:f} cannot be; possible is {least:f} to {most:f}")


def test_every_number_of_the_protocol_is_in_this_table() -> None:
    numbers = {
        f"{section}.{name}"
        for section, table in DATA.items()
        if isinstance(table, dict)
        for name, value in table.items()
        if isinstance(value, int) or (isinstance(value, str) and value.replace(".", "").isdigit())
    }
    assert numbers == POSSIBLE.keys()


# Contradictions


def no_limit(path: str, text: str) -> str:
    return f'{path}.limit: {text!r} is no limit; write "≥85", "<=0.5" or "6.5-7.5"'


def no_range(path: str, text: str) -> str:
    return f'{path}.possible: {text!r} is no range; write what can be at all, for example "0-100"'


def outside(path: str, limit: str, possible: str) -> str:
    return f"{path}.possible: the limit {limit!r} is not possible within {possible!r}"


def needs(path: str, code: str) -> str:
    return f"{path}.computed: needs a criterion {code!r} of the kind measure"


def one_of_three(path: str) -> str:
    return f"{path}: needs exactly one of limit, category, sterility"


def no_unit(path: str, unit: str) -> str:
    return f"{path}.unit: {unit!r} is no unit that is known here"


def no_percent(path: str) -> str:
    return f"{path}.unit: our own viability is in %"


def not_ours(path: str) -> str:
    return f"{path}.own: is one of ('viability',) on a line with a limit"


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        # what stands there twice, or not at all
        ({"strata": []}, ["strata: must not be empty"]),
        ({"strata": ["A", "B"]}, []),
        ({"strata": ["A", "B", "A", "A"]}, ["strata: 'A' stands there twice"]),
        ({"strata": ["B", "A", "B", "A"]},
         ["strata: 'A' stands there twice", "strata: 'B' stands there twice"]),
        ({"languages": []}, ["languages: must not be empty"]),
        ({"languages": ["zh", "zh"]}, ["languages: 'zh' stands there twice"]),
        ({"languages": ["zh"]}, []),
        ({"languages": ["en", "words", "fr"]},
         ["languages: labels have no words in 'words'; there are en and zh",
          "languages: labels have no words in 'fr'; there are en and zh"]),
        ({"eligibility": []}, ["eligibility.code: must not be empty"]),
        (criterion(8, code="insulin-stable"),
         ["eligibility.code: 'insulin-stable' stands there twice"]),
        ({"adverse_event": []}, ["adverse_event.term: must not be empty"]),
        ({"adverse_event__1__term": "fever"}, ["adverse_event.term: 'fever' stands there twice"]),
        ({"donor__markers__0": "HBsAg"}, ["donor.markers: 'HBsAg' stands there twice"]),
        ({"donor__informative_markers": ["HBsAg"]},
         ["donor.markers: 'HBsAg' stands there twice"]),
        ({"donor__informative_markers": []}, []),
        ({"donor__markers": [], "donor__informative_markers": []},
         ["donor.markers: must not be empty"]),
        # visits
        ({"schedule__window_days": 13, "schedule__late_days": 1}, []),
        ({"schedule__window_days": 13, "schedule__late_days": 2},
         ["schedule.late_days: reach into the window of the next infusion"]),
        ({"schedule__window_days": 13, "schedule__late_days": 2, "schedule__infusions": 1}, []),
        ({"schedule__window_days": 14},
         ["schedule.window_days: the windows of two infusions overlap"]),
        ({"schedule__window_days": 14, "schedule__infusions": 2},
         ["schedule.window_days: the windows of two infusions overlap"]),
        ({"schedule__window_days": 14, "schedule__infusions": 1}, []),
        ({"schedule__min_gap_days": 28}, []),
        ({"schedule__min_gap_days": 29},
         ["schedule.min_gap_days: is more than interval_days, so no infusion could be on its day"]),
        ({"schedule__min_gap_days": 29, "schedule__infusions": 2},
         ["schedule.min_gap_days: is more than interval_days, so no infusion could be on its day"]),
        ({"schedule__min_gap_days": 29, "schedule__infusions": 1}, []),
        ({"schedule__follow_up_weeks": 9, "outcomes__weeks": [0, 4, 9],
          "schedule__window_days": 7}, []),  # 2 × 28 + 7 days are 9 weeks
        ({"schedule__follow_up_weeks": 9, "outcomes__weeks": [0, 4, 9],
          "schedule__window_days": 8},
         ["schedule.follow_up_weeks: ends before the last infusion"]),
        ({"schedule__follow_up_weeks": 8, "outcomes__weeks": [0, 4, 8]},
         ["schedule.follow_up_weeks: ends before the last infusion"]),
        ({"schedule__infusions": 12}, []),  # 11 × 28 + 3 days are less than 48 weeks
        ({"schedule__infusions": 13}, ["schedule.follow_up_weeks: ends before the last infusion"]),
        # weights and doses
        ({"weight__min_kg": "199.9"}, []),
        ({"weight__min_kg": "200.0"}, ["weight.min_kg: must be less than max_kg"]),
        ({"weight__min_kg": "200.1"}, ["weight.min_kg: must be less than max_kg"]),
        ({"weight__reweigh_pct": "19.9"}, []),
        ({"weight__reweigh_pct": "20.0"},
         ["weight.reweigh_pct: must be less than bag.dose_ceiling_pct, or no bag could be given"]),
        ({"weight__reweigh_pct": "20.1"},
         ["weight.reweigh_pct: must be less than bag.dose_ceiling_pct, or no bag could be given"]),
        ({"bag__dose_action_pct": "20"}, []),
        ({"bag__dose_action_pct": "20.1"},
         ["bag.dose_action_pct: must not be more than dose_ceiling_pct"]),
        # the bag and the cord
        ({"bag__storage_low_c": "7.9"}, []),
        ({"bag__storage_low_c": "8.0"}, ["bag.storage_low_c: must be less than storage_high_c"]),
        ({"bag__storage_low_c": "8.1"}, ["bag.storage_low_c: must be less than storage_high_c"]),
        ({"donor__cord_low_c": "7.9"}, []),
        ({"donor__cord_low_c": "8.0"}, ["donor.cord_low_c: must be less than cord_high_c"]),
        ({"donor__cord_low_c": "8.1"}, ["donor.cord_low_c: must be less than cord_high_c"]),
        ({"bag__shelf_life_hours": 4}, []),
        ({"bag__shelf_life_hours": 3},
         ["bag.shelf_life_hours: is less than lead time and infusion together"]),
        ({"preparation__lead_time_minutes": 300}, []),
        ({"preparation__lead_time_minutes": 301},
         ["bag.shelf_life_hours: is less than lead time and infusion together"]),
        ({"infusion__planned_minutes": 180}, []),
        ({"infusion__planned_minutes": 181},
         ["bag.shelf_life_hours: is less than lead time and infusion together"]),
        # outcomes
        ({"outcomes__weeks": []}, ["outcomes.weeks: must rise from 0, the baseline"]),
        ({"outcomes__weeks": [4, 48]}, ["outcomes.weeks: must rise from 0, the baseline"]),
        ({"outcomes__weeks": [0, 8, 8, 48], "outcomes__window_days": 0},
         ["outcomes.weeks: must rise from 0, the baseline",
          "outcomes.window_days: the windows of two weeks overlap"]),
        ({"outcomes__weeks": [0, 12, 8, 48]},
         ["outcomes.weeks: must rise from 0, the baseline",
          "outcomes.window_days: the windows of two weeks overlap"]),
        ({"outcomes__weeks": [0, 48]}, []),
        ({"outcomes__weeks": [0]}, ["outcomes.weeks: must end with schedule.follow_up_weeks"]),
        ({"outcomes__weeks": [0, 4, 47]},
         ["outcomes.weeks: must end with schedule.follow_up_weeks"]),
        ({"outcomes__weeks": [0, 4, 49]},
         ["outcomes.weeks: must end with schedule.follow_up_weeks"]),
        ({"outcomes__window_days": 13}, []),  # 4 weeks are 28 days
        ({"outcomes__window_days": 14}, ["outcomes.window_days: the windows of two weeks overlap"]),
        ({"outcomes__weeks": [0, 1, 48], "outcomes__window_days": 3}, []),
        ({"outcomes__weeks": [0, 1, 48], "outcomes__window_days": 4},
         ["outcomes.window_days: the windows of two weeks overlap"]),
        # eligibility
        (criterion(4, limit=""), [no_limit("eligibility.4.duration", "")]),
        (criterion(9, limit="about 8"), [no_limit("eligibility.9.hba1c", "about 8")]),
        (criterion(9, limit="12.0-7.0"),
         ["eligibility.9.hba1c.limit: '12.0-7.0' begins above its end"]),
        (criterion(3, limit="65-65"), ["eligibility.3.age.limit: '65-65' begins above its end"]),
        (criterion(3, limit="65"), [no_limit("eligibility.3.age", "65")]),
        (criterion(3, limit=">=18"), []),
        (criterion(7, limit="1-2"), ["eligibility.7.insulin-stable.limit: only a range has one"]),
        (criterion(13, limit="1-2"), ["eligibility.13.ketonuria.limit: only a range has one"]),
        (criterion(0, limit="<=200"), ["eligibility.0.height.limit: only a range has one"]),
        (criterion(7, computed="age"),
         ["eligibility.7.insulin-stable.computed: only a range is computed"]),
        (criterion(0, computed="age"), ["eligibility.0.height.computed: only a range is computed"]),
        (criterion(9, computed="bmi"), []),
        (criterion(0, code="tall"), [needs("eligibility.5.bmi", "height")]),
        (criterion(0, kind="yes"), [needs("eligibility.5.bmi", "height")]),
        (criterion(0, kind="range", limit="120-230"), [needs("eligibility.5.bmi", "height")]),
        (criterion(1, code="mass"),
         [needs("eligibility.5.bmi", "weight"), needs("eligibility.6.insulin", "weight")]),
        (criterion(2, code="insulin-a-day"), [needs("eligibility.6.insulin", "daily-insulin")]),
        (criterion(0, possible=""), [no_range("eligibility.0.height", "")]),
        (criterion(4, possible=">=0"), [no_range("eligibility.4.duration", ">=0")]),
        (criterion(0, possible="230-120"),
         ["eligibility.0.height.possible: '230-120' begins above its end"]),
        (criterion(0, possible="120-120"),
         ["eligibility.0.height.possible: '120-120' begins above its end"]),
        (criterion(7, possible="never"), []),
        (criterion(4, possible="0-20"), []),
        (criterion(4, possible="0-19.9"), [outside("eligibility.4.duration", "<=20", "0-19.9")]),
        (criterion(4, possible="20-80"), []),
        (criterion(4, possible="20.1-80"), [outside("eligibility.4.duration", "<=20", "20.1-80")]),
        (criterion(9, possible="7.0-12.0"), []),
        (criterion(9, possible="7.1-25"), [outside("eligibility.9.hba1c", "7.0-12.0", "7.1-25")]),
        (criterion(9, possible="3-11.9"), [outside("eligibility.9.hba1c", "7.0-12.0", "3-11.9")]),
        # specifications
        ({"specification__4": ...}, ["specification.stage: there is none for vehicle-bag"]),
        ({"specification__4__stage": "bag"},
         ["specification.stage: 'bag' stands there twice",
          "specification.stage: there is none for vehicle-bag"]),
        ({"specification": []},
         ["specification.stage: must not be empty",
          *(f"specification.stage: there is none for {stage}" for stage in rules.RELEASED_BY)]),
        ({"specification__2__lines": []}, ["specification.vehicle.code: must not be empty"]),
        (line(0, 2, code="CD73"), ["specification.bank.code: 'CD73' stands there twice"]),
        (line(3, 0, category=""), [one_of_three("specification.bag.APP")]),
        (line(3, 2, category="none"), [one_of_three("specification.bag.END")]),
        (line(3, 2, sterility=True), [one_of_three("specification.bag.END")]),
        (line(3, 0, sterility=True), [one_of_three("specification.bag.APP")]),
        (line(3, 4, sterility=False), [one_of_three("specification.bag.STE")]),
        (line(3, 2, category="none", sterility=True), [one_of_three("specification.bag.END")]),
        (line(2, 1, limit="7"), [no_limit("specification.vehicle.PH", "7")]),
        (line(2, 1, limit="7.5-6.5"),
         ["specification.vehicle.PH.limit: '7.5-6.5' begins above its end"]),
        (line(2, 1, possible=""), [no_range("specification.vehicle.PH", "")]),
        (line(2, 1, possible="14-0"),
         ["specification.vehicle.PH.possible: '14-0' begins above its end",
          outside("specification.vehicle.PH", "6.5-7.5", "14-0")]),
        (line(2, 1, possible="7-14"), [outside("specification.vehicle.PH", "6.5-7.5", "7-14")]),
        (line(3, 0, possible="never"), []),
        (line(3, 1, own=""), []),
        (line(3, 1, own="", unit="EU/mL"), []),
        (line(3, 1, unit=""), [no_percent("specification.bag.VIA")]),
        (line(3, 1, unit="mL"), [no_percent("specification.bag.VIA")]),
        (line(2, 1, unit="pH"), [no_unit("specification.vehicle.PH", "pH")]),
        (line(2, 0, unit="pH"), [no_unit("specification.vehicle.APP", "pH")]),
        (line(3, 2, unit="%"), ["specification.bag.END.unit: must be EU/mL"]),
        (line(3, 2, unit=""), ["specification.bag.END.unit: must be EU/mL"]),
        (line(3, 2, unit="", limit="", category="none"), []),
        (criterion(9, unit="mmol/mol"), []),
        (criterion(9, unit="g%"), [no_unit("eligibility.9.hba1c", "g%")]),
        (criterion(7, unit="months"), [no_unit("eligibility.7.insulin-stable", "months")]),
        (line(3, 1, own="cells"), [not_ours("specification.bag.VIA")]),
        (line(3, 0, own="viability"),
         [no_percent("specification.bag.APP"), not_ours("specification.bag.APP")]),
        (line(3, 4, own="viability"),
         [no_percent("specification.bag.STE"), not_ours("specification.bag.STE")]),
    ],
)  # fmt: skip
def test_qa_reads_the_path_of_every_contradiction(
    settings: dict[str, Any], faults: list[str]
) -> None:
    assert contradictions(changed(**settings)) == faults


def test_qa_reads_all_contradictions_at_once() -> None:
    trial = changed(
        strata=[], schedule__window_days=14, weight__min_kg="300", bag__storage_low_c="9",
        outcomes__weeks=[0], specification__4=..., **criterion(3, limit="1"),
    )  # fmt: skip
    assert [fault.split(":")[0] for fault in contradictions(trial)] == [
        "strata", "schedule.window_days", "weight.min_kg", "bag.storage_low_c", "outcomes.weeks",
        "eligibility.3.age.limit", "specification.stage",
    ]  # fmt: skip


def test_a_protocol_may_have_no_endpoint() -> None:
    trial = changed(endpoint=...)
    assert trial.endpoint is None
    assert contradictions(trial) == []


# What follows from the settings


@pytest.mark.parametrize(
    ("ceiling", "reweigh", "low", "high"),
    [
        ("20", "10", "-11.11", "9.09"),
        ("20", "5", "-15.79", "14.29"),
        ("20", "0", "-20.00", "20.00"),
        ("50", "25", "-33.33", "20.00"),
    ],
)
def test_the_ceiling_leaves_the_laboratory_what_no_weight_can_use_up(
    ceiling: str, reweigh: str, low: str, high: str
) -> None:
    room = room_for(D(ceiling), D(reweigh))
    assert (f"{room.low:.2f}", f"{room.high:.2f}") == (low, high)


@pytest.mark.parametrize(("ceiling", "reweigh"), list(product(("20", "30"), ("0", "5", "10"))))
def test_a_bag_at_the_edge_of_its_room_lies_at_the_ceiling_on_the_farthest_weight(
    ceiling: str, reweigh: str
) -> None:
    room = room_for(D(ceiling), D(reweigh))
    most = (100 + room.high) * (100 + D(reweigh)) / 100 - 100
    least = (100 + room.low) * (100 - D(reweigh)) / 100 - 100
    assert (round(least, 9), round(most, 9)) == (-D(ceiling), D(ceiling))


def test_the_trial_knows_its_room_its_terms_and_its_lines() -> None:
    trial = changed(bag__dose_ceiling_pct="30", weight__reweigh_pct="4")
    assert trial.room == room_for(D(30), D(4))
    assert trial.terms == tuple(event["term"] for event in DATA["adverse_event"])
    for stage, offer in zip(Stage, DATA["specification"], strict=True):
        assert [found.code for found in trial.lines(stage)] == [
            one["code"] for one in offer["lines"]
        ]


@pytest.mark.parametrize(
    ("text", "ends"),
    [("0-100", ("0", "100")), ("6.5–7.5", ("6.5", "7.5")), ("-273 - -135", ("-273", "-135")),
     ("100-0", ("100", "0"))],
)  # fmt: skip
def test_a_range_is_read_by_its_two_ends(text: str, ends: tuple[str, str]) -> None:
    assert range_of(text) == tuple(map(D, ends))


@pytest.mark.parametrize("text", ["", "7", ">=7", "<=7", "a-b", "1-2-3"])
def test_anything_else_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text}' is not a (range|limit)$"):
        range_of(text)


def test_one_bound_is_said_to_be_no_range() -> None:
    with pytest.raises(ValueError, match=r"^'>=7' is not a range$"):
        range_of(">=7")


@pytest.mark.parametrize(
    ("value", "possible", "unit", "said"),
    [
        ("3", "3-25", "%", None),
        ("25", "3-25", "%", None),
        ("2.9", "3-25", "%", "HbA1c is 3 to 25 %; 2.9 cannot be."),
        ("25.1", "3-25", "%", "HbA1c is 3 to 25 %; 25.1 cannot be."),
        ("15", "0-14", "", "HbA1c is 0 to 14; 15 cannot be."),
        ("1E+3", "0-14", "", "HbA1c is 0 to 14; 1000 cannot be."),
    ],
)
def test_the_reader_of_a_refusal_sees_what_can_be(
    value: str, possible: str, unit: str, said: str | None
) -> None:
    found = impossible("HbA1c", D(value), possible, unit)
    assert found == ([Reason("impossible", said)] if said else [])


# The file's text


def edited(*edits: tuple[str, str]) -> str:
    text = TEXT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


DOSE = "[dose]\ncells_per_kg = 1500000"


@pytest.mark.parametrize(
    ("edits", "faults"),
    [
        ([('code = "NCT02302599"', "")], ["code: is missing"]),
        ([('code = "NCT02302599"', "code = 5")], ["code: must be a text in quotes"]),
        ([('code = "NCT02302599"', 'code = " "')], ["code: is missing"]),
        ([('strata = ["ALL"]', 'strata = "ALL"')], ["strata: must be a list"]),
        ([('strata = ["ALL"]', 'strata = ["ALL", 1]')], ["strata.1: must be a text in quotes"]),
        ([("window_days = 3", "window_days = 14")],
         ["schedule.window_days: the windows of two infusions overlap"]),
        ([(DOSE, "[dose]\ncells_per_kg = 0")],
         ["dose.cells_per_kg: 0 cannot be; possible is 1 to 1000000000."]),
        ([(DOSE, "[dose]")], ["dose.cells_per_kg: is missing"]),
        ([(DOSE, "")], ["dose: is missing"]),
        ([(DOSE, ""), ("strata =", "dose = 5\nstrata =")], ["dose: must be a table"]),
        ([(DOSE, f"{DOSE}\nviable = true")], ["dose.viable: nothing reads this setting"]),
        ([(DOSE, f"{DOSE}\nviable = true"), ('code = "NCT02302599"', "")],
         ["code: is missing", "dose.viable: nothing reads this setting"]),
        ([("[endpoint]", "[endpoints]")], ["endpoints: nothing reads this setting"]),
        ([('kind = "measure"', 'kind = "measured"')],
         ["eligibility.0.kind: Choose one of: yes, no, range, measure."]),
        ([('test_zh = "存活率"', 'test_zh = ""')],
         ["specification.0.lines.0.test_zh: is missing"]),
        ([('limit = "≥90"', "limit = 90")],
         ["specification.0.lines.0.limit: must be a text in quotes"]),
    ],
)  # fmt: skip
def test_qa_reads_the_path_of_every_fault_of_a_draft(
    edits: list[tuple[str, str]], faults: list[str]
) -> None:
    with pytest.raises(FaultyProtocol) as refused:
        read_trial(edited(*edits))
    assert sorted(refused.value.faults) == sorted(faults)
    assert sorted(str(refused.value).split("; ")) == sorted("; ".join(faults).split("; "))


def test_a_setting_without_a_value_is_said_to_be_missing() -> None:
    with pytest.raises(Invalid) as refused:
        shapes.read(sections.Dose, {"cells_per_kg": None})
    assert list(reading._paths("dose", refused.value.fields)) == ["dose.cells_per_kg: is missing"]


@pytest.mark.parametrize(
    "edit", [('code = "NCT02302599"', 'code = "NCT'), ("[dose]", "[bag]"), ("[dose]", "[dose")]
)
def test_qa_reads_where_a_draft_is_no_toml(edit: tuple[str, str]) -> None:
    with pytest.raises(FaultyProtocol) as refused:
        read_trial(edited(edit))
    (fault,) = refused.value.faults
    assert fault.startswith("the file is no TOML: ")
    assert "line" in fault


def test_what_is_signed_is_the_digest_of_every_sign_of_the_file() -> None:
    hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert digest_of_file("hello") == hello
    assert digest_of_file(TEXT) != digest_of_file(TEXT + " ")
    assert len(digest_of_file("细胞")) == 64
