"""a pool counted twice

What a second person counted before the dose was drawn.

Revises: 20261203a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261204a"
down_revision = "20261203a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "pool_count",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("bag", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("live", NUMBER, nullable=False),
        sa.Column("dead", NUMBER, nullable=False),
        sa.Column("squares", NUMBER, nullable=False),
        sa.Column("dilution", sa.String(40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bag"], ["fill.bag"], name=op.f("fk_pool_count_bag")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_count")),
    )
    op.create_index(op.f("ix_pool_count_bag"), "pool_count", ["bag"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("pool_count")
