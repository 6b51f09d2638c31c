"""to print once and read always

Revises: 20261122a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122b"
down_revision = "20261122a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "label_master",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the file"),
        sa.Column("change", sa.Text(), nullable=False, comment="what changed and why"),
        sa.Column(
            "standing",
            sa.Enum("in_force", "obsolete", name="masterstanding", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_label_master")),
    )
    op.create_table(
        "label_reconciliation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("issued", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("used", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("voided", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "destroyed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("returned", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_reconciliation")),
    )
    with op.batch_alter_table("label_reconciliation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_reconciliation_batch"), ["batch"], unique=False)

    op.create_table(
        "printer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("lab", "ward", "house", name="printerside", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dpi", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("station", sa.Text(), nullable=False, comment="whose labels it prints by itself"),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_printer")),
    )
    op.create_table(
        "scan_read",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "side",
            sa.Enum("lab", "ward", "vault", "house", name="side", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column(
            "raw", sa.Text(), nullable=False, comment="as it came in, symbology identifier and all"
        ),
        sa.Column(
            "via",
            sa.Enum("keys", "camera", "hand", "program", name="via", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column(
            "milliseconds",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="from its first to its last sign",
        ),
        sa.Column(
            "began_at", sa.DateTime(timezone=True), nullable=True, comment="by the page's own clock"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_read")),
    )
    with op.batch_alter_table("scan_read", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_read_by"), ["by"], unique=False)

    op.create_table(
        "print_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "waiting",
                "sending",
                "printed",
                "unknown",
                "given_up",
                name="jobstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "counted",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="labels that it had printed before",
        ),
        sa.Column("says", sa.Text(), nullable=False, comment="what the printer answered"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["label"], ["label.code"], name=op.f("fk_print_job_label")),
        sa.ForeignKeyConstraint(["printer"], ["printer.name"], name=op.f("fk_print_job_printer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    with op.batch_alter_table("print_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_job_label"), ["label"], unique=False)

    op.add_column(
        "cord",
        sa.Column(
            "donation",
            sa.Text(),
            nullable=True,
            comment="ISBT 128 donation number, where the module is on",
        ),
    )
    op.create_index("ix_cord_donation", "cord", ["donation"], unique=True)

    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "batch", sa.Text(), nullable=False, server_default="", comment="reconciled together"
            )
        )
        batch_op.add_column(
            sa.Column(
                "ended_by", sa.Text(), nullable=True, comment="voided, destroyed or returned by"
            )
        )
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_label_batch"), ["batch"], unique=False)

    op.add_column(
        "lot",
        sa.Column(
            "certificate",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="the supplier's, as accepted",
        ),
    )
    op.add_column(
        "lot", sa.Column("gtin", sa.Text(), nullable=True, comment="of the supplier's GS1 code")
    )
    op.create_index("ix_lot_gtin", "lot", ["gtin"])

    op.add_column(
        "participant",
        sa.Column(
            "wristband",
            sa.Text(),
            nullable=True,
            comment="digest of the hospital's own wristband, if it is linked",
        ),
    )
    op.create_index("ix_participant_wristband", "participant", ["wristband"], unique=True)

    op.add_column(
        "person", sa.Column("badge", sa.Text(), nullable=True, comment="says who; proves nothing")
    )
    op.create_index("ix_person_badge", "person", ["badge"], unique=True)


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_person_badge", "person")
    op.drop_column("person", "badge")

    op.drop_index("ix_participant_wristband", "participant")
    op.drop_column("participant", "wristband")

    op.drop_index("ix_lot_gtin", "lot")
    op.drop_column("lot", "gtin")
    op.drop_column("lot", "certificate")

    op.drop_index("ix_label_batch", "label")
    op.drop_column("label", "ended_at")
    op.drop_column("label", "ended_by")
    op.drop_column("label", "batch")

    op.drop_index("ix_cord_donation", "cord")
    op.drop_column("cord", "donation")

    with op.batch_alter_table("print_job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_print_job_label"))

    op.drop_table("print_job")
    with op.batch_alter_table("scan_read", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scan_read_by"))

    op.drop_table("scan_read")
    op.drop_table("printer")
    with op.batch_alter_table("label_reconciliation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_reconciliation_batch"))

    op.drop_table("label_reconciliation")
    op.drop_table("label_master")
