"""deviations are assessed; corrective and preventive measures have an owner, days and a check

Revises: 20261221a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261222a"
down_revision = "20261221a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SEVERITY = sa.Enum(
    "minor", "major", "critical", name="deviationclass", native_enum=False, length=32
)
KIND = sa.Enum("corrective", "preventive", name="capakind", native_enum=False, length=32)
STANDING = sa.Enum(
    "planned", "done", "effective", "not_effective", "dropped",
    name="capastanding", native_enum=False, length=32,
)  # fmt: skip
NEW = {
    "severity": "empty until QA has assessed it",
    "immediate": "what was done at once",
    "cause": None,
    "risk": "for product and participants",
    "assessed_by": None,
    "assessed_at": None,
}
TYPES = {"severity": SEVERITY, "assessed_by": sa.Text(), "assessed_at": MOMENT}


def upgrade() -> None:
    """Go up."""
    for name, comment in NEW.items():
        kind, empty = TYPES.get(name, sa.Text()), name in TYPES
        filled = None if empty else ""
        column = sa.Column(name, kind, nullable=empty, server_default=filled, comment=comment)
        op.add_column("deviation", column)
    op.create_table(
        "capa",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("deviation", sa.Text(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("check_on", sa.Date(), nullable=False, comment="when it is looked at whether it works"),
        sa.Column("standing", STANDING, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("report", sa.Text(), nullable=False, comment="what was done"),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column(
            "evidence", sa.Text(), nullable=False, comment="why it works, does not, or was dropped"
        ),
        sa.ForeignKeyConstraint(
            ["deviation"], ["deviation.number"], name=op.f("fk_capa_deviation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capa")),
    )
    op.create_index("ix_capa_deviation", "capa", ["deviation"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("capa")
    for name in reversed(NEW):
        op.drop_column("deviation", name)
