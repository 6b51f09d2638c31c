"""to enter what was on paper

What was entered later than it happened, with both times and why. What more can be amended is no
longer refused by a trigger, and an amendment knows its side of the wall. A container says what it
holds, and when it is empty.

Revises: 20261129c
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130a"
down_revision = "20261129c"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AMENDABLE = ("feeding", "observation", "screening_answer")
SIDE = sa.Enum("lab", "ward", "vault", "house", name="side", native_enum=False, length=32)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "late_entry",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("thing", sa.Text(), nullable=False, comment="its number"),
        sa.Column("side", SIDE, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_entry")),
    )
    op.create_index(op.f("ix_late_entry_thing"), "late_entry", ["thing"])
    op.add_column(
        "amendment",
        sa.Column("side", SIDE, nullable=False, server_default="ward", comment="of the wall"),
    )
    for table in ("amendment", *AMENDABLE):
        _free(table)
    op.execute("UPDATE amendment SET side = 'lab' WHERE fact IN ('serology', 'cord')")
    op.create_index(op.f("ix_amendment_of"), "amendment", ["of"])
    op.add_column(
        "lot",
        sa.Column(
            "content",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="of each container, as printed",
        ),
    )
    op.add_column("lot", sa.Column("used_up_at", sa.DateTime(timezone=True)))
    op.add_column(
        "lot", sa.Column("used_up_because", sa.Text(), nullable=False, server_default="")
    )


def _free(table: str) -> None:
    """What a trigger refused may be done; `lims migrate` sets those again that are still wanted."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}")
        return
    for what in ("update", "delete", "replace"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")


def downgrade() -> None:
    """Go down: when it happened stays in the trail and in the rows themselves."""
    for column in ("used_up_because", "used_up_at", "content"):
        op.drop_column("lot", column)
    op.drop_table("late_entry")
    op.drop_index(op.f("ix_amendment_of"), "amendment")
    op.drop_column("amendment", "side")
