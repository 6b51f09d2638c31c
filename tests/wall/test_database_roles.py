"""Each door logs in to PostgreSQL as itself: it does its work, and a dump of what it reads joins nobody."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect, make_url, select
from sqlalchemy.exc import ProgrammingError

from lims import lab, vault, ward
from lims.accounts.accesses import week_begins
from lims.accounts.reviewing import ReviewAccesses, review_accesses
from lims.attachments.actions import attach_file
from lims.attachments.keeping import AttachFile
from lims.bedside.actions import VerifyBag
from lims.core.days import day_of
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.uploads import Upload
from lims.demonstration import making, treating
from lims.demonstration.story import Story
from lims.grants import DOORS, DoorTables, door_tables, grant, rows_of
from lims.trial.attaching import attach_ward_file
from lims.trust.actions import Action, perform
from lims.trust.actions import Request as ActionRequest
from lims.trust.identity.roles import SIDES, Side
from lims.trust.identity.sessions import OpenSession, open_session
from lims.trust.installation import Site
from lims.trust.looks import keep_look
from lims.trust.refusals import RefusedAct, keep_forbidden, keep_refusal
from lims.trust.trail.seals import seal_waiting
from lims.trust.trail.verify import verify_trail
from tests.attachments.conftest import TABLE
from tests.support.postgres import new_database
from tests.support.scenes import two_received
from tests.support.worlds import World, retold

REACTIONS = {Side.LAB: lab.REACTIONS, Side.WARD: ward.REACTIONS, Side.VAULT: vault.REACTIONS}


@pytest.fixture(scope="session")
def doors() -> list[DoorTables]:
    return [door_tables(side) for side in DOORS]


class DoorsStory(Story):
    """Everybody works through their own door, which is logged in as its own role."""

    sites: dict[Side, Site]

    def do(self, who: str, wanted: Action[Any, Any], command: Any, *more: Any, **named: Any) -> Any:
        (role, *_) = self.actor(who).roles
        side = wanted.may.side if wanted.may.side is not Side.HOUSE else SIDES[role]
        own, self.site = self.site, self.sites.get(side, self.site)
        try:
            return super().do(who, wanted, command, *more, **named)
        finally:
            self.site = own


@pytest.fixture
def three_doors(
    told_on_postgres: World, postgres: str, doors: list[DoorTables], tmp_path: Path
) -> Iterator[World]:
    """A told world in which each door has a role and a connection of its own."""
    url = new_database(postgres, told_on_postgres.site.settings.database_url)
    world = retold(told_on_postgres, tmp_path, url, "three doors")
    with world.site.engine.begin() as connection:
        grant(connection, doors)
        grant(connection, doors)  # again changes nothing
    story = DoorsStory(world.site, world.clock)
    story.sites = {
        side: Site(
            replace(world.site.settings, database_url=as_role(url, side), seals=False),
            REACTIONS[side],
            world.clock,
            world.site.chance,
        )
        for side in DOORS
    }
    world.story = story
    yield world
    for site in (world.site, *story.sites.values()):
        site.engine.dispose()


def as_role(url: str, side: Side) -> str:
    return make_url(url).set(username=f"funis_{side}").render_as_string(hide_password=False)


def opened(world: World, side: Side) -> psycopg.Connection[Any]:
    url = as_role(world.site.settings.database_url, side).replace(
        "postgresql+psycopg", "postgresql"
    )
    return psycopg.connect(url, autocommit=True)


def dump(world: World, side: Side) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a role can read, in the order in which it lies there."""
    found = {}
    with opened(world, side) as connection:
        for table in inspect(world.site.engine).get_table_names():
            try:
                found[table] = connection.execute(f"SELECT * FROM {table}").fetchall()
            except psycopg.errors.InsufficientPrivilege:
                continue
    return found


def test_a_role_is_refused_every_table_of_another_door(
    three_doors: World, doors: list[DoorTables]
) -> None:
    every = set(inspect(three_doors.site.engine).get_table_names())
    refused = {}
    for door in doors:
        readable = set(dump(three_doors, door.side))
        words_of_qa = set() if door.side is Side.LAB else {"restored_copy"}
        assert readable == (set(door.tables) & every) - words_of_qa | {"alembic_version"}
        refused[door.side] = every - readable
    assert refused[Side.WARD] >= {
        *("fill", "preparation", "pool_count", "look", "sealed_row", "sealed_list", "vial", "lot"),
        *("sample", "result", "came_from", "dispatch", "flask", "harvest", "donor", "cord"),
        *("code_break", "look_back"),
    }
    assert refused[Side.LAB] >= {
        *("participant", "infusion", "bedside_check", "weighing", "adverse_event", "assessment"),
        *("code_break", "receipt", "screening_answer"),
    }
    assert refused[Side.VAULT] >= {"fill", "preparation", "vial", "lot", "sample", "result"}


