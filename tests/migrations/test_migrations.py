"""The migrations on both databases: up, down, with data, and equal to the models."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from lims import house
from lims.core.db import Base, make_engine
from lims.demonstration import making
from lims.donation.models import Serology
from lims.donation.serology import AmendSerology, amend_serology
from lims.migrate import alembic_config, migrate
from lims.trial.amending import AMENDED, AmendParticipant, amend_participant
from lims.trial.queries import participant
from lims.trust.amending import Amendment
from lims.trust.trail.triggers import insert_only_tables, install_triggers, missing_triggers
from lims.trust.trail.verify import verify_trail
from lims.web.app import make_app
from tests.support.postgres import new_database
from tests.support.scenes import read
from tests.support.worlds import World

MUST_ONLY_GROW = {"trail_entry", "signature", "seal", "sealed_row"}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without a table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    else:
        engine = make_engine(new_database(request.getfixturevalue("postgres")))
    yield engine
    engine.dispose()


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def tables(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_there_is_one_line_of_migrations_with_one_end() -> None:
    script = ScriptDirectory.from_config(alembic_config("sqlite://"))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    names = [Path(found.path).name for found in script.walk_revisions()]
    assert names == sorted(names, reverse=True)  # dated names read in their order


def test_it_goes_up_step_by_step_and_down_to_nothing_and_up_again(empty: Engine) -> None:
    config = alembic_config(url_of(empty))
    steps = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
    for step in steps:
        migrate(url_of(empty), step.revision)
        assert revision(empty) == step.revision
    assert tables(empty) == set(Base.metadata.tables)

    for step in steps[::-1]:
        command.downgrade(config, str(step.down_revision or "base"))
    assert tables(empty) == set()
    assert revision(empty) is None

    migrate(url_of(empty))
    migrate(url_of(empty))  # a second start changes nothing
    assert tables(empty) == set(Base.metadata.tables)
    with empty.connect() as connection:
        assert missing_triggers(connection) == []


def test_the_migrated_database_is_what_the_models_say(empty: Engine) -> None:
    assert house.DOORS  # loads every model
    migrate(url_of(empty))
    with empty.connect() as connection:
        options = {"compare_type": True, "render_as_batch": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_each_unique_and_foreign_key_of_the_models_is_in_the_database(empty: Engine) -> None:
    migrate(url_of(empty))
    with empty.connect() as connection:
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            keys = {tuple(key["constrained_columns"]) for key in found.get_foreign_keys(table.name)}
            wanted = {tuple(key.column_keys) for key in table.foreign_key_constraints}
            assert keys == wanted, table.name
            null = {c["name"] for c in found.get_columns(table.name) if c["nullable"]}
            assert null == {c.name for c in table.columns if c.nullable}, table.name
            primary = found.get_pk_constraint(table.name)["constrained_columns"]
            assert primary == [column.name for column in table.primary_key], table.name


def test_trail_signatures_seals_and_sealed_rows_refuse_to_be_changed(either_world: World) -> None:
    names = {table.name for table in insert_only_tables()}
    assert names >= MUST_ONLY_GROW
    refused = 0
    with either_world.site.engine.connect() as connection:
        assert missing_triggers(connection) == []
        connection.rollback()
        for table in insert_only_tables():
            column = next(iter(table.columns)).name
            statements = [
                f"UPDATE {table.name} SET {column} = {column}",
                f"DELETE FROM {table.name}",
            ]
            if connection.dialect.name == "postgresql":
                statements.append(f"TRUNCATE {table.name} CASCADE")
            else:
                statements.append(f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name}")
            filled = connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar()
            connection.rollback()
            # A trigger of SQLite's looks at each row; where there is none there is no harm.
            if filled or connection.dialect.name == "postgresql":
                for statement in statements:
                    with pytest.raises(DBAPIError, match="only grows"):
                        connection.execute(text(statement))
                    connection.rollback()
                    refused += 1
    assert refused >= 3 * len(MUST_ONLY_GROW)


def test_it_does_not_serve_when_a_trigger_is_missing_until_it_is_migrated(
    either_world: World,
) -> None:
    engine = either_world.site.engine
    with engine.begin() as connection:
        statement = (
            "DROP TRIGGER trail_entry_only_grows ON trail_entry"
            if connection.dialect.name == "postgresql"
            else "DROP TRIGGER trail_entry_no_delete"
        )
        connection.exec_driver_sql(statement)

    with pytest.raises(SystemExit, match="trail_entry"):
        make_app(either_world.site, house.DOORS)

    migrate(url_of(engine))
    make_app(either_world.site, house.DOORS)


def test_a_disabled_trigger_counts_as_missing(either_world: World) -> None:
    with either_world.site.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE trail_entry DISABLE TRIGGER ALL")
            assert missing_triggers(connection) == ["trail_entry_only_grows"]
        _replace_by_a_harmless_one(connection)
        assert missing_triggers(connection) != []


def _replace_by_a_harmless_one(connection: Connection) -> None:
    """A trigger of the right name that refuses nothing."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE seal DISABLE TRIGGER seal_only_grows")
        return
    connection.exec_driver_sql("DROP TRIGGER trail_entry_no_delete")
    harmless = "CREATE TRIGGER trail_entry_no_delete BEFORE DELETE ON trail_entry"
    connection.exec_driver_sql(f"{harmless} BEGIN SELECT 1; END")


