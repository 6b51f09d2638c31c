"""Steps as they are executed: begun at a station, recorded, left, taken up, ended, given up."""

from dataclasses import replace
from pathlib import Path

import pytest

from lims.core.quantities import Millilitres, Percent
from lims.culture.actions import DiscardFlask, FeedFlask, discard_flask, feed_flask, harvest_flasks
from lims.culture.executed import left, steps_of
from lims.culture.executing import (
    BeginStep,
    GiveUpStep,
    TakeUpStep,
    begin_step,
    give_up_step,
    take_up_step,
)
from lims.culture.models import Flask, Output
from lims.culture.outputs import StepStanding
from lims.culture.recipe import AdoptRecipe, adopt_recipe
from lims.culture.recording import AmendOutput, RecordOutput, amend_output, record_output
from lims.demonstration import making
from lims.demonstration.executing import executed
from lims.demonstration.treating import D
from lims.deviations.models import Deviation
from lims.deviations.queries import open_about
from lims.deviations.rules import DeviationKind
from lims.protocol.actions import (
    ApproveProtocol,
    SignProtocol,
    approve_protocol,
    sign_protocol,
)
from lims.protocol.reading import digest_of_file
from lims.protocol.steps import StepKind
from tests.support.scenes import codes, read, row, stores_of, turned_away
from tests.support.worlds import World

HARVEST = "SOP-CELL-03 v2"


@pytest.fixture
def flasks(world: World) -> tuple[str, ...]:
    return making.isolated(world.story, stores_of(world), making.a_donor(world.story))


def pool(world: World, *flasks: str) -> making.culture.HarvestFlasks:
    stores = stores_of(world)
    return making.culture.HarvestFlasks(
        flasks, 412, 21, 8, D(2), Millilitres(D(25)), stores.growing, (stores.centrifuge,)
    )


def begun(world: World, flask: str, procedure: str = HARVEST) -> int:
    wanted = BeginStep(flask, StepKind.HARVEST, procedure)
    return int(world.story.do("tang", begin_step, wanted).id)


def says(world: World, step: int, **outputs: str) -> None:
    for code, value in outputs.items():
        world.story.do("tang", record_output, RecordOutput(step, code, value))


def elsewhere(world: World) -> None:
    """The technician goes to another station."""
    world.story.actors["tang"] = replace(world.story.actor("tang"), station="Bench 2")


def test_a_harvest_waits_until_its_step_is_begun_and_recorded(
    world: World, flasks: tuple[str, ...]
) -> None:
    wanted = pool(world, *flasks)
    assert codes(world, "tang", harvest_flasks, wanted, "tian") == {"step-not-begun"}
    step = begun(world, flasks[0])
    assert codes(world, "tang", harvest_flasks, wanted, "tian") == {"output-missing"}
    says(world, step, confluence="80")
    assert codes(world, "tang", harvest_flasks, wanted, "tian") == {"output-missing"}
    says(world, step, detaching="5")
    made = world.story.do("tang", harvest_flasks, wanted, "tian")
    (done,) = read(world, steps_of, flasks[0])
    assert done.standing is StepStanding.DONE
    assert (done.made, done.procedure, done.ended_by) == (made.id, HARVEST, "tang")


def test_only_the_procedure_of_the_recipe_is_acknowledged(
    world: World, flasks: tuple[str, ...]
) -> None:
    old = BeginStep(flasks[0], StepKind.HARVEST, "SOP-CELL-03 v1")
    assert codes(world, "tang", begin_step, old) == {"other-procedure"}
    other = BeginStep(flasks[0], StepKind.ISOLATION, "SOP-CELL-01 v3")
    assert codes(world, "tang", begin_step, other) == {"no-such-step"}
    none = BeginStep(flasks[0], StepKind.FEEDING, "")
    assert codes(world, "tang", begin_step, none) == {"no-such-step"}


