"""Every master as it lies in the folder: drawn, read, measured dot by dot."""

import io
import re
import shutil
import struct
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from lims.core.errors import Missing, Refused
from lims.identifiers.numbers import Kind
from lims.identifiers.symbols import read_back
from lims.labelling.masters import Master, load_master, load_sheets, masters_in
from lims.labelling.output import as_pdf, as_png, as_sheets, as_zpl
from lims.labelling.render import RESOLUTIONS, draw
from tests.labelling.drawings import (
    EVERY,
    LABELS,
    MASTERS,
    NAMES,
    NEWEST,
    ON_TUBES,
    first,
    is_white,
    lines_of,
    master_of,
    numbered,
    place_of,
    reprinted,
    runs,
)

every = pytest.mark.parametrize(("master", "dpi"), EVERY, ids=NAMES)


def expected(master: Master, fields: dict[str, str]) -> dict[str, str]:
    read = {"Data Matrix": fields["code"]}
    if master.code_128:
        read["Code 128"] = fields.get("donation", fields["code"])
    return read


def test_every_label_of_the_house_is_there() -> None:
    assert {master.name for master in MASTERS} >= {
        "donor-tube", "cord-container", "flask", "harvest", "cryovial", "cryovial-card", "box", "sample",
        "material", "location", "bag", "ward-tag", "sleeve", "badge", "wristband",
    }  # fmt: skip
    assert {kind for m in MASTERS for kind in m.kinds} >= set("BCDEFGHLMNPSVWY")


@every
def test_it_draws_and_reads_first_labels_and_reprints(master: Master, dpi: int) -> None:
    for fields in (first(master), reprinted(master)):
        assert read_back(draw(master, fields, dpi)) == expected(master, fields)


@every
def test_modules_are_whole_dots_and_quiet_zones_are_white(master: Master, dpi: int) -> None:
    for fields in (first(master), reprinted(master)):
        image = draw(master, fields, dpi)
        (left, top, right, bottom), module = place_of(master.data_matrix, fields, dpi, bars=False)
        lines = lines_of(image, (left, top, right, bottom))
        assert all(run % module == 0 for line in lines for run in runs(line))
        assert set(lines[-(right - left)]) == {0}  # the left edge of a Data Matrix is black
        quiet = 2 * module
        assert left >= quiet
        assert top >= quiet
        assert right + quiet <= image.width
        assert bottom + quiet <= image.height
        assert is_white(image, (left - quiet, top - quiet, right + quiet, top))
        assert is_white(image, (left - quiet, bottom, right + quiet, bottom + quiet))
        assert is_white(image, (left - quiet, top, left, bottom))
        assert is_white(image, (right, top, right + quiet, bottom))


@pytest.mark.parametrize(
    ("master", "dpi"),
    [(m, dpi) for m, dpi in EVERY if m.code_128],
    ids=[name for (m, _), name in zip(EVERY, NAMES, strict=True) if m.code_128],
)
def test_bars_are_whole_dots_with_ten_modules_of_white_beside(master: Master, dpi: int) -> None:
    assert master.code_128 is not None
    for fields in (first(master), reprinted(master)):
        image = draw(master, fields, dpi)
        (left, top, right, bottom), module = place_of(master.code_128, fields, dpi, bars=True)
        rows = lines_of(image, (left, top, right, bottom))[: bottom - top]
        assert len(set(rows)) == 1  # the same bars from top to bottom
        assert all(run % module == 0 for run in runs(rows[0]))
        assert rows[0][0] == 0
        assert rows[0][-1] == 0
        assert left - 10 * module >= 0
        assert right + 10 * module <= image.width
        assert is_white(image, (left - 10 * module, top, left, bottom))
        assert is_white(image, (right, top, right + 10 * module, bottom))


def test_tubes_carry_a_data_matrix_alone() -> None:
    assert {master.name for master in MASTERS if not master.code_128} == ON_TUBES


def test_the_donation_number_stands_in_the_bars_and_ours_in_the_matrix() -> None:
    master = master_of("donation")
    fields = first(master)
    read = read_back(draw(master, fields, 300))
    assert read == {"Data Matrix": fields["code"], "Code 128": "=A99992600000168"}


@pytest.mark.parametrize("languages", [("en",), ("zh",), ("en", "zh"), ("zh", "en")])
def test_it_stands_in_the_languages_of_the_protocol(languages: tuple[str, ...]) -> None:
    for master in NEWEST:
        fields = reprinted(master)
        image = draw(master, fields, 203, languages)
        assert read_back(image) == expected(master, fields)
        fixed = [text for text in master.texts if text.en or text.zh]
        if fixed and languages != ("en", "zh"):
            assert image.tobytes() != draw(master, fields, 203).tobytes()


@pytest.mark.parametrize("master", NEWEST, ids=lambda m: m.name)
def test_no_fixed_text_is_lost_in_one_of_the_languages(master: Master) -> None:
    assert [text.en or text.zh for text in master.texts if bool(text.en) != bool(text.zh)] == []


@pytest.mark.parametrize("master", NEWEST, ids=lambda m: m.name)
@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_no_number_is_too_wide_for_its_label(master: Master, dpi: int) -> None:
    refused = []
    for seed in range(150):
        for copy in (1, 23):
            fields = numbered(master, seed, copy)
            if len([c for c in fields["code"] if c in "WMQGO"]) < 4 and seed > 3:
                continue  # the widest letters are tried, and a few others
            try:
                draw(master, fields, dpi)
            except Refused as error:
                refused.append((fields["code"], error.reasons[0].code))
    assert refused == []


