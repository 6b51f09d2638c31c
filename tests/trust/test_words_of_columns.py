"""Whatever a column can hold of a closed list has a word: the trail shows every column."""

from sqlalchemy import Enum as OneOf

import lims.house  # noqa: F401 -- every table
from lims.core.db import Base, Word
from lims.core.texts import has_word


def test_each_member_of_a_closed_list_has_a_word() -> None:
    bare = []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            kind = column.type
            members = kind.kind if isinstance(kind, Word) else getattr(kind, "enum_class", None)
            assert members or not isinstance(kind, OneOf)
            bare += [f"{table}.{column.name}: {m!r}" for m in members or () if not has_word(m)]
    assert bare == []
