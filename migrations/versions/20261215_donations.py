"""donations deep enough to leave paper

Forms of consent and what is withdrawn of them, answers of the questionnaire, reports on specimens
that somebody reviews, loggers' files, seals and serial numbers.

Revises: 20261214a
"""

import sqlalchemy as sa
from alembic import op

revision = "20261215a"
down_revision = "20261214a"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.String(40)
MOMENT = sa.DateTime(timezone=True)
SCOPE = sa.Enum(
    "recontact", "research", "use", "destruction",
    name="withdrawalscope", native_enum=False, length=32,
)
SPECIMEN_OF = sa.Enum("mother", "cord", name="specimenof", native_enum=False, length=32)
DILUTION = sa.Enum(
    "unknown", "included", "not_included", name="dilutionmeans", native_enum=False, length=32
)
COUNT_STANDING = sa.Enum(
    "counted", "taken", "analysed_anew", "struck_out",
    name="countstanding", native_enum=False, length=32,
)
BOX_COUNT = sa.Enum(
    "to_confirm", "confirmed", "apart", name="boxcountstanding", native_enum=False, length=32
)
DONOR_STANDING = sa.Enum(
    "pending", "eligible", "ineligible", "withdrawn",
    name="donorstanding", native_enum=False, length=32,
)
QUALIFIER = sa.Enum("=", "<", ">", name="qualifier", native_enum=False, length=32)
NEW = {
    "donor": (
        ("protocol", NUMBER, "the version that has her form's text"),
        ("recontact", sa.Boolean(), "she may be asked for blood again"),
        ("research", sa.Boolean(), "what is left may serve research"),
    ),
    "serology": (
        ("specimen_of", SPECIMEN_OF, "empty: the mother's"),
        ("qualifier", QUALIFIER, None),
        ("value", EXACT, "index or titre, as reported"),
        ("report", sa.Text(), "the file that it was read from"),
        ("reviewed_by", sa.Text(), None),
        ("reviewed_at", MOMENT, None),
    ),
    "cord": (("length", EXACT, None),),
    "sample": (
        ("voided_by", sa.Text(), "taken by mistake, QA says"),
        ("voided_at", MOMENT, None),
    ),
}
TEXTS = {
    "serology": (("specimen", "number on the tube"), ("method", "kit and method")),
    "cord": (("seal", "of the container"),),
    "sample": (("voided_why", None),),
    "equipment": (
        ("serial", "as the maker printed it"),
        ("clock", "zone of its clock; empty: the site's"),
        ("dilution_shown", "by which sample"),
    ),
}
MAY_BE_EMPTY = {
    "serology": (("reactive", sa.Boolean(), "empty: inconclusive"),),
    "cord": (
        ("lowest", EXACT, "as read off; the file says more"),
        ("highest", EXACT, None),
    ),
}
COUNTED_BY = ("0: an instrument counted", None)
MEANS = {
    "history": ("what was found besides the answers", "answers of the questionnaire"),
    "history_clear": ("nothing of it excludes", "no finding that excludes"),
}


def upgrade() -> None:
    """Go up."""
    for table, columns in NEW.items():
        for name, kind, comment in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True, comment=comment))
    for table, texts in TEXTS.items():
        for name, comment in texts:
            column = sa.Column(name, sa.Text(), nullable=False, server_default="", comment=comment)
            op.add_column(table, column)
    op.add_column(
        "equipment",
        sa.Column(
            "dilution", DILUTION, nullable=False, server_default="unknown",
            comment="of a counter, as a known sample showed",
        ),
    )
    _nullable(empty=True)
    _mean(0)
    _withdrawals_and_answers()
    _logger_runs()
    _counts()
    _vials()


def _nullable(*, empty: bool) -> None:
    for table, columns in MAY_BE_EMPTY.items():
        with op.batch_alter_table(table) as batch:
            for name, kind, comment in columns:
                batch.alter_column(
                    name, existing_type=kind, nullable=empty, comment=comment if empty else None
                )


