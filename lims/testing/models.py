"""Specifications, samples, results and sterility tests."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lims.core.db import Base, Login, Word
from lims.core.moves import HasStanding
from lims.core.rounding import CompareRule, Outcome, Qualifier
from lims.protocol.sections import Stage
from lims.testing.rules import ResultStanding, SterilityStanding

R = ResultStanding
T = SterilityStanding


class Specification(Base):
    """One approved version; a change is a new version."""

    __tablename__ = "specification"
    __table_args__ = (UniqueConstraint("stage", "version"),)
    stream = ("specification", "stage")
    insert_only = True

    id: Mapped[str] = mapped_column(primary_key=True, comment="stage/version")
    stage: Mapped[Stage]
    version: Mapped[int]
    protocol: Mapped[int] = mapped_column(comment="the version whose lines these are")
    approved_by: Mapped[Login]
    approved_at: Mapped[datetime] = mapped_column(comment="in force from here on")
    signature: Mapped[str] = mapped_column(ForeignKey("signature.id"))


class SpecificationLine(Base):
    """One test of a specification, its limit as text with its decimals."""

    __tablename__ = "specification_line"
    stream = ("specification", "specification")
    insert_only = True

    specification: Mapped[str] = mapped_column(ForeignKey("specification.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]
    test: Mapped[str]
    method: Mapped[str]
    chapter: Mapped[str]
    limit: Mapped[str]
    unit: Mapped[str]
    category: Mapped[str]
    sterility: Mapped[bool]
    informative: Mapped[bool]
    any_of: Mapped[str]
    possible: Mapped[str] = mapped_column(comment="what a result can be at all")
    own: Mapped[str] = mapped_column(comment="the figure of our own counts that it is held against")
    rule: Mapped[CompareRule]
    test_zh: Mapped[str] = mapped_column(server_default="")
    method_zh: Mapped[str] = mapped_column(server_default="")
    category_zh: Mapped[str] = mapped_column(server_default="")


class Sample(HasStanding, Base):
    """A sample of a lot or a bag, judged by the specification in force when it was taken."""

    __tablename__ = "sample"
    stream = ("sample", "number")
    moves: ClassVar = {
        T.TO_DO: frozenset({T.INCUBATING}),
        T.INCUBATING: frozenset({T.NO_GROWTH, T.GROWTH}),
        T.NO_GROWTH: frozenset({T.GROWTH}),  # a late report reopens the record
    }

    number: Mapped[str] = mapped_column(primary_key=True)
    of: Mapped[str] = mapped_column(index=True, comment="number of the lot or bag")
    specification: Mapped[str] = mapped_column(ForeignKey("specification.id"))
    protocol: Mapped[int] = mapped_column(comment="the version in force when it was taken")
    taken_by: Mapped[Login]
    taken_at: Mapped[datetime]
    standing: Mapped[SterilityStanding] = mapped_column(default=T.TO_DO, comment="sterility")
    inoculated_at: Mapped[datetime | None]
    inoculated_by: Mapped[Login | None]
    growth_seen_at: Mapped[datetime | None]
    organism: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[Login | None]
    closing_checked_by: Mapped[Login | None]
    voided_by: Mapped[Login | None] = mapped_column(comment="taken by mistake, QA says")
    voided_at: Mapped[datetime | None]
    voided_why: Mapped[str] = mapped_column(default="")


class SterilityReading(Base):
    """One look at the cultures."""

    __tablename__ = "sterility_reading"
    stream = ("sample", "sample")
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    sample: Mapped[str] = mapped_column(ForeignKey("sample.number"), index=True)
    at: Mapped[datetime]
    by: Mapped[Login]
    growth: Mapped[bool]


class Result(HasStanding, Base):
    """One test's result. An amendment is a new row; the old one stays."""

    __tablename__ = "result"
    stream = ("sample", "sample")
    moves: ClassVar = {
        R.ENTERED: frozenset({R.REVIEWED, R.INVALID_RUN, R.SUPERSEDED}),
        R.REVIEWED: frozenset({R.SUPERSEDED, R.INVALID_RUN}),
    }

    id: Mapped[str] = mapped_column(primary_key=True)
    sample: Mapped[str] = mapped_column(ForeignKey("sample.number"), index=True)
    code: Mapped[str]
    qualifier: Mapped[Qualifier] = mapped_column(Word(Qualifier))
    value: Mapped[Decimal | None]
    category: Mapped[str]
    not_performed: Mapped[str]
    standing: Mapped[ResultStanding] = mapped_column(default=R.ENTERED)
    outcome: Mapped[Outcome]
    entered_by: Mapped[Login]
    entered_at: Mapped[datetime]
    reviewed_by: Mapped[Login | None]
    instrument: Mapped[str | None] = mapped_column(comment="number of what measured it, by file")
    file: Mapped[str | None] = mapped_column(comment="attachment that it was read from")
    measured_at: Mapped[datetime | None] = mapped_column(comment="by the instrument's clock")
    amends: Mapped[str | None] = mapped_column(ForeignKey("result.id"))
    reason: Mapped[str] = mapped_column(default="")
