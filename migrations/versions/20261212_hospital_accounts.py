"""hospital accounts

The hospital's own log-in: whose account it is, and what it vouched for.

Revises: 20261211a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261212a"
down_revision = "20261211a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "hospital_account",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column(
            "subject", sa.Text(), nullable=False, comment="what the issuer calls it, for ever"
        ),
        sa.Column("known_as", sa.Text(), nullable=False, comment="what people call it there"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login"], ["person.login"], name=op.f("fk_hospital_account_login_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospital_account")),
    )
    op.create_index(op.f("ix_hospital_account_login"), "hospital_account", ["login"])
    op.create_index(
        "ix_hospital_account_held",
        "hospital_account",
        ["issuer", "subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "hospital_proof",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("known_as", sa.Text(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False, comment="acr, as the issuer says it"),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it was proved, by the issuer's clock",
        ),
        sa.Column(
            "place",
            sa.Text(),
            nullable=False,
            comment="digest: which step it is would tell the ward the arm",
        ),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["login"], ["person.login"], name=op.f("fk_hospital_proof_login_person")
        ),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_hospital_proof_signature_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospital_proof")),
    )
    op.create_index(op.f("ix_hospital_proof_login"), "hospital_proof", ["login"])


def downgrade() -> None:
    """Go down."""
    op.drop_index(op.f("ix_hospital_proof_login"), table_name="hospital_proof")
    op.drop_table("hospital_proof")
    op.drop_index("ix_hospital_account_held", table_name="hospital_account")
    op.drop_index(op.f("ix_hospital_account_login"), table_name="hospital_account")
    op.drop_table("hospital_account")
