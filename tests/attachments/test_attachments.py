"""Files of records: attached, opened through the record's door alone, struck out, never lost."""

import io
import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from lims.attachments.actions import attach_file, strike_out
from lims.attachments.keeping import AttachFile, StrikeOut
from lims.attachments.models import Attachment
from lims.attachments.rules import FileKind
from lims.core.errors import Missing, Refused
from lims.core.uploads import MOST_BYTES, Upload
from lims.demonstration import making
from lims.demonstration.cast import PASSWORD
from lims.identifiers.numbers import Kind, random_number
from lims.release.actions import ReleaseLot, ReviewTrail, release_lot, review_trail
from lims.trial.attaching import attach_ward_file, strike_out_ward_file
from lims.trust.contents import Content
from lims.trust.trail.archive import Archive, write_archive
from lims.trust.trail.triggers import install_triggers
from lims.trust.trail.verify import Database, verify, verify_trail
from tests.attachments.conftest import PLACE, TABLE, pdf_of, photo_of
from tests.support.at_once import at_once, deed
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, turned_away
from tests.support.worlds import World

ROOT = Path(__file__).resolve().parents[2]


def attached(world: World, about: str, name: str, data: bytes, who: str = "tang") -> str:
    """A file attached on the side of whoever does it; its id."""
    act = attach_file if who in {"tang", "ana", "quinn"} else attach_ward_file
    return str(world.story.do(who, act, AttachFile(about, "report", Upload(name, data))).id)


def test_a_certificate_is_attached_and_shown_to_the_laboratory_as_it_came(
    either_world: World, certificate: bytes
) -> None:
    world, lot = either_world, either_world.lots["product"]
    found = attached(world, lot, "CoA 1.pdf", certificate)
    client = world.client("ana")
    page = client.get(f"/attachments/{found}")
    assert b"CoA 1.pdf" in page.data
    assert b"CoA 1.pdf" in client.get(f"/release/lots/{lot}").data
    came = client.get(f"/attachments/{found}/content")
    assert came.data == certificate
    assert came.mimetype == "application/pdf"
    assert came.headers["Content-Disposition"] == 'inline; filename="CoA 1.pdf"'
    assert came.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/api/attachments/{found}").json["digest"] == came_digest(certificate)
    files = client.get(f"/api/attachments/of/{lot}").json["files"]
    assert found in [one["id"] for one in files]


def came_digest(data: bytes) -> str:
    return Upload("x", data).digest


@pytest.mark.parametrize(
    ("name", "data", "kind", "way"),
    [
        ("plot.png", None, FileKind.PNG, "inline"),
        ("seal.JPG", photo_of("red"), FileKind.JPEG, "inline"),
        ("freezer.csv", TABLE, FileKind.TABLE, "attachment"),
        ("utf16.txt", "Zeit\tWert\r\n1\t2\r\n".encode("utf-16"), FileKind.TABLE, "attachment"),
        ("gb.csv", "时间,温度\n1,2\n".encode("gb18030"), FileKind.TABLE, "attachment"),
        ("run.fcs", b"FCS3.1    " + bytes(100), FileKind.CYTOMETRY, "attachment"),
        ("counts.xlsx", b"PK\x03\x04" + b"xl/workbook.xml", FileKind.WORKBOOK, "attachment"),
    ],
)
def test_each_kind_is_known_by_what_is_in_it(
    world: World, name: str, data: bytes | None, kind: FileKind, way: str
) -> None:
    if data is None:
        into = io.BytesIO()
        Image.new("RGB", (3, 3)).save(into, "PNG")
        data = into.getvalue()
    found = attached(world, world.donor, name, data)
    came = world.client("tang").get(f"/attachments/{found}/content")
    assert came.headers["Content-Disposition"].startswith(way)
    assert came.data == data
    assert rows(world, select(Attachment.kind).where(Attachment.id == found)) == [kind]


def test_a_table_is_shown_in_rows_and_its_signs_are_only_signs(world: World) -> None:
    found = attached(world, world.donor, "freezer.csv", TABLE)
    page = world.client("tang").get(f"/attachments/{found}").text
    assert "<td>-79,8</td>" in page
    evil = attached(world, world.donor, "x.csv", b"<script>alert(1)</script>,b\n1,2\n")
    assert "<script>alert" not in world.client("tang").get(f"/attachments/{evil}").text


