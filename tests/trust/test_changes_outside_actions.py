"""Nothing changes but through an action, and nothing is ever deleted."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from lims.donation.models import Donor
from lims.supplies.models import Lot
from lims.trust.identity.people import Person, RoleGrant
from lims.trust.identity.roles import Role
from lims.trust.trail.entries import TrailEntry
from lims.trust.transaction import Transaction, UnrecordedChangeError
from tests.support.worlds import World
from tests.trust.evidence import contents

NOW = datetime(2026, 1, 5, tzinfo=UTC)
Change = Callable[[Session], object]


def somebody(login: str = "eve") -> Person:
    return Person(login=login, name="Eve", password_hash="x", active=True)


def a_new_row(session: Session) -> None:
    session.add(somebody())


def several_new_rows(session: Session) -> None:
    session.add_all([somebody("eve"), somebody("eva")])


def a_changed_row(session: Session) -> None:
    session.get_one(Person, "tang").name = "Eve"


def a_merged_row(session: Session) -> None:
    session.merge(somebody("tang"))


def a_role(session: Session) -> None:
    session.add(RoleGrant(login="nora", role=Role.QA, since=NOW))


def a_flush_by_hand(session: Session) -> None:
    session.add(somebody())
    session.flush()


UNIT_OF_WORK: list[Change] = [
    a_new_row, several_new_rows, a_changed_row, a_merged_row, a_role, a_flush_by_hand,
]  # fmt: skip


@pytest.mark.parametrize("change", UNIT_OF_WORK, ids=lambda change: change.__name__)
def test_a_change_outside_an_action_raises_and_leaves_nothing(
    either_world: World, change: Change
) -> None:
    before = contents(either_world)
    with pytest.raises(UnrecordedChangeError), either_world.site.writing() as writing:
        change(writing.session)
    assert contents(either_world) == before


BULK: dict[str, Change] = {
    "update": lambda s: s.execute(update(Person).values(name="Eve")),
    "update_one": lambda s: s.execute(update(Lot).where(Lot.number == "x").values(standing="x")),
    "delete": lambda s: s.execute(delete(TrailEntry)),
    "insert": lambda s: s.execute(insert(Person).values(login="eve", name="E", password_hash="x")),
    "insert_many": lambda s: s.execute(
        insert(Person), [{"login": "eve", "name": "E", "password_hash": "x", "active": True}]
    ),
    "update_by_key": lambda s: s.execute(update(Person), [{"login": "tang", "name": "Eve"}]),
    "table_update": lambda s: s.execute(update(Person.__table__).values(name="Eve")),
    "query_update": lambda s: s.query(Person).update({"name": "Eve"}),
    "query_delete": lambda s: s.query(Donor).delete(),
    "bulk_update_mappings": lambda s: s.bulk_update_mappings(
        Person.__mapper__, [{"login": "tang", "name": "Eve"}]
    ),
    "bulk_insert_mappings": lambda s: s.bulk_insert_mappings(
        Person.__mapper__, [{"login": "eve", "name": "E", "password_hash": "x", "active": True}]
    ),
    "bulk_save_objects": lambda s: s.bulk_save_objects([somebody()]),
    "scalars_returning": lambda s: s.scalars(
        update(Person).where(Person.login == "tang").values(name="Eve").returning(Person.login)
    ),
}


@pytest.mark.parametrize("inside", [False, True], ids=["outside", "inside"])
@pytest.mark.parametrize("name", BULK)
def test_a_bulk_change_raises_even_inside_an_action(world: World, name: str, inside: bool) -> None:
    before = contents(world)
    changes = [] if inside else None
    with pytest.raises(UnrecordedChangeError), world.site.writing(changes) as writing:
        BULK[name](writing.session)
    assert contents(world) == before


@pytest.mark.parametrize("inside", [False, True], ids=["outside", "inside"])
def test_deleting_raises_even_inside_an_action(either_world: World, inside: bool) -> None:
    before = contents(either_world)
    changes = [] if inside else None
    with pytest.raises(UnrecordedChangeError), either_world.site.writing(changes) as writing:
        writing.session.delete(writing.session.get_one(Person, "tang"))
    assert contents(either_world) == before


def test_who_only_reads_cannot_change_anything(either_world: World) -> None:
    before = contents(either_world)
    with either_world.site.reading() as session:
        session.add(somebody())
        with pytest.raises(UnrecordedChangeError):
            session.flush()
    with either_world.site.reading() as session:
        session.get_one(Person, "tang").name = "Eve"
        with pytest.raises(UnrecordedChangeError):
            session.commit()
    assert contents(either_world) == before


def _changed_late(writing: Transaction, change: Callable[[Transaction], object]) -> None:
    change(writing)
    writing.flush()


@pytest.mark.parametrize(
    "change",
    [lambda writing: writing.session.add(somebody()), lambda writing: writing.keep(somebody())],
    ids=["in the session", "kept"],
)
def test_a_change_after_the_trail_was_written_raises(
    world: World, change: Callable[[Transaction], object]
) -> None:
    # record() takes the open action's list of changes away; what comes later has no trail.
    before = contents(world)
    with world.site.writing([]) as writing:
        writing.take_changes()
        with pytest.raises(UnrecordedChangeError):
            _changed_late(writing, change)
        writing.session.expunge_all()
    assert contents(world) == before
