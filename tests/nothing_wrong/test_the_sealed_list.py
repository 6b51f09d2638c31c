"""The sealed list is judged before it is sealed, read as programs write it, and guessed by nobody."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from lims.blinding.actions import SealList, seal_list
from lims.blinding.models import SealedList, SealedRow
from lims.blinding.sealing import list_key, unseal
from lims.core import shapes
from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD, hire
from lims.demonstration.making import approved_protocol
from lims.demonstration.story import Story, StoryClock
from lims.orders.models import TreatmentNumber
from lims.trust.actions import Request, perform
from lims.trust.answers import Answer
from lims.trust.identity.signatures import Credentials, Signature
from tests.nothing_wrong.doing import sent, why
from tests.support.scenes import codes
from tests.support.worlds import World, new_site

PLANNED = 103


@pytest.fixture
def unsealed(tmp_path: Path) -> World:
    """An installation with an approved protocol and no list."""
    site = new_site(tmp_path / "unsealed")
    hire(site)
    assert isinstance(site.clock, StoryClock)
    story = Story(site, site.clock)
    approved_protocol(story)
    return World(story)


def rows(count: int = PLANNED, pattern: str = "AB", stratum: str = "ALL") -> list[str]:
    """A list as the protocol plans it."""
    body = [f"{n},{stratum},{pattern[n % len(pattern)]}" for n in range(1, count + 1)]
    return ["sequence,stratum,code", *body]


def refused(world: World, lines: list[str], cells: str = "A") -> set[str]:
    return codes(world, "stan", seal_list, SealList(tuple(lines), cells))


@pytest.mark.parametrize(
    ("lines", "code"),
    [(rows(3), "too-short"), (rows(102), "too-short"), (rows(PLANNED, "A"), "share"),
     (rows(PLANNED, "B"), "share"), (rows(PLANNED, "AAAAB"), "share"),
     (rows(stratum="NORTH"), "wrong-strata")],
)  # fmt: skip
def test_a_list_that_the_protocol_does_not_plan_is_not_sealed_for_good(
    unsealed: World, lines: list[str], code: str
) -> None:
    assert code in refused(unsealed, lines)
    unsealed.story.do("stan", seal_list, SealList(tuple(rows()), "A"))  # the right one still may


WRITTEN = {
    "byte order mark": lambda found: ["\ufeff" + found[0], *found[1:]],
    "semicolons": lambda found: [line.replace(",", ";") for line in found],
    "tabs": lambda found: [line.replace(",", "\t") for line in found],
    "empty columns": lambda found: [line + ",," for line in found],
    "capitals": lambda found: ["Sequence,Stratum,Code", *found[1:]],
    "carriage returns": lambda found: [line + "\r" for line in found],
    "quotes": lambda found: [",".join(f'"{c}"' for c in line.split(",")) for line in found],
    "blanks": lambda found: [line.replace(",", ", ") for line in found],
    "empty last line": lambda found: [*found, "", ""],
    "mark and semicolons": lambda found: ["\ufeff" + "Sequence;Stratum;Code;",
                                          *(line.replace(",", ";") + ";" for line in found[1:])],
    "a quoted mark": lambda found: ['\ufeff"sequence","stratum","code"', *found[1:]],
}  # fmt: skip


@pytest.mark.parametrize("way", WRITTEN)
def test_a_list_is_read_as_programs_write_it(unsealed: World, way: str) -> None:
    lines = WRITTEN[way](rows())
    done = unsealed.story.do("stan", seal_list, SealList(tuple(lines), "A"))
    assert done.rows == PLANNED


@pytest.mark.parametrize("way", ["carriage returns", "byte order mark", "tabs", "empty last line"])
def test_the_page_and_the_api_take_the_same_file(unsealed: World, way: str) -> None:
    body = {"rows": WRITTEN[way](rows()), "cells_code": "A"}
    if way == "carriage returns":
        body["rows"] = [line.rstrip("\r") for line in body["rows"]]
    answer = sent(unsealed, "stan", "blinding/seal-list", body)
    assert answer.status_code == 200, answer.text


BAD = {
    "gap": lambda found: [*found[:50], *found[51:], "104,ALL,A"],
    "repeated": lambda found: [*found[:-1], found[-2]],
    "full-width letter": lambda found: [*found[:9], "9,ALL,Ａ", *found[10:]],
    "unknown code": lambda found: [*found[:9], "9,ALL,C", *found[10:]],
    "a word for a number": lambda found: [*found[:9], "nine,ALL,A", *found[10:]],
    "a fourth entry": lambda found: [*found[:9], "9,ALL,A,cells", *found[10:]],
}


@pytest.mark.parametrize("fault", BAD)
def test_a_faulty_list_is_refused_and_no_code_is_echoed(unsealed: World, fault: str) -> None:
    body = {"rows": BAD[fault](rows()), "cells_code": "A"}
    answer = sent(unsealed, "stan", "blinding/seal-list", body)
    assert why(answer)
    assert "9,ALL" not in answer.text


@pytest.mark.parametrize("fault", ["full-width letter", "unknown code", "a word for a number"])
def test_a_refusal_names_the_line(unsealed: World, fault: str) -> None:
    body = {"rows": BAD[fault](rows()), "cells_code": "A"}
    said = sent(unsealed, "stan", "blinding/seal-list", body).text
    assert "line 10" in said.lower()


@pytest.mark.parametrize("cells", ["C", "", "a", "cells", "Ａ"])
def test_the_code_of_the_cells_is_one_of_two(unsealed: World, cells: str) -> None:
    body = {"rows": rows(), "cells_code": cells}
    assert sent(unsealed, "stan", "blinding/seal-list", body).status_code == 422


def guesses(lines: tuple[str, ...]) -> set[str]:
    """Every plain digest that somebody who guesses the rows and the meaning would try."""
    found = set()
    texts = ["\n".join(lines), "\r\n".join(lines), "\n".join(lines) + "\n", json.dumps(lines)]
    found |= {sha256(text.encode()).hexdigest() for text in texts}
    for cells in "AB":
        command = shapes.write(SealList(lines, cells))
        for body in (command, {"action": "blinding/seal-list", "command": command}):
            found.add(sha256(rfc8785.dumps(body)).hexdigest())
        found.add(sha256(b"blinding/seal-list\0" + rfc8785.dumps(command)).hexdigest())
        found.add(sha256(cells.encode()).hexdigest())
    return found


def test_no_digest_in_the_database_opens_to_somebody_who_guesses_the_list(unsealed: World) -> None:
    lines = tuple(rows())
    stan = unsealed.story.actor("stan")
    key = Request(stan, Credentials("stan", PASSWORD), None, "key-of-the-page")
    perform(unsealed.site, seal_list, SealList(lines, "A"), key)
    with unsealed.site.reading() as session:
        signature = session.scalars(
            select(Signature).where(Signature.action == "blinding/seal-list")
        ).one()
        kept = {session.scalars(select(SealedList)).one().digest, signature.digest}
        kept |= {answer.request for answer in session.scalars(select(Answer))}
    assert not kept & guesses(lines)
    unsealed.site.engine.dispose()
    bytes_kept = Path(str(unsealed.site.engine.url.database)).read_bytes()
    for digest in guesses(lines):
        assert digest.encode() not in bytes_kept
    assert b"1,ALL,B" not in bytes_kept


def test_the_meaning_of_the_codes_changes_no_digest_that_can_be_told(tmp_path: Path) -> None:
    """Two installations with keys of their own: equal lists, equal meanings, unlike digests."""
    kept = []
    for place in ("one", "two"):
        site = new_site(tmp_path / place)
        hire(site)
        assert isinstance(site.clock, StoryClock)
        story = Story(site, site.clock)
        approved_protocol(story)
        kept.append(story.do("stan", seal_list, SealList(tuple(rows()), "A")).digest)
    assert kept[0] != kept[1]


def test_one_number_of_the_file_opens_one_code_and_no_more(unsealed: World) -> None:
    treating.seal_the_list(unsealed.story, "ABBA")
    key = list_key(unsealed.site.settings.key_folder)
    with unsealed.site.reading() as session:
        found = session.scalars(select(SealedRow).order_by(SealedRow.row)).all()
        numbers = session.scalars(select(TreatmentNumber)).all()
    assert len({row.treatment for row in found}) == len(found) == len(numbers)
    assert unseal(key, found[0].nonce, found[0].sealed, found[0].row, found[0].treatment)
    with pytest.raises(InvalidTag):
        unseal(key, found[0].nonce, found[0].sealed, found[1].row, found[1].treatment)
    assert len({bytes(row.sealed) for row in found}) == len(found)
    assert {len(bytes(row.sealed)) for row in found} == {len(bytes(found[0].sealed))}
