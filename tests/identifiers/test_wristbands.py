"""Hospitals' own wristbands: which are read, for whom they stand, and the bedside's answer."""

import re
from dataclasses import replace
from hashlib import sha256

import pytest

from lims.bedside import actions as bedside
from lims.bedside.rules import Word
from lims.identifiers.wristbands import patterns_of, read_wristband
from lims.trial.actions import WithdrawParticipant, withdraw_participant
from lims.trial.labels import LinkWristband, link_wristband
from lims.trial.models import Participant
from tests.support.scene_fixtures import Scene, received
from tests.support.scenes import codes, row, turned_away
from tests.support.worlds import World

__all__ = ["received"]
GS = "\x1d"
BAND, OTHER_BAND = "8018735005385000000011", "8018735005385000000028"
RECORD = r"pattern:MRN\d{8}"


def configured(world: World, *wristbands: str, facility: str = "") -> None:
    """The hospital's wristbands are switched on in this world."""
    world.site.settings = replace(
        world.site.settings, wristbands=wristbands, isbt_facility=facility
    )


def linked(world: World, participant: str, scan: str) -> None:
    world.story.do("ines", link_wristband, LinkWristband(participant, scan), "nora")


def word(world: World, wristband: str, bag: str) -> tuple[str, set[str]]:
    said = world.story.do("nora", bedside.verify_bag, bedside.VerifyBag(wristband, bag))
    return said.word, {reason.code for reason in said.reasons}


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("", ()),
        ("gs1", ("gs1",)),
        (r"gs1 isbt  pattern:H\d+", ("gs1", "isbt", r"pattern:H\d+")),
    ],
)
def test_a_setting_names_the_patterns(setting: str, found: tuple[str, ...]) -> None:
    assert patterns_of(setting) == found


@pytest.mark.parametrize("setting", ["gs2", "GS1", "pattern", "pattern:[", "pattern:(", "gs1,isbt"])
def test_a_wrong_setting_is_no_pattern(setting: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        patterns_of(setting)


@pytest.mark.parametrize("setting", ["gs2", "pattern:["])
def test_a_wrong_setting_stops_the_start(world: World, setting: str) -> None:
    configured(world, setting)
    with pytest.raises((ValueError, SystemExit)):
        world.app()


@pytest.mark.parametrize("front", ["", "]C1", "]d2", "]e0"])
@pytest.mark.parametrize("end", ["", GS, "\r\n", f"{GS}\r\n"])
@pytest.mark.parametrize("number", ["735005385000000011", "212246031569431650"])
def test_a_gs1_band_has_one_spelling_however_it_is_scanned(
    front: str, end: str, number: str
) -> None:
    assert read_wristband(f"{front}8018{number}{end}", ("gs1",)) == f"GSRN {number}"


@pytest.mark.parametrize(
    "raw", ["8017735005385000000011", "8018735005385000000012", "0109521234543213", "", GS, "x"]
)
def test_other_gs1_codes_are_no_wristbands(raw: str) -> None:
    assert read_wristband(raw, ("gs1",)) is None


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("MRN12345678", "MRN MRN12345678"), (" MRN12345678\r\n", "MRN MRN12345678"),
        ("MRN1234567", None), ("MRN123456789", None), ("mrn12345678", None),
        ("xMRN12345678", None), ("MRN１2345678", None), ("MRN12345678\nMRN12345679", None),
    ],
)  # fmt: skip
def test_a_pattern_takes_the_whole_text_or_nothing(raw: str, named: str | None) -> None:
    assert read_wristband(raw, (RECORD,)) == named


@pytest.mark.parametrize("front", ["]C0", "]d1", "]Q1"])
def test_a_band_is_the_same_with_the_identifier_that_scanners_are_told_to_send(front: str) -> None:
    """The scanner's test page advises the AIM identifier: a pattern must not break with it."""
    assert read_wristband(f"{front}MRN12345678", (RECORD,)) == "MRN MRN12345678"


def test_an_isbt_band_needs_the_licence() -> None:
    assert read_wristband("&#0108SUBJ0007", ("isbt",), "A9999") == "ISBT SUBJ0007"
    assert read_wristband("&#0108SUBJ0007", ("isbt",), "") is None
    assert read_wristband("=A99992600000168", ("isbt",), "A9999") is None


def test_nothing_is_read_where_nothing_is_configured() -> None:
    assert read_wristband(BAND, ()) is None


