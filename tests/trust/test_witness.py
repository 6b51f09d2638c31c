"""A second machine that Funis cannot write knows the last checkpoint, and says so."""

import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from lims.bedside.actions import VerifyBag, verify_bag
from lims.cli import main
from lims.demonstration import treating
from lims.dispatch.restored import AcceptCopy, accept_copy
from lims.trust.trail.checkpoints import (
    LOG,
    WITNESS,
    Checkpoint,
    NotProvedError,
    Tree,
    cosigned_at,
    key_in,
    key_text,
    node_of,
    signed,
)
from lims.trust.trail.seals import Seal
from lims.trust.trail.witnesses import log_key
from lims.trust.trail.witnessing import tell_witnesses
from lims.witness import Witness, continues, server
from tests.support.scene_fixtures import Scene, received
from tests.support.scenes import codes
from tests.support.worlds import World, retold

__all__ = ["received"]


def leaf(number: int) -> bytes:
    return sha256(b"\0" + str(number).encode()).digest()


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_of(plain_root(leaves[:k]), plain_root(leaves[k:]))


@given(st.integers(0, 70), st.integers(0, 70))
def test_every_tree_proves_that_it_continues_each_earlier_one(size: int, more: int) -> None:
    leaves = [leaf(n) for n in range(size + more)]
    tree = Tree().grown(leaves[:size])
    assert tree.root() == plain_root(leaves[:size])
    assert tree.root(leaves[size:]) == tree.grown(leaves[size:]).root() == plain_root(leaves)
    proof = tree.proof(leaves[size:])
    assert len(tree.known) == size.bit_count()
    assert continues((size, tree.root()), (size + more, plain_root(leaves)), proof)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_no_forged_proof_is_taken(size: int, more: int, data: st.DataObject) -> None:
    leaves = [leaf(n) for n in range(size + more)]
    tree, root = Tree().grown(leaves[:size]), plain_root(leaves)
    proof = tree.proof(leaves[size:])
    other = list(leaves)
    other[data.draw(st.integers(0, size - 1))] = leaf(10_000)
    old = (size, tree.root())
    rewritten = Tree().grown(other[:size])
    assert not continues(old, (size + more, plain_root(other)), rewritten.proof(other[size:]))
    forged = list(proof)
    way = data.draw(st.sampled_from(["another", "left out", "one more", "twice"]))
    place = data.draw(st.integers(0, len(forged) - 1))
    if way == "another":
        forged[place] = leaf(20_000)
    elif way == "left out":
        del forged[place]
    elif way == "one more":
        forged.append(leaf(30_000))
    else:
        forged.insert(place, forged[place])
    assert not continues(old, (size + more, root), forged)
    assert not continues((size, leaf(1)), (size + more, root), proof) or tree.root() == leaf(1)


