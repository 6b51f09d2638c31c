"""tokens for one door

A token opens one door, to read or to change; refusals at the bedside are kept.

Revises: 20261206b
"""

import sqlalchemy as sa
from alembic import op

revision = "20261206c"
down_revision = "20261206b"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "login_session",
        sa.Column(
            "door",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="the only one a token opens",
        ),
    )
    op.add_column(
        "login_session",
        sa.Column(
            "writes",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="whether a token may change anything",
        ),
    )
    op.create_table(
        "refused_act",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, comment="our own numbers that were read"),
        sa.Column("codes", sa.Text(), nullable=False, comment="of every reason"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_act")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("refused_act")
    op.drop_column("login_session", "writes")
    op.drop_column("login_session", "door")
