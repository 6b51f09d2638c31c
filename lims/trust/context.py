"""What an action works with: the session, who acts, when, and what was signed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lims.core.chance import Chance
from lims.core.days import Moment
from lims.core.db import Base, insert_or_update
from lims.core.errors import Missing
from lims.core.prepared import Prepared
from lims.core.texts import say
from lims.identifiers.numbers import RANDOM_KINDS, Kind, counted_number, random_number
from lims.identifiers.reading import HowRead
from lims.settings import Settings
from lims.trust.identity.people import Actor
from lims.trust.identity.roles import Side
from lims.trust.identity.signatures import Signature
from lims.trust.keys import keyed_digest
from lims.trust.trail.anchors import AnchorWatch
from lims.trust.transaction import Transaction

Row = TypeVar("Row", bound=Base)
Reaction = Callable[["Work", Any], None]
Reactions = Mapping[type, Sequence[Reaction]]


class NumberCount(Base):
    """How far the laboratory's numbers of a kind have counted this year."""

    __tablename__ = "number_count"
    stream = None

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


_COUNTS = cast("Table", NumberCount.__table__)


@cache
def _count(dialect: str) -> Prepared:
    return Prepared(
        insert_or_update(_COUNTS, dialect)
        .values(key=bindparam("key"), count=1)
        .on_conflict_do_update(index_elements=["key"], set_={"count": _COUNTS.c.count + 1})
        .returning(_COUNTS.c.count)
    )


LEFT_FREE = 5000  # numbers of each kind that labels may bear of which a copy knows nothing


def leave_room(connection: Connection, now: datetime, known: Collection[str] = ()) -> None:
    """Let each counted kind go on beyond whatever was printed since an older copy was made.

    The `known` numbers were read from such labels. A year that begins meanwhile is counted too.
    """
    highest = {n[2:5]: int(n[5:11]) for n in sorted(known) if n[5:11].isdecimal()}
    for kind in sorted(set(Kind) - RANDOM_KINDS):
        for year in (now.year, now.year + 1):
            here = _COUNTS.c.key == f"{kind}{year}"
            count = connection.scalar(select(_COUNTS.c.count).where(here))
            further = max(count or 0, highest.get(f"{kind}{year % 100:02}", 0)) + LEFT_FREE
            if count is None:
                connection.execute(insert(_COUNTS).values(key=f"{kind}{year}", count=further))
            else:
                connection.execute(update(_COUNTS).where(here).values(count=further))


@dataclass
class Work:
    """One action under way, in one transaction.

    `how` says of each entry how it was scanned. `now` is when it happened: what every clock runs
    from; `entered` is when it was entered, which is the same but for what was on paper first.
    """

    transaction: Transaction
    actor: Actor
    now: datetime
    settings: Settings
    chance: Chance
    reactions: "Reactions"
    signature: Signature | None = None
    witness: Signature | None = None
    how: Mapping[str, HowRead] = field(default_factory=dict)
    held: list[Base] = field(default_factory=list)
    side: Side = Side.HOUSE  # of the wall, on which this is done
    watch: AnchorWatch = field(default_factory=lambda: AnchorWatch(None))
    connection: Connection = field(init=False)  # for statements that need no rows
    happened_at: datetime | None = None  # of what is entered later
    because: str = ""  # why it is entered later
    entered: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.connection = self.transaction.connection
        self.entered = self.now

    @property
    def session(self) -> Session:
        """The rows that can be changed."""
        return self.transaction.session

    @property
    def moment(self) -> Moment:
        """Now, with the site's zone: what rules get that depend on time."""
        return Moment(self.now, self.settings.zone)

    @property
    def today(self) -> date:
        """The site's day."""
        return self.moment.today

    def keyed(self, key: str, text: str) -> str:
        """The digest of a text that could be guessed, under one of the keys."""
        return keyed_digest(self.settings.key_folder, key, text)

    @property
    def signed(self) -> str:
        """The id of the actor's own signature, in an action that is signed."""
        assert self.signature is not None  # noqa: S101 -- the decorator has made it
        return self.signature.id

    @property
    def second(self) -> str:
        """The login of the second person, in an action that is witnessed."""
        assert self.witness is not None  # noqa: S101 -- the decorator has made it
        return self.witness.login

    def add(self, row: Row) -> Row:
        """Keep a new row; it is written at once so that later reads in this action see it."""
        self.transaction.keep(row)
        return row

    def get(self, table: type[Row], number: str | int) -> Row:
        """The row of this number, or Missing."""
        row = self.session.get(table, number)
        if row is None:
            raise Missing(say(f"thing.{table.__tablename__}"))
        return row

    def lock(self, table: type[Row], number: str | int) -> Row:
        """The row of this number, fresh, held until the transaction ends."""
        row = self.session.get(table, number, with_for_update=True, populate_existing=True)
        if row is None:
            raise Missing(say(f"thing.{table.__tablename__}"))
        self.held.append(row)
        return row

    def publish(self, event: object) -> None:
        """Tell the stages downstream, in this transaction; a reaction that fails fails it all."""
        for react in self.reactions.get(type(event), ()):
            react(self, event)

    def new_number(self, kind: Kind) -> str:
        """The next number of a kind: random where the ward sees it, counted otherwise."""
        if kind in RANDOM_KINDS:
            return random_number(kind, self.chance)
        while True:
            number = counted_number(kind, self.today.year, self._count(kind))
            if number is not None:
                return number

    def _count(self, kind: Kind) -> int:
        count = _count(self.connection.dialect.name)
        return int(count.value(self.connection, key=f"{kind}{self.today.year}"))
