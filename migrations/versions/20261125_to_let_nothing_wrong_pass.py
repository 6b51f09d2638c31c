"""to let nothing wrong pass

Columns are added and never a table rebuilt: SQLite would drop the triggers and the rows that
point to it.

Revises: 20261122b
"""

from datetime import datetime, timezone

import sqlalchemy as sa
from alembic import op

from lims.settings import Settings

revision = "20261125a"
down_revision = "20261122b"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What judged before versions of the protocol were kept is version 0.
WITH_VERSION = (
    "assessment", "bag", "infusion_order", "sample", "screening_answer", "specification",
)

COMMENTS = (
    ('assessment', 'protocol', 'the version that judged it'),
    ('assessment', 'measured_on', "the site's day"),
    ('bag', 'protocol', 'the version that its order was judged by'),
    ('bedside_check', 'wristband', 'ours as it was scanned; any other as a keyed digest'),
    ('bedside_check', 'bag', 'ours, or a keyed digest'),
    ('cord', 'cleared_at', 'when QA found the donor eligible for this donation'),
    ('deviation', 'code', None),
    ('donor', 'history_at', 'when it was taken down'),
    ('failed_login', 'login', 'of a person, or a keyed digest'),
    ('failed_login', 'address', 'at log-in'),
    ('failed_login', 'by', 'in whose session, at a signature'),
    ('infusion_order', 'protocol', 'the version that judged it, and its dose'),
    ('infusion_order', 'halted_at', 'the ward asks the bench to wait; never why'),
    ('participant', 'identity', 'keyed digest; one person, one number'),
    ('participant', 'wristband', "keyed digest of the hospital's own wristband, if it is linked"),
    ('person', 'folded', 'the name in one spelling'),
    ('person', 'staff_number', "the employer's, folded"),
    ('person', 'password_set_by', "somebody else; empty: one's own"),
    ('person', 'password_used_at', 'the one log-in it is for'),
    ('preparation', 'stopped_because', 'news that closed it'),
    ('sample', 'protocol', 'the version in force when it was taken'),
    ('screening_answer', 'protocol', 'the version that judged it'),
    ('sealed_list', 'digest', 'of the list, under its own key: nobody can guess rows by it'),
    ('specification', 'protocol', 'the version whose lines these are'),
    ('specification_line', 'possible', 'what a result can be at all'),
    ('specification_line', 'own', 'the figure of our own counts that it is held against'),
    ('weighing', 'settled_by', 'who weighed the third time or signed'),
    ('weighing', 'settled_because', 'why an unlikely one is right'),
)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "clock_accepted",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("newest_entry", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_accepted")),
    )
    op.create_table(
        "known_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_known_key")),
    )
    op.create_table(
        "protocol_version",
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the text"),
        sa.Column("text", sa.Text(), nullable=False, comment="the file as it was signed"),
        sa.Column("change", sa.Text(), nullable=False, comment="what changed and why"),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False,
                  comment="not in force before"),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True,
                  comment="empty: it governs nothing"),
        sa.Column("approval", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["approval"], ["signature.id"],
                                name=op.f("fk_protocol_version_approval")),
        sa.ForeignKeyConstraint(["signature"], ["signature.id"],
                                name=op.f("fk_protocol_version_signature")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_protocol_version")),
        sa.UniqueConstraint("digest", name=op.f("uq_protocol_version_digest")),
    )
    op.create_table(
        "fitness_undone",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("visit", NUMBER, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["participant"], ["participant.number"],
                                name=op.f("fk_fitness_undone_participant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fitness_undone")),
    )
    op.create_index("ix_fitness_undone_participant", "fitness_undone", ["participant"])

    for table in WITH_VERSION:
        op.add_column(
            table, sa.Column("protocol", NUMBER, nullable=False, server_default=sa.text("0"))
        )
    _text("specification_line", "possible")
    _text("specification_line", "own")
    _text("preparation", "stopped_because")
    _text("weighing", "settled_because")
    op.add_column("weighing", sa.Column("settled_by", sa.Text(), nullable=True))
    op.add_column("infusion_order",
                  sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True))
    _failed_logins()
    _people()
    _assessments()
    _cords()
    op.add_column("participant",
                  sa.Column("last_infusion_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE participant SET last_infusion_at = (SELECT max(started_at) FROM infusion"
        " WHERE infusion.participant = participant.number)"
    )
    _edges_to_places()
    _comments()


def _comments() -> None:
    """What a column means, where the database keeps that."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, comment in COMMENTS:
        op.alter_column(table, column, comment=comment)


def _text(table: str, column: str) -> None:
    op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))


def _failed_logins() -> None:
    proof = sa.Enum("login", "signature", name="proof", native_enum=False, length=32)
    op.add_column("failed_login",
                  sa.Column("proof", proof, nullable=False, server_default="login"))
    _text("failed_login", "address")
    _text("failed_login", "by")


def _people() -> None:
    """Names in one spelling; until QA has entered staff numbers, the login stands for it."""
    _text("person", "folded")
    _text("person", "staff_number")
    op.add_column("person", sa.Column("password_set_by", sa.Text(), nullable=True))
    op.add_column("person",
                  sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=False,
                            server_default="2026-11-25 00:00:00"))
    op.add_column("person",
                  sa.Column("password_used_at", sa.DateTime(timezone=True), nullable=True))
    connection, taken = op.get_bind(), set()
    people = sa.table("person", sa.column("login"), sa.column("name"), sa.column("folded"),
                      sa.column("staff_number"))
    for login, name in connection.execute(sa.select(people.c.login, people.c.name)).all():
        folded = " ".join(str(name).upper().split())
        folded = f"{folded} {login.upper()}" if folded in taken else folded
        taken.add(folded)
        connection.execute(
            people.update().where(people.c.login == login)
            .values(folded=folded, staff_number=login.upper())
        )
    op.create_index("ix_person_folded", "person", ["folded"], unique=True)
    op.create_index("ix_person_staff_number", "person", ["staff_number"], unique=True)


def _assessments() -> None:
    """The day of the entry stands for the day of the measurement, as it did."""
    op.add_column("assessment",
                  sa.Column("measured_on", sa.Date(), nullable=False,
                            server_default="2026-11-25"))
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT id, at FROM assessment")).all()
    if not found:
        return
    if connection.dialect.name == "postgresql":
        op.execute("DROP TRIGGER IF EXISTS assessment_only_grows ON assessment")
    else:
        op.execute("DROP TRIGGER IF EXISTS assessment_no_update")
    zone = Settings.from_environment().zone
    table = sa.table("assessment", sa.column("id"), sa.column("measured_on", sa.Date()))
    for number, at in found:
        moment = datetime.fromisoformat(str(at))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        connection.execute(
            table.update().where(table.c.id == number)
            .values(measured_on=moment.astimezone(zone).date())
        )


def _cords() -> None:
    """What QA decided covered every cord that had come by then."""
    op.add_column("cord", sa.Column("accepted_by", sa.Text(), nullable=True))
    op.add_column("cord", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("donor", sa.Column("history_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE cord SET cleared_at = (SELECT decided_at FROM donor WHERE donor.number ="
        " cord.donor AND donor.standing = 'eligible' AND cord.received_at <= donor.decided_at)"
    )


def _edges_to_places() -> None:
    """Where a vial lies becomes an edge, which stays when it leaves."""
    for child, parent, at in (
        ("vial.number", "vial.box", "SELECT filled_at FROM bank WHERE bank.lot = vial.lot"),
        ("place.number", "place.within", "SELECT min(filled_at) FROM bank"),
    ):
        table = child.split(".")[0]
        op.execute(
            f"INSERT INTO came_from (child, parent, at) SELECT {child}, {parent},"
            f" coalesce(({at}), '2026-11-25 00:00:00') FROM {table} WHERE {parent} IS NOT NULL"
        )


def downgrade() -> None:
    """Go down."""
    op.execute(
        "UPDATE cord SET standing = 'received' WHERE standing = 'accepted'"
    )
    op.execute("UPDATE weighing SET standing = 'disagreed' WHERE standing = 'unlikely'")
    op.drop_index("ix_person_staff_number", "person")
    op.drop_index("ix_person_folded", "person")
    for table, column in (
        ("participant", "last_infusion_at"),
        ("donor", "history_at"),
        ("cord", "cleared_at"),
        ("cord", "accepted_by"),
        ("assessment", "measured_on"),
        ("person", "password_used_at"),
        ("person", "password_set_at"),
        ("person", "password_set_by"),
        ("person", "staff_number"),
        ("person", "folded"),
        ("failed_login", "by"),
        ("failed_login", "address"),
        ("failed_login", "proof"),
        ("infusion_order", "halted_at"),
        ("weighing", "settled_by"),
        ("weighing", "settled_because"),
        ("preparation", "stopped_because"),
        ("specification_line", "own"),
        ("specification_line", "possible"),
        *((table, "protocol") for table in WITH_VERSION),
    ):
        op.drop_column(table, column)
    op.drop_index("ix_fitness_undone_participant", "fitness_undone")
    op.drop_table("fitness_undone")
    op.drop_table("protocol_version")
    op.drop_table("known_key")
    op.drop_table("clock_accepted")