REFUSED = [
    ("page.html", b"<!doctype html><script>alert(1)</script>", "file-is-not-what-it-says"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file-is-not-what-it-says"),
    ("report.pdf", b"%PDF-1.7 and no end", "file-is-not-what-it-says"),
    ("program.exe", b"MZ\x90\x00\x03\x00", "file-of-no-kind"),
    ("plot.png", photo_of("red"), "file-is-not-what-it-says"),
    ("archive.zip", b"PK\x03\x04" + bytes(30), "file-of-no-kind"),
    ("table.csv", b"a,b\x00\n", "file-of-no-kind"),
]


@pytest.mark.parametrize(("name", "data", "code"), REFUSED)
def test_what_is_none_of_these_or_says_so_wrongly_is_refused(
    world: World, name: str, data: bytes, code: str
) -> None:
    command = AttachFile(world.donor, "report", Upload(name, data))
    assert codes(world, "tang", attach_file, command) == {code}


def sent_as_json(world: World, path: str, who: str, about: str, name: str, data: bytes) -> Any:
    client = world.client(who)
    token = client.get("/accounts/me").text.partition('name="csrf_token" value="')[2]
    file = {"name": name, "base64": b64encode(data).decode()}
    body = {"about": about, "what": "photo", "file": file}
    headers = {"X-CSRFToken": token.partition('"')[0]}
    return client.post(f"/api/{path}", json=body, headers=headers)


def bomb(width: int, height: int) -> bytes:
    into = io.BytesIO()
    Image.new("1", (width, height)).save(into, "PNG")
    return into.getvalue()


def with_broken_exif() -> bytes:
    """A picture that can be drawn; what a camera wrote beside it cannot be read."""
    into = io.BytesIO()
    Image.new("RGB", (8, 8)).save(into, "PNG", exif=b"no Exif at all")
    return into.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("half.jpg", photo_of("red")[:200]),
        ("bomb.png", bomb(6000, 6000)),
        ("b.png", bomb(30000, 9000)),
    ],
)
def test_a_picture_that_cannot_be_drawn_or_would_fill_the_memory_is_refused(
    world: World, name: str, data: bytes
) -> None:
    answer = sent_as_json(world, "attachments/attach-file", "tang", world.donor, name, data)
    assert answer.status_code == 422
    assert "damaged or too large" in answer.json["fields"]["file"][0]


def test_what_a_camera_wrote_wrongly_beside_a_photo_is_refused_in_words(received: Scene) -> None:
    world, baby, _ = received
    data = with_broken_exif()
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        with pytest.raises(SyntaxError):
            ImageOps.exif_transpose(picture)
    answer = sent_as_json(world, "trial/attach-ward-file", "nora", baby.bag, "a.png", data)
    assert answer.status_code == 422
    assert "damaged or too large" in answer.json["fields"]["file"][0]


@pytest.mark.parametrize(
    "data",
    [
        b"a" * 600_000,
        b'a,"b\n' * 3000,
        b"\n\n",
        b"x\n" * 500_000,
        ("时间," * 90_000).encode("gb18030"),
    ],
)
def test_a_table_of_any_shape_has_a_page(world: World, data: bytes) -> None:
    found = attached(world, world.donor, "odd.txt", data)
    page = world.client("tang").get(f"/attachments/{found}")
    assert page.status_code == 200
    assert len(page.data) < 1_000_000


def test_the_same_file_twice_is_refused_until_the_first_is_struck_out(
    world: World, certificate: bytes
) -> None:
    again = AttachFile(world.donor, "report", Upload("other name.pdf", certificate))
    first = attached(world, world.donor, "CoA.pdf", certificate)
    assert codes(world, "tang", attach_file, again) == {"attached-already"}
    world.story.do("quinn", strike_out, StrikeOut(first, "of another delivery"))
    assert codes(world, "quinn", strike_out, StrikeOut(first, "twice")) == {"struck-out-already"}
    world.story.do("tang", attach_file, again)
    page = world.client("ana").get(f"/attachments/{first}")
    assert b"of another delivery" in page.data
    assert world.client("ana").get(f"/attachments/{first}/content").data == certificate
    with world.site.reading() as session:
        kept = select(Content.digest).where(Content.digest == came_digest(certificate))
        assert len(session.scalars(kept).all()) == 1  # kept once


