"""accesses

Each look at a record marked sensitive is kept; a refusal says on which side it was tried; accesses
are gone through and signed.

Revises: 20261208a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261209a"
down_revision = "20261208a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SIDE = sa.Enum("lab", "ward", "vault", "house", name="side", native_enum=False, length=32)


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "refused_act",
        sa.Column(
            "side", SIDE, nullable=False, server_default="ward", comment="of who tried"
        ),
    )
    op.create_index(op.f("ix_refused_act_by"), "refused_act", ["by"])
    op.create_table(
        "record_look",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("side", SIDE, nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column(
            "about", sa.Text(), nullable=False, comment="the record's number, or a file's name"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_look")),
    )
    op.create_index(op.f("ix_record_look_by"), "record_look", ["by"])
    op.create_index(op.f("ix_record_look_at"), "record_look", ["at"])
    op.create_index(op.f("ix_login_session_opened_at"), "login_session", ["opened_at"])
    op.create_index("ix_login_session_login_ends_at", "login_session", ["login", "ends_at"])
    op.drop_index(op.f("ix_login_session_login"), table_name="login_session")
    op.create_table(
        "access_review",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("side", SIDE, nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), nullable=True, comment="empty: from the beginning"
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("odd", NUMBER, nullable=False, comment="things that stood out"),
        sa.Column("concluded", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_access_review_signature_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review")),
        sa.UniqueConstraint("side", "until", name=op.f("uq_access_review_side_until")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("access_review")
    op.create_index(op.f("ix_login_session_login"), "login_session", ["login"])
    op.drop_index("ix_login_session_login_ends_at", table_name="login_session")
    op.drop_index(op.f("ix_login_session_opened_at"), table_name="login_session")
    op.drop_table("record_look")
    op.drop_index(op.f("ix_refused_act_by"), table_name="refused_act")
    op.drop_column("refused_act", "side")
