"""The administrator at the shell: backup, drill, restore; into a folder or a bucket."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import boto3
import pyrage
import pytest
from click.testing import CliRunner, Result
from moto.server import ThreadedMotoServer

from lims.backup.store import Store
from lims.cli import main
from tests.support.worlds import World


@pytest.fixture
def machine(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose recipients are set, as the shell sees it."""
    monkeypatch.setattr("lims.backup.commands.the_site", lambda: world.site)
    told = run("backup", "identity", str(tmp_path / "keeper")).output
    recipient = told.strip().rpartition(" ")[2]
    world.site.settings = replace(world.site.settings, backup_recipients=(recipient,))
    return world


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_backup_is_taken_proved_and_restored_by_three_commands(
    machine: World, tmp_path: Path
) -> None:
    place, keeper = str(tmp_path / "backups"), str(tmp_path / "keeper")
    assert run("backup", place).exit_code == 0
    proved = run("backup", "check", place, "--identity", keeper)
    assert proved.exit_code == 0, proved.output
    assert "was refused" in proved.output
    again = f"sqlite:///{tmp_path / 'again.sqlite'}"
    machine.site.settings = replace(machine.site.settings, database_url=again)
    files = tmp_path / "files"
    made = run("restore", place, "--identity", keeper, "--files", str(files))
    assert made.exit_code == 0, made.output
    assert (files / "protocol" / machine.site.settings.protocol_file.name).is_file()
    assert "QA has gone through" in made.output
    assert run("restore", place, "--identity", keeper).exit_code == 1


def test_a_private_key_is_made_once_and_only_its_owner_reads_it(
    machine: World, tmp_path: Path
) -> None:
    file = tmp_path / "keeper"
    assert file.stat().st_mode & 0o077 == 0
    before = file.read_text()
    assert run("backup", "identity", str(file)).exit_code == 1
    assert file.read_text() == before


@pytest.mark.parametrize("wrong", ["no recipient", "bad recipient", "no place", "another's key"])
def test_what_cannot_be_done_says_why_and_leaves_no_note(
    machine: World, tmp_path: Path, wrong: str
) -> None:
    place, keeper = str(tmp_path / "backups"), tmp_path / "keeper"
    site = machine.site
    if wrong == "no recipient":
        site.settings = replace(site.settings, backup_recipients=())
    elif wrong == "bad recipient":
        site.settings = replace(site.settings, backup_recipients=("age1nonsense",))
    elif wrong == "no place":
        keeper.write_text(keeper.read_text())
        place = str(keeper / "inside-a-file")
    else:
        assert run("backup", place).exit_code == 0
        keeper.write_text(f"{pyrage.x25519.Identity.generate()}\n")
        told = run("backup", "check", place, "--identity", str(keeper))
        assert told.exit_code == 1
        assert "Nothing was done" in told.output
        assert "Prove a backup" in machine.client("ada").get("/").text
        return
    told = run("backup", place)
    assert told.exit_code == 1
    assert "Nothing was done" in told.output
    if site.settings.backup_recipients:
        assert "Take a backup" in machine.client("ada").get("/").text


def test_the_administrator_reads_when_the_last_one_is_a_day_old(
    machine: World, tmp_path: Path
) -> None:
    assert "No backup was ever taken" in machine.client("ada").get("/").text
    assert run("backup", str(tmp_path / "backups")).exit_code == 0
    assert "Take a backup" not in machine.client("ada").get("/").text
    machine.clock.now += timedelta(hours=27)
    told = machine.client("ada").get("/").text
    assert "Take a backup" in told
    assert "Take a backup" not in machine.client("nora").get("/").text


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A server on this machine that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    at = f"http://127.0.0.1:{port}"
    keys = {
        "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": at, "AWS_ALLOW_HTTP": "true",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in keys.items():
            patch.setenv(name, value)
        boto3.client("s3", endpoint_url=at).create_bucket(Bucket="funis")
        yield "s3://funis/trial"
    server.stop()


def test_a_bucket_takes_backups_as_a_folder_does(
    machine: World, bucket: str, tmp_path: Path
) -> None:
    taken = run("backup", bucket)
    assert taken.exit_code == 0, taken.output
    pieces, new = re.findall(r"(\d+) pieces, (\d+) of them new", run("backup", bucket).output)[0]
    assert int(new) < int(pieces) / 4
    proved = run("backup", "check", bucket, "--identity", str(tmp_path / "keeper"))
    assert proved.exit_code == 0, proved.output
    machine.clock.now += timedelta(days=400)
    assert "1 backups" in run("backup", "prune", bucket).output
    assert len(list(Store.at(bucket).names("backups"))) == 1
