"""../shared/cases/the-statisticians-file.md: the list as programs write it, seen before it is sealed."""

import html
import io
import re
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lims.blinding.importing import read_file
from lims.cli import main
from lims.core.errors import Refused
from lims.demonstration.cast import PASSWORD
from lims.orders.queries import register
from tests.nothing_wrong.doing import token_of
from tests.support.scenes import read
from tests.support.worlds import World

ROWS = [("sequence", "stratum", "code"), *((str(n), "东区", "AB"[n % 2]) for n in range(1, 9))]


def written(separator: str = ",", ends: str = "\n", tail: str = "") -> str:
    return ends.join(separator.join(row) + tail for row in ROWS) + ends


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_file_of_a_usual_program_is_read(encoding: str, separator: str, ends: str) -> None:
    data = written(separator, ends, separator * 2).encode(encoding)
    found = read_file(data)
    assert found.faults == ()
    assert found.strata == {"东区": 8}
    assert found.separator == separator
    assert found.digest == sha256(data).hexdigest()  # as the statistician's own program says it


def test_a_fault_is_named_by_its_line_and_never_by_what_stands_there() -> None:
    (fault,) = read_file(written().replace("5,", "five,").encode()).faults
    assert "6" in fault.sentence
    assert "five" not in fault.sentence


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(Refused):
        read_file(b"\xff\xff\xff\x00\x80")


def test_the_statistician_sees_it_then_seals_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["sequence;stratum;code", *(f"{n};ALL;{'AB'[n % 2]}" for n in range(105, 115))]
    file = tmp_path / "list.csv"
    file.write_text("\ufeff" + "\r\n".join(rows), encoding="utf-8")
    monkeypatch.setattr("lims.cli.the_site", lambda: world.site)
    asked = ["seal", str(file), "--cells", "A", "--extend", "--login", "stan"]

    turned = CliRunner().invoke(main, asked, input=f"{PASSWORD}\nn\n")
    assert "ALL: 10 rows" in turned.output
    assert read(world, register)["ALL"].numbers == 104

    sealed = CliRunner().invoke(main, asked, input=f"{PASSWORD}\ny\n")
    assert sealed.exit_code == 0, sealed.output
    assert read(world, register)["ALL"].numbers == 114
    again = CliRunner().invoke(main, asked, input=f"{PASSWORD}\ny\n")
    assert again.exit_code == 1
    assert "sequence" in again.output


def chosen(client: FlaskClient, data: bytes) -> TestResponse:
    sent = {"csrf_token": token_of(client), "file": (io.BytesIO(data), "list.csv")}
    return client.post("/unblinding/list/file", data=sent)


def test_on_the_page_the_file_is_counted_and_judged_before_it_is_sealed(world: World) -> None:
    client = world.client("stan")
    assert chosen(client, b"").status_code == 422
    assert chosen(client, b"\xff\xff\xff\x00\x80").status_code == 409
    wrong = chosen(client, written().replace("5,", "five,").encode())
    assert wrong.status_code == 409
    assert "line" in wrong.text.lower()
    assert "five" not in wrong.text
    rows = ["sequence;stratum;code", *(f"{n};ALL;{'AB'[n % 2]}" for n in range(105, 115))]
    data = ("\ufeff" + "\r\n".join(rows)).encode()
    page = chosen(client, data)
    assert page.status_code == 200
    for told in (sha256(data).hexdigest(), "semicolon", "utf-8-sig", "Extend list"):
        assert told in page.text
    found = re.search(r'name="rows" value="([^"]*)"', page.text)
    assert found
    form = {
        "rows": html.unescape(found[1]).replace("\n", "\r\n"),  # as a browser sends it
        "cells_code": "A",
        "_sign_login": "stan",
        "_sign_password": PASSWORD,
        "_fixed": "rows",
        "csrf_token": token_of(client),
    }
    assert client.post("/do/blinding/extend-list", data=form).status_code == 303
    assert read(world, register)["ALL"].numbers == 114


def test_only_the_statistician_has_that_page(world: World) -> None:
    for login in ("ada", "tang", "quinn", "nora", "ines", "mona"):
        client = world.client(login)
        assert client.get("/unblinding/list/file").status_code in {403, 404}
        assert chosen(client, written().encode()).status_code in {403, 404}


@pytest.mark.parametrize(
    ("numbers", "status"),
    [([105, 106], 200), ([105, 105], 409), ([104, 105], 409), ([106, 107], 409), ([1, 2], 409)],
)
def test_a_number_that_stands_twice_or_does_not_go_on_is_told_at_the_look(
    world: World, numbers: list[int], status: int
) -> None:
    rows = "".join(f"{n},ALL,{'AB'[n % 2]}\n" for n in numbers)
    looked = chosen(world.client("stan"), f"sequence,stratum,code\n{rows}".encode())
    assert looked.status_code == status
    assert ("Extend list" in looked.text) == (status == 200)