def test_the_same_file_attached_to_two_records_at_once_is_kept_once(
    either_world: World, certificate: bytes
) -> None:
    world, file = either_world, Upload("CoA.pdf", certificate)
    world.site.engine.dispose()
    records = (world.donor, *world.lots.values())
    deeds = [deed(world, "tang", attach_file, AttachFile(one, "report", file)) for one in records]
    assert {told.digest for told in at_once(deeds)} == {file.digest}
    kept = select(Content.digest).where(Content.digest == file.digest)
    assert rows(world, kept) == [file.digest]


def test_the_same_file_attached_to_one_record_at_once_is_there_once(
    either_world: World, certificate: bytes
) -> None:
    world, file = either_world, Upload("CoA.pdf", certificate)
    world.site.engine.dispose()
    command = AttachFile(world.donor, "report", file)
    deeds = [deed(world, "tang", attach_file, command, key=f"tab-{n}") for n in range(4)]
    refused = [one for one in at_once(deeds) if isinstance(one, Refused)]
    assert [one.reasons[0].code for one in refused] == ["attached-already"] * 3
    assert len(rows(world, select(Attachment.id).where(Attachment.digest == file.digest))) == 1


def test_only_a_record_that_is_there_and_of_this_side_takes_files(
    world: World, certificate: bytes
) -> None:
    file = Upload("CoA.pdf", certificate)
    nobody = random_number(Kind.DONOR, world.site.chance)
    for about in (nobody, world.participants[0]):
        with pytest.raises(Missing):
            world.story.do("tang", attach_file, AttachFile(about, "report", file))
    for about in (world.donor, world.lots["product"]):
        with pytest.raises(Missing):
            world.story.do("nora", attach_ward_file, AttachFile(about, "report", file))


def test_the_other_side_of_the_wall_neither_sees_a_file_nor_strikes_it_out(
    received: Scene, certificate: bytes
) -> None:
    world, baby, _ = received
    bag = baby.bag
    of_lab = attached(world, bag, "plot.pdf", certificate)
    of_ward = attached(world, bag, "plot.pdf", certificate, "nora")
    assert of_lab != of_ward
    for login, mine, others in (("tang", of_lab, of_ward), ("nora", of_ward, of_lab)):
        client, at = world.client(login), {"tang": "/attachments", "nora": "/trial/files"}[login]
        assert client.get(f"{at}/{mine}").status_code == 200
        for path in (f"{at}/{others}", f"{at}/{others}/content"):
            assert client.get(path).status_code == 404
        (one,) = client.get(f"/api{at}/of/{bag}").json["files"]
        assert one["id"] == mine
    for who, act, other in (("tang", strike_out, of_ward), ("nora", strike_out_ward_file, of_lab)):
        with pytest.raises(Missing):
            world.story.do(who, act, StrikeOut(other, "not mine"))
    with world.site.reading() as session:
        same = Content.digest == came_digest(certificate)
        sides = session.scalars(select(Content.side).where(same))
        assert sorted(sides) == ["lab", "ward"]  # whoever attaches the same learns nothing


def test_a_bag_that_is_not_on_the_ward_yet_takes_no_file_of_the_ward(
    released: Scene, certificate: bytes
) -> None:
    world, baby, _ = released
    with pytest.raises(Missing):
        attached(world, baby.bag, "a.pdf", certificate, "nora")
    attached(world, baby.bag, "a.pdf", certificate)  # in the laboratory it is there


def test_who_assesses_blind_sees_no_file_and_the_monitor_attaches_none(
    received: Scene, certificate: bytes
) -> None:
    world = received[0]
    person = world.participants[0]
    found = attached(world, person, "reaction.pdf", certificate, "nora")
    assert world.client("asa").get(f"/trial/files/{found}").status_code == 403
    assert b"reaction.pdf" not in world.client("asa").get(f"/trial/participants/{person}").data
    assert world.client("mona").get(f"/trial/files/{found}").status_code == 200
    command = AttachFile(person, "report", Upload("x.pdf", certificate))
    turned_away(world, attach_ward_file, command, "nora", "niu", "ines")


