"""stations

Browsers that are registered where they stand; a session opens in the browser that it was opened in.

Revises: 20261209a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261210a"
down_revision = "20261209a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SCANNER = sa.Enum("any", "framed", "none", name="scannersetup", native_enum=False, length=32)
THERE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "station",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("scanner", SCANNER, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
    )
    for of in ("name", "device"):
        op.create_index(
            f"uq_station_{of}",
            "station",
            [of],
            unique=True,
            sqlite_where=THERE,
            postgresql_where=THERE,
        )
    op.add_column(
        "login_session",
        sa.Column(
            "device",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="digest of what the browser keeps; in no other one it opens anything",
        ),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_column("login_session", "device")
    op.drop_index("uq_station_device", table_name="station")
    op.drop_index("uq_station_name", table_name="station")
    op.drop_table("station")
