"""what may be bought, and from whom

Revises: 20261217a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261218a"
down_revision = "20261217a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "catalogue_item",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False, comment="what a delivery has to be"),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("in_use_life", sa.String(40), nullable=True, comment="the longest after opening"),
        sa.Column(
            "certificate_attached", sa.Boolean(), nullable=False,
            comment="before QA accepts a delivery",
        ),
        sa.Column(
            "reorder_at", NUMBER, nullable=False,
            comment="unopened containers; 0: not kept in stock",
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_item")),
        sa.UniqueConstraint("name", name=op.f("uq_catalogue_item_name")),
    )
    op.create_table(
        "approved_supplier",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("item", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="of the material"),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column(
            "their_number", sa.Text(), nullable=False, comment="in the supplier's own catalogue"
        ),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("qualified_until", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False, comment="on which the approval rests"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item"], ["catalogue_item.id"], name=op.f("fk_approved_supplier_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approved_supplier")),
    )
    op.create_index("ix_approved_supplier_item", "approved_supplier", ["item"])
    op.create_index("ix_approved_supplier_gtin", "approved_supplier", ["gtin"])


def downgrade() -> None:
    """Go down."""
    op.drop_table("approved_supplier")
    op.drop_table("catalogue_item")
