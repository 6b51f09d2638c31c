"""Reads of the label ledger, of masters and printers."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.core.errors import Missing, Refused
from lims.core.facts import facts
from lims.core.listing import EVERYTHING, Asked, Listed, Listing, one_page
from lims.core.reasons import Reason
from lims.core.telling import DoneBefore, Made, Told
from lims.core.texts import named, say
from lims.identifiers.numbers import Kind, copy_of, is_number, kind_of
from lims.labelling.masters import Master, load_master
from lims.labelling.models import Label, MasterVersion, Printer, PrintJob, Reconciliation
from lims.labelling.rules import JobStanding, LabelStanding, MasterStanding, PrinterSide
from lims.trust.identity.people import Person

WARD_KINDS = frozenset({Kind.PARTICIPANT, Kind.ORDER})  # their labels tell the laboratory nothing
HOUSE_KINDS = frozenset({Kind.BADGE})
BATCH_KINDS = frozenset({Kind.FLASK, Kind.LOT, Kind.MATERIAL, Kind.RUN, Kind.SESSION})
LIVE = (LabelStanding.ISSUED, LabelStanding.ACTIVE)
OPEN = (LabelStanding.ISSUED, LabelStanding.SUPERSEDED)  # paper that nobody has accounted for


@dataclass(frozen=True)
class LabelFacts:
    """A label as the ledger has it."""

    code: Made
    number: str
    copy: int
    master: str
    version: int
    batch: str
    standing: LabelStanding
    printed_by: str
    printed_at: datetime
    scanned_by: str | None
    scanned_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    reason: str
    says: Told = ""
    again: DoneBefore = False  # it had been read back before: told as such, not as done


@dataclass(frozen=True)
class BatchFacts:
    """The labels that are reconciled together, by what became of them."""

    number: Made
    issued: int
    used: int
    voided: int
    destroyed: int
    returned: int
    open: int
    reconciled_at: datetime | None  # with exactly these counts
    codes: tuple[str, ...]
    says: Told = ""


@dataclass(frozen=True)
class PrinterFacts:
    """A printer."""

    name: str
    side: PrinterSide
    host: str
    port: int
    dpi: int
    station: str
    in_service: bool
    says: Told = ""


@dataclass(frozen=True)
class JobFacts:
    """A label's way to a printer."""

    id: str
    label: str
    number: str
    printer: str
    standing: JobStanding
    says: Told
    by: str
    at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class MasterFacts:
    """A version of a label master as QA approved it."""

    name: str
    version: int
    digest: str
    change: str
    standing: MasterStanding
    approved_by: str
    approved_at: datetime
    says: Told = ""


def label_facts(row: Label, says: str = "", *, again: bool = False) -> LabelFacts:
    """A ledger line's fields."""
    return facts(LabelFacts, row, says=says, again=again)


def side_of(number: str) -> PrinterSide:
    """On which side a number's labels are printed and seen."""
    kind = kind_of(number)
    if kind in WARD_KINDS:
        return PrinterSide.WARD
    return PrinterSide.HOUSE if kind in HOUSE_KINDS else PrinterSide.LAB


LABELS = Listing(
    (Label.printed_at, Label.code),
    finds=(Label.code, Label.batch, Label.master, Label.printed_by),
    stands=Label.standing,
    sorts={"label": Label.code, "printed": Label.printed_at},
)


def labels(session: Session, asked: Asked = EVERYTHING) -> Listed[LabelFacts]:
    """All labels of the laboratory, the newest first."""
    own = [Label.number.not_like(f"LM{kind}%") for kind in WARD_KINDS | HOUSE_KINDS]
    page = one_page(session, select(Label).where(*own), LABELS, asked)
    return page.told(label_facts(row) for row in page.rows)


def labels_of(session: Session, number: str) -> list[LabelFacts]:
    """All copies of one number's label."""
    rows = session.scalars(select(Label).where(Label.number == number).order_by(Label.copy))
    return [label_facts(row) for row in rows]


def label(session: Session, code: str) -> LabelFacts:
    """One label of the laboratory."""
    return label_facts(label_row(session, code, PrinterSide.LAB))


def live_label(session: Session, number: str) -> Label | None:
    """The one copy that counts, issued or active."""
    return session.scalar(select(Label).where(Label.number == number, Label.standing.in_(LIVE)))


def active_copy(session: Session, number: str) -> int | None:
    """The copy that was scanned back and is valid; None if there is none."""
    return session.scalar(
        select(Label.copy).where(Label.number == number, Label.standing == LabelStanding.ACTIVE)
    )


def label_row(session: Session, code: str, side: PrinterSide) -> Label:
    """The ledger line of a code of this side's."""
    row = session.get(Label, code) if copy_of(code) else None
    if row is None or side_of(row.number) is not side:
        raise Missing
    return row


