"""One participant's code: shown once, kept nowhere, announced as a fact."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from lims.accounts.actions import GrantRole, end_role, grant_role
from lims.bedside import actions as bedside
from lims.blinding.actions import SealList, extend_list, replace_list, seal_list
from lims.blinding.models import Look, SealedRow
from lims.blinding.rules import Arm
from lims.core import shapes
from lims.core.errors import Invalid
from lims.demonstration import making, treating
from lims.demonstration.cast import PASSWORD, hire
from lims.demonstration.story import Story, StoryClock
from lims.exports.queries import TABLES, table_as_csv
from lims.followup import actions as followup
from lims.followup.rules import Severity
from lims.orders.models import TreatmentNumber
from lims.orders.queries import register
from lims.protocol.queries import Asked, trial_in_force
from lims.trial import actions as trial
from lims.trial.models import Participant
from lims.trial.queries import participant
from lims.trust.actions import Request, perform
from lims.trust.identity.roles import Role
from lims.trust.identity.signatures import Credentials
from lims.unblinding.actions import BreakCode, break_code
from lims.unblinding.queries import code_breaks
from lims.unblinding.rules import BreakReason
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, read, turned_away
from tests.support.worlds import World, new_site


def breaks(number: str) -> BreakCode:
    return BreakCode(number, BreakReason.EMERGENCY, "anaphylaxis in intensive care")


def bytes_of(world: World) -> bytes:
    path = Path(str(world.site.engine.url.database))
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob("funis.sqlite*")))


def test_it_turns_away_everybody_but_investigators(world: World) -> None:
    turned_away(world, break_code, breaks(world.participants[0]), "ines")


def test_it_shows_each_arm_once_and_the_database_never_reads_it_in_words(world: World) -> None:
    with world.site.reading() as session:
        arms = trial_in_force(Asked(session, world.clock.now)).arms
    words = ((arms.cells, arms.cells_zh), (arms.vehicle, arms.vehicle_zh))
    before = bytes_of(world)  # the protocol that was approved names both arms
    for number, (english, chinese) in zip(world.participants, words, strict=True):
        shown = world.story.do("ines", break_code, breaks(number)).once
        assert shown == f"{number} was assigned to: {english} {chinese}"
    kept = bytes_of(world)
    for word in (*words[0], *words[1]):
        assert kept.count(word.encode()) == before.count(word.encode())
    assert b"was assigned to" not in kept


def test_whoever_lost_the_answer_is_told_the_same_and_it_is_one_break(world: World) -> None:
    command = breaks(world.participants[0])
    ines = Request(world.story.actor("ines"), Credentials("ines", PASSWORD), key="once")
    first = perform(world.site, break_code, command, ines)
    assert perform(world.site, break_code, command, ines) == first
    world.story.wait(minutes=9)
    assert world.story.do("ines", break_code, command) == first
    with world.site.reading() as session:
        assert len(code_breaks(session)) == 1
        assert session.query(Look).count() == 3  # each of them is recorded
    world.story.wait(minutes=2)
    assert world.story.do("ines", break_code, command) == first
    with world.site.reading() as session:
        assert len(code_breaks(session)) == 2


def test_after_it_the_next_infusion_waits_for_somebody_who_does_not_know_the_arm(
    received: Scene,
) -> None:
    world, *babies = received
    for number, baby in zip(world.participants, babies, strict=True):
        world.story.do("ines", break_code, breaks(number))
        stops = world.story.do("nora", bedside.verify_bag, bedside.VerifyBag(number, baby.bag))
        assert "not-fit" in {reason.code for reason in stops.reasons}
        fit = trial.SignFitness(number, 1, True, "treated, well again")
        assert codes(world, "ines", trial.sign_fitness, fit) == {"you-know-the-arm"}
        event = followup.ReportEvent(
            number, "fever", world.story.today, Severity.MILD, False, True, "38.5 °C"
        )
        assert codes(world, "ines", followup.report_event, event) == {"you-know-the-arm"}
        world.story.do("nora", followup.report_event, event)


def test_the_sealed_rows_of_both_arms_look_alike_and_say_nothing(world: World) -> None:
    with world.site.reading() as session:
        rows = session.query(SealedRow).all()
    assert len({len(row.sealed) for row in rows}) == 1
    assert len({row.sealed for row in rows}) == len({row.nonce for row in rows}) == len(rows)
    assert len(rows) == 104  # the protocol plans 103, sealed in pairs
    for row in rows:
        for arm in Arm:
            assert arm.value.encode() not in row.sealed
            assert arm.value not in row.treatment


def test_nothing_but_the_look_and_the_fact_is_new_in_the_database(world: World) -> None:
    """Every row that the break adds or changes, but for the request itself, names no arm."""

    def dump() -> set[str]:
        with world.site.engine.connect() as connection:
            tables = connection.execute(
                text("select name from sqlite_master where type='table'")
            ).scalars()
            return {
                f"{name} {tuple(row)}"
                for name in tables.all()
                for row in connection.execute(text(f'select * from "{name}"'))
            }

    before = dump()
    world.story.do("ines", break_code, breaks(world.participants[0]))
    new = " ".join(dump() - before).casefold()
    assert "emergency code break" in new
    for word in ("vehicle", "placebo", "cells", "uc-msc"):
        assert word not in new


def test_the_fact_is_on_the_participants_page_and_the_arm_is_not(world: World) -> None:
    number = world.participants[0]
    assert read(world, participant, number).code_broken_at is None
    world.story.do("ines", break_code, breaks(number))
    assert read(world, participant, number).code_broken_at is not None
    assert read(world, participant, world.participants[1]).code_broken_at is None
    app = world.app()
    for login in ("nora", "mona", "asa", "ines"):
        page = world.client(login, app).get(f"/trial/participants/{number}")
        assert page.status_code == 200
        shown = page.get_data(as_text=True).casefold()
        for word in ("placebo (vehicle)", "uc-msc cells"):
            assert word not in shown


def test_every_look_at_the_list_is_kept_with_its_purpose(received: Scene) -> None:
    world = received[0]
    world.story.do("ines", break_code, breaks(world.participants[0]))
    with world.site.reading() as session:
        found = [(look.by, look.purpose.split()[0]) for look in session.query(Look)]
    assert found == [("tang", "to"), ("tang", "to"), ("ines", "emergency")]


def test_nobody_without_a_number_is_unblinded(world: World) -> None:
    number = treating.registered(world.story, "LW", "H-9")
    assert codes(world, "ines", break_code, breaks(number)) == {"not-randomised"}


def test_a_series_of_breaks_is_never_stopped_and_raises_an_alarm(world: World) -> None:
    others = [treating.randomised(world.story, "LW", f"H-9{n}") for n in range(3)]
    stan = world.client("stan")
    world.story.do("ines", break_code, breaks(others[0]))
    assert "within a day" not in stan.get("/notices/").get_data(as_text=True)
    for number in others[1:]:
        world.story.do("ines", break_code, breaks(number))
    assert "within a day" in stan.get("/").get_data(as_text=True)
    assert "within a day" in world.client("mona").get("/").get_data(as_text=True)


def test_the_exports_of_one_unblinded_participant_stay_the_same(received: Scene) -> None:
    world = received[0]
    before = {name: read(world, table_as_csv, name) for name in TABLES}
    world.story.do("ines", break_code, breaks(world.participants[0]))
    assert {name: read(world, table_as_csv, name) for name in TABLES} == before


def test_the_list_is_sealed_once_by_the_statistician(world: World) -> None:
    head = "sequence,stratum,code"
    rows = (head, *(f"{n},ALL,{'AB'[n % 2]}" for n in range(1, 104)))
    turned_away(world, seal_list, SealList(rows, "A"), "stan")
    assert codes(world, "stan", seal_list, SealList(rows, "A")) == {"sealed-already"}
    bad: list[tuple[Any, set[str]]] = [
        ((), {"unreadable-list"}),
        (("number,arm", "1,A"), {"unreadable-list"}),
        ((head, "1,ALL,C", "3,SOUTH,A"),
         {"unknown-code", "wrong-strata", "sequence", "too-short"}),
        (rows[:-1], {"too-short"}),
        ((head, *(f"{n},ALL,A" for n in range(1, 104))), {"share"}),
    ]  # fmt: skip
    for lines, expected in bad:
        refused = codes(world, "stan", seal_list, SealList(tuple(lines), "A"))
        assert refused == expected | {"sealed-already"}
    with pytest.raises(Invalid) as refused_code:
        shapes.read(SealList, {"rows": list(rows), "cells_code": "Z"})
    assert refused_code.value.fields == {"cells_code": ["Choose one of: A, B."]}


def more(first: int, count: int, stratum: str = "ALL") -> SealList:
    rows = (f"{n},{stratum},{'AB'[n % 2]}" for n in range(first, first + count))
    return SealList(("sequence,stratum,code", *rows), "A")


def test_a_list_that_runs_out_is_extended_and_its_order_is_kept(world: World) -> None:
    turned_away(world, extend_list, more(105, 10), "stan")
    for wrong, code in ((more(106, 10), "sequence"), (more(1, 10), "sequence"),
                        (more(105, 10, "EAST"), "wrong-strata")):  # fmt: skip
        assert code in codes(world, "stan", extend_list, wrong)
    world.story.do("stan", extend_list, more(105, 10))
    assert codes(world, "stan", extend_list, more(105, 10)) >= {"sequence"}
    assert codes(world, "stan", replace_list, more(1, 104)) == {"numbers-were-taken"}
    with world.site.reading() as session:
        (found,) = register(session).values()
        assert (found.numbers, found.taken, found.void) == (114, 2, 0)
    numbers = [treating.randomised(world.story, "LW", f"H-8{n}") for n in range(2)]
    with world.site.reading() as session:
        taken = [session.get_one(Participant, number).treatment for number in numbers]
        places = [session.get_one(TreatmentNumber, str(number)).sequence for number in taken]
    assert places == [3, 4]  # the first list is used up before the second begins


def test_a_list_is_replaced_while_nobody_has_taken_a_number_of_it(tmp_path: Path) -> None:
    site = new_site(tmp_path)
    hire(site)
    assert isinstance(site.clock, StoryClock)
    story = Story(site, site.clock)
    making.set_up(story)
    treating.seal_the_list(story, "AB")
    story.do("stan", replace_list, more(1, 110))
    with site.reading() as session:
        (found,) = register(session).values()
        assert (found.numbers, found.taken, found.void) == (110, 0, 104)
    number = treating.randomised(story, "LW", "H-1")
    with site.reading() as session:
        treatment = session.get_one(Participant, number).treatment
        row = session.get_one(TreatmentNumber, str(treatment))
        assert (row.sequence, row.void) == (105, False)


def test_who_knew_the_content_never_comes_to_the_wards_side(world: World) -> None:
    """Laboratory and ward exclude each other for one person, also after the role has ended."""
    world.story.do("ada", end_role, GrantRole("tang", Role.TECHNICIAN))
    world.story.wait(days=400)
    ward = (Role.NURSE, Role.INVESTIGATOR, Role.ASSESSOR, Role.MONITOR)
    aware, on_ward = "was-content-aware", "was-on-the-ward"
    for login, roles, code in (
        ("tang", ward, aware),
        ("stan", ward, aware),
        ("nora", (Role.TECHNICIAN, Role.QA), on_ward),
    ):
        for role in roles:
            refused = codes(world, "ada", grant_role, GrantRole(login, role), "quinn")
            assert refused == {code}, (login, role)
