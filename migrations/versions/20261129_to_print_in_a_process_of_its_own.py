"""to print in a process of its own

What waits for a printer is found by `lims print`, each second, however many were printed.

Revises: 20261125b
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129a"
down_revision = "20261125b"
branch_labels = None
depends_on = None

OPEN = sa.text("standing IN ('waiting', 'sending', 'asked')")


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "ix_print_job_open", "print_job", ["at"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    """Go down: what is asked after is unknown again."""
    op.drop_index("ix_print_job_open", table_name="print_job")
    op.execute("UPDATE print_job SET standing = 'unknown' WHERE standing = 'asked'")
