"""Reads of what loggers said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.facts import facts
from lims.core.quantities import Celsius, Minutes
from lims.instruments.models import LoggerRun


@dataclass(frozen=True)
class RunFacts:
    """What a logger said of a span of time."""

    logger: str
    file: str
    since: datetime
    until: datetime
    readings: int
    lowest: Celsius
    highest: Celsius
    kinetic: Celsius
    outside: Minutes
    silent: Minutes
    usual: Minutes
    curve: str
    by: str
    at: datetime


def run_of(session: Session, number: str) -> RunFacts | None:
    """The newest reading of a logger that lay beside this; None where none was read."""
    newest = select(LoggerRun).where(LoggerRun.of == number).order_by(LoggerRun.id.desc()).limit(1)
    row = session.scalar(newest)
    return facts(RunFacts, row) if row else None
