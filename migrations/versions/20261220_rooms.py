"""clean rooms, what stands in them, plates and particle counts; what is kept in a fridge; places and lots found in order

Revises: 20261219a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261220a"
down_revision = "20261219a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
GRADE = sa.Enum("a", "b", "c", "d", name="grade", native_enum=False, length=32)
KIND = sa.Enum(
    "settle", "contact", "gloves", "air", "small_particles", "large_particles",
    name="platekind", native_enum=False, length=32,
)
STANDING = sa.Enum("exposed", "read", name="platestanding", native_enum=False, length=32)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "room",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grade", GRADE, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("name", name=op.f("uq_room_name")),
    )
    op.create_table(
        "stands_in",
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("room", NUMBER, nullable=False),
        sa.Column("grade", GRADE, nullable=False, comment="inside it; else the room's"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment"], ["equipment.number"], name=op.f("fk_stands_in_equipment")
        ),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_stands_in_room")),
        sa.PrimaryKeyConstraint("equipment", name=op.f("pk_stands_in")),
    )
    op.create_index("ix_stands_in_room", "stands_in", ["room"])
    op.create_table(
        "plate",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("room", NUMBER, nullable=False),
        sa.Column("cabinet", sa.Text(), nullable=True, comment="empty: in the room itself"),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("grade", GRADE, nullable=False, comment="of where it was, as it was then"),
        sa.Column("spot", sa.Text(), nullable=False, comment="where in there, or whose gloves"),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("standing", STANDING, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("count", NUMBER, nullable=True),
        sa.Column("organism", sa.Text(), nullable=False),
        sa.Column("read_by", sa.Text(), nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_plate_room")),
        sa.ForeignKeyConstraint(["cabinet"], ["equipment.number"], name=op.f("fk_plate_cabinet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate")),
    )
    op.create_index("ix_plate_room", "plate", ["room"])
    op.create_table(
        "kept_in",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lot.number"], name=op.f("fk_kept_in_lot")),
        sa.ForeignKeyConstraint(
            ["equipment"], ["equipment.number"], name=op.f("fk_kept_in_equipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_in")),
    )
    op.create_index("ix_kept_in_lot", "kept_in", ["lot"])
    op.create_index("ix_kept_in_equipment", "kept_in", ["equipment"])
    op.create_index("ix_place_level_number", "place", ["level", "number"])
    op.create_index("ix_place_within", "place", ["within"])
    op.create_index("ix_lot_made_at_number", "lot", ["made_at", "number"])


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_lot_made_at_number", "lot")
    op.drop_index("ix_place_within", "place")
    op.drop_index("ix_place_level_number", "place")
    for table in ("kept_in", "plate", "stands_in", "room"):
        op.drop_table(table)
