"""to take up again what was stopped

A bag remembers where it stood when it was withdrawn, and why it alone was stopped or ended. What was
withdrawn before this version does not know where it stood: it is returned or destroyed. The ward has
its own deviations: an infusion that is late, one that is missed. A further list, or one in place of
a list that nobody used; a code that two people had to know, and who of them judges no more.

Revises: 20261129b
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129c"
down_revision = "20261129b"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDING = sa.Enum(
    "filling", "drawn", "released", "dispatched", "received", "in_use", "infused",
    "partly_infused", "not_given", "returned", "destroyed", "expired", "damaged", "withdrawn",
    name="bagstanding", native_enum=False, length=32,
)  # fmt: skip
KIND = sa.Enum(
    "late", "missed", "randomised_by_mistake", "wrong_stratum", "registered_twice", "other",
    name="warddeviationkind", native_enum=False, length=32,
)  # fmt: skip


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "bag",
        sa.Column(
            "withdrawn_from",
            STANDING,
            comment="where it stood; empty where a false alarm gives nothing back",
        ),
    )
    op.add_column(
        "lot",
        sa.Column(
            "delivery",
            sa.Text(),
            comment="the first container of the delivery that it came in",
        ),
    )
    op.create_index(op.f("ix_lot_delivery"), "lot", ["delivery"])
    op.execute("UPDATE lot SET delivery = number WHERE kind = 'material'")
    _text("bag", "because", "why it alone was stopped or ended")
    _text("fill", "given_up_because")
    _text("participant", "missed", "infusions declared missed, by blanks")
    _text("participant", "code_broken_by", "who knows the arm and judges no more, by blanks")
    op.add_column(
        "participant", sa.Column("late_visit", NUMBER, comment="may be given after its window")
    )
    op.add_column(
        "treatment_number",
        sa.Column(
            "void",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="of a list that was replaced",
        ),
    )
    op.create_table(
        "ward_deviation",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("visit", NUMBER, nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.number"], name=op.f("fk_ward_deviation_participant")
        ),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_ward_deviation_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_deviation")),
    )
    op.create_index(op.f("ix_ward_deviation_participant"), "ward_deviation", ["participant"])
    op.create_table(
        "look_back",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signature"], ["signature.id"], name=op.f("fk_look_back_signature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_back")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False, comment="random: it tells nothing"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    for column in ("kind", "about", "raised_at"):
        op.create_index(op.f(f"ix_notice_{column}"), "notice", [column])
    op.create_table(
        "acknowledgement",
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("will_do", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice"], ["notice.id"], name=op.f("fk_acknowledgement_notice")
        ),
        sa.PrimaryKeyConstraint("notice", "login", name=op.f("pk_acknowledgement")),
    )
    op.execute(
        'UPDATE participant SET code_broken_by = (SELECT code_break."by" FROM code_break'
        " WHERE code_break.participant = participant.number)"
        " WHERE number IN (SELECT participant FROM code_break)"
    )
    with op.batch_alter_table("code_break") as code_break:
        code_break.drop_constraint("uq_code_break_participant", type_="unique")
    op.create_index(op.f("ix_code_break_participant"), "code_break", ["participant"])


def _text(table: str, column: str, comment: str | None = None) -> None:
    op.add_column(
        table, sa.Column(column, sa.Text(), nullable=False, server_default="", comment=comment)
    )


def downgrade() -> None:
    """Go down: what hung and gave nothing was returned, and a code was broken by its first breaker."""
    op.execute("UPDATE bag SET standing = 'returned' WHERE standing = 'not_given'")
    op.drop_index(op.f("ix_code_break_participant"), "code_break")
    _free("code_break")
    op.execute(
        "DELETE FROM code_break WHERE id NOT IN"
        " (SELECT first FROM (SELECT min(id) AS first FROM code_break GROUP BY participant) AS firsts)"
    )
    with op.batch_alter_table("code_break") as code_break:
        code_break.create_unique_constraint("uq_code_break_participant", ["participant"])
    op.drop_table("look_back")
    op.drop_table("acknowledgement")
    op.drop_table("notice")
    op.drop_table("ward_deviation")
    op.drop_index(op.f("ix_lot_delivery"), "lot")
    op.drop_column("lot", "delivery")
    op.drop_column("treatment_number", "void")
    for column in ("late_visit", "code_broken_by", "missed"):
        op.drop_column("participant", column)
    op.drop_column("fill", "given_up_because")
    for column in ("because", "withdrawn_from"):
        op.drop_column("bag", column)


def _free(table: str) -> None:
    """What only grows may shrink here: the trail keeps what is taken out."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}")
        return
    for what in ("update", "delete", "replace"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")
