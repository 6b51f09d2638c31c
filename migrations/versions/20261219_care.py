"""what is done for instruments and with them; cabinets cleared for one donor

Revises: 20261218a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261219a"
down_revision = "20261218a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KIND = sa.Enum(
    "cabinet", "incubator", "centrifuge", "counter", "fridge", "freezer", "balance", "sensor", "other",
    name="equipmentkind", native_enum=False, length=32,
)
CARE = sa.Enum(
    "calibration", "qualification", "maintenance", "cleaning", "repair",
    name="carekind", native_enum=False, length=32,
)

def _new() -> list[sa.Column]:
    return [
        sa.Column("kind", KIND, nullable=False, server_default="other"),
        sa.Column("qualified_until", sa.Date(), nullable=True),
        sa.Column(
            "maintain_every_days", NUMBER, nullable=False, server_default="0", comment="0: not asked for"
        ),
        sa.Column("maintained_until", sa.Date(), nullable=True),
        sa.Column(
            "clean_every_days", NUMBER, nullable=False, server_default="0", comment="0: not asked for"
        ),
        sa.Column("cleaned_until", sa.Date(), nullable=True),
    ]


def upgrade() -> None:
    """Go up."""
    for column in _new():
        op.add_column("equipment", column)
    op.create_table(
        "equipment_care",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("kind", CARE, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False, comment="it was as it should be"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="last day on which it holds"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment"], ["equipment.number"], name=op.f("fk_equipment_care_equipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_care")),
    )
    op.create_index("ix_equipment_care_equipment", "equipment_care", ["equipment"])
    op.create_table(
        "equipment_use",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column(
            "of", sa.Text(), nullable=False, comment="number of what was made or worked on"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False, comment="when the step began"),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment"], ["equipment.number"], name=op.f("fk_equipment_use_equipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_use")),
    )
    op.create_index("ix_equipment_use_of", "equipment_use", ["of"])
    op.create_index("ix_equipment_use_equipment_at", "equipment_use", ["equipment", "at"])
    op.create_table(
        "clearance",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("cabinet", sa.Text(), nullable=False),
        sa.Column(
            "line", sa.Text(), nullable=False, comment="number of the donor or of the session"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["cabinet"], ["equipment.number"], name=op.f("fk_clearance_cabinet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance")),
    )
    op.create_index("ix_clearance_cabinet", "clearance", ["cabinet"])


def downgrade() -> None:
    """Go down."""
    for table in ("clearance", "equipment_use", "equipment_care"):
        op.drop_table(table)
    for column in reversed(_new()):
        op.drop_column("equipment", column.name)
