"""Yesterday's copy put back: nothing is given, sent or released before QA has gone through it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lims.bedside.actions import VerifyBag, verify_bag
from lims.demonstration import treating
from lims.dispatch.restored import AcceptCopy, accept_copy
from lims.trust.trail.anchors import newest_kept, told
from lims.trust.trail.sealing import keep_sealed
from lims.trust.trail.seals import last_seal
from lims.trust.trail.verify import verify_trail
from tests.support.scene_fixtures import Scene, received
from tests.support.scenes import codes
from tests.support.standby import waited
from tests.support.worlds import World, retold

__all__ = ["received"]


@pytest.fixture
def watched(received: Scene, tmp_path: Path) -> Iterator[tuple[World, str, str]]:
    """The ward with a bag for each, and a file on another machine that keeps the newest seal."""
    world, cells, _ = received
    site = world.site
    site.settings = replace(site.settings, anchors=tmp_path / "elsewhere" / "anchors")
    site.settings.anchors.parent.mkdir()
    site.__dict__.pop("anchors", None)
    site.anchors.every = 0
    yield world, world.participants[0], cells.bag
    site.engine.dispose()


def go(world: World, person: str, bag: str) -> str:
    return str(world.story.do("nora", verify_bag, VerifyBag(person, bag)).word)


def yesterdays(world: World, folder: Path) -> Path:
    """A copy of the database as it is now."""
    world.site.engine.dispose()
    copy = folder / "copy.sqlite"
    shutil.copy(str(world.site.engine.url.database), copy)
    return copy


def put_back(world: World, copy: Path) -> World:
    """The copy served in place of the database, with the same keys and the same file elsewhere."""
    again = retold(world, copy.parent / "again", f"sqlite:///{copy}", "put back")
    again.site.settings = replace(again.site.settings, anchors=world.site.settings.anchors)
    again.site.anchors.every = 0
    return again


def test_a_bag_that_was_infused_since_gets_no_second_go_from_an_old_copy(
    watched: tuple[World, str, str], tmp_path: Path
) -> None:
    world, person, bag = watched
    copy = yesterdays(world, tmp_path)
    infusion = treating.verified(world.story, person, bag)
    treating.ended(world.story, infusion)
    world.story.wait(minutes=1)
    treating.weighed(
        world.story, world.participants[1], 1, "81.6"
    )  # whatever is done keeps the seal
    file = world.site.settings.anchors
    assert file is not None
    kept = newest_kept(file)

    old = put_back(world, copy)
    with old.site.reading() as session:
        key = old.site.key.public_key()
        assert (
            verify_trail(session, key).faults == ()
        )  # whole in itself: only elsewhere is it known
        assert any("copy put back" in f for f in verify_trail(session, key, kept).faults)
    wanted = VerifyBag(person, bag)
    assert codes(old, "nora", verify_bag, wanted) == {"older-copy"}
    page = old.client("qiu").get("/").text
    assert "/dispatch/restored" in page
    assert "/dispatch/restored" not in old.client("tang").get("/").text
    assert newest_kept(file) == kept  # the older copy writes nothing behind it

    shown = old.client("qiu").get("/dispatch/restored").text
    assert kept.partition("/")[0] in shown
    gone_through = AcceptCopy(kept, "bag infused on paper form 12; entered anew below")
    other = AcceptCopy(kept + "x", "nothing")
    assert codes(old, "qiu", accept_copy, other, "ada") == {"no-older-copy"}
    old.story.do("qiu", accept_copy, gone_through, "ada")
    assert codes(old, "qiu", accept_copy, gone_through, "ada") == {"no-older-copy"}

    assert go(old, person, bag) == "STOP"  # nobody had it in hand
    assert newest_kept(file) != kept
    with old.site.reading() as session:  # what was lost is known, and no fault for ever after
        report = verify_trail(session, key, file.read_text())
        assert (report.faults, report.lost > 0) == ((), True)
        forged = "".join(f"{n}/other/{n}\n" for n in range(1, 4)) + f"{kept}\n"
        assert len(verify_trail(session, key, forged).faults) == 4  # nothing of it is here
        cut = verify_trail(session, key, f"{file.read_text()}999999/cut/off\n")
        assert len(cut.faults) == 1
    old.site.engine.dispose()


def test_the_last_seal_before_a_quiet_night_is_kept_elsewhere_by_itself(
    watched: tuple[World, str, str],
) -> None:
    world, person, bag = watched
    file = world.site.settings.anchors
    assert file is not None
    assert go(world, person, bag) == "GO"
    with world.site.engine.connect() as connection:
        last = last_seal(connection)
    assert last
    assert newest_kept(file) != told(last)

    end = keep_sealed(world.site, every=0.02)
    waited(lambda: newest_kept(file) == told(last), 20)
    end()


def test_a_door_that_does_not_seal_compares_with_what_is_kept_and_writes_nothing_there(
    watched: tuple[World, str, str],
) -> None:
    world, person, bag = watched
    file = world.site.settings.anchors
    assert file is not None
    world.site.settings = replace(world.site.settings, seals=False)
    world.site.__dict__.pop("anchors")
    assert go(world, person, bag) == "GO"
    assert not file.exists()

    file.write_text("9999999/" + "0" * 64 + "/" + "0" * 128 + "\n")
    world.site.anchors.every = 0
    assert codes(world, "nora", verify_bag, VerifyBag(person, bag)) == {"older-copy"}


def test_each_line_of_what_is_kept_is_looked_for_and_a_torn_one_is_none(
    watched: tuple[World, str, str],
) -> None:
    world, person, bag = watched
    file = world.site.settings.anchors
    assert file is not None
    for _ in range(3):
        go(world, person, bag)
    kept = file.read_text()
    first, *rest = kept.splitlines(keepends=True)
    assert rest

    def found(anchor: str) -> tuple[str, ...]:
        with world.site.reading() as session:
            return verify_trail(session, world.site.key.public_key(), anchor).faults

    assert found(kept) == ()
    assert found(kept + first[:40]) == ()
    assert found(first.strip()) == ()
    forged = first[:20] + ("0" if first[20] != "0" else "1") + first[21:]
    assert [one for one in found(forged + "".join(rest)) if "was rewritten" in one]


def test_without_an_older_copy_nothing_is_stopped_and_each_seal_is_kept(
    watched: tuple[World, str, str],
) -> None:
    world, person, bag = watched
    file = world.site.settings.anchors
    assert file is not None
    assert go(world, person, bag) == "GO"
    first = newest_kept(file)
    assert first
    treating.weighed(world.story, world.participants[1], 1, "81.6")
    assert newest_kept(file) != first
    assert codes(world, "qiu", accept_copy, AcceptCopy(first, "nothing"), "ada") == {
        "no-older-copy"
    }


def test_a_file_that_cannot_be_written_stops_nobody_and_is_told(
    watched: tuple[World, str, str],
) -> None:
    world, person, bag = watched
    assert world.site.settings.anchors is not None
    world.site.settings.anchors.parent.rmdir()
    assert go(world, person, bag) == "GO"
    assert world.site.anchors.trouble
    assert "cannot be kept" in world.client("ada").get("/").text
    assert "cannot be kept" not in world.client("nora").get("/").text


@pytest.mark.parametrize("line", ["", "x", "12", "12/ab", "9" * 40 + "/a/b", "-1/a/b", "٣/a/b"])
def test_a_line_that_is_no_anchor_is_not_taken_for_one(
    watched: tuple[World, str, str], line: str
) -> None:
    world, person, bag = watched
    assert world.site.settings.anchors is not None
    world.site.settings.anchors.write_text(f"{line}\n", encoding="utf-8")
    wanted = VerifyBag(person, bag)
    if line:
        assert codes(world, "nora", verify_bag, wanted) == {"older-copy"}
    else:
        assert go(world, person, bag) == "GO"