def test_two_stations_cannot_do_one_step(world: World, flasks: tuple[str, ...]) -> None:
    step = begun(world, flasks[0])
    elsewhere(world)
    again = BeginStep(flasks[0], StepKind.HARVEST, HARVEST)
    assert codes(world, "tang", begin_step, again) == {"step-under-way"}
    value = RecordOutput(step, "confluence", "80")
    assert codes(world, "tang", record_output, value) == {"step-at-another-station"}
    refused = codes(world, "tang", harvest_flasks, pool(world, *flasks), "tian")
    assert refused == {"step-at-another-station", "output-missing"}
    stores = stores_of(world)
    feed = FeedFlask(flasks[0], Percent(D(60)), stores.growing, "even")
    assert codes(world, "tang", feed_flask, feed) == {
        "other-step-under-way", "step-at-another-station",
    }  # fmt: skip


def test_a_step_that_was_left_is_taken_up_where_somebody_else_stands(
    world: World, flasks: tuple[str, ...]
) -> None:
    step = begun(world, flasks[0])
    says(world, step, confluence="80")
    assert [one.of for one in read(world, left)] == [flasks[0]]
    elsewhere(world)
    story = world.story
    assert story.do("tang", take_up_step, TakeUpStep(step)).station == "Bench 2"
    assert codes(world, "tang", take_up_step, TakeUpStep(step)) == {"step-is-here"}
    says(world, step, detaching="4")
    story.do("tang", harvest_flasks, pool(world, *flasks), "tian")
    assert not read(world, left)
    for action, command in (
        (take_up_step, TakeUpStep(step)),
        (record_output, RecordOutput(step, "photo", "x")),
        (give_up_step, GiveUpStep(step, "late")),
    ):
        assert "step-has-ended" in codes(world, "tang", action, command)


@pytest.mark.parametrize(
    ("code", "value", "refused"),
    [
        ("confluence", "eighty", "output-unreadable"),
        ("confluence", "800", "impossible"),
        ("confluence", "1e1", "output-unreadable"),
        ("weight", "3", "no-such-output"),
        ("photo", "seen", "output-is-a-photo"),
    ],
)
def test_what_cannot_be_an_output_is_not_recorded(
    world: World, flasks: tuple[str, ...], code: str, value: str, refused: str
) -> None:
    step = begun(world, flasks[0])
    assert codes(world, "tang", record_output, RecordOutput(step, code, value)) == {refused}


def test_an_output_is_recorded_once_and_then_amended(world: World, flasks: tuple[str, ...]) -> None:
    step = begun(world, flasks[0])
    says(world, step, confluence="80")
    again = RecordOutput(step, "confluence", "75")
    assert codes(world, "tang", record_output, again) == {"output-recorded-already"}
    (done,) = read(world, steps_of, flasks[0])
    right = AmendOutput(done.outputs[0].id, "75", "read off the wrong flask")
    world.story.do("tang", amend_output, right)
    assert row(world, Output, done.outputs[0].id).value == "75"
    wrong = AmendOutput(done.outputs[0].id, "750", "slip")
    assert codes(world, "tang", amend_output, wrong) == {"impossible"}


def test_a_number_out_of_its_limit_stands_and_goes_to_qa(
    world: World, flasks: tuple[str, ...]
) -> None:
    step = begun(world, flasks[0])
    says(world, step, detaching="14", confluence="80")
    (number,) = read(world, open_about, [flasks[0]])
    assert row(world, Deviation, number).code is DeviationKind.STEP_LIMIT
    world.story.do("tang", harvest_flasks, pool(world, *flasks), "tian")
    (done,) = read(world, steps_of, flasks[0])
    worse = AmendOutput(done.outputs[1].id, "99", "read off the wrong flask")
    world.story.do("tang", amend_output, worse)
    assert len(read(world, open_about, [flasks[0]])) == 2