def test_each_door_does_its_work_as_itself(three_doors: World) -> None:
    world = three_doors
    making.a_donor(world.story)
    treating.randomised(world.story, "P7", "H-7")
    cells, vehicle = two_received(world)
    (infusion, *_) = treating.infused(world.story, world.participants[:2], [cells.bag, vehicle.bag])
    assert infusion
    with world.site.engine.begin() as connection:
        seal_waiting(connection, world.site.key, world.clock())
    with world.site.reading() as session:
        assert verify_trail(session, world.site.key.public_key()).faults == ()


@pytest.mark.parametrize("side", DOORS)
def test_a_door_changes_nothing_that_only_grows_and_seals_nothing(
    three_doors: World, side: Side
) -> None:
    with opened(three_doors, side) as connection:
        for wrong in (
            "UPDATE trail_entry SET payload = ''",
            "DELETE FROM trail_entry",
            "TRUNCATE trail_entry",
            "DELETE FROM person",
            "INSERT INTO seal SELECT * FROM seal LIMIT 0",
            "UPDATE signature SET login = 'quinn'",
            "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
            "DROP POLICY funis_ward ON trail_entry",
            "SET ROLE postgres",
            "CREATE TABLE mine (a int)",
            "COPY (SELECT 1) TO PROGRAM 'id'",
        ):
            with pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException)
            ):
                connection.execute(wrong)


def test_what_a_role_reads_names_nothing_of_the_other_side(three_doors: World) -> None:
    wanted = VerifyBag(three_doors.participants[0], "LMB000000000")
    nora, refused = three_doors.story.actor("nora"), Refused(Reason("busy"))
    keep_refusal(three_doors.site, "bedside/verify-bag", wanted, nora, refused)
    assert three_doors.participants[0] in repr(dump(three_doors, Side.WARD)["refused_act"])
    public = {"protocol_version", "label_master"}  # what anybody may read
    told = {
        side: repr({t: rows for t, rows in dump(three_doors, side).items() if t not in public})
        for side in DOORS
    }
    assert len(told[Side.WARD]) > 10_000
    assert not re.findall(r"LM[VLXSFDCMPEQ][0-9A-Z]{9}", told[Side.WARD])
    assert not re.findall(r"LM[WI][0-9A-Z]{9}", told[Side.LAB])
    for word in ("'cells'", "'vehicle'", "thaw", "draw_vehicle", "draw-vehicle", "draw-cells"):
        assert word not in told[Side.WARD], word
    streams = {row[1].split("/")[0] for row in dump(three_doors, Side.WARD)["trail_entry"]}
    assert streams <= {"ward", "house"}


def test_another_sides_entry_cannot_be_forged_through_a_door(three_doors: World) -> None:
    forged = (
        "INSERT INTO trail_entry (stream_name, seq, batch, payload, previous, hash)"
        " VALUES ('lab/lot/X', 1, 1, '', '', '')"
    )
    with opened(three_doors, Side.WARD) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(forged)
        signed = "INSERT INTO signature SELECT * FROM signature LIMIT 0"
        connection.execute(signed)  # of its own side it may


def test_a_door_that_should_not_seal_and_tries_is_stopped_by_the_database(
    three_doors: World,
) -> None:
    assert isinstance(three_doors.story, DoorsStory)
    site = three_doors.story.sites[Side.WARD]
    treating.weighed(three_doors.story, three_doors.participants[1], 1, "81.6")
    with pytest.raises(ProgrammingError), site.engine.begin() as connection:
        seal_waiting(connection, site.key, three_doors.clock())


def patterns(world: World, side: Side, bag: str) -> Counter[tuple[str, tuple[bool, ...]]]:
    """How often a bag stands in each table, and which columns are empty there."""
    return Counter(
        (table, tuple(value is None for value in row))
        for table, rows in dump(world, side).items()
        for row in rows
        if bag in repr(row)
    )


def test_counts_and_empty_columns_of_what_the_ward_reads_are_alike_in_both_arms(
    three_doors: World,
) -> None:
    cells, vehicle = two_received(three_doors)
    ours = patterns(three_doors, Side.WARD, cells.bag)
    assert sum(ours.values()) >= 5
    assert ours == patterns(three_doors, Side.WARD, vehicle.bag)


