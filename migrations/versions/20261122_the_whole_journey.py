"""the whole journey

Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122a"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "answer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False, comment="digest of action and command"),
        sa.Column("result", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "login", name=op.f("pk_answer")),
    )
    op.create_table(
        "bedside_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wristband", sa.Text(), nullable=False, comment="as it was scanned, unchanged"),
        sa.Column("bag", sa.Text(), nullable=False, comment="as it was scanned, unchanged"),
        sa.Column("manual", sa.Boolean(), nullable=False, comment="typed by hand"),
        sa.Column(
            "word", sa.Enum("GO", "STOP", name="word", native_enum=False, length=32), nullable=False
        ),
        sa.Column("reasons", sa.Text(), nullable=False, comment="codes, separated by blanks"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bedside_check")),
    )
    with op.batch_alter_table("bedside_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bedside_check_bag"), ["bag"], unique=False)

    op.create_table(
        "came_from",
        sa.Column("child", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("child", "parent", name=op.f("pk_came_from")),
    )
    with op.batch_alter_table("came_from", schema=None) as batch_op:
        batch_op.create_index("ix_came_from_parent", ["parent"], unique=False)

    op.create_table(
        "deviation",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, comment="number of the lot, cord, bag …"),
        sa.Column("code", sa.Text(), nullable=False, comment="short and fixed, for counting"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum("open", "closed", name="deviationstanding", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deviation")),
    )
    with op.batch_alter_table("deviation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deviation_about"), ["about"], unique=False)

    op.create_table(
        "donor",
        sa.Column("number", sa.Text(), nullable=False, comment="the pseudonym"),
        sa.Column("consent_version", sa.Text(), nullable=False),
        sa.Column("consent_language", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_witness", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False, comment="answers of the questionnaire"),
        sa.Column("history_clear", sa.Boolean(), nullable=True, comment="no finding that excludes"),
        sa.Column(
            "standing",
            sa.Enum(
                "pending",
                "eligible",
                "ineligible",
                name="donorstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("basis", sa.Text(), nullable=False, comment="of the eligibility decision"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_donor")),
    )
    op.create_table(
        "equipment",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("calibrated_until", sa.Date(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "in_service",
                "out_of_service",
                name="equipmentstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_equipment")),
    )
    op.create_table(
        "failed_login",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False, comment="as typed; may name nobody"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_login")),
    )
    with op.batch_alter_table("failed_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_failed_login_login"), ["login"], unique=False)

    op.create_table(
        "harvest",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("passage", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("live", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("squares", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dilution", sa.String(40), nullable=False),
        sa.Column("volume", sa.String(40), nullable=False),
        sa.Column("viable_cells", sa.String(40), nullable=False),
        sa.Column("used", sa.String(40), nullable=False, comment="passaged and filled so far"),
        sa.Column("viability", sa.String(40), nullable=False),
        sa.Column(
            "doublings", sa.String(40), nullable=True, comment="of this passage; empty for P0"
        ),
        sa.Column("cumulative", sa.String(40), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_harvest")),
    )
    op.create_table(
        "label",
        sa.Column("code", sa.Text(), nullable=False, comment="what its symbols carry"),
        sa.Column("number", sa.Text(), nullable=False, comment="what it is stuck on"),
        sa.Column("copy", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False, comment="JSON of what was printed"),
        sa.Column(
            "standing",
            sa.Enum(
                "issued",
                "active",
                "superseded",
                "voided",
                name="labelstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scanned_by", sa.Text(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, comment="of a reprint"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_label")),
        sa.UniqueConstraint("number", "copy", name=op.f("uq_label_number_copy")),
    )
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.create_index(
            "uq_label_live",
            ["number"],
            unique=True,
            sqlite_where=sa.text("standing IN ('issued', 'active')"),
            postgresql_where=sa.text("standing IN ('issued', 'active')"),
        )

    op.create_table(
        "lot",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "material",
                "vehicle",
                "master_bank",
                "working_bank",
                "product",
                name="lotkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False, comment="empty for our own lots"),
        sa.Column("supplier_lot", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False, comment="last day of use"),
        sa.Column(
            "in_use_life", sa.String(40), nullable=True, comment="after opening; empty: to expiry"
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "standing",
            sa.Enum(
                "quarantine",
                "released",
                "hold",
                "recalled",
                "rejected",
                name="lotstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("was_released", sa.Boolean(), nullable=False, comment="may return from hold"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lot")),
    )
    op.create_table(
        "number_count",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_number_count")),
    )
    op.create_table(
        "person",
        sa.Column("login", sa.Text(), nullable=False, comment="what the person types"),
        sa.Column("name", sa.Text(), nullable=False, comment="printed under each signature"),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="Argon2id"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_person")),
    )
    op.create_table(
        "place",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("tank", "rack", "box", name="placelevel", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("within", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("columns", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["within"], ["place.number"], name=op.f("fk_place_within")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_place")),
    )
    op.create_table(
        "seal",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "below",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="covers the batches from the last seal to below",
        ),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
    )
    op.create_table(
        "stream_head",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stream_head")),
    )
    op.create_table(
        "trail_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream_name", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="1, 2, 3 … within the stream"),
        sa.Column(
            "batch",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="the transaction; what a seal covers",
        ),
        sa.Column(
            "payload", sa.LargeBinary(), nullable=False, comment="RFC 8785, hashed as stored"
        ),
        sa.Column("previous", sa.Text(), nullable=False, comment="hash of the entry before"),
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of previous and payload"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entry")),
    )
    with op.batch_alter_table("trail_entry", schema=None) as batch_op:
        batch_op.create_index("ix_trail_entry_batch", ["batch"], unique=False)
        batch_op.create_index("uq_trail_entry_stream_seq", ["stream_name", "seq"], unique=True)

    op.create_table(
        "treatment_number",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_treatment_number")),
        sa.UniqueConstraint(
            "stratum", "sequence", name=op.f("uq_treatment_number_stratum_sequence")
        ),
    )
    op.create_table(
        "trial_pause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trial", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_pause")),
    )
    op.create_table(
        "bank",
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("harvest", sa.Text(), nullable=False),
        sa.Column("passage", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("doublings", sa.String(40), nullable=False, comment="cumulative"),
        sa.Column("viability", sa.String(40), nullable=False, comment="before freezing"),
        sa.Column("viable_per_vial", sa.String(40), nullable=False, comment="before freezing"),
        sa.Column("volume_per_vial", sa.String(40), nullable=False),
        sa.Column("filled", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("filled_by", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["donor"], ["donor.number"], name=op.f("fk_bank_donor")),
        sa.ForeignKeyConstraint(["harvest"], ["harvest.id"], name=op.f("fk_bank_harvest")),
        sa.ForeignKeyConstraint(["lot"], ["lot.number"], name=op.f("fk_bank_lot")),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_bank")),
    )
    op.create_table(
        "cord",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lowest", sa.String(40), nullable=False),
        sa.Column("highest", sa.String(40), nullable=False),
        sa.Column("weight", sa.String(40), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "received", "used", "rejected", name="cordstanding", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["donor"], ["donor.number"], name=op.f("fk_cord_donor")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cord")),
    )
    with op.batch_alter_table("cord", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cord_donor"), ["donor"], unique=False)

    op.create_table(
        "flask",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("passage", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area", sa.String(40), nullable=False),
        sa.Column("seeded", sa.String(40), nullable=True, comment="viable cells; empty for P0"),
        sa.Column(
            "doublings_before", sa.String(40), nullable=False, comment="cumulative, when seeded"
        ),
        sa.Column("doublings", sa.String(40), nullable=True, comment="cumulative, when harvested"),
        sa.Column("harvest", sa.Text(), nullable=True, comment="digest of the pool"),
        sa.Column(
            "standing",
            sa.Enum(
                "growing",
                "harvested",
                "discarded",
                name="flaskstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("seeded_by", sa.Text(), nullable=False),
        sa.Column("seeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["donor"], ["donor.number"], name=op.f("fk_flask_donor")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_flask")),
    )
    with op.batch_alter_table("flask", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flask_donor"), ["donor"], unique=False)
        batch_op.create_index(batch_op.f("ix_flask_harvest"), ["harvest"], unique=False)

    op.create_table(
        "infusion_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("visit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("weight", sa.String(40), nullable=False),
        sa.Column("volume", sa.String(40), nullable=False),
        sa.Column(
            "slot_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the bag is due on the ward",
        ),
        sa.Column(
            "standing",
            sa.Enum(
                "requested",
                "in_preparation",
                "cancelled",
                name="orderstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["treatment"], ["treatment_number.number"], name=op.f("fk_infusion_order_treatment")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_infusion_order")),
    )
    with op.batch_alter_table("infusion_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_infusion_order_treatment"), ["treatment"], unique=False
        )
        batch_op.create_index(
            "uq_infusion_order_visit",
            ["treatment", "visit"],
            unique=True,
            sqlite_where=sa.text("standing <> 'cancelled'"),
            postgresql_where=sa.text("standing <> 'cancelled'"),
        )

    op.create_table(
        "login_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="of a token; empty for a browser"),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["login"], ["person.login"], name=op.f("fk_login_session_login")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_login_session")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_login"), ["login"], unique=False)

    op.create_table(
        "look",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["treatment"], ["treatment_number.number"], name=op.f("fk_look_treatment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    with op.batch_alter_table("look", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_look_treatment"), ["treatment"], unique=False)

    op.create_table(
        "participant",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False, comment="digest; one person, one number"),
        sa.Column("consent_version", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "screening",
                "eligible",
                "not_eligible",
                "randomised",
                "withdrawn",
                name="participantstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("treatment", sa.Text(), nullable=True),
        sa.Column("randomised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_infusion_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "code_broken_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the fact, never the arm",
        ),
        sa.Column("withdrawn_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["treatment"], ["treatment_number.number"], name=op.f("fk_participant_treatment")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_participant")),
        sa.UniqueConstraint("identity", name=op.f("uq_participant_identity")),
        sa.UniqueConstraint("treatment", name=op.f("uq_participant_treatment")),
    )
    op.create_table(
        "preparation",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cell_lot", sa.Text(), nullable=False),
        sa.Column("vehicle_lot", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("cleared_by", sa.Text(), nullable=False, comment="line clearance, second person"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cell_lot"], ["lot.number"], name=op.f("fk_preparation_cell_lot")),
        sa.ForeignKeyConstraint(
            ["vehicle_lot"], ["lot.number"], name=op.f("fk_preparation_vehicle_lot")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_preparation")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "technician",
                "analyst",
                "qa",
                "nurse",
                "investigator",
                "assessor",
                "monitor",
                "statistician",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "until", sa.DateTime(timezone=True), nullable=True, comment="empty while it holds"
        ),
        sa.ForeignKeyConstraint(["login"], ["person.login"], name=op.f("fk_role_grant_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_login"), ["login"], unique=False)

    op.create_table(
        "serology",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("specimen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reactive", sa.Boolean(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["donor"], ["donor.number"], name=op.f("fk_serology_donor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serology")),
    )
    with op.batch_alter_table("serology", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_serology_donor"), ["donor"], unique=False)

    op.create_table(
        "signature",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="as printed at the time"),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column(
            "digest",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the RFC 8785 form of what was signed",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["person.login"], name=op.f("fk_signature_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_table(
        "trail_review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lot.number"], name=op.f("fk_trail_review_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_review")),
    )
    with op.batch_alter_table("trail_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trail_review_lot"), ["lot"], unique=False)

    op.create_table(
        "vial",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "filled",
                "stored",
                "reserved",
                "thawed",
                "qc",
                "retained",
                "destroyed",
                name="vialstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("box", sa.Text(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("taken_for", sa.Text(), nullable=True, comment="why it left storage"),
        sa.Column("thawed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["box"], ["place.number"], name=op.f("fk_vial_box")),
        sa.ForeignKeyConstraint(["lot"], ["lot.number"], name=op.f("fk_vial_lot")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_vial")),
        sa.UniqueConstraint("box", "position", name=op.f("uq_vial_box_position")),
    )
    with op.batch_alter_table("vial", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vial_lot"), ["lot"], unique=False)

    op.create_table(
        "adverse_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("onset", sa.Date(), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "mild",
                "moderate",
                "severe",
                "life_threatening",
                "fatal",
                name="severity",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("serious", sa.Boolean(), nullable=False),
        sa.Column(
            "related",
            sa.Boolean(),
            nullable=False,
            comment="in the investigator's judgement, blinded",
        ),
        sa.Column("described", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_adverse_event_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adverse_event")),
    )
    with op.batch_alter_table("adverse_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_adverse_event_participant"), ["participant"], unique=False
        )

    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("week", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hba1c", sa.String(40), nullable=False),
        sa.Column("insulin", sa.String(40), nullable=False, comment="per day"),
        sa.Column("c_peptide", sa.String(40), nullable=True, comment="fasting, ng/mL"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_assessment_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("participant", "week", name=op.f("uq_assessment_participant_week")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_assessment_participant"), ["participant"], unique=False
        )

    op.create_table(
        "bag",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("volume", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "filling",
                "drawn",
                "released",
                "dispatched",
                "received",
                "in_use",
                "infused",
                "partly_infused",
                "returned",
                "destroyed",
                "expired",
                "damaged",
                "withdrawn",
                name="bagstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sleeve", sa.Text(), nullable=True, comment="serial of the opaque sleeve"),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "notice_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="call the laboratory; any cause",
        ),
        sa.ForeignKeyConstraint(["order"], ["infusion_order.number"], name=op.f("fk_bag_order")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bag")),
        sa.UniqueConstraint("sleeve", name=op.f("uq_bag_sleeve")),
    )
    with op.batch_alter_table("bag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bag_order"), ["order"], unique=False)

    op.create_table(
        "code_break",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "emergency_treatment",
                "pregnancy",
                "authority",
                "other",
                name="breakreason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_code_break_participant")
        ),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_code_break_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_break")),
        sa.UniqueConstraint("participant", name=op.f("uq_code_break_participant")),
    )
    op.create_table(
        "feeding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flask", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("confluence", sa.String(40), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["flask"], ["flask.number"], name=op.f("fk_feeding_flask")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeding")),
    )
    with op.batch_alter_table("feeding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feeding_flask"), ["flask"], unique=False)

    op.create_table(
        "fitness",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("visit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fit", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_fitness_participant")
        ),
        sa.ForeignKeyConstraint(["signature"], ["signature.id"], name=op.f("fk_fitness_signature")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fitness")),
    )
    with op.batch_alter_table("fitness", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fitness_participant"), ["participant"], unique=False)

    op.create_table(
        "lot_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "released",
                "rejected",
                "held",
                "returned",
                "recalled",
                name="decision",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lot"], ["lot.number"], name=op.f("fk_lot_decision_lot")),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_lot_decision_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_decision")),
    )
    with op.batch_alter_table("lot_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_decision_lot"), ["lot"], unique=False)

    op.create_table(
        "presence",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["login_session.digest"], name=op.f("fk_presence_digest")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_presence")),
    )
    op.create_table(
        "screening_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_screening_answer_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_answer")),
    )
    with op.batch_alter_table("screening_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_screening_answer_participant"), ["participant"], unique=False
        )

    op.create_table(
        "sealed_list",
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the file"),
        sa.Column("rows", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_sealed_list_signature")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sealed_list")),
    )
    op.create_table(
        "specification",
        sa.Column("id", sa.Text(), nullable=False, comment="stage/version"),
        sa.Column(
            "stage",
            sa.Enum(
                "bank",
                "product",
                "vehicle",
                "bag",
                "vehicle-bag",
                name="stage",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column(
            "approved_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="in force from here on",
        ),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_specification_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specification")),
        sa.UniqueConstraint("stage", "version", name=op.f("uq_specification_stage_version")),
    )
    op.create_table(
        "weighing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("visit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("weight", sa.String(40), nullable=False),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "open",
                "confirmed",
                "disagreed",
                name="weighingstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("second", sa.String(40), nullable=True),
        sa.Column("second_by", sa.Text(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_weighing_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weighing")),
    )
    with op.batch_alter_table("weighing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_weighing_participant"), ["participant"], unique=False)

    op.create_table(
        "dispatch",
        sa.Column("bag", sa.Text(), nullable=False),
        sa.Column("courier", sa.Text(), nullable=False),
        sa.Column("temperature", sa.String(40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bag"], ["bag.number"], name=op.f("fk_dispatch_bag")),
        sa.PrimaryKeyConstraint("bag", name=op.f("pk_dispatch")),
    )
    op.create_table(
        "fill",
        sa.Column("bag", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column(
            "content",
            sa.Enum("cells", "vehicle", name="arm", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("dead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("squares", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("dilution", sa.String(40), nullable=True),
        sa.Column("pool", sa.String(40), nullable=True),
        sa.Column("viability", sa.String(40), nullable=True),
        sa.Column("drawn", sa.String(40), nullable=True),
        sa.Column("diluent", sa.String(40), nullable=True),
        sa.Column("target", sa.String(40), nullable=True),
        sa.Column("actual", sa.String(40), nullable=True),
        sa.Column("deviation", sa.String(40), nullable=True),
        sa.Column("dmso_g_per_kg", sa.String(40), nullable=True),
        sa.Column("drawn_by", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column(
            "released_at", sa.DateTime(timezone=True), nullable=True, comment="conditionally"
        ),
        sa.Column(
            "certified_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="finally, sterility closed",
        ),
        sa.ForeignKeyConstraint(["bag"], ["bag.number"], name=op.f("fk_fill_bag")),
        sa.ForeignKeyConstraint(["order"], ["infusion_order.number"], name=op.f("fk_fill_order")),
        sa.ForeignKeyConstraint(["session"], ["preparation.number"], name=op.f("fk_fill_session")),
        sa.PrimaryKeyConstraint("bag", name=op.f("pk_fill")),
    )
    with op.batch_alter_table("fill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fill_order"), ["order"], unique=False)
        batch_op.create_index(batch_op.f("ix_fill_session"), ["session"], unique=False)

    op.create_table(
        "infusion",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("bag", sa.Text(), nullable=False),
        sa.Column("visit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "verified",
                "infusing",
                "ended",
                "given_up",
                name="infusionstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("verified_by", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given", sa.String(40), nullable=True),
        sa.Column("empty_bag", sa.Text(), nullable=False, comment="what became of the empty bag"),
        sa.ForeignKeyConstraint(["bag"], ["bag.number"], name=op.f("fk_infusion_bag")),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_infusion_participant")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_infusion")),
    )
    with op.batch_alter_table("infusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_infusion_bag"), ["bag"], unique=False)
        batch_op.create_index(batch_op.f("ix_infusion_participant"), ["participant"], unique=False)
        batch_op.create_index(
            "uq_infusion_bag",
            ["bag"],
            unique=True,
            sqlite_where=sa.text("standing <> 'given_up'"),
            postgresql_where=sa.text("standing <> 'given_up'"),
        )

    op.create_table(
        "receipt",
        sa.Column("bag", sa.Text(), nullable=False),
        sa.Column("temperature", sa.String(40), nullable=False),
        sa.Column("intact", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bag"], ["bag.number"], name=op.f("fk_receipt_bag")),
        sa.PrimaryKeyConstraint("bag", name=op.f("pk_receipt")),
    )
    op.create_table(
        "sample",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False, comment="number of the lot or bag"),
        sa.Column("specification", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "to_do",
                "incubating",
                "no_growth",
                "growth",
                name="sterilitystanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
            comment="sterility",
        ),
        sa.Column("inoculated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inoculated_by", sa.Text(), nullable=True),
        sa.Column("growth_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organism", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closing_checked_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["specification"], ["specification.id"], name=op.f("fk_sample_specification")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sample")),
    )
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sample_of"), ["of"], unique=False)

    op.create_table(
        "sealed_row",
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["list"], ["sealed_list.digest"], name=op.f("fk_sealed_row_list")),
        sa.ForeignKeyConstraint(
            ["treatment"], ["treatment_number.number"], name=op.f("fk_sealed_row_treatment")
        ),
        sa.PrimaryKeyConstraint("treatment", name=op.f("pk_sealed_row")),
    )
    op.create_table(
        "specification_line",
        sa.Column("specification", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("test", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("chapter", sa.Text(), nullable=False),
        sa.Column("limit", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("sterility", sa.Boolean(), nullable=False),
        sa.Column("informative", sa.Boolean(), nullable=False),
        sa.Column("any_of", sa.Text(), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "usp",
                "ep",
                "gbt_rounded",
                "gbt_full",
                name="comparerule",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["specification"],
            ["specification.id"],
            name=op.f("fk_specification_line_specification"),
        ),
        sa.PrimaryKeyConstraint("specification", "code", name=op.f("pk_specification_line")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("infusion", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("temperature", sa.String(40), nullable=True),
        sa.Column("pulse", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("systolic", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("diastolic", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["infusion"], ["infusion.number"], name=op.f("fk_observation_infusion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_observation_infusion"), ["infusion"], unique=False)

    op.create_table(
        "result",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("value", sa.String(40), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("not_performed", sa.Text(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "entered",
                "reviewed",
                "invalid_run",
                "superseded",
                name="resultstanding",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "conforms", "fails", "indeterminate", name="outcome", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("amends", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["amends"], ["result.id"], name=op.f("fk_result_amends")),
        sa.ForeignKeyConstraint(["sample"], ["sample.number"], name=op.f("fk_result_sample")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
    )
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_sample"), ["sample"], unique=False)

    op.create_table(
        "sterility_reading",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("growth", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sample"], ["sample.number"], name=op.f("fk_sterility_reading_sample")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sterility_reading")),
    )
    with op.batch_alter_table("sterility_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sterility_reading_sample"), ["sample"], unique=False)


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("sterility_reading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sterility_reading_sample"))

    op.drop_table("sterility_reading")
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_sample"))

    op.drop_table("result")
    with op.batch_alter_table("observation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_observation_infusion"))

    op.drop_table("observation")
    op.drop_table("specification_line")
    op.drop_table("sealed_row")
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sample_of"))

    op.drop_table("sample")
    op.drop_table("receipt")
    with op.batch_alter_table("infusion", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_infusion_bag",
            sqlite_where=sa.text("standing <> 'given_up'"),
            postgresql_where=sa.text("standing <> 'given_up'"),
        )
        batch_op.drop_index(batch_op.f("ix_infusion_participant"))
        batch_op.drop_index(batch_op.f("ix_infusion_bag"))

    op.drop_table("infusion")
    with op.batch_alter_table("fill", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fill_session"))
        batch_op.drop_index(batch_op.f("ix_fill_order"))

    op.drop_table("fill")
    op.drop_table("dispatch")
    with op.batch_alter_table("weighing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_weighing_participant"))

    op.drop_table("weighing")
    op.drop_table("specification")
    op.drop_table("sealed_list")
    with op.batch_alter_table("screening_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_screening_answer_participant"))

    op.drop_table("screening_answer")
    op.drop_table("presence")
    with op.batch_alter_table("lot_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_decision_lot"))

    op.drop_table("lot_decision")
    with op.batch_alter_table("fitness", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fitness_participant"))

    op.drop_table("fitness")
    with op.batch_alter_table("feeding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feeding_flask"))

    op.drop_table("feeding")
    op.drop_table("code_break")
    with op.batch_alter_table("bag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bag_order"))

    op.drop_table("bag")
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessment_participant"))

    op.drop_table("assessment")
    with op.batch_alter_table("adverse_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_adverse_event_participant"))

    op.drop_table("adverse_event")
    with op.batch_alter_table("vial", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vial_lot"))

    op.drop_table("vial")
    with op.batch_alter_table("trail_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trail_review_lot"))

    op.drop_table("trail_review")
    op.drop_table("signature")
    with op.batch_alter_table("serology", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_serology_donor"))

    op.drop_table("serology")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_grant_login"))

    op.drop_table("role_grant")
    op.drop_table("preparation")
    op.drop_table("participant")
    with op.batch_alter_table("look", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_look_treatment"))

    op.drop_table("look")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_login"))

    op.drop_table("login_session")
    with op.batch_alter_table("infusion_order", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_infusion_order_visit",
            sqlite_where=sa.text("standing <> 'cancelled'"),
            postgresql_where=sa.text("standing <> 'cancelled'"),
        )
        batch_op.drop_index(batch_op.f("ix_infusion_order_treatment"))

    op.drop_table("infusion_order")
    with op.batch_alter_table("flask", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flask_harvest"))
        batch_op.drop_index(batch_op.f("ix_flask_donor"))

    op.drop_table("flask")
    with op.batch_alter_table("cord", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cord_donor"))

    op.drop_table("cord")
    op.drop_table("bank")
    op.drop_table("trial_pause")
    op.drop_table("treatment_number")
    with op.batch_alter_table("trail_entry", schema=None) as batch_op:
        batch_op.drop_index("uq_trail_entry_stream_seq")
        batch_op.drop_index("ix_trail_entry_batch")

    op.drop_table("trail_entry")
    op.drop_table("stream_head")
    op.drop_table("seal")
    op.drop_table("place")
    op.drop_table("person")
    op.drop_table("number_count")
    op.drop_table("lot")
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_label_live",
            sqlite_where=sa.text("standing IN ('issued', 'active')"),
            postgresql_where=sa.text("standing IN ('issued', 'active')"),
        )

    op.drop_table("label")
    op.drop_table("harvest")
    with op.batch_alter_table("failed_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_login_login"))

    op.drop_table("failed_login")
    op.drop_table("equipment")
    op.drop_table("donor")
    with op.batch_alter_table("deviation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deviation_about"))

    op.drop_table("deviation")
    with op.batch_alter_table("came_from", schema=None) as batch_op:
        batch_op.drop_index("ix_came_from_parent")

    op.drop_table("came_from")
    with op.batch_alter_table("bedside_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bedside_check_bag"))

    op.drop_table("bedside_check")
    op.drop_table("answer")
