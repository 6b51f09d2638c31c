"""culture executed step by step

Steps with their outputs, and by which version of the protocol a vessel is grown.

Revises: 20261215a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261216a"
down_revision = "20261215a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KIND = sa.Enum(
    "isolation", "feeding", "harvest", "passage", "filling",
    name="stepkind", native_enum=False, length=32,
)
STANDING = sa.Enum(
    "under_way", "done", "given_up", name="stepstanding", native_enum=False, length=32
)
WHAT = "number of the cord, vessel or harvest"


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "flask",
        sa.Column("protocol", NUMBER, nullable=True, comment="the version it is grown by"),
    )
    op.create_table(
        "step",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("of", sa.Text(), nullable=False, comment=WHAT),
        sa.Column("kind", KIND, nullable=False),
        sa.Column(
            "protocol", NUMBER, nullable=False, comment="the version that asks for its outputs"
        ),
        sa.Column("procedure", sa.Text(), nullable=False, comment="as it was acknowledged"),
        sa.Column("standing", STANDING, nullable=False),
        sa.Column("station", sa.Text(), nullable=False, comment="where it is under way"),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column(
            "made", sa.Text(), nullable=False, comment="the first number that came of it"
        ),
        sa.Column("because", sa.Text(), nullable=False, comment="why it was given up"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    op.create_index("ix_step_of", "step", ["of"])
    op.create_table(
        "step_output",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("step", NUMBER, nullable=False),
        sa.Column("of", sa.Text(), nullable=False, comment=WHAT),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["step"], ["step.id"], name=op.f("fk_step_output_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_output")),
        sa.UniqueConstraint("step", "code", name=op.f("uq_step_output_step_code")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("step_output")
    op.drop_table("step")
    op.drop_column("flask", "protocol")