def test_the_wards_photos_keep_only_what_is_seen_in_them(received: Scene) -> None:
    world, baby, _ = received
    photo = photo_of("red", turned=True)
    assert PLACE in photo
    sent = sent_as_json(world, "trial/attach-ward-file", "nora", baby.bag, "bag.jpg", photo)
    found = sent.json["id"]
    came = world.client("nora").get(f"/trial/files/{found}/content").data
    for told in (PLACE, b"Tablet 7", b"2026:01:05", b"Exif"):
        assert told not in came
    with Image.open(io.BytesIO(came)) as picture:
        assert picture.size == (32, 64)  # the right way up
    sent = sent_as_json(world, "attachments/attach-file", "tang", baby.bag, "bag.jpg", photo)
    in_lab = sent.json["id"]
    assert world.client("tang").get(f"/attachments/{in_lab}/content").data == photo


def test_a_form_and_a_script_attach_and_a_refused_form_keeps_its_words(
    world: World, certificate: bytes
) -> None:
    client = world.client("tang")
    page = client.get(f"/donation/donors/{world.donor}").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    words = {"csrf_token": token, "about": world.donor, "what": "flow plot", "_fixed": "about"}

    def send(name: str, data: bytes) -> object:
        return client.post(
            "/do/attachments/attach-file",
            data={**words, "file": (io.BytesIO(data), name)},
            content_type="multipart/form-data",
        )

    refused = send("x.exe", b"MZ\x00")
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert 'value="flow plot"' in refused.text  # type: ignore[attr-defined]
    none = client.post("/do/attachments/attach-file", data=words)
    assert none.status_code == 422
    assert "Choose a file" in none.text
    assert send("plot.pdf", certificate).status_code == 303  # type: ignore[attr-defined]
    sent = {
        "about": world.donor,
        "what": "second",
        "file": {"name": "b.pdf", "base64": b64encode(pdf_of("b")).decode()},
    }
    headers = {"X-CSRFToken": token, "Idempotency-Key": "once"}
    first = client.post("/api/attachments/attach-file", json=sent, headers=headers)
    again = client.post("/api/attachments/attach-file", json=sent, headers=headers)
    assert first.status_code == 200, first.text
    assert first.json == again.json
    other = {**sent, "file": {"name": "b.pdf", "base64": b64encode(pdf_of("c")).decode()}}
    third = client.post("/api/attachments/attach-file", json=other, headers=headers)
    assert third.json["code"] == "key-used-before"


@pytest.mark.parametrize("file", [None, "text", {"name": "a.pdf"}, {"name": "a", "base64": "§"}])
def test_a_script_that_sends_no_file_is_refused_by_field(world: World, file: object) -> None:
    client = world.client("tang")
    page = client.get("/accounts/me").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = {"about": world.donor, "what": "x", "file": file}
    answer = client.post("/api/attachments/attach-file", json=sent, headers={"X-CSRFToken": token})
    assert answer.status_code == 422
    assert set(answer.json["fields"]) == {"file"}


@pytest.mark.parametrize(
    "name",
    ["../up.pdf", "a/b.pdf", " a.pdf", "a.pdf.", "a\u202efdp.exe.pdf", "", "x" * 130 + ".pdf"],
)
def test_a_name_that_could_mislead_is_refused(world: World, name: str, certificate: bytes) -> None:
    client = world.client("tang")
    page = client.get("/accounts/me").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    file = {"name": name, "base64": b64encode(certificate).decode()}
    sent = {"about": world.donor, "what": "x", "file": file}
    answer = client.post("/api/attachments/attach-file", json=sent, headers={"X-CSRFToken": token})
    assert answer.status_code == 422


