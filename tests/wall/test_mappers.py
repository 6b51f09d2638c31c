"""No way leads through the models from the ward's tables to what is in a bag, or back to a person."""

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Enum, Table
from sqlalchemy.orm import Mapper

from lims import house, lab, vault, ward
from lims.blinding.rules import Arm
from lims.core.db import Base
from lims.trust.actions import ACTIONS
from lims.trust.identity.roles import Side

WARD = {"trial", "bedside", "followup", "exports"}
VAULT = {"unblinding"}
SHARED = {"accounts", "attachments", "bags", "labelling", "notices", "orders", "protocol", "trust"}
WALLED = {
    "bank", "blinding", "culture", "deviations", "dispatch", "donation", "filling", "genealogy",
    "instruments", "monitoring", "release", "rooms", "supplies", "testing",
}  # fmt: skip
MAY_HOLD_AN_ARM = {"fill", "sealed_row"}
assert house.DOORS  # importing the house has loaded every model


def mappers() -> list[Mapper[Any]]:
    return sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)


def slice_of(mapper: Mapper[Any]) -> str:
    return str(mapper.class_.__module__.split(".")[1])


def slice_of_table() -> dict[Table, str]:
    return {table: slice_of(mapper) for mapper in mappers() for table in mapper.tables}


def test_every_table_lies_on_a_known_side() -> None:
    assert {slice_of(mapper) for mapper in mappers()} <= WARD | VAULT | SHARED | WALLED
    assert set(Base.metadata.tables.values()) == set(slice_of_table())


def foreign_keys() -> Iterator[tuple[Column[Any], str, str]]:
    sides = slice_of_table()
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            yield key.parent, sides[table], sides[key.column.table]


@pytest.mark.parametrize(
    ("from_here", "never_there"),
    [(WARD | SHARED, WALLED), (WALLED | SHARED, WARD), (WARD | SHARED | WALLED, VAULT)],
)
def test_no_foreign_key_crosses_the_wall(from_here: set[str], never_there: set[str]) -> None:
    crossing = [
        str(column) for column, here, there in foreign_keys()
        if here in from_here and there in never_there
    ]  # fmt: skip

    assert crossing == []


def test_no_relationship_crosses_the_wall() -> None:
    sides = {mapper: slice_of(mapper) for mapper in mappers()}
    crossing = [
        str(relation)
        for mapper in mappers()
        for relation in mapper.relationships
        if (sides[mapper] in WARD | SHARED and sides[relation.mapper] in WALLED)
        or (sides[mapper] in WALLED | SHARED and sides[relation.mapper] in WARD)
    ]

    assert crossing == []


def test_what_crosses_knows_neither_person_nor_content() -> None:
    """The bag and the order are the only parcels: a new column of theirs is looked at here."""
    tables = Base.metadata.tables
    assert set(tables["bag"].columns.keys()) == {
        "number", "order", "protocol", "volume", "expires_at", "standing", "sleeve",
        "dispatched_at", "notice_at", "withdrawn_from",
        "because",  # what the ward wrote or measured; the laboratory's words stand in its fill
    }  # fmt: skip
    assert set(tables["infusion_order"].columns.keys()) == {
        "number", "treatment", "visit", "weight", "protocol", "volume", "slot_at", "standing",
        "halted_at",
    }  # fmt: skip
    assert set(tables["treatment_number"].columns.keys()) == {
        "number", "stratum", "sequence", "taken", "void",
    }  # fmt: skip


def test_an_arm_is_kept_in_blinding_and_filling_alone() -> None:
    holding = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum) and column.type.enum_class is Arm
    }

    assert holding
    assert holding <= MAY_HOLD_AN_ARM


def answers_of_the_ward() -> Iterator[tuple[str, object]]:
    """What the ward and everybody is answered: the results of actions and of reads."""
    for action in ACTIONS.values():
        if action.served and action.may.side in {Side.WARD, Side.HOUSE}:
            yield action.path, action.result
    for pages in ward.DOOR.slices:
        for read in pages.reads:
            yield f"{read.slice}{read.rule}", typing.get_type_hints(read.query)["return"]


def types_in(hint: object, seen: set[object]) -> set[object]:
    """Every type that an answer is made of, down to the last."""
    if hint in seen:
        return seen
    seen.add(hint)
    for part in typing.get_args(hint):
        types_in(part, seen)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        for part in typing.get_type_hints(hint).values():
            types_in(part, seen)
    return seen


def test_no_answer_to_the_ward_is_made_of_the_laboratorys_types() -> None:
    found = {
        f"{where}: {kind}"
        for where, hint in answers_of_the_ward()
        for kind in types_in(hint, set())
        if getattr(kind, "__module__", "").split(".")[1:2] and _slice(kind) in WALLED | VAULT
    }

    assert found == set()


def test_no_answer_to_the_laboratory_is_made_of_the_wards_types() -> None:
    answered = [a.result for a in ACTIONS.values() if a.may.side is Side.LAB]
    answered += [
        typing.get_type_hints(read.query)["return"]
        for pages in lab.DOOR.slices
        for read in pages.reads
    ]
    found = {
        str(kind)
        for hint in answered
        for kind in types_in(hint, set())
        if _slice(kind) in WARD | VAULT
    }

    assert found == set()
    assert vault.DOOR.slices


def _slice(kind: object) -> str:
    parts = getattr(kind, "__module__", "").split(".")
    return parts[1] if parts[0] == "lims" and len(parts) > 1 else ""