def test_a_step_of_a_vessel_that_is_gone_is_given_up_with_it(
    world: World, flasks: tuple[str, ...]
) -> None:
    step = begun(world, flasks[0])
    world.story.do("tang", discard_flask, DiscardFlask(flasks[0], "mould"))
    (gone,) = read(world, steps_of, flasks[0])
    assert (gone.standing, gone.because) == (StepStanding.GIVEN_UP, "mould")
    again = BeginStep(flasks[0], StepKind.HARVEST, HARVEST)
    assert codes(world, "tang", begin_step, again) == {"not-growing"}
    other = begun(world, flasks[1])
    world.story.do("tang", give_up_step, GiveUpStep(other, "the cabinet alarm rang"))
    assert begun(world, flasks[1]) > other > step


def test_a_step_is_for_technicians(world: World, flasks: tuple[str, ...]) -> None:
    step = begun(world, flasks[0])
    for action, command in (
        (begin_step, BeginStep(flasks[1], StepKind.HARVEST, HARVEST)),
        (record_output, RecordOutput(step, "confluence", "80")),
        (take_up_step, TakeUpStep(step)),
        (give_up_step, GiveUpStep(step, "late")),
        (amend_output, AmendOutput(1, "80", "slip")),
    ):
        turned_away(world, action, command, "tang", "tian")


def new_version(world: World, folder: Path, old: str, new: str) -> int:
    """The protocol with one thing changed, signed by one of QA and approved by the other."""
    text = world.site.settings.protocol_file.read_text("utf-8")
    assert old in text
    (folder / "next.toml").write_text(text.replace(old, new, 1), "utf-8")
    world.site.settings = replace(world.site.settings, protocol_file=folder / "next.toml")
    digest = digest_of_file((folder / "next.toml").read_text("utf-8"))
    story = world.story
    signed = story.do("quinn", sign_protocol, SignProtocol(digest, "new", story.clock.now))
    story.do("qiu", approve_protocol, ApproveProtocol(signed.version, digest))
    return signed.version


def test_a_vessel_is_grown_by_the_recipe_under_which_it_was_begun(
    world: World, flasks: tuple[str, ...], tmp_path: Path
) -> None:
    before = row(world, Flask, flasks[0]).protocol
    version = new_version(
        world, tmp_path, 'procedure = "SOP-CELL-03"\nversion = "2"',
        'procedure = "SOP-CELL-03"\nversion = "7"',
    )  # fmt: skip
    new = BeginStep(flasks[0], StepKind.HARVEST, "SOP-CELL-03 v7")
    assert codes(world, "tang", begin_step, new) == {"other-procedure"}
    executed(world.story, StepKind.HARVEST, flasks[0])
    made = world.story.do("tang", harvest_flasks, pool(world, flasks[0]), "tian")
    grown = making.passaged(world.story, stores_of(world), made, 1, 1_000_000)
    assert row(world, Flask, grown[0]).protocol == before != version
    why = "the enzyme of the old procedure is not delivered any more"
    turned_away(world, adopt_recipe, AdoptRecipe(grown[0], why), "quinn", "qiu")
    world.story.do("quinn", adopt_recipe, AdoptRecipe(grown[0], why))
    assert row(world, Flask, grown[0]).protocol == version
    assert codes(world, "quinn", adopt_recipe, AdoptRecipe(grown[0], why)) == {"recipe-stays"}
    world.story.do("tang", begin_step, replace(new, of=grown[0]))


def test_the_limit_of_the_recipe_holds_and_not_that_of_a_later_version(
    world: World, flasks: tuple[str, ...], tmp_path: Path
) -> None:
    new_version(world, tmp_path, "passage_max = 5", "passage_max = 0")
    executed(world.story, StepKind.HARVEST, flasks[0])
    made = world.story.do("tang", harvest_flasks, pool(world, *flasks), "tian")
    assert making.passaged(world.story, stores_of(world), made, 1, 1_000_000)