@pytest.fixture
def watched(received: Scene, tmp_path: Path) -> Iterator[tuple[World, Witness, Scene]]:
    """The ward with a bag for each, and a witness that has cosigned all that was done so far."""
    world, _, _ = received
    witness = Witness.make(tmp_path / "witness.json", "qa-laptop")
    with world.site.engine.connect() as connection:
        witness.add(log_key(connection, world.site.key.public_key()))
    serving = server(witness, "127.0.0.1", 0)
    thread = Thread(target=serving.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    at = f"{witness.key_text}@http://127.0.0.1:{serving.server_address[1]}"
    world.site.settings = replace(world.site.settings, witnesses=(at,))
    world.site.__dict__.pop("anchors", None)
    tell_witnesses(world.site)
    yield world, witness, received
    serving.shutdown()
    serving.server_close()
    thread.join()


def size_at(witness: Witness) -> int:
    (log,) = [one for one in witness.known["logs"].values() if one["size"]]
    return int(log["size"])


def seals_in(world: World) -> int:
    with world.site.reading() as session:
        return session.query(Seal).count()


def said(world: World) -> tuple[str, str]:
    (one,) = world.site.anchors.witnesses
    return one.missing, one.trouble


def copy_of(world: World, folder: Path) -> Path:
    world.site.engine.dispose()
    folder.mkdir()
    return Path(shutil.copy(str(world.site.engine.url.database), folder / "copy.sqlite"))


def served_from(world: World, file: Path, name: str) -> World:
    again = retold(world, file.parent / name, f"sqlite:///{file}", name)
    again.site.settings = replace(again.site.settings, witnesses=world.site.settings.witnesses)
    again.participants = list(world.participants)
    return again


def test_it_cosigns_each_checkpoint_that_continues_the_last(
    watched: tuple[World, Witness, Scene],
) -> None:
    world, witness, _ = watched
    assert size_at(witness) == seals_in(world)
    for kilograms in ("81.6", "81.7", "81.8"):
        world.story.wait(minutes=1)
        treating.weighed(world.story, world.participants[1], 1, kilograms)
        tell_witnesses(world.site)
        assert size_at(witness) == seals_in(world)
    (one,) = world.site.anchors.witnesses
    text, _, line = one.cosigned.partition("\n\n")
    name, key = key_in(witness.key_text, WITNESS)
    assert cosigned_at(line.strip(), text + "\n", name, key) > 1_700_000_000
    assert said(world) == ("", "")
    assert Witness(witness.file).known == witness.known  # kept on the disk


def test_two_processes_of_one_server_do_not_disturb_each_other(
    watched: tuple[World, Witness, Scene], tmp_path: Path
) -> None:
    world, witness, _ = watched
    url = world.site.settings.database_url.removeprefix("sqlite:///")
    other = served_from(world, Path(url), str(tmp_path / "second"))
    for site in (other.site, world.site, other.site):
        world.story.wait(minutes=1)
        treating.weighed(world.story, world.participants[1], 1, "81.6")
        tell_witnesses(site)
        assert size_at(witness) == seals_in(world)
    assert said(world) == said(other) == ("", "")
    other.site.engine.dispose()


def test_an_old_copy_put_back_blocks_until_qa_went_through_it(
    watched: tuple[World, Witness, Scene], tmp_path: Path
) -> None:
    world, witness, (_, cells, other) = watched
    file = copy_of(world, tmp_path / "yesterday")
    treating.ended(world.story, treating.verified(world.story, world.participants[0], cells.bag))
    tell_witnesses(world.site)
    known = size_at(witness)

    old = served_from(world, file, "again")
    tell_witnesses(old.site)
    wanted = VerifyBag(old.participants[0], cells.bag)
    assert codes(old, "nora", verify_bag, wanted) == {"older-copy"}
    missing, _ = said(old)
    assert f"{known} seals" in missing
    assert "/dispatch/restored" in old.client("qiu").get("/").text

    accept = AcceptCopy(missing, "infused on paper; entered anew", bags=(other.bag,))
    old.story.do("qiu", accept_copy, accept, "ada")
    assert old.story.do("nora", verify_bag, wanted).word == "STOP"
    tell_witnesses(old.site)  # it is another log now, which the witness's keeper has to add
    assert "404" in said(old)[1]
    assert "cannot be kept" in old.client("ada").get("/").text
    with old.site.engine.connect() as connection:
        witness.add(log_key(connection, old.site.key.public_key()))
    tell_witnesses(old.site)
    assert said(old) == ("", "")
    old.site.engine.dispose()


@pytest.mark.parametrize("way", ["cut tail", "rewritten", "fork"])
def test_who_has_every_key_still_cannot_rewrite_what_the_witness_knows(
    watched: tuple[World, Witness, Scene], tmp_path: Path, way: str
) -> None:
    world, witness, (_, cells, _) = watched
    file = copy_of(world, tmp_path / "forged")
    if way == "cut tail":
        for kilograms in ("81.6", "81.7"):
            treating.weighed(world.story, world.participants[1], 1, kilograms)
        tell_witnesses(world.site)
    forged = served_from(world, file, "forged")
    if way == "rewritten":
        with forged.site.engine.begin() as connection:
            for trigger in ("no_update", "no_replace"):
                connection.exec_driver_sql(f"DROP TRIGGER seal_{trigger}")
            connection.exec_driver_sql("UPDATE seal SET root = hex(root) WHERE number = 9")
    if way == "fork":
        treating.weighed(world.story, world.participants[1], 1, "81.6")
        tell_witnesses(world.site)
        for kilograms in ("71.6", "71.7", "71.8"):
            treating.weighed(forged.story, world.participants[1], 1, kilograms)
    tell_witnesses(forged.site)
    assert "another trail" in said(forged)[0]
    wanted = VerifyBag(world.participants[0], cells.bag)
    assert codes(forged, "nora", verify_bag, wanted) == {"older-copy"}
    assert size_at(witness) <= seals_in(world)
    forged.site.engine.dispose()


def test_a_witness_that_cannot_be_reached_stops_nobody_and_is_told(
    watched: tuple[World, Witness, Scene],
) -> None:
    world, witness, (_, cells, _) = watched
    one = world.site.anchors.witnesses[0]
    one.address = "http://127.0.0.1:9"
    treating.weighed(world.story, world.participants[1], 1, "81.6")
    tell_witnesses(world.site)
    assert said(world)[1]
    go = VerifyBag(world.participants[0], cells.bag)
    assert world.story.do("nora", verify_bag, go).word == "GO"
    assert witness.name in world.client("ada").get("/").text


def test_who_answers_in_the_witnesss_place_is_not_believed(
    watched: tuple[World, Witness, Scene], tmp_path: Path
) -> None:
    world, witness, _ = watched
    witness.key = Ed25519PrivateKey.generate()
    treating.weighed(world.story, world.participants[1], 1, "81.6")
    tell_witnesses(world.site)
    assert "NotProved" in said(world)[1]


def note(witness: Witness, key: Ed25519PrivateKey, size: int, root: bytes) -> str:
    (origin,) = witness.known["logs"]
    return signed(Checkpoint(origin, size, root), key)


def test_the_witness_answers_as_the_protocol_says(
    watched: tuple[World, Witness, Scene],
) -> None:
    """C2SP tlog-witness: 400, 403, 404, 409 with the size it knows, 422."""
    world, witness, _ = watched
    key, size, root = world.site.key, size_at(witness), leaf(1)
    known = bytes.fromhex(next(iter(witness.known["logs"].values()))["root"])
    hashes = f"{b64encode(leaf(2)).decode()}\n"

    def status(body: str) -> tuple[int, str]:
        answer = witness.answer(body.encode())
        return answer.status, answer.body

    good = note(witness, key, size, known)
    assert status(f"old {size}\n\n{good}")[0] == 200
    assert status(f"old {size - 1}\n\n{good}") == (409, f"{size}\n")
    assert status(f"old {size}\n\n{note(witness, key, size, root)}") == (409, f"{size}\n")
    assert status(f"old {size}\n{hashes}\n{note(witness, key, size + 1, root)}")[0] == 422
    assert status(f"old {size + 1}\n\n{good}")[0] == 400
    assert (
        status(f"old {size}\n\n{note(witness, Ed25519PrivateKey.generate(), size, root)}")[0] == 403
    )
    assert status(f"old 0\n\n{signed(Checkpoint('another', 1, root), key)}")[0] == 404
    for odd in ("", "old x\n\n", good, f"old 0{size}\n\n{good}", f"old {size}\n{good}", "\x00"):
        assert status(odd)[0] == 400
    assert status(f"old {size}\n{hashes * 64}\n{note(witness, key, size + 1, root)}")[0] == 400


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+BAAA", "name+zz+!!", "a b+1+c"])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotProvedError):
        key_in(text, WITNESS)


def test_its_keeper_makes_it_and_adds_a_trail_by_two_commands(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.trail.the_site", lambda: world.site)
    key = CliRunner().invoke(main, ["trail", "key"]).output.strip()
    file = str(tmp_path / "witness.json")
    made = CliRunner().invoke(main, ["witness", file, "--name", "qa-laptop"])
    assert made.exit_code == 0, made.output
    assert "qa-laptop+" in made.output
    told = CliRunner().invoke(main, ["witness", file, "--add", key]).output
    assert f"{key.partition('+')[0]}: 0 seals" in told
    assert CliRunner().invoke(main, ["witness", file, "--name", "another"]).exit_code != 0
    alone = subprocess.run(
        [sys.executable, str(Path("lims/witness.py").resolve()), file],
        check=True, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert "0 seals" in alone.stdout


def test_a_database_that_goes_back_under_a_running_server_is_noticed_by_it(
    watched: tuple[World, Witness, Scene], tmp_path: Path
) -> None:
    """A failover to a standby that lagged: the process is the same, the trail is not."""
    world, _, (_, cells, _) = watched
    file = Path(str(world.site.engine.url.database))
    before = copy_of(world, tmp_path / "lagging")
    for kilograms in ("81.6", "81.7"):
        treating.weighed(world.story, world.participants[1], 1, kilograms)
    tell_witnesses(world.site)
    world.site.engine.dispose()
    shutil.copy(before, file)
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    for kilograms in ("71.6", "71.7", "71.8"):
        treating.weighed(world.story, world.participants[1], 1, kilograms)
    tell_witnesses(world.site)
    assert "another trail" in said(world)[0]
    wanted = VerifyBag(world.participants[0], cells.bag)
    assert codes(world, "nora", verify_bag, wanted) == {"older-copy"}


def test_what_another_process_told_more_than_we_have_read_is_no_older_copy(
    watched: tuple[World, Witness, Scene], tmp_path: Path
) -> None:
    world, _, _ = watched
    url = world.site.settings.database_url.removeprefix("sqlite:///")
    other = served_from(world, Path(url), str(tmp_path / "second"))
    (mine,) = world.site.anchors.witnesses
    asked = mine._ask

    def late(note: str, proof: list[bytes]) -> tuple[int, str]:
        mine._ask = asked  # type: ignore[method-assign]
        other.clock.now = world.clock.now + timedelta(minutes=1)
        treating.weighed(other.story, world.participants[1], 1, "81.7")
        tell_witnesses(other.site)
        return asked(note, proof)

    treating.weighed(world.story, world.participants[1], 1, "81.6")
    mine._ask = late  # type: ignore[method-assign, assignment]
    tell_witnesses(world.site)
    assert said(world) == ("", "")
    other.site.engine.dispose()


def test_a_door_whose_key_is_away_tells_the_administrator_and_tries_again(
    watched: tuple[World, Witness, Scene],
) -> None:
    world, _, _ = watched
    key = world.site.settings.key_folder / "trail.pem"
    kept = key.read_bytes()
    key.unlink()
    world.site.__dict__.pop("key", None)
    tell_witnesses(world.site)
    assert "KeyLost" in said(world)[1]
    key.write_bytes(kept)
    tell_witnesses(world.site)
    assert said(world) == ("", "")


def test_a_log_that_is_added_while_the_witness_serves_is_known_and_stays(
    watched: tuple[World, Witness, Scene],
) -> None:
    world, witness, _ = watched
    keeper = Witness(witness.file)
    other = Ed25519PrivateKey.generate().public_key()
    keeper.add(key_text("another/log", LOG, other))
    treating.weighed(world.story, world.participants[1], 1, "81.6")
    tell_witnesses(world.site)
    assert said(world) == ("", "")
    assert "another/log" in Witness(witness.file).known["logs"]
