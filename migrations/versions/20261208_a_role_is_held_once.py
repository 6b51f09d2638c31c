"""a role is held once

Two administrators at the same moment give a role once.

Revises: 20261207a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261208a"
down_revision = "20261207a"
branch_labels = None
depends_on = None

HELD = sa.text("until IS NULL")


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "uq_role_grant_held",
        "role_grant",
        ["login", "role"],
        unique=True,
        sqlite_where=HELD,
        postgresql_where=HELD,
    )


def downgrade() -> None:
    """Go down."""
    op.drop_index("uq_role_grant_held", table_name="role_grant")
