"""PostgreSQL: a login role for each door, and what it may touch; none of them can join the arms.

A door's role has the tables of which its process loads the model, and no other. Where a table is of
both sides, row-level security leaves each its own rows. Nobody but the owner seals the trail: a role
that does not see every entry would seal too few.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, inspect

from lims.notices.rules import ESCALATES_TO, MUST_KNOW
from lims.trust.identity.roles import SIDES, Side

DOORS: Final = (Side.LAB, Side.WARD, Side.VAULT)
SEALED_BY_THE_OWNER: Final = frozenset({"seal", "restoration"})
# Kinds of numbers that say nothing of the other side, by the letter that they bear.
WARD_NUMBERS: Final = "WNBGIYT"
LAB_NUMBERS: Final = "BCDEFGHLMNPQRSTVXY"
_TOLD = """
import json, sys
from importlib import import_module
import_module("lims." + sys.argv[1])
from lims.core.db import Base
from lims.trust.actions import ACTIONS
kinds = [m.class_ for m in Base.registry.mappers]
print(json.dumps({
    "tables": {k.__tablename__: k.insert_only for k in kinds},
    "slices": sorted({path.split("/")[0] for path in ACTIONS}),
}))
"""


@dataclass(frozen=True)
class DoorTables:
    """The tables of a door, whether each only grows, and the stages whose actions it has."""

    side: Side
    tables: dict[str, bool]
    slices: Sequence[str]

    @property
    def role(self) -> str:
        """What the door logs in as."""
        return f"funis_{self.side}"


def door_tables(side: Side) -> DoorTables:
    """What the process of a door loads, asked of such a process."""
    done = subprocess.run(  # noqa: S603 -- this very program
        [sys.executable, "-c", _TOLD, side.value], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    return DoorTables(side, told["tables"], told["slices"])


def rows_of(door: DoorTables) -> dict[str, str]:
    """Which rows of a table of both sides are this door's, as SQL; tables not named: all."""
    side = door.side.value
    mine = f"('{side}', 'house')"
    stages = ", ".join(f"'{one}'" for one in sorted(door.slices))
    roles = ", ".join(f"'{role}'" for role, of in SIDES.items() if of in {door.side, Side.HOUSE})
    if door.side is Side.VAULT:
        roles += ", 'investigator'"
    people = f"(SELECT login FROM role_grant WHERE role IN ({roles}))"
    kinds = ", ".join(f"'{kind}'" for kind in _notices_of(door.side))
    letters = LAB_NUMBERS if door.side is Side.LAB else WARD_NUMBERS
    number = f"number ~ '^LM[{letters}]'"
    streams = f"split_part(%s, '/', 1) IN {mine}"
    return {
        "trail_entry": streams % "stream_name",
        "stream_head": streams % "name",
        "signature": f"split_part(action, '/', 1) IN ({stages})",
        "refused_act": f"side IN {mine}",
        "record_look": f"side IN {mine}",
        "number_count": f"key ~ '^[{letters}]'",
        "answer": f"login IN {people} OR login = 'funis'",
        "scan_read": f"side IN {mine}",
        "amendment": f"side IN {mine}",
        "attachment": f"side IN ('{side}')",
        "procedure": f"side IN ('{side}')",
        "content": f"side IN ('{side}')",
        "access_review": f"side IN ('{side}')",
        "late_entry": f"side IN {mine}",
        "printer": f"side IN {mine}",
        "label": number,
        "print_job": number,
        "label_reconciliation": f"batch ~ '^LM[{letters}]'",
        "notice": f"kind IN ({kinds})",
        "acknowledgement": f"login IN {people}",
    }


def _notices_of(side: Side) -> Iterator[str]:
    for kind, roles in MUST_KNOW.items():
        if any(SIDES[role] is side for role in (*roles, ESCALATES_TO[kind])):
            yield kind.value


def statements(connection: Connection, doors: Sequence[DoorTables]) -> Iterator[str]:
    """What makes the roles and gives them what is theirs; run again, it changes nothing."""
    there = set(inspect(connection).get_table_names())
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"
    for door in doors:
        role = door.role
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role} LOGIN NOINHERIT; END IF; END $$"
        )
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"
        for sequence in inspect(connection).get_sequence_names():
            counts = sequence.removesuffix("_id_seq")  # how often, which only one arm may cause
            if sequence == "trail_batch" or counts in door.tables:
                yield f"GRANT USAGE, SELECT ON SEQUENCE {sequence} TO {role}"
        yield f"GRANT SELECT ON alembic_version TO {role}"
        for table, only_grows in sorted(door.tables.items()):
            if table not in there:
                continue
            if table == "restored_copy" and door.side is not Side.LAB:  # QA's words are the lab's
                yield f"GRANT SELECT (id, anchor) ON {table} TO {role}"
                continue
            if table in SEALED_BY_THE_OWNER:
                yield f"GRANT SELECT ON {table} TO {role}"
                continue
            may = "SELECT, INSERT" if only_grows else "SELECT, INSERT, UPDATE"
            yield f"GRANT {may} ON {table} TO {role}"
        for table, rows in rows_of(door).items():
            if table not in there or table not in door.tables:
                continue
            insert = "true" if table == "notice" else rows  # one side tells the other
            yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
            yield f"DROP POLICY IF EXISTS {role} ON {table}"
            yield f"CREATE POLICY {role} ON {table} TO {role} USING ({rows}) WITH CHECK ({insert})"


def grant(connection: Any, doors: Sequence[DoorTables] = ()) -> list[str]:
    """Make the roles and give each what is its own; the owner of the tables runs it."""
    wanted = list(statements(connection, doors or [door_tables(side) for side in DOORS]))
    for statement in wanted:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    return wanted
