"""What every action, permission and table must have."""

import pytest

from lims import house
from lims.core.db import Base
from lims.trust.actions import ACTIONS
from lims.trust.identity.roles import PERMISSIONS, Permission, Role


def test_every_permission_is_used_and_given_to_somebody() -> None:
    given = frozenset().union(*PERMISSIONS.values())
    programs = {Permission.PROGRAM}

    assert house.DOORS
    assert set(Permission) - given == programs


def test_permissions_are_kept_in_order_on_each_side() -> None:
    for side in {permission.side for permission in Permission}:
        names = [p.name for p in Permission if p.side is side]
        if side.value in {"lab", "ward"}:
            assert names == sorted(names)


@pytest.mark.parametrize("path", sorted(ACTIONS))
def test_every_action_says_in_one_sentence_what_it_does(path: str) -> None:
    assert ACTIONS[path].sentence.endswith((".", "arms.")), path


def test_every_table_names_its_trail_stream_or_says_that_it_is_no_record() -> None:
    unrecorded = {
        *(
            "answer",
            "content",
            "number_count",
            "presence",
            "restoration",
            "scan_read",
            "seal",
            "stream_head",
            "trail_entry",
        ),
    }
    bare = {m.class_.__tablename__ for m in Base.registry.mappers if m.class_.stream is None}

    assert bare == unrecorded


def test_every_role_belongs_to_one_side() -> None:
    for role in Role:
        sides = {p.side.value for p in PERMISSIONS[role]} - {"house"}
        assert len(sides) <= 1 or role is Role.INVESTIGATOR
