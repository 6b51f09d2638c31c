"""files of records

What somebody attaches to a record, and its content, once on each side of the wall.

Revises: 20261213a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261214a"
down_revision = "20261213a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SIDE = sa.Enum("lab", "ward", "vault", "house", name="side", native_enum=False, length=32)
KIND = sa.Enum(
    "pdf", "png", "jpeg", "table", "workbook", "cytometry",
    name="filekind", native_enum=False, length=32,
)
STANDING = sa.Enum(
    "attached", "struck_out", name="attachmentstanding", native_enum=False, length=32
)

COUNTS = sa.text("standing = 'attached'")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False, comment="random: it counts nothing"),
        sa.Column("about", sa.Text(), nullable=False, comment="number of the record"),
        sa.Column("side", SIDE, nullable=False, comment="of the wall"),
        sa.Column("what", sa.Text(), nullable=False, comment="in a person's words"),
        sa.Column("name", sa.Text(), nullable=False, comment="as it came"),
        sa.Column("kind", KIND, nullable=False, comment="by what is in it"),
        sa.Column("size", NUMBER, nullable=False, comment="bytes"),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the content"),
        sa.Column("standing", STANDING, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("struck_by", sa.Text(), nullable=True),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_about_side", "attachment", ["about", "side"])
    op.create_index(
        "uq_attachment_once", "attachment", ["about", "side", "digest"], unique=True,
        sqlite_where=COUNTS, postgresql_where=COUNTS,
    )
    op.create_table(
        "content",
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256"),
        sa.Column(
            "side", SIDE, nullable=False,
            comment="who attaches the same on the other learns nothing",
        ),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "side", name=op.f("pk_content")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("content")
    op.drop_table("attachment")
