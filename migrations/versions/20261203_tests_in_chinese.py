"""tests in Chinese

What a test, its method and what is asked for are called in Chinese.

Revises: 20261202a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261203a"
down_revision = "20261202a"
branch_labels = None
depends_on = None

COLUMNS = ("test_zh", "method_zh", "category_zh")


def upgrade() -> None:
    """Go up: what was approved before has English words only."""
    for name in COLUMNS:
        op.add_column("specification_line", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Go down."""
    for name in COLUMNS:
        op.drop_column("specification_line", name)
