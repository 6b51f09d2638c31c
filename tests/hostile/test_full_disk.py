"""A disk that is full, then read-only, under the real server: a small file system of the test's own."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from lims.trust.trail.verify import verify_trail
from tests.hostile.test_slow_requests import Server, serving
from tests.support.postgres import new_database, postgres_server
from tests.support.standby import waited
from tests.support.worlds import World, copies_of, new_site, told
from tests.wall.test_three_doors_served import asked, come

SIZE = {"sqlite": 80, "postgresql": 400}  # MiB: more than what must be free


@contextmanager
def disk(folder: Path, size: int = SIZE["sqlite"]) -> Iterator[Path]:
    """A file system of its own; only root may mount one."""
    folder.mkdir()
    folder.parent.chmod(0o755)  # PostgreSQL is another user
    made = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "funis", str(folder)]
    if os.geteuid() or subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def filled(place: Path) -> Path:
    """A file that takes all the room that there is."""
    file = place / "somebody-elses"
    with file.open("wb", buffering=0) as it:
        for size in (65536, 4096, 512):
            try:
                while True:
                    it.write(b"x" * size)
            except OSError:
                continue
    return file


class Somebody:
    """A person in a browser who changes one thing of their own again and again."""

    def __init__(self, server: Server) -> None:
        self.port = server.port
        cookie = come(self.port, "tang")
        _, page, made = asked(self.port, "GET", "/", cookie=cookie)
        own = next(one for one in cookie.split("; ") if one.startswith("funis="))
        self.cookie = "; ".join((own, *(one for one in made.split("; ") if one != own)))
        self.key = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        self.done = 0

    def tries(self) -> tuple[int, str]:
        form = f"csrf_token={self.key}&language={('zh', 'en')[self.done % 2]}"
        path = "/do/trust/choose-language"
        status, page, _ = asked(self.port, "POST", path, cookie=self.cookie, form=form)
        self.done += status in {200, 303}
        return status, page


def kept(world: World) -> int:
    """How often the trail says that it was done."""
    with closing(world.site.engine.connect()) as connection:
        found = connection.scalars(text("SELECT payload FROM trail_entry"))
        return sum(b"choose-language" in bytes(payload) for payload in found)


@contextmanager
def world_on(place: Path, told_world: World, kind: str) -> Iterator[World]:
    """A world whose database lies on this disk."""
    if kind == "sqlite":
        with copies_of(told_world, place) as copy:
            yield copy()
        return
    with pytest.MonkeyPatch.context() as there:
        there.setenv("FUNIS_PG_FOLDER", str(place))
        with postgres_server(("max_wal_size=64MB", "min_wal_size=32MB")) as url:
            world = told(new_site(place.parent / "site", new_database(url)))
            yield world
            world.site.engine.dispose()


@pytest.mark.parametrize("kind", SIZE)
def test_a_full_disk_says_so_loses_nothing_and_goes_on_when_there_is_room(
    told_world: World, tmp_path: Path, kind: str
) -> None:
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as open_to_all,
        disk(Path(open_to_all) / "disk", SIZE[kind]) as place,
        world_on(place, told_world, kind) as world,
    ):
        with serving(world, tmp_path) as server:
            tang = Somebody(server)
            assert tang.tries()[0] in {200, 303}
            hog = filled(place)
            refused = []
            for _ in range(2000):
                status, page = tang.tries()
                if status not in {200, 303}:
                    refused.append((status, page))
                if len(refused) > 5:
                    break
            assert refused, "the disk was never full"
            for status, page in refused:
                assert status == 503, page[:500]
                assert "disk is full" in page or "磁盘" in page, page[:2000]
            status, page, _ = asked(tang.port, "GET", "/", cookie=tang.cookie)
            assert status == 200, page[-1500:]  # it can be read
            assert asked(tang.port, "GET", "/health")[0] == 503

            hog.unlink()
            assert tang.tries()[0] in {200, 303}
            waited(lambda: asked(tang.port, "GET", "/health")[0] == 200, 20)
        assert kept(world) == tang.done
        with world.site.reading() as session:
            assert verify_trail(session, world.site.key.public_key()).faults == ()


def test_a_server_whose_disk_can_only_be_read_says_so_in_a_sentence_and_comes_back_by_itself(
    told_world: World, tmp_path: Path
) -> None:
    with disk(tmp_path / "disk") as place, copies_of(told_world, place) as copy:
        world = copy()
        with serving(world, tmp_path) as server:
            assert Somebody(server).tries()[0] in {200, 303}
        world.site.engine.dispose()
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        with serving(world, tmp_path) as again:
            log = tmp_path / "log"
            try:
                waited(lambda: "call the administrator" in log.read_text())
            finally:
                subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
            assert "Traceback" not in log.read_text()
            waited(lambda: asked(again.port, "GET", "/health")[0] == 200)
            tang = Somebody(again)
            assert tang.tries()[0] in {200, 303}  # as it was before: nothing new to tell
            assert tang.tries()[0] in {200, 303}
        assert kept(world) == 2
