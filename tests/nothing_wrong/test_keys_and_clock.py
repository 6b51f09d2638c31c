"""Keys that are gone stop the start; a clock that goes back judges nothing."""

import html
import multiprocessing
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from lims.accounts.clock import AcceptClock, accept_clock
from lims.bedside import actions as bedside
from lims.bedside.rules import Word
from lims.cli import main
from lims.core.quantities import Celsius
from lims.demonstration import making
from lims.deviations import actions as deviations
from lims.dispatch import actions as dispatch
from lims.filling import actions as filling
from lims.trust.keys import FORMS, KEYS, key_file, make_keys
from lims.trust.trail.verify import verify_trail
from tests.nothing_wrong.doing import D, begun_for_both, in_zone, sent, why
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes
from tests.support.worlds import World

BACK = timedelta(hours=9)


def expired_then_back(world: World) -> None:
    """The bags expire; somebody works on; then the server's clock is set back."""
    world.story.wait(hours=7)
    assert sent(world, "nora", "trial/weigh", {}).status_code == 422  # a log-in, on the record
    world.clock.now -= BACK


def verify(world: World, bag: str) -> bedside.VerifyBag:
    return bedside.VerifyBag(world.participants[0], bag)


def test_an_expired_bag_stays_a_stop_when_the_clock_goes_back(received: Scene) -> None:
    world, cells, _ = received
    world.story.wait(hours=7)
    verdict = world.story.do("nora", bedside.verify_bag, verify(world, cells.bag))
    assert "expired" in {reason.code for reason in verdict.reasons}
    world.clock.now -= BACK
    wanted = verify(world, cells.bag)
    assert codes(world, "nora", bedside.verify_bag, wanted) == {"clock-went-back"}


def test_a_log_in_by_the_wrong_clock_makes_it_no_righter(received: Scene) -> None:
    world, cells, _ = received
    expired_then_back(world)
    world.client("nora")  # logs in at the wrong time, which is written down
    wanted = verify(world, cells.bag)
    assert codes(world, "nora", bedside.verify_bag, wanted) == {"clock-went-back"}


def test_a_nurse_at_her_page_gets_no_go_from_a_clock_that_went_back(received: Scene) -> None:
    """Case 19 of the reference: nor does the bedside go on."""
    world, cells, _ = received
    expired_then_back(world)
    body = {"wristband": world.participants[0], "bag": cells.bag}
    answer = sent(world, "nora", "bedside/verify-bag", body)
    said = answer.get_json()
    assert said.get("word") != Word.GO, said


def test_logging_out_by_the_wrong_clock_makes_it_no_righter(received: Scene) -> None:
    world, cells, _ = received
    client = world.client("mona")
    world.story.wait(minutes=10)
    world.story.do("nora", bedside.verify_bag, verify(world, "LMB000000000"))
    world.clock.now -= timedelta(minutes=8)
    page = client.get("/accounts/me").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    client.post("/logout", data={"csrf_token": token})
    wanted = verify(world, cells.bag)
    assert codes(world, "nora", bedside.verify_bag, wanted) == {"clock-went-back"}


@pytest.mark.parametrize("where", ["bench", "courier"])
def test_nothing_goes_on_at_the_bench_while_the_clock_is_behind(
    released: Scene, where: str
) -> None:
    """Case 19 of the reference: the server's clock is wrong."""
    world, cells, vehicle = released
    world.story.wait(minutes=10)
    given_up = filling.DiscardBag(vehicle.bag, False, "not needed")
    world.story.do("tang", filling.discard_bag, given_up, "tian")
    world.clock.now -= timedelta(minutes=5)
    if where == "courier":
        leaves = dispatch.DispatchBag(cells.bag, "courier Bo", Celsius(D(5)))
        assert codes(world, "tang", dispatch.dispatch_bag, leaves) == {"clock-went-back"}
    else:
        gone = filling.DiscardBag(cells.bag, False, "not needed")
        assert codes(world, "tang", filling.discard_bag, gone, "tian") == {"clock-went-back"}


def test_when_the_clock_has_caught_up_everything_is_judged_again(world: World) -> None:
    cells, _, _ = begun_for_both(world)
    newest = world.clock.now
    world.clock.now -= timedelta(minutes=5)
    more = filling.PickMore(cells.bag)
    assert codes(world, "tang", filling.pick_more, more) == {"clock-went-back"}
    world.clock.now = newest + timedelta(seconds=1)
    world.story.do("tang", filling.pick_more, more)


