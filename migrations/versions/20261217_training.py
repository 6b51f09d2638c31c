"""who is signed off on which procedure, and to whom a task is delegated

Revises: 20261216a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261217a"
down_revision = "20261216a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SIDE = sa.Enum("lab", "ward", "vault", "house", name="side", native_enum=False, length=32)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "procedure",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("side", SIDE, nullable=False),
        sa.Column(
            "permission", sa.Text(), nullable=True,
            comment="what nobody does who is not signed off",
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("months", NUMBER, nullable=False, comment="how long a signing off lasts"),
        sa.Column("kept_at", sa.Text(), nullable=False, comment="where its text is"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure")),
        sa.UniqueConstraint("number", "version", name=op.f("uq_procedure_number_version")),
    )
    op.create_index("ix_procedure_permission", "procedure", ["permission"])
    op.create_table(
        "procedure_read",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure", NUMBER, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure"], ["procedure.id"], name=op.f("fk_procedure_read_procedure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_read")),
    )
    op.create_index("ix_procedure_read_procedure", "procedure_read", ["procedure"])
    op.create_table(
        "sign_off",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("procedure", NUMBER, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure"], ["procedure.id"], name=op.f("fk_sign_off_procedure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
    )
    op.create_index("ix_sign_off_procedure", "sign_off", ["procedure"])
    op.create_table(
        "delegation",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_task", "delegation", ["task"])


def downgrade() -> None:
    """Go down."""
    for table in ("delegation", "sign_off", "procedure_read", "procedure"):
        op.drop_table(table)
