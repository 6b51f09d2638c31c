"""keys of seals

Which key signed a seal, so that one of a lost key is told from a forged one.

Revises: 20261212a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261213a"
down_revision = "20261212a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "seal",
        sa.Column("key", sa.Text(), nullable=True, comment="that signed; not told before 0.5"),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("seal", "key")
