"""passkeys

A second factor beside the authenticator.

Revises: 20261210a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261211a"
down_revision = "20261210a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "passkey",
        sa.Column("id", sa.Text(), nullable=False, comment="as the device calls it"),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="on which device it lies"),
        sa.Column("public_key", sa.Text(), nullable=False, comment="COSE, base64url"),
        sa.Column(
            "uses", NUMBER, nullable=False, comment="as the device counts them; many do not"
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "shown_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="no challenge of before serves",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["login"], ["person.login"], name=op.f("fk_passkey_login_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_login"), "passkey", ["login"])
    op.add_column(
        "login_session",
        sa.Column(
            "proved_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="at this log-in; empty where it was carried over from the one before",
        ),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("login_session", "proved_at")
    op.drop_index(op.f("ix_passkey_login"), table_name="passkey")
    op.drop_table("passkey")
