"""passwords before

A password that somebody had is not chosen again soon.

Revises: 20261206a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261206b"
down_revision = "20261206a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "password_before",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, comment="Argon2id"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["login"], ["person.login"], name=op.f("fk_password_before_login_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_before")),
    )
    op.create_index(op.f("ix_password_before_login"), "password_before", ["login"])


def downgrade() -> None:
    """Go down."""
    op.drop_index(op.f("ix_password_before_login"), table_name="password_before")
    op.drop_table("password_before")
