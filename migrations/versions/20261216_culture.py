"""culture executed step by step, and tanks that are watched

Steps with their outputs, and by which version of the protocol a vessel is grown; vials out of the
cold, places that are watched, excursions, and the vials that they hold.

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
EXACT = sa.String(40)
EXCURSION = sa.Enum(
    "alarm", "too_warm", "too_cold", "silent",
    name="excursionkind", native_enum=False, length=32,
)
EXCURSION_STANDING = sa.Enum(
    "going_on", "over", name="excursionstanding", native_enum=False, length=32
)
WHERE = "number of the place or instrument"
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
    op.create_table(
        "vessel_count",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("flask", sa.Text(), nullable=False),
        sa.Column("live", NUMBER, nullable=False),
        sa.Column("dead", NUMBER, nullable=False),
        sa.Column("squares", NUMBER, nullable=False),
        sa.Column("dilution", EXACT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["flask"], ["flask.number"], name=op.f("fk_vessel_count_flask")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vessel_count")),
    )
    op.create_index("ix_vessel_count_flask", "vessel_count", ["flask"])
    _vials()
    _watches()


def _vials() -> None:
    op.add_column(
        "vial",
        sa.Column("out_at", MOMENT, nullable=True, comment="scanned out, and not in again"),
    )
    op.add_column(
        "vial", sa.Column("warmed", EXACT, nullable=True, comment="out of storage so far")
    )
    op.create_table(
        "vial_hold",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("vial", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("excursion", NUMBER, nullable=True, comment="empty: too long out"),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("fit", sa.Boolean(), nullable=True, comment="empty: not judged yet"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("judged_by", sa.Text(), nullable=True),
        sa.Column("judged_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["vial"], ["vial.number"], name=op.f("fk_vial_hold_vial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vial_hold")),
    )
    for column in ("vial", "excursion"):
        op.create_index(f"ix_vial_hold_{column}", "vial_hold", [column])


def _watches() -> None:
    op.create_table(
        "watch",
        sa.Column("of", sa.Text(), nullable=False, comment=WHERE),
        sa.Column("sensor", sa.Text(), nullable=False),
        sa.Column("lowest", EXACT, nullable=False),
        sa.Column("highest", EXACT, nullable=False),
        sa.Column("every", EXACT, nullable=False, comment="between two readings"),
        sa.Column(
            "read_every_hours", NUMBER, nullable=False, comment="its file is due so often"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column(
            "read_until", MOMENT, nullable=True, comment="the last reading of its file"
        ),
        sa.ForeignKeyConstraint(
            ["sensor"], ["equipment.number"], name=op.f("fk_watch_sensor")
        ),
        sa.PrimaryKeyConstraint("of", name=op.f("pk_watch")),
    )
    op.create_table(
        "excursion",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("of", sa.Text(), nullable=False, comment=WHERE),
        sa.Column("kind", EXCURSION, nullable=False),
        sa.Column("standing", EXCURSION_STANDING, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("worst", EXACT, nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["file"], ["attachment.id"], name=op.f("fk_excursion_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excursion")),
    )
    op.create_index("ix_excursion_of", "excursion", ["of"])


def downgrade() -> None:
    """Go down; a vial that somebody missed is in store again."""
    for table in ("excursion", "watch", "vial_hold", "vessel_count"):
        op.drop_table(table)
    op.execute("UPDATE vial SET standing = 'stored' WHERE standing = 'missing'")
    op.drop_column("vial", "warmed")
    op.drop_column("vial", "out_at")
    op.drop_table("step_output")
    op.drop_table("step")
    op.drop_column("flask", "protocol")
