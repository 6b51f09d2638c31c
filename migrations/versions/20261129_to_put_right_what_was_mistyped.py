"""to put right what was mistyped

What can be amended is no longer refused by a trigger; the old value, the reason and who signed
stand in `amendment`, which only grows, and in the trail.

Revises: 20261129a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129b"
down_revision = "20261129a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AMENDABLE = ("adverse_event", "assessment", "serology")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "amendment",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("fact", sa.Text(), nullable=False, comment="the table"),
        sa.Column("key", sa.Text(), nullable=False, comment="of its row there"),
        sa.Column(
            "of", sa.Text(), nullable=False, comment="number of the thing that the fact is about"
        ),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_amendment_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
    )
    op.create_index("ix_amendment_fact_key", "amendment", ["fact", "key"])
    for table in AMENDABLE:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}")
        else:
            for what in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")


def downgrade() -> None:
    """Go down: the right values stay, what stood there before is in the trail alone."""
    op.drop_table("amendment")