@pytest.mark.parametrize(
    ("patterns", "band", "again"),
    [
        (("gs1",), BAND, f"]C1{BAND}{GS}"),
        ((RECORD,), "MRN00012345", "MRN00012345\r\n"),
        (("gs1", RECORD), "MRN00012345", "MRN00012345\t"),
    ],
)
def test_a_nurse_gets_go_through_the_hospitals_band_in_both_arms(
    received: Scene, patterns: tuple[str, ...], band: str, again: str
) -> None:
    world, cells, vehicle = received
    configured(world, *patterns)
    first, second = world.participants
    other = OTHER_BAND if band == BAND else "MRN00099999"
    linked(world, first, band)
    linked(world, second, other)
    assert word(world, other, cells.bag) == (Word.STOP, {"wrong-participant"})
    assert word(world, again, cells.bag) == (Word.GO, set())
    assert word(world, other, vehicle.bag) == (Word.GO, set())


def test_a_band_that_stands_for_nobody_is_a_stop(received: Scene) -> None:
    world, cells, _ = received
    configured(world, "gs1")
    said, reasons = word(world, BAND, cells.bag)
    assert said == Word.STOP
    assert "unknown-wristband" in reasons
    linked(world, world.participants[0], BAND)
    configured(world)  # switched off again: it is a foreign code from now on
    assert word(world, BAND, cells.bag)[0] == Word.STOP


def test_our_own_wristband_still_works_beside_the_hospitals(received: Scene) -> None:
    world, cells, _ = received
    configured(world, "gs1")
    linked(world, world.participants[0], BAND)
    assert word(world, world.participants[0], cells.bag) == (Word.GO, set())


def test_a_new_band_kills_the_old_one(received: Scene) -> None:
    world, cells, _ = received
    configured(world, "gs1")
    linked(world, world.participants[0], BAND)
    linked(world, world.participants[0], OTHER_BAND)
    assert word(world, BAND, cells.bag)[0] == Word.STOP
    assert word(world, OTHER_BAND, cells.bag)[0] == Word.GO


def test_one_band_never_stands_for_two(world: World) -> None:
    configured(world, "gs1", RECORD)
    first, second = world.participants
    linked(world, first, BAND)
    linked(world, first, f"]d2{BAND}")  # the same person again
    taken = LinkWristband(second, BAND)
    assert codes(world, "ines", link_wristband, taken, "nora") == {"wristband-taken"}


@pytest.mark.parametrize("scan", ["LMB26000001A", "8018735005385000000012", "MRN1", "hello"])
def test_what_is_no_hospital_band_is_not_linked(world: World, scan: str) -> None:
    configured(world, "gs1", RECORD)
    wanted = LinkWristband(world.participants[0], scan)
    assert codes(world, "ines", link_wristband, wanted, "nora") == {"not-a-wristband"}


def test_nothing_is_linked_where_nothing_is_configured(world: World) -> None:
    wanted = LinkWristband(world.participants[0], BAND)
    assert codes(world, "ines", link_wristband, wanted, "nora") == {"not-a-wristband"}


def test_linking_is_for_the_ward_and_needs_a_second_person(world: World) -> None:
    configured(world, "gs1")
    wanted = LinkWristband(world.participants[0], BAND)
    turned_away(world, link_wristband, wanted, "nora", "niu", "ines")
    assert codes(world, "ines", link_wristband, wanted, "ines") == {"same-person"}
    assert codes(world, "ines", link_wristband, wanted, "tang") == {"second-person-role"}


def test_the_hospitals_number_is_kept_as_a_keyed_digest_only(world: World) -> None:
    configured(world, "gs1")
    linked(world, world.participants[0], BAND)
    kept = row(world, Participant, world.participants[0]).wristband
    assert kept
    assert BAND[4:] not in kept
    assert re.fullmatch(r"k1\.[0-9a-f]{64}", kept)
    plain = sha256(f"wristband/GSRN {BAND[4:]}".encode()).hexdigest()
    assert plain not in kept  # who tries all numbers needs the key too


def test_the_band_of_somebody_who_left_is_a_stop(received: Scene) -> None:
    world, cells, _ = received
    configured(world, "gs1")
    linked(world, world.participants[0], BAND)
    gone = WithdrawParticipant(world.participants[0], "left")
    world.story.do("ines", withdraw_participant, gone)
    assert "participant-withdrawn" in word(world, BAND, cells.bag)[1]


def test_one_of_our_own_labels_is_never_linked_as_the_hospitals_band(world: World) -> None:
    """However wide the pattern: at the bedside ours is read first, so the link is dead."""
    configured(world, r"pattern:[A-Z0-9]+")
    first, second = world.participants
    for own in (first, second):
        wanted = LinkWristband(second, own)
        assert codes(world, "ines", link_wristband, wanted, "nora") == {"not-a-wristband"}
