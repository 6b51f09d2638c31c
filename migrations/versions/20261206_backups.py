"""backups

When a backup was taken and when one was proved; and that a database was made from one.

Revises: 20261205a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261206a"
down_revision = "20261205a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "backup_note",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column(
            "step",
            sa.Enum("taken", "proved", name="backupstep", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_note")),
    )
    op.create_table(
        "restoration",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column(
            "anchor",
            sa.Text(),
            nullable=False,
            comment="the newest seal of the backup, and when it was restored",
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    op.add_column(
        "restored_copy",
        sa.Column(
            "unknown",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="numbers on labels that it knows nothing of",
        ),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("restored_copy", "unknown")
    op.drop_table("restoration")
    op.drop_table("backup_note")