@pytest.mark.parametrize("place", ["master", "text", "data_matrix", "code_128"])
def test_an_entry_that_nobody_knows_is_an_error_at_once(tmp_path: Path, place: str) -> None:
    text = (LABELS / "flask" / "1.toml").read_text(encoding="utf-8")
    changed = {
        "master": f"colour = 'red'\n{text}",
        "text": text.replace("size = 3.4", "colour = 'red', size = 3.4", 1),
        "data_matrix": text.replace("data_matrix = {", "data_matrix = { angle = 90,"),
        "code_128": text.replace("code_128 = {", "code_128 = { checksum = true,"),
    }[place]
    assert changed != text
    (tmp_path / "flask").mkdir()
    (tmp_path / "flask" / "1.toml").write_text(changed, encoding="utf-8")
    with pytest.raises((TypeError, Refused)):
        load_master(tmp_path, "flask", 1)


@pytest.mark.parametrize("entry", ["title", "kinds", "width", "height", "texts", "data_matrix"])
def test_an_entry_that_lacks_is_an_error_at_once(tmp_path: Path, entry: str) -> None:
    lines = (LABELS / "sleeve" / "1.toml").read_text(encoding="utf-8").splitlines()
    inside = entry == "texts"
    left = [
        line
        for line in lines
        if not line.startswith(f"{entry} =") and not (inside and line.startswith(("  {", "]")))
    ]
    assert left != lines
    (tmp_path / "sleeve").mkdir()
    (tmp_path / "sleeve" / "1.toml").write_text("\n".join(left), encoding="utf-8")
    with pytest.raises((KeyError, Refused), match=entry):
        load_master(tmp_path, "sleeve", 1)


@pytest.mark.parametrize(
    "name", ["../labels/bag", "bag/../bag", "BAG", "bag ", "", "bag\n", "nothing"]
)
def test_it_reads_no_file_outside_its_folder(name: str) -> None:
    with pytest.raises(Missing):
        load_master(LABELS, name, 1)


def test_it_lists_files_with_a_version_only(tmp_path: Path) -> None:
    for name in ("1.toml", "2.toml", "10.toml", "new.toml", "1.toml.bak"):
        (tmp_path / "bag").mkdir(exist_ok=True)
        shutil.copy(LABELS / "bag" / "1.toml", tmp_path / "bag" / name)
    assert masters_in(tmp_path) == [("bag", 1), ("bag", 2), ("bag", 10)]
    assert load_master(tmp_path, "bag", 10).kinds == (Kind.BAG,)


@every
def test_the_same_label_has_the_same_bytes(master: Master, dpi: int) -> None:
    made = []
    for _ in range(2):
        image = draw(master, reprinted(master), dpi)
        made.append((as_png(image), as_pdf(image, dpi), as_zpl(image)))
    assert made[0] == made[1]


@pytest.mark.parametrize(("dpi", "many"), [(203, 50), (300, 50), (600, 10)])
def test_every_bag_has_files_of_one_length(dpi: int, many: int) -> None:
    master = master_of("bag", 2)
    lengths = set()
    for seed in range(many):
        image = draw(master, numbered(master, seed), dpi)
        lengths.add((len(as_png(image)), len(as_pdf(image, dpi)), len(as_zpl(image))))
    assert len(lengths) == 1


@pytest.mark.parametrize("name", ["ward-tag", "wristband", "sleeve"])
@pytest.mark.parametrize("dpi", [203, 300])
def test_every_label_that_the_ward_sees_has_files_of_one_length(name: str, dpi: int) -> None:
    master = master_of(name)
    lengths = set()
    for seed in range(40):
        image = draw(master, numbered(master, seed), dpi)
        lengths.add((len(as_png(image)), len(as_pdf(image, dpi)), len(as_zpl(image))))
    assert len(lengths) == 1


def test_a_picture_holds_dots_and_nothing_else() -> None:
    for master in NEWEST:
        data = io.BytesIO(as_png(draw(master, first(master), 203)))
        assert data.read(8) == b"\x89PNG\r\n\x1a\n"
        chunks = []
        while head := data.read(8):
            length, name = struct.unpack(">I4s", head)
            chunks.append(name)
            data.seek(length + 4, io.SEEK_CUR)
        assert chunks[0] == b"IHDR"
        assert chunks[-1] == b"IEND"
        assert set(chunks[1:-1]) == {b"IDAT"}


def test_a_pdf_says_nothing_of_its_label_in_its_properties() -> None:
    found = set()
    for master in NEWEST:
        image = draw(master, reprinted(master), 203)
        for pdf in (as_pdf(image, 203), a_sheet(master)):
            document = pdfium.PdfDocument(pdf)
            found.add(tuple(sorted(document.get_metadata_dict().items())))
            document.close()
            assert not re.search(rb"LM[A-Z][0-9A-Z]{9}", pdf)
    assert len(found) == 1
    (only,) = found
    assert dict(only)["Title"] in {"", "untitled"}
    assert dict(only)["Author"] in {"", "anonymous"}
    assert "2026" not in dict(only)["CreationDate"]


def a_sheet(master: Master) -> bytes:
    images = [draw(master, numbered(master, seed), 203) for seed in range(3)]
    return as_sheets(images, 203, next(iter(load_sheets(LABELS).values())))
