"""Vials: their places, their balance, and what keeps one from being thawed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lims.bank import rules
from lims.bank.rules import PlaceLevel, Reconciliation, VialStanding
from lims.core.days import Moment
from lims.core.quantities import Minutes
from lims.core.reasons import Reason
from lims.donation.rules import DonorStanding
from lims.supplies.rules import LotFacts, LotKind, LotStanding

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
AT = Moment(NOW, ZoneInfo("Asia/Shanghai"))
LOT = LotFacts(
    number="LWB260001", kind=LotKind.WORKING_BANK, name="Working bank", supplier="us",
    supplier_lot="", certificate="", gtin=None, expires_on=date(2026, 3, 10), in_use_life=None,
    opened_at=None, standing=LotStanding.RELEASED, was_released=True, made_by="tang",
    made_at=NOW - timedelta(days=90),
)  # fmt: skip
DONOR = Reason("donor-ineligible", "Donor D1 is ineligible.")
MEDIUM = Reason("ancestor-hold", "Medium LMT260001 is in hold.")


def codes(reasons: list[Reason]) -> list[str]:
    assert all(reason.sentence for reason in reasons)
    return [reason.code for reason in reasons]


def test_nobody_changes_facts_while_they_are_judged() -> None:
    assert Reconciliation.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_standings_are_stored_in_words_that_never_change() -> None:
    assert list(VialStanding) == [
        "filled", "stored", "reserved", "thawed", "qc", "retained", "destroyed", "missing", "lost",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "upstream", "found"),
    [
        ({}, (), []),
        ({}, (DONOR,), ["donor-ineligible"]),
        ({}, (MEDIUM,), ["ancestor-hold"]),
        ({}, (MEDIUM, DONOR), ["ancestor-hold", "donor-ineligible"]),
        ({}, (DONOR, DONOR), ["donor-ineligible"]),
        ({"standing": LotStanding.HOLD}, (), ["lot-hold"]),
        ({"standing": LotStanding.QUARANTINE}, (), ["lot-quarantine"]),
        ({"expires_on": date(2026, 3, 9)}, (), ["lot-expired"]),
        ({"expires_on": date(2026, 3, 11)}, (), []),
        ({"standing": LotStanding.RECALLED}, (DONOR,), ["lot-recalled", "donor-ineligible"]),
    ],
)
def test_the_technician_thaws_a_vial_only_if_neither_lot_nor_ancestors_forbid_it(
    fact: dict[str, Any], upstream: tuple[Reason, ...], found: list[str]
) -> None:
    assert codes(rules.thaw_reasons(replace(LOT, **fact), upstream, AT)) == found


@pytest.mark.parametrize(
    ("filled", "counts", "balances"),
    [
        (0, {}, True),
        (10, {"stored": 10}, True),
        (
            10,
            {"stored": 5, "reserved": 1, "thawed": 1, "qc": 1, "retained": 1, "destroyed": 1},
            True,
        ),
        (10, {"stored": 9}, False),
        (10, {"stored": 11}, False),
        (10, {"stored": 9, "thawed": 2}, False),
        (10, {}, False),
        (0, {"stored": 1}, False),
    ],
)
def test_every_vial_that_was_filled_is_somewhere(
    filled: int, counts: dict[str, int], balances: bool
) -> None:
    assert Reconciliation(filled, counts).balances is balances


@pytest.mark.parametrize(
    ("position", "known"),
    [
        ("A1", True), ("I9", True), ("B7", True), ("A9", True), ("I1", True),
        ("J1", False), ("A10", False), ("A0", False), ("@1", False), ("a1", False),
        ("A01", False), ("A-1", False), ("A+1", False), ("A 1", False), ("A", False), ("", False),
        ("1", False), ("11", False), ("1A", False), ("AA1", False), ("Ä1", False), ("A²", False),
        ("A١", False), ("Ａ1", False), ("A1 ", False), ("A1\n", False), ("A999", False),
    ],
)  # fmt: skip
def test_the_technician_finds_each_place_of_a_box_by_one_name(position: str, known: bool) -> None:
    assert rules.is_position(position, 9, 9) is known


@pytest.mark.parametrize(
    ("position", "known"),
    [("T20", True), ("T21", False), ("U20", False), ("A10", True), ("J10", True), ("A99", False)],
)
def test_the_technician_finds_the_last_place_of_a_large_box(position: str, known: bool) -> None:
    assert rules.is_position(position, 20, 20) is known


def test_no_place_has_a_number_of_three_digits_or_more() -> None:
    assert rules.is_position("A99", 1, 200)
    assert not rules.is_position("A100", 1, 2000)
    assert not rules.is_position("A1000", 1, 2000)


def test_the_technician_sees_the_places_of_a_box_row_by_row() -> None:
    assert rules.positions(2, 3) == ["A1", "A2", "A3", "B1", "B2", "B3"]
    assert rules.positions(0, 3) == []
    all_places = rules.positions(20, 20)
    assert len(set(all_places)) == 400
    assert all(rules.is_position(place, 20, 20) for place in all_places)


@pytest.mark.parametrize(
    ("position", "taken", "found"),
    [
        ("A1", None, []),
        ("J1", None, [Reason("no-such-position", "This box has no position J1.")]),
        ("A1", "V7", [Reason("position-taken", "Position A1 holds vial V7.")]),
        ("A1", "", [Reason("position-taken", "Position A1 holds vial .")]),
        ("ABCDEFGHIJK", None, [Reason("no-such-position", "This box has no position ABCDEFGHIJ.")]),
    ],
)
def test_the_technician_puts_a_vial_where_there_is_a_free_place(
    position: str, taken: str | None, found: list[Reason]
) -> None:
    assert rules.position_reasons(position, 9, 9, taken) == found


# Many at once


def test_the_standings_of_a_count_are_stored_in_words_that_never_change() -> None:
    assert list(rules.BoxCountStanding) == ["to_confirm", "confirmed", "apart"]


def test_the_free_positions_of_a_box_are_in_its_order() -> None:
    assert rules.free_positions(2, 2, {"A2"}) == ["A1", "B1", "B2"]
    assert rules.free_positions(1, 2, {"A1", "A2"}) == []


@pytest.mark.parametrize(
    ("first", "vials", "found"),
    [
        ("", 3, []),
        ("", 4, ["box-has-no-room"]),
        ("A1", 3, []),
        ("B1", 2, []),
        ("B1", 3, ["box-has-no-room"]),
        ("A2", 1, ["position-not-free"]),
        ("Z9", 9, ["position-not-free"]),
    ],
)
def test_vials_need_so_many_free_positions_from_the_first_on(
    first: str, vials: int, found: list[str]
) -> None:
    reasons = rules.room_reasons(first, ["A1", "B1", "B2"], vials)
    assert [reason.code for reason in reasons] == found
    assert all(reason.sentence for reason in reasons)


@pytest.mark.parametrize("standing", list(VialStanding))
def test_what_is_held_or_gone_is_neither_stored_nor_destroyed(standing: VialStanding) -> None:
    stored = rules.storing_reasons("LMV1", standing)
    destroyed = rules.destroying_reasons("LMV1", standing)
    assert bool(stored) is (standing not in {"filled", "stored"})
    assert bool(destroyed) is (standing in {"thawed", "qc", "destroyed", "lost"})
    assert all("LMV1 is" in reason.sentence for reason in (*stored, *destroyed))


@pytest.mark.parametrize(
    ("what", "where", "is_there", "found"),
    [
        ("box", "rack", False, []),
        ("rack", "tank", False, []),
        ("box", "rack", True, ["is-there-already"]),
        ("box", "tank", False, ["wrong-place"]),
        ("tank", "tank", False, ["wrong-place"]),
        ("rack", "rack", False, ["wrong-place"]),
    ],
)
def test_a_box_goes_into_a_rack_and_a_rack_into_a_tank(
    what: str, where: str, *, is_there: bool, found: list[str]
) -> None:
    reasons = rules.moving_reasons(PlaceLevel(what), PlaceLevel(where), is_there)
    assert [reason.code for reason in reasons] == found


def test_a_count_tells_what_is_missing_and_what_is_too_much() -> None:
    assert rules.differences({"a", "b"}, {"b", "c"}) == ({"a"}, {"c"})


@pytest.mark.parametrize(
    ("level", "counted_by", "scanned", "is_empty", "found"),
    [
        ("box", None, 1, False, []),
        ("box", "tian", 3, False, []),
        ("box", None, 0, True, []),
        ("box", None, 0, False, ["scan-or-say-empty"]),
        ("box", None, 2, True, ["scan-or-say-empty"]),
        ("box", "tang", 1, False, ["same-person"]),
        ("rack", None, 1, False, ["not-a-box"]),
    ],
)
def test_a_box_is_counted_by_two_different_people_who_scan_or_say_that_it_is_empty(
    level: str, counted_by: str | None, scanned: int, *, is_empty: bool, found: list[str]
) -> None:
    reasons = rules.counting_reasons(
        PlaceLevel(level), counted_by, "tang", scanned=scanned, is_empty=is_empty
    )
    assert [reason.code for reason in reasons] == found


@pytest.mark.parametrize(("minutes", "refused"), [("14.99", False), ("15", False), ("15.01", True)])
def test_a_vial_is_out_of_the_cold_so_long_and_not_longer(minutes: str, *, refused: bool) -> None:
    found = rules.warmth_reasons("LMV1", Minutes(Decimal(minutes)), Minutes(Decimal(15)))
    assert [reason.code for reason in found] == (["too-long-out"] if refused else [])
    if refused:
        assert all(part in found[0].sentence for part in ("LMV1", "15.0 min", "15 min"))


@pytest.mark.parametrize(
    ("donor", "others", "codes"),
    [
        (DonorStanding.WITHDRAWN, [], []),
        (DonorStanding.INELIGIBLE, [], []),
        (DonorStanding.ELIGIBLE, [], ["donor-not-stopped"]),
        (DonorStanding.PENDING, ["LMV1"], ["donor-not-stopped", "not-of-this-donor"]),
        (DonorStanding.WITHDRAWN, ["LMV1", "LMV2"], ["not-of-this-donor", "not-of-this-donor"]),
    ],
)
def test_only_what_is_hers_and_stopped_is_disposed_of(
    donor: DonorStanding, others: list[str], codes: list[str]
) -> None:
    found = rules.disposing_reasons(donor, others)
    assert [reason.code for reason in found] == codes
    assert all(any(n in reason.sentence for reason in found) for n in others)


def test_a_refusal_of_a_vial_tells_which_and_how_it_stands() -> None:
    (stored,) = rules.storing_reasons("LMV1", VialStanding.THAWED)
    (gone,) = rules.destroying_reasons("LMV1", VialStanding.LOST)
    assert "LMV1" in stored.sentence
    assert "thawed" in stored.sentence
    assert "LMV1" in gone.sentence
    assert "lost" in gone.sentence
    assert not rules.storing_reasons("LMV1", VialStanding.STORED)
    assert not rules.destroying_reasons("LMV1", VialStanding.MISSING)


def test_a_box_without_room_tells_how_much_there_is() -> None:
    (full,) = rules.room_reasons("", ["A1", "A2"], 3)
    assert full.code == "box-has-no-room"
    assert "2" in full.sentence
    assert "3" in full.sentence
    (away,) = rules.room_reasons("C9", ["A1", "A2"], 1)
    assert (away.code, "C9" in away.sentence) == ("position-not-free", True)
    assert not rules.room_reasons("A2", ["A1", "A2"], 1)
    assert [r.code for r in rules.room_reasons("A2", ["A1", "A2"], 2)] == ["box-has-no-room"]