def test_administrator_and_qa_together_sign_that_the_clock_is_right(received: Scene) -> None:
    world, cells, _ = received
    world.clock.now += timedelta(hours=30)  # ran ahead
    world.story.do("nora", bedside.verify_bag, verify(world, cells.bag))
    note = deviations.OpenDeviation(cells.bag, "The clock on the wall says another day.")
    world.story.do("tang", deviations.open_deviation, note)
    world.clock.now -= timedelta(hours=30)
    wanted = verify(world, cells.bag)
    assert codes(world, "nora", bedside.verify_bag, wanted) == {"clock-went-back"}
    reason = {"reason": "the server's clock ran a day ahead after the repair"}
    assert "second-person-role" in why(sent(world, "ada", "accounts/accept-clock", reason, "nora"))
    world.story.do("ada", accept_clock, AcceptClock(reason["reason"]), "quinn")
    verdict = world.story.do("nora", bedside.verify_bag, wanted)
    assert verdict.word is Word.GO
    quinn = world.client("quinn")
    page = html.unescape(quinn.get("/release/trail").text)
    assert "were told twice" in page
    assert reason["reason"] in page
    entry = re.findall(r'href="(/release/trail/[^"?]+)"', page)[0]
    assert "by a clock that was set right" in quinn.get(entry).text
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()


@pytest.mark.parametrize("name", KEYS)
def test_a_start_without_a_key_that_the_database_knows_is_refused(world: World, name: str) -> None:
    key_file(world.site.settings.key_folder, name).unlink()
    with pytest.raises(SystemExit) as refused:
        world.app()
    assert name in str(refused.value)
    assert not key_file(world.site.settings.key_folder, name).exists()  # none is made in its place


def test_a_start_with_an_empty_key_folder_makes_no_new_keys(world: World) -> None:
    folder = world.site.settings.key_folder
    shutil.rmtree(folder)
    with pytest.raises(SystemExit):
        world.app()
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize("name", KEYS)
def test_a_start_with_somebody_elses_key_is_refused(
    world: World, name: str, tmp_path: Path
) -> None:
    make_keys(tmp_path / "other")
    own = key_file(world.site.settings.key_folder, name)
    shutil.copy(key_file(tmp_path / "other", name), own)
    world.site.__dict__.pop("key", None)
    with pytest.raises(SystemExit) as refused:
        world.app()
    assert name in str(refused.value)


def test_migrating_a_filled_installation_makes_no_keys_in_place_of_lost_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = world.site.settings
    (settings.key_folder / "list" / "list.key").unlink()
    monkeypatch.setenv("FUNIS_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("FUNIS_KEY_FOLDER", str(settings.key_folder))
    world.site.engine.dispose()
    CliRunner().invoke(main, ["migrate"])
    assert not (settings.key_folder / "list" / "list.key").exists()


def _make(folder: Path, barrier: Callable[[], object], say: object) -> None:
    barrier()
    make_keys(folder)
    say.put((folder / FORMS).read_bytes())  # type: ignore[attr-defined]


def test_two_workers_that_start_at_once_have_one_form_secret_and_never_an_empty_one(
    tmp_path: Path,
) -> None:
    context = multiprocessing.get_context("fork")
    for turn in range(25):
        folder = tmp_path / str(turn)
        barrier, said = context.Barrier(2), context.Queue()
        workers = [
            context.Process(target=_make, args=(folder, barrier.wait, said)) for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        found = {said.get(timeout=20) for _ in workers}
        for worker in workers:
            worker.join(20)
        assert len(found) == 1
        assert len(next(iter(found))) >= 32
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_clock_an_hour_back_with_the_zones_change_is_no_clock_that_went_back(
    received: Scene,
) -> None:
    world, cells, _ = received
    in_zone(world, "Europe/Berlin")
    verdict = world.story.do("nora", bedside.verify_bag, verify(world, cells.bag))
    assert verdict.word is Word.GO


def test_a_clock_that_went_back_shows_no_expired_bag_as_good_and_is_told(world: World) -> None:
    """Pages judge by the newest entry that was seen, not by a clock that was set back."""
    client, admin = world.client("tang"), world.client("ada")
    assert "Set the server" not in admin.get("/").text
    world.story.wait(hours=1)
    making.a_donor(world.story)
    recorded = world.clock.now
    world.clock.now -= timedelta(days=2)
    assert world.site.now >= recorded - timedelta(minutes=1)
    assert "Set the server" in admin.get("/").text
    assert client.get("/").status_code == 200
    world.story.do("ada", accept_clock, AcceptClock("the clock ran ahead"), "quinn")
    assert world.site.behind < timedelta(minutes=1)
    assert "Set the server" not in admin.get("/").text
