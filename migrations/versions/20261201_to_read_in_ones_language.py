"""to open a lock by badge and to read in one's language

The PIN that opens a locked page together with the badge; in which language somebody reads.

Revises: 20261130a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261201a"
down_revision = "20261130a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "person",
        sa.Column("pin_hash", sa.Text(), comment="Argon2id; with the badge opens a lock"),
    )
    op.add_column(
        "person",
        sa.Column(
            "language",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="of pages; empty: the browser's",
        ),
    )
    op.add_column(
        "login_session",
        sa.Column(
            "locked_at",
            sa.DateTime(timezone=True),
            comment="its person left and comes back",
        ),
    )


def downgrade() -> None:
    """Go down: whoever had a PIN opens a lock with their password."""
    op.drop_column("login_session", "locked_at")
    op.drop_column("person", "language")
    op.drop_column("person", "pin_hash")