def test_a_file_of_twenty_megabytes_goes_and_a_larger_one_is_refused_in_words(
    world: World,
) -> None:
    client = world.client("tang")
    page = client.get("/accounts/me").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    words = {"csrf_token": token, "about": world.donor, "what": "long run", "_fixed": "about"}

    def status(data: bytes) -> int:
        parts = {**words, "file": FileStorage(io.BytesIO(data), "run.csv")}
        border, body = encode_multipart(parts)
        kind = f"multipart/form-data; boundary={border}"
        answer = client.post("/do/attachments/attach-file", data=body, content_type=kind)
        return int(answer.status_code)

    assert status(b"1,2\n" * (MOST_BYTES // 4)) == 303
    assert status(b"1,2\n" * (MOST_BYTES // 4) + b"3") == 422
    assert status(b"1" * (MOST_BYTES * 2)) == 413
    # what takes no file is as small as before
    large = {"csrf_token": token, "about": world.donor, "what": "x" * 3_000_000}
    assert client.post("/do/deviations/open-deviation", data=large).status_code == 413


def test_a_file_that_came_after_qa_read_the_trail_is_read_before_the_release(
    world: World, certificate: bytes
) -> None:
    assert world.stores
    lot = making.a_vehicle(world.story, world.stores)
    making.tested(world.story, lot)
    world.story.do("qiu", review_trail, ReviewTrail(lot))
    found = attached(world, lot, "failing.pdf", certificate)
    world.story.do("tang", strike_out, StrikeOut(found, "of another lot"))
    wanted = ReleaseLot(lot, "all tests conform")
    assert codes(world, "qiu", release_lot, wanted) == {"trail-not-reviewed"}
    world.story.do("qiu", review_trail, ReviewTrail(lot))
    world.story.do("qiu", release_lot, wanted)


def test_each_look_at_a_file_stands_in_the_trail(world: World, certificate: bytes) -> None:
    found = attached(world, world.donor, "CoA.pdf", certificate)
    world.client("ana").get(f"/attachments/{found}/content")
    with world.site.reading() as session:
        looked = session.execute(text("SELECT page, about, by FROM record_look")).all()
    assert ("attachments/<attachment>/content", found, "ana") in [tuple(row) for row in looked]


def test_verifying_finds_a_content_that_is_another_or_gone(
    either_world: World, certificate: bytes, tmp_path: Path
) -> None:
    world = either_world
    found = attached(world, world.donor, "CoA.pdf", certificate)
    digest = came_digest(certificate)
    key = world.site.key.public_key()
    whole, spoiled, gone = (tmp_path / name for name in ("whole", "spoiled", "gone"))

    def archived(target: Path) -> list[str]:
        with world.site.reading() as session:
            faults = verify_trail(session, key).faults
            write_archive(Database(session), key, target)
        apart = subprocess.run(
            [sys.executable, str(ROOT / "docs/verify_archive.py"), str(target)],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert list(verify(Archive(target), key).faults) == list(faults)
        assert (apart.returncode != 0) is bool(faults), apart.stdout
        return list(faults)

    assert archived(whole) == []
    spoil = "UPDATE content SET data = :data WHERE digest = :digest"
    changed(world, spoil, data=certificate + b" ", digest=digest)
    assert ["is not what was attached" in one for one in archived(spoiled)] == [True]
    assert world.client("ana").get(f"/attachments/{found}/content").status_code == 404
    changed(world, "DELETE FROM content WHERE digest = :digest", digest=digest)
    assert ["is not here" in one for one in archived(gone)] == [True]


def rows(world: World, asked: Any) -> list[Any]:
    with world.site.reading() as session:
        return list(session.scalars(asked))


def changed(world: World, statement: str, **values: object) -> None:
    """Changed behind the program's back, past the triggers."""
    with world.site.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        else:
            for name in ("content_no_update", "content_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        connection.execute(text(statement), values)
        install_triggers(connection)


def test_what_the_trail_tells_of_a_file_is_its_digest_and_not_its_content(
    world: World, certificate: bytes
) -> None:
    attached(world, world.donor, "CoA.pdf", certificate)
    with world.site.reading() as session:
        told = session.execute(
            text("SELECT payload FROM trail_entry ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert len(told) < 2000
    (change,) = json.loads(told)["changes"]
    assert change["new"]["digest"] == came_digest(certificate)
    assert PASSWORD not in told.decode()
