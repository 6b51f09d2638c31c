"""The trial as a file of settings: product, dose, schedule, eligibility, specifications, limits."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from lims.core.quantities import Celsius, Hours, Kilograms, Millilitres


@dataclass(frozen=True)
class Criterion:
    """One line of the eligibility rules: a range, or a question that must be yes or no."""

    code: str
    kind: str
    text: str
    unit: str
    limit: str


@dataclass(frozen=True)
class SpecLine:
    """One line of a specification as the file offers it for approval."""

    code: str
    test: str
    method: str
    chapter: str
    limit: str
    unit: str
    category: str
    sterility: bool
    informative: bool
    any_of: str


@dataclass(frozen=True)
class Trial:
    """One trial. Every number that a rule compares with comes from here."""

    code: str
    title: str
    sponsor: str
    contact: str
    product: str
    blinded_name: str
    blinded_name_zh: str
    languages: tuple[str, ...]
    strata: tuple[str, ...]
    cells_per_kg: int
    infusions: int
    interval_days: int
    window_days: int
    follow_up_weeks: int
    min_weight: Kilograms
    max_weight: Kilograms
    weight_max_age: Hours
    final_volume: Millilitres
    dose_action_pct: Decimal
    dose_reject_pct: Decimal
    shelf_life_hours: int
    storage: str
    storage_low: Celsius
    storage_high: Celsius
    overage_pct: Decimal
    expected_recovery_pct: Decimal
    lead_time_minutes: int
    vial_volume: Millilitres
    vial_storage: str
    dmso_pct: Decimal
    dmso_g_per_ml: Decimal
    dmso_limit: Decimal
    planned_minutes: int
    min_remaining_minutes: int
    endotoxin_k: Decimal
    passage_max: int
    doublings_max: Decimal
    min_cells_counted: int
    specimen_window_days: int
    transport_max_hours: int
    cord_low: Celsius
    cord_high: Celsius
    markers: tuple[str, ...]
    informative_markers: tuple[str, ...]
    sterility_hours: int
    adverse_events: tuple[str, ...]
    endpoint_hba1c_below: Decimal
    endpoint_insulin_reduction: Decimal
    criteria: tuple[Criterion, ...]
    specifications: Mapping[str, tuple[SpecLine, ...]]
    digest: str


@cache
def load_trial(path: Path) -> Trial:
    """Read the file once; a missing or misspelt entry is a KeyError at start-up."""
    raw = path.read_bytes()
    data = tomllib.loads(raw.decode())
    return Trial(
        **{name: data[name] for name in _TOP},
        languages=tuple(data["languages"]),
        strata=tuple(data["strata"]),
        digest=sha256(raw).hexdigest(),
        **_dose_and_schedule(data),
        **_bag(data),
        **_preparation(data),
        **_donor(data["donor"]),
        passage_max=data["culture"]["passage_max"],
        doublings_max=Decimal(data["culture"]["cumulative_doublings_max"]),
        min_cells_counted=data["culture"]["min_cells_counted"],
        sterility_hours=data["sterility"]["hours"],
        adverse_events=tuple(data["adverse_events"]["terms"]),
        endpoint_hba1c_below=Decimal(data["endpoint"]["hba1c_below_pct"]),
        endpoint_insulin_reduction=Decimal(data["endpoint"]["insulin_reduction_pct"]),
        criteria=tuple(_criterion(entry) for entry in data["eligibility"]),
        specifications={
            entry["stage"]: tuple(_line(line) for line in entry["lines"])
            for entry in data["specification"]
        },
    )


_TOP = ("code", "title", "sponsor", "contact", "product", "blinded_name", "blinded_name_zh")


def _dose_and_schedule(data: dict[str, Any]) -> dict[str, Any]:
    weight, schedule = data["weight"], data["schedule"]
    return {
        "cells_per_kg": data["dose"]["cells_per_kg"],
        "infusions": schedule["infusions"],
        "interval_days": schedule["interval_days"],
        "window_days": schedule["window_days"],
        "follow_up_weeks": schedule["follow_up_weeks"],
        "min_weight": Kilograms(Decimal(weight["min_kg"])),
        "max_weight": Kilograms(Decimal(weight["max_kg"])),
        "weight_max_age": Hours(Decimal(weight["max_age_hours"])),
    }


def _bag(data: dict[str, Any]) -> dict[str, Any]:
    bag, infusion = data["bag"], data["infusion"]
    return {
        "final_volume": Millilitres(Decimal(bag["final_volume_ml"])),
        "dose_action_pct": Decimal(bag["dose_action_pct"]),
        "dose_reject_pct": Decimal(bag["dose_reject_pct"]),
        "shelf_life_hours": bag["shelf_life_hours"],
        "storage": bag["storage"],
        "storage_low": Celsius(Decimal(bag["storage_low_c"])),
        "storage_high": Celsius(Decimal(bag["storage_high_c"])),
        "planned_minutes": infusion["planned_minutes"],
        "min_remaining_minutes": infusion["min_remaining_minutes"],
        "endotoxin_k": Decimal(infusion["endotoxin_k"]),
    }


def _preparation(data: dict[str, Any]) -> dict[str, Any]:
    made = data["preparation"]
    return {
        "overage_pct": Decimal(made["overage_pct"]),
        "expected_recovery_pct": Decimal(made["expected_recovery_pct"]),
        "lead_time_minutes": made["lead_time_minutes"],
        "vial_volume": Millilitres(Decimal(made["vial_volume_ml"])),
        "vial_storage": made["vial_storage"],
        "dmso_pct": Decimal(made["dmso_pct"]),
        "dmso_g_per_ml": Decimal(made["dmso_g_per_ml"]),
        "dmso_limit": Decimal(made["dmso_limit_g_per_kg_day"]),
    }


def _donor(donor: dict[str, Any]) -> dict[str, Any]:
    return {
        "specimen_window_days": donor["specimen_window_days"],
        "transport_max_hours": donor["transport_max_hours"],
        "cord_low": Celsius(Decimal(donor["cord_low_c"])),
        "cord_high": Celsius(Decimal(donor["cord_high_c"])),
        "markers": tuple(donor["markers"]),
        "informative_markers": tuple(donor["informative_markers"]),
    }


def _criterion(entry: dict[str, str]) -> Criterion:
    return Criterion(
        entry["code"], entry["kind"], entry["text"], entry.get("unit", ""), entry.get("limit", "")
    )


def _line(entry: dict[str, Any]) -> SpecLine:
    return SpecLine(
        code=entry["code"],
        test=entry["test"],
        method=entry["method"],
        chapter=entry["chapter"],
        limit=entry.get("limit", ""),
        unit=entry.get("unit", ""),
        category=entry.get("category", ""),
        sterility=entry.get("sterility", False),
        informative=entry.get("informative", False),
        any_of=entry.get("any_of", ""),
    )
