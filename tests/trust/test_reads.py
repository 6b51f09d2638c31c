"""What was typed by hand stays marked for ever; what a label said is judged where it was read."""

import json
import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lims.accounts import scanning
from lims.donation.consent import RegisterDonor, register_donor
from lims.donation.history import RecordHistory, record_history
from lims.donation.models import Donor
from lims.identifiers.numbers import Kind, copy_of
from lims.identifiers.reading import BY_HAND, HowRead, Via
from lims.labelling.actions import (
    PrintLabel,
    ReprintLabel,
    ScanBack,
    print_label,
    reprint_label,
    scan_back,
)
from lims.supplies.actions import ReceiveMaterial, receive_material
from lims.supplies.equipment import SetEquipment, set_equipment
from lims.trust.actions import Request, perform
from lims.trust.identity.roles import Side
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.scan_log import ScanRead
from tests.support.scenes import read, row, stores_of
from tests.support.worlds import World

SCANNED = {"via": "keys", "ms": 110}
TYPED = {"via": "keys", "ms": 6000}


def new_donor(world: World) -> str:
    wanted = RegisterDonor("2.1", "zh", world.clock.now, "Hu", True, True)
    return world.story.do("tang", register_donor, wanted).number


def token_in(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/accounts/me").text)
    assert found
    return found.group(1)


def reads_of(world: World, field: str = "donor") -> list[ScanRead]:
    with world.site.reading() as session:
        found = session.scalars(select(ScanRead).where(ScanRead.field == field))
        return list(found.all())


def newest_entry(world: World) -> dict[str, Any]:
    with world.site.reading() as session:
        entry = session.scalar(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1))
        assert entry is not None
        return json.loads(entry.payload)  # type: ignore[no-any-return]


def recorded(world: World, donor: str, how: HowRead, raw: str = "") -> None:
    command = RecordHistory(donor, "clear", True, ())
    asked = Request(world.story.actor("tang"), reads={"donor": (raw or donor, how)})
    perform(world.site, record_history, command, asked)


def sent(client: FlaskClient, donor: str, token: str, **more: str) -> int:
    form = {"csrf_token": token, "donor": donor, "history": "clear", "history_clear": "yes"}
    return client.post("/do/donation/record-history", data=form | more).status_code


@pytest.mark.parametrize(
    ("how", "by_hand"),
    [
        (HowRead(Via.KEYS, 110), False),
        (HowRead(Via.KEYS, 1100), False),  # a slow scanner, 100 ms a character
        (HowRead(Via.KEYS, 9000, framed=True), False),
        (HowRead(Via.CAMERA), False),
        (HowRead(Via.PROGRAM), False),
        (HowRead(Via.KEYS, 6000), True),
        (HowRead(Via.KEYS), True),
        (BY_HAND, True),
    ],
)
def test_each_entry_is_kept_as_it_came_in_and_marked(
    world: World, how: HowRead, by_hand: bool
) -> None:
    donor = new_donor(world)
    recorded(world, donor, how, f"]C0{donor}\r")
    (kept,) = reads_of(world)
    assert kept.raw == f"]C0{donor}\r"
    assert (kept.via, kept.by_hand, kept.milliseconds) == (how.via, by_hand, how.milliseconds)
    assert (kept.by, kept.side, kept.action) == ("tang", Side.LAB, "donation/record-history")
    assert newest_entry(world).get("typed_by_hand") == (["donor"] if by_hand else None)


def test_the_mark_cannot_be_taken_away(world: World) -> None:
    recorded(world, new_donor(world), BY_HAND)
    path = str(world.site.engine.url.database)
    for statement in (
        "UPDATE scan_read SET by_hand = 0", "UPDATE scan_read SET via = 'keys'",
        "DELETE FROM scan_read", "REPLACE INTO scan_read SELECT * FROM scan_read",
    ):  # fmt: skip
        with (
            closing(sqlite3.connect(path, isolation_level=None)) as stranger,
            pytest.raises(sqlite3.IntegrityError),
        ):
            stranger.execute(statement)
    assert [kept.by_hand for kept in reads_of(world)] == [True]


def test_a_refused_action_leaves_no_read_behind(world: World) -> None:
    client = world.client("tang")
    assert sent(client, world.donor, token_in(client)) == 409  # decided already
    assert reads_of(world) == []


@pytest.mark.parametrize(
    ("how", "by_hand"),
    [(json.dumps(SCANNED), False), (json.dumps(TYPED), True), ("", True), ("{", True),
     ("[]", True), ('{"via":"robot"}', True), ('{"via":[]}', True), ('{"via":{}}', True),
     ("[" * 999, True), ('{"via":"keys","ms":' + "9" * 900 + "}", True), ("NaN", True)],
    ids=lambda v: str(v)[:20],
)  # fmt: skip
def test_a_form_says_how_each_code_was_read(world: World, how: str, by_hand: bool) -> None:
    donor, client = new_donor(world), world.client("tang")
    assert sent(client, donor, token_in(client), **{"_how.donor": how}) == 303
    assert [kept.by_hand for kept in reads_of(world)] == [by_hand]


