"""why it was typed

Why a code was typed by hand and not scanned.

Revises: 20261201a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202a"
down_revision = "20261201a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up: of what was typed before, nobody said why."""
    op.add_column(
        "scan_read", sa.Column("why", sa.Text(), comment="it was typed and not scanned")
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("scan_read", "why")
