"""to stand on any server

On PostgreSQL the trail's batches were the server's own transaction numbers: after a restore into
another server they began anew, below what was sealed. From now on they are counted here.

Revises: 20261125a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125b"
down_revision = "20261125a"
branch_labels = None
depends_on = None

NEWEST = (
    "SELECT greatest((SELECT coalesce(max(batch), 0) FROM trail_entry),"
    " (SELECT coalesce(max(below), 0) FROM seal)) + 1"
)


def upgrade() -> None:
    """Go up."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE trail_batch")
        newest = connection.scalar(sa.text(NEWEST))
        connection.execute(sa.text("SELECT setval('trail_batch', :newest)"), {"newest": newest})


def downgrade() -> None:
    """Go down: only if the server's transaction numbers are beyond what is in the trail."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("DROP SEQUENCE trail_batch")
