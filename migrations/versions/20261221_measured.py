"""results of tests tell the instrument and the file that they were read from

Revises: 20261220a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261221a"
down_revision = "20261220a"
branch_labels = None
depends_on = None

NEW = {
    "instrument": (sa.Text(), "number of what measured it, by file"),
    "file": (sa.Text(), "attachment that it was read from"),
    "measured_at": (sa.DateTime(timezone=True), "by the instrument's clock"),
}


def upgrade() -> None:
    """Go up."""
    for name, (kind, comment) in NEW.items():
        op.add_column("result", sa.Column(name, kind, nullable=True, comment=comment))


def downgrade() -> None:
    """Go down."""
    for name in reversed(NEW):
        op.drop_column("result", name)
