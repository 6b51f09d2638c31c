"""a copy put back

That QA went through what an older copy of the database does not know.

Revises: 20261204a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261205a"
down_revision = "20261204a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "restored_copy",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column(
            "anchor", sa.Text(), nullable=False, comment="what was kept elsewhere and is not here"
        ),
        sa.Column(
            "newest_here", NUMBER, nullable=False, comment="the number of the newest seal then"
        ),
        sa.Column(
            "found", sa.Text(), nullable=False, comment="what was missing and what became of it"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restored_copy")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("restored_copy")