NEUTRAL = {  # of both sides as a whole, and why that tells nobody anything
    "backup_note": "when a backup was taken",
    "bag": "what crosses: number, volume, standing; the same in both arms",
    "delegation": "which tasks of the ward are done by whom",
    "procedure_read": "who has read which procedure, and when",
    "sign_off": "who is signed off on which procedure",
    "clock_accepted": "the server's clock",
    "factor": "sealed secrets of people's telephones",
    "failed_login": "who mistyped a password, and where",
    "hospital_account": "how people are called by the hospital's log-in",
    "hospital_proof": "when the hospital's log-in vouched for whom; for which step is a digest",
    "infusion_order": "what crosses the other way: weight, slot, visit",
    "known_key": "fingerprints",
    "label_master": "label designs",
    "login_session": "who is logged in, and where",
    "passkey": "public halves of people's passkeys",
    "password_before": "digests",
    "person": "names, and digests of passwords",
    "presence": "when a page was last used",
    "protocol_version": "the protocol",
    "restoration": "that the database was made from a backup",
    "restored_copy": "what QA wrote when an older copy was put back",
    "role_grant": "who has which role",
    "station": "where benches and trolleys are",
    "seal": "how many entries were sealed, and when; both arms take the same steps",
    "treatment_number": "random numbers, and which are taken",
    "trial_pause": "that the trial is paused",
}


def test_each_table_of_two_doors_has_rows_of_its_own_for_each_or_a_reason(
    doors: list[DoorTables],
) -> None:
    lab_door, ward_door, _ = doors
    shared = lab_door.tables.keys() & ward_door.tables.keys()
    assert shared - rows_of(ward_door).keys() == NEUTRAL.keys()
    assert rows_of(ward_door).keys() == rows_of(lab_door).keys()


def test_no_sequence_counts_the_other_sides_steps(three_doors: World) -> None:
    """A second count of a pool is of cells alone: how often it was counted would tell the arm."""
    with opened(three_doors, Side.WARD) as connection:
        for sequence in ("pool_count_id_seq", "look_id_seq", "came_from_id_seq"):
            for wrong in (f"SELECT last_value FROM {sequence}", f"SELECT nextval('{sequence}')"):
                with pytest.raises(
                    (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)
                ):
                    connection.execute(wrong)
        connection.execute("SELECT nextval('refused_act_id_seq')")


def test_whoever_knocks_at_another_sides_door_is_kept_by_that_door(three_doors: World) -> None:
    assert isinstance(three_doors.story, DoorsStory)
    lab_site = three_doors.story.sites[Side.LAB]
    served = frozenset({Side.LAB, Side.HOUSE})
    nora, tang = three_doors.story.actor("nora"), three_doors.story.actor("tang")
    keep_forbidden(lab_site, "bank/vials", nora, served)
    keep_forbidden(lab_site, "release/release-lot", tang, served)
    with three_doors.site.reading() as session:
        rows = session.execute(select(RefusedAct.side, RefusedAct.by, RefusedAct.action)).all()
    assert [tuple(row) for row in rows] == [
        (Side.HOUSE, "nora", "bank"),
        (Side.LAB, "tang", "release/release-lot"),
    ]
    assert "release-lot" not in repr(dump(three_doors, Side.WARD)["refused_act"])


def test_each_side_has_the_files_of_its_own_records(three_doors: World) -> None:
    world = three_doors
    file = Upload("seal.csv", TABLE)
    of_donor = AttachFile(world.donor, "lab file", file)
    of_person = AttachFile(world.participants[0], "ward file", file)
    world.story.do("tang", attach_file, of_donor)
    world.story.do("nora", attach_ward_file, of_person)
    for side, own, other in ((Side.LAB, "lab", "ward"), (Side.WARD, "ward", "lab")):
        dumped = dump(world, side)
        assert {kept for _, kept, _ in dumped["content"]} == {own}
        assert f"{own} file" in repr(dumped["attachment"])
        assert f"{other} file" not in repr(dumped["attachment"])
    assert "attachment" not in dump(world, Side.VAULT)


def test_each_side_goes_through_its_accesses_at_its_own_door(three_doors: World) -> None:
    world = three_doors
    assert isinstance(world.story, DoorsStory)
    for side, login, about in (
        (Side.LAB, "tang", world.donor),
        (Side.WARD, "nora", world.participants[0]),
    ):
        site, actor = world.story.sites[side], world.story.actor(login)
        perform(site, open_session, OpenSession("bench"), ActionRequest(actor))
        keep_look(site, side, "donation/donors/<number>", about, actor)
    world.clock.now += timedelta(days=8)
    zone = world.site.settings.zone
    until = day_of(week_begins(world.clock.now, zone), zone)
    for login in ("quinn", "mona"):
        world.story.do(login, review_accesses, ReviewAccesses(until))
    assert world.participants[0] not in repr(dump(world, Side.LAB)["record_look"])
    assert world.donor not in repr(dump(world, Side.WARD)["record_look"])
    assert {row[1] for row in dump(world, Side.WARD)["access_review"]} == {"ward"}