def _mean(which: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.alter_column("harvest", "squares", comment=COUNTED_BY[which])
    for column, comments in MEANS.items():
        op.alter_column("donor", column, comment=comments[which])


def _withdrawals_and_answers() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("scope", SCOPE, nullable=False),
        sa.Column("said_at", MOMENT, nullable=False, comment="by her"),
        sa.Column("told_to", sa.Text(), nullable=False, comment="who heard it"),
        sa.Column(
            "was", DONOR_STANDING, nullable=False, comment="the donor's standing before"
        ),
        sa.Column("basis", sa.Text(), nullable=False, comment="of that standing"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("annulled_by", sa.Text(), nullable=True),
        sa.Column("annulled_at", MOMENT, nullable=True),
        sa.Column("annulled_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["donor"], ["donor.number"], name=op.f("fk_withdrawal_donor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
    )
    op.create_index("ix_withdrawal_donor", "withdrawal", ["donor"])
    op.create_table(
        "donor_answer",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("donor", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("protocol", NUMBER, nullable=False, comment="the version that asked"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["donor"], ["donor.number"], name=op.f("fk_donor_answer_donor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donor_answer")),
    )
    op.create_index("ix_donor_answer_donor", "donor_answer", ["donor"])


def _logger_runs() -> None:
    op.create_table(
        "logger_run",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("of", sa.Text(), nullable=False, comment="number of what lay beside it"),
        sa.Column("logger", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("readings", NUMBER, nullable=False),
        sa.Column("lowest", EXACT, nullable=False),
        sa.Column("highest", EXACT, nullable=False),
        sa.Column("kinetic", EXACT, nullable=False, comment="mean kinetic temperature"),
        sa.Column("outside", EXACT, nullable=False, comment="of the limits"),
        sa.Column("silent", EXACT, nullable=False, comment="longest time without a reading"),
        sa.Column(
            "usual", EXACT, nullable=False, comment="time that mostly lies between two"
        ),
        sa.Column(
            "curve", sa.Text(), nullable=False, comment="minutes:°C, so many as can be drawn"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["logger"], ["equipment.number"], name=op.f("fk_logger_run_logger")
        ),
        sa.ForeignKeyConstraint(["file"], ["attachment.id"], name=op.f("fk_logger_run_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logger_run")),
    )
    op.create_index("ix_logger_run_of", "logger_run", ["of"])


def _counts() -> None:
    op.create_table(
        "instrument_count",
        sa.Column("id", sa.Text(), nullable=False, comment="random"),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", NUMBER, nullable=False, comment="of the file"),
        sa.Column(
            "image", sa.Text(), nullable=False,
            comment="the instrument's own name of the measurement",
        ),
        sa.Column(
            "sample", sa.Text(), nullable=False, comment="as it was typed at the instrument"
        ),
        sa.Column("counted_at", MOMENT, nullable=True, comment="by the instrument's clock"),
        sa.Column(
            "again", sa.Text(), nullable=False,
            comment="when it was analysed anew, as the file has it",
        ),
        sa.Column("of", sa.Text(), nullable=True, comment="number of what was counted"),
        sa.Column("live", EXACT, nullable=False),
        sa.Column("total", EXACT, nullable=False),
        sa.Column("dilution", EXACT, nullable=True, comment="as the instrument knew it"),
        sa.Column("standing", COUNT_STANDING, nullable=False),
        sa.Column("taken_for", sa.Text(), nullable=True, comment="what rests on it"),
        sa.Column(
            "assigned_by", sa.Text(), nullable=True, comment="where its sample was no number"
        ),
        sa.Column("assigned_second", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("struck_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument"], ["equipment.number"], name=op.f("fk_instrument_count_instrument")
        ),
        sa.ForeignKeyConstraint(
            ["file"], ["attachment.id"], name=op.f("fk_instrument_count_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_count")),
    )
    for column in ("instrument", "of", "taken_for"):
        op.create_index(f"ix_instrument_count_{column}", "instrument_count", [column])


def _vials() -> None:
    op.create_table(
        "freezing",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("freezer", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column(
            "medium_at", MOMENT, nullable=False, comment="when the freezing medium was added"
        ),
        sa.Column("started_at", MOMENT, nullable=False, comment="of the run, by its file"),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("contact", EXACT, nullable=False, comment="from the medium to the run"),
        sa.Column(
            "rate", EXACT, nullable=True, comment="°C in each minute; empty: not reached"
        ),
        sa.Column("coldest", EXACT, nullable=False),
        sa.Column(
            "held", EXACT, nullable=False, comment="at its end as cold as it must be"
        ),
        sa.Column(
            "curve", sa.Text(), nullable=False, comment="minutes:°C, so many as can be drawn"
        ),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["lot"], ["lot.number"], name=op.f("fk_freezing_lot")),
        sa.ForeignKeyConstraint(
            ["freezer"], ["equipment.number"], name=op.f("fk_freezing_freezer")
        ),
        sa.ForeignKeyConstraint(["file"], ["attachment.id"], name=op.f("fk_freezing_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezing")),
    )
    op.create_index("ix_freezing_lot", "freezing", ["lot"])
    op.create_table(
        "box_count",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("box", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False, comment="numbers that were not found"),
        sa.Column(
            "extra", sa.Text(), nullable=False,
            comment="numbers that lay there and should not",
        ),
        sa.Column("standing", BOX_COUNT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("second_by", sa.Text(), nullable=True),
        sa.Column("second_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["box"], ["place.number"], name=op.f("fk_box_count_box")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_count")),
    )
    op.create_index("ix_box_count_box", "box_count", ["box"])


def downgrade() -> None:
    """Go down; what was inconclusive or not read off is not there in the version before."""
    for table in ("box_count", "freezing", "instrument_count", "logger_run", "donor_answer", "withdrawal"):
        op.drop_table(table)
    op.execute("UPDATE donor SET standing = 'ineligible' WHERE standing = 'withdrawn'")
    op.execute("DELETE FROM serology WHERE reactive IS NULL")
    op.drop_column("equipment", "dilution")
    op.execute("UPDATE cord SET lowest = '0' WHERE lowest IS NULL")
    op.execute("UPDATE cord SET highest = '0' WHERE highest IS NULL")
    _nullable(empty=False)
    _mean(1)
    for table, texts in TEXTS.items():
        for name, _ in texts:
            op.drop_column(table, name)
    for table, columns in NEW.items():
        for name, _, _ in columns:
            op.drop_column(table, name)