def test_a_page_without_its_script_counts_as_typed(world: World) -> None:
    donor, client = new_donor(world), world.client("tang")
    assert sent(client, donor, token_in(client)) == 303
    assert [kept.via for kept in reads_of(world)] == [Via.HAND]


def test_what_the_page_itself_fixed_is_no_read(world: World) -> None:
    donor, client = new_donor(world), world.client("tang")
    assert sent(client, donor, token_in(client), _fixed="donor ") == 303
    assert reads_of(world) == []
    assert "typed_by_hand" not in newest_entry(world)


def test_the_same_request_again_is_one_read(world: World) -> None:
    donor, client = new_donor(world), world.client("tang")
    token = token_in(client)
    for _ in range(3):
        assert sent(client, donor, token, _key="tapped-thrice") == 303
    assert len(reads_of(world)) == 1


def test_each_side_counts_its_own_reads(world: World) -> None:
    for how in (HowRead(Via.KEYS, 110), BY_HAND, BY_HAND):
        recorded(world, new_donor(world), how)
    (count,) = read(world, scanning.laboratory_reads)
    assert (count.by, count.reads, count.by_hand) == ("tang", 3, 2)
    assert count.action == "donation/record-history"
    assert read(world, scanning.ward_reads) == []
    typed = read(world, scanning.typed_entries, Side.LAB)
    assert len(typed) == 2
    assert read(world, scanning.typed_entries, Side.WARD) == []


def relabelled(world: World) -> tuple[str, str]:
    """A donor whose first label was replaced, and the code of the valid one."""
    donor = new_donor(world)
    first = world.story.do("tang", print_label, PrintLabel(donor)).code
    world.story.do("tang", scan_back, ScanBack(first))
    new = world.story.do("tang", reprint_label, ReprintLabel(donor, "smeared"), "tian").code
    world.story.do("tang", scan_back, ScanBack(new))
    return donor, new


def test_a_form_scanned_from_a_superseded_label_is_refused(world: World) -> None:
    donor, new = relabelled(world)
    client = world.client("tang")
    token = token_in(client)
    scanned = {"_how.donor": json.dumps(SCANNED)}
    assert sent(client, donor, token, **scanned) == 409
    assert row(world, Donor, donor).history in {None, ""}
    assert copy_of(new) == (donor, 2)
    assert sent(client, new, token, **scanned) == 303


@pytest.mark.parametrize("more", [{}, {"_how.donor": json.dumps(TYPED)}, {"_fixed": "donor"}])
def test_the_number_typed_or_from_the_page_itself_is_taken(
    world: World, more: dict[str, str]
) -> None:
    donor, _ = relabelled(world)
    client = world.client("tang")
    assert sent(client, donor, token_in(client), **more) == 303


def test_a_camera_at_a_superseded_label_is_refused_too(world: World) -> None:
    donor, _ = relabelled(world)
    client = world.client("tang")
    seen = {"_how.donor": json.dumps({"via": "camera", "ms": 900})}
    assert sent(client, donor, token_in(client), **seen) == 409


def test_a_suppliers_code_is_kept_raw_with_its_separators(world: World) -> None:
    raw = "]d2010952123454321317261231" + "10ABC\x1d21X\x1d"
    command = ReceiveMaterial("Trypsin", "Bench", supplier_code=raw)
    asked = Request(
        world.story.actor("tian"), reads={"supplier_code": (raw, HowRead(Via.KEYS, 300))}
    )
    perform(world.site, receive_material, command, asked)
    (kept,) = reads_of(world, "supplier_code")
    assert kept.raw == raw
    assert not kept.by_hand


def test_reads_of_what_is_no_number_are_kept_for_every_action(world: World) -> None:
    cabinet = stores_of(world).cabinet
    assert cabinet[2] == Kind.EQUIPMENT
    assert set_equipment.command is SetEquipment
    client = world.client("quinn")
    form = {"csrf_token": token_in(client), "number": cabinet, "calibrated_until": "2027-01-01",
            "in_service": "yes", "_sign_login": "quinn", "_sign_password": "cord-to-bedside",
            "_how.number": json.dumps(TYPED)}  # fmt: skip
    assert client.post("/do/supplies/set-equipment", data=form).status_code == 303
    (kept,) = reads_of(world, "number")
    assert (kept.by_hand, kept.milliseconds) == (True, 6000)
    assert newest_entry(world)["typed_by_hand"] == ["number"]
