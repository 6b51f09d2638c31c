"""authenticators

A second factor at the log-in.

Revises: 20261206c
"""

import sqlalchemy as sa
from alembic import op

revision = "20261207a"
down_revision = "20261206c"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "factor",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column(
            "sealed",
            sa.Text(),
            nullable=False,
            comment="nonce and AES-GCM of the secret, hexadecimal",
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "last_step", NUMBER, nullable=False, comment="no code of this one or before serves"
        ),
        sa.ForeignKeyConstraint(["login"], ["person.login"], name=op.f("fk_factor_login_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor")),
    )
    op.create_index(op.f("ix_factor_login"), "factor", ["login"])
    op.add_column(
        "login_session",
        sa.Column(
            "proved",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="by a second factor",
        ),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("login_session", "proved")
    op.drop_index(op.f("ix_factor_login"), table_name="factor")
    op.drop_table("factor")