def dead_label_reasons(session: Session, number: str, copy: int) -> list[Reason]:
    """That the label which was read is not the one that counts. Nothing was printed: no reason."""
    row = session.scalar(select(Label).where(Label.number == number, Label.copy == copy))
    live = live_label(session, number)
    if live is not None and live.copy == copy:
        return []
    if row is None and live is None and copy == 1:
        return []  # never labelled: read from a list or a screen
    if live:
        became = named(LabelStanding.SUPERSEDED)
    else:
        became = named(row.standing) if row else say("label.unknown")
    return [Reason("superseded-label.this-label", became=became)]


def batch(session: Session, number: str) -> BatchFacts:
    """All labels of a session, a lot or a run, and how they add up."""
    rows = session.execute(
        select(Label.code, Label.standing, Label.number)
        .where(Label.batch == number)
        .order_by(Label.number, Label.copy)
    ).all()
    if not is_number(number) or kind_of(number) not in BATCH_KINDS:
        raise Missing
    by = Counter(row.standing for row in rows)
    counts: dict[str, Any] = {
        "issued": len(rows),
        "used": by[LabelStanding.ACTIVE],
        "voided": by[LabelStanding.VOIDED],
        "destroyed": by[LabelStanding.DESTROYED],
        "returned": by[LabelStanding.RETURNED],
    }
    done = select(func.max(Reconciliation.at)).where(Reconciliation.batch == number)
    return BatchFacts(
        number=number,
        **counts,
        open=sum(by[standing] for standing in OPEN),
        reconciled_at=session.scalar(done.filter_by(**counts)),
        codes=tuple(row.code for row in rows),
    )


def labels_in(session: Session, number: str) -> list[LabelFacts]:
    """The ledger lines of a batch."""
    rows = session.scalars(
        select(Label).where(Label.batch == number).order_by(Label.number, Label.copy)
    )
    return [label_facts(row) for row in rows]


def open_labels(session: Session, number: str) -> list[str]:
    """The codes of a batch's labels that nobody has accounted for."""
    return list(
        session.scalars(select(Label.code).where(Label.batch == number, Label.standing.in_(OPEN)))
    )


def approvals(session: Session) -> list[MasterFacts]:
    """Every version that was ever approved."""
    rows = select(MasterVersion).order_by(MasterVersion.name, MasterVersion.version)
    return [facts(MasterFacts, row, says="") for row in session.scalars(rows)]


def master_in_force(session: Session, folder: Path, name: str) -> Master:
    """The version of a master from which labels are printed now, or Refused."""
    row = session.scalar(
        select(MasterVersion).where(
            MasterVersion.name == name, MasterVersion.standing == MasterStanding.IN_FORCE
        )
    )
    if row is None:
        raise Refused(Reason("master-not-approved", name=name))
    return _as_approved(folder, row)


def approved_master(session: Session, folder: Path, name: str, version: int) -> Master:
    """The version from which a label was issued, as QA approved it, or Refused."""
    row = session.get(MasterVersion, (name, version))
    if row is None:
        raise Missing(say("approved-label-master"))
    return _as_approved(folder, row)


def _as_approved(folder: Path, row: MasterVersion) -> Master:
    master = load_master(folder, row.name, row.version)
    if master.digest != row.digest:
        raise Refused(Reason("master-changed.the", name=row.name))
    return master


def badges(session: Session) -> list[tuple[LabelFacts, str]]:
    """Every badge with whose it is, or was."""
    kinds = [Label.number.like(f"LM{kind}%") for kind in HOUSE_KINDS]
    names = {person.badge: person.name for person in session.scalars(select(Person))}
    rows = session.scalars(select(Label).where(*kinds).order_by(Label.printed_at.desc()))
    return [(label_facts(row), names.get(row.number, say("nobody-any-more"))) for row in rows]


def printers(session: Session) -> list[PrinterFacts]:
    """All printers."""
    rows = session.scalars(select(Printer).order_by(Printer.name))
    return [facts(PrinterFacts, row, says="") for row in rows]


def printers_at(session: Session, side: PrinterSide) -> list[PrinterFacts]:
    """The printers of one side that work."""
    return [p for p in printers(session) if p.side is side and p.in_service]


def jobs_to_deliver(session: Session, broken_off: datetime) -> list[JobFacts]:
    """What waits to be brought to a printer or asked after, in its order.

    One that was being sent before `broken_off` is asked after too: whoever was at it is gone.
    """
    going = PrintJob.standing.in_((JobStanding.WAITING, JobStanding.ASKED))
    left = (PrintJob.standing == JobStanding.SENDING) & (PrintJob.sent_at < broken_off)
    rows = select(PrintJob).where(going | left).order_by(PrintJob.at, PrintJob.number, PrintJob.id)
    return [facts(JobFacts, row) for row in session.scalars(rows)]


def jobs_of(session: Session, code: str) -> list[JobFacts]:
    """Every way of one label to a printer, the newest first."""
    rows = select(PrintJob).where(PrintJob.label == code).order_by(PrintJob.at.desc(), PrintJob.id)
    return [facts(JobFacts, row) for row in session.scalars(rows)]


def labelled(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of these numbers that were ever printed on a label."""
    return set(session.scalars(select(Label.number).where(Label.number.in_(numbers))))