def test_an_upgrade_of_a_database_with_data_keeps_all_of_it(either_world: World) -> None:
    engine = either_world.site.engine
    with engine.connect() as connection:
        kept = {
            name: connection.execute(table.select()).all()
            for name, table in Base.metadata.tables.items()
        }
    migrate(url_of(engine))
    with engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            assert connection.execute(table.select()).all() == kept[name], name
        install_triggers(connection)  # twice is as good as once
        assert missing_triggers(connection) == []
        connection.rollback()
    with either_world.site.reading() as session:
        report = verify_trail(session, either_world.site.key.public_key())
        assert report.faults == ()
        assert report.entries > 100


def test_a_database_with_data_goes_down_to_nothing_and_up_again(either_world: World) -> None:
    engine = either_world.site.engine
    engine.dispose()
    command.downgrade(alembic_config(url_of(engine)), "base")
    assert tables(engine) == set()
    migrate(url_of(engine))
    assert tables(engine) == set(Base.metadata.tables)
    with engine.connect() as connection:
        assert missing_triggers(connection) == []


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_connection: Connection) -> None:
        msg = "the disk is full"
        raise OSError(msg)

    monkeypatch.setattr("lims.trust.trail.triggers.install_triggers", fail)
    with pytest.raises(OSError, match="the disk is full"):
        migrate(url_of(empty))
    assert tables(empty) == set()
    assert revision(empty) is None


def test_amendments_of_before_know_their_side_and_stay_when_it_goes_down(
    either_world: World,
) -> None:
    """One of the laboratory's and one of the ward's, amended before amendments knew a side."""
    world = either_world
    donor = making.a_donor(world.story)
    with world.site.reading() as session:
        marker = session.query(Serology).filter(Serology.donor == donor).first()
        assert marker is not None
        wrong = AmendSerology(
            donor, marker.id, marker.marker, marker.finding, marker.whose, marker.specimen,
            marker.specimen_at, "another laboratory", "a slip",
        )  # fmt: skip
    world.story.do("ana", amend_serology, wrong)
    known = read(world, participant, world.participants[0])
    same = {name: getattr(known, name) for name in AMENDED}
    slip = AmendParticipant(participant=known.number, why="a slip", **{**same, "initials": "ZZ"})
    world.story.do("ines", amend_participant, slip)
    engine = world.site.engine
    before = sides(engine)
    assert before == {"serology": "lab", "participant": "ward"}
    engine.dispose()
    command.downgrade(alembic_config(url_of(engine)), "20261129c")
    migrate(url_of(engine))
    assert sides(engine) == before
    with world.site.reading() as session:
        key = world.site.key.public_key()
        assert verify_trail(session, key, replayed=False).faults == ()
        # What a column held that was taken away and made anew is gone, and the replay says so.
        told = [f for f in verify_trail(session, key).faults if "password_before" not in f]
        gone = ("is not what the trail tells", "was taken away", "further faults like these",
                "is not here")  # fmt: skip
        assert [fault for fault in told if not fault.endswith(gone)] == [], told


def sides(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(select(Amendment.fact, Amendment.side)).all()
        return {fact: str(side) for fact, side in rows}
