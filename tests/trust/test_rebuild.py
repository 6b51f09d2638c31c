"""The trail alone makes the tables: what was lost or forged can be compared, and mended by."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, inspect, select

from lims.cli import main
from lims.core.db import Base
from lims.trust.trail.entries import TrailEntry
from lims.trust.trail.rebuild import rebuild, tables_of
from tests.support.worlds import World


def entries(world: World) -> list[tuple[str, int, bytes]]:
    every = select(TrailEntry.stream_name, TrailEntry.seq, TrailEntry.payload)
    with world.site.reading() as session:
        return [tuple(row) for row in session.execute(every.order_by(TrailEntry.id))]


def rows(connection: Connection, kind: type[Base]) -> list[str]:
    """A table's rows without its secrets, in words."""
    mapper = inspect(kind)
    secret = {mapper.columns[name].key for name in kind.secrets}
    columns = [column for column in kind.__table__.columns if column.key not in secret]
    return sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))


def test_every_table_is_made_as_it_stands(either_world: World, tmp_path: Path) -> None:
    target, kinds = tmp_path / "again.sqlite", tables_of(())
    made = rebuild(entries(either_world), kinds, target)
    again = create_engine(f"sqlite:///{target}")
    compared = 0
    with either_world.site.reading() as session, again.connect() as copy:
        for kind in kinds:
            here, there = rows(session.connection(), kind), rows(copy, kind)
            assert here == there, kind.__tablename__
            compared += len(here)
    again.dispose()
    assert compared == made > 300


def test_somebody_at_the_shell_makes_one_stage_and_writes_over_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.trail.the_site", lambda: world.site)
    target = tmp_path / "bank.sqlite"
    asked = ["trail", "rebuild", str(target), "--stage", "bank"]
    told = CliRunner().invoke(main, asked)
    assert told.exit_code == 0, told.output
    made = create_engine(f"sqlite:///{target}")
    assert set(inspect(made).get_table_names()) == {
        "bank",
        "box_count",
        "freezing",
        "place",
        "vial",
        "vial_hold",
    }
    made.dispose()
    again = CliRunner().invoke(main, asked)
    assert again.exit_code == 1
    assert "there already" in again.output
    none = CliRunner().invoke(main, ["trail", "rebuild", str(tmp_path / "x"), "--stage", "nowhere"])
    assert none.exit_code == 1
    assert not (tmp_path / "x").exists()
