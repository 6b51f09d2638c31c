"""Labels on their way to a printer. Nothing is sent twice unless the printer proves it is safe.

A job is noted as sent before its first byte leaves. When the answer is lost, the printer's own
odometer says whether a label came out; where it cannot, the job stays unknown, and the person
scans the label or voids it: its reprint has another serial, so that a late first one is dead.
"""

import json
from dataclasses import dataclass
from functools import partial

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.core.errors import Missing, Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.identifiers.fields import AnyNumber
from lims.labelling import queries
from lims.labelling.masters import load_master
from lims.labelling.models import (
    JobStanding,
    Label,
    LabelStanding,
    MasterStanding,
    MasterVersion,
    Printer,
    PrinterSide,
    PrintJob,
)
from lims.labelling.output import as_zpl
from lims.labelling.queries import BatchFacts, JobFacts, LabelFacts
from lims.labelling.render import draw
from lims.labelling.zebra import PrinterState, Zebra, connected
from lims.protocol.queries import load_trial
from lims.settings import Settings
from lims.trust.action import action
from lims.trust.people import PROGRAM
from lims.trust.perform import Request, perform
from lims.trust.permissions import Permission
from lims.trust.site import Site
from lims.trust.work import Work

UNDER_WAY = (JobStanding.WAITING, JobStanding.SENDING, JobStanding.UNKNOWN)
ASK = "Look for the label: scan it back, or void it and print it anew."


@dataclass(frozen=True)
class SendLabel:
    """A label and the printer that prints it."""

    code: str
    printer: str


@action(may=Permission.PRINT_LABEL)
def send_label(work: Work, wanted: SendLabel) -> LabelFacts:
    """Print a label on a label printer; one whose way is unknown is asked after, not repeated."""
    return send(work, wanted, PrinterSide.LAB)


def send(work: Work, wanted: SendLabel, side: PrinterSide) -> LabelFacts:
    """Put a label of this side's on its way; it leaves when the transaction is done."""
    row = queries.label_row(work.session, wanted.code, side)
    printer = work.session.get(Printer, wanted.printer)
    if printer is None or printer.side is not side or not printer.in_service:
        raise Missing("printer in service")
    jobs = work.session.scalars(select(PrintJob).where(PrintJob.label == row.code)).all()
    known = next((job for job in jobs if job.standing in UNDER_WAY), None)
    printed = any(job.standing is JobStanding.PRINTED for job in jobs)
    reasons = [
        *when(
            row.standing is not LabelStanding.ISSUED,
            Reason("label-not-issued", f"This label is {row.standing}; reprint it with a reason."),
        ),
        *when(
            printed and known is None,
            Reason("printed-already", "It was printed. A second one is a reprint, with a reason."),
        ),
        *when(
            known is not None and known.printer != wanted.printer,
            Reason("on-its-way", f"It is on its way to {known.printer if known else ''}. {ASK}"),
        ),
        *obsolete_reasons(work.session, row),
    ]
    if reasons:
        raise Refused("This label is not sent.", reasons)
    _put(work, row, printer, known)
    return queries.label_facts(row, f"On its way to {printer.name}. Scan it back.")


@dataclass(frozen=True)
class SendBatch:
    """The issued labels of a batch, and the printer that prints them."""

    batch: AnyNumber
    printer: str


@action(may=Permission.PRINT_LABEL)
def send_batch(work: Work, wanted: SendBatch) -> BatchFacts:
    """Print all issued labels of a batch that are not on their way yet; stops at a trouble."""
    printer = work.session.get(Printer, wanted.printer)
    if printer is None or printer.side is not PrinterSide.LAB or not printer.in_service:
        raise Missing("printer in service")
    wanted_rows = select(Label).where(
        Label.batch == wanted.batch,
        Label.standing == LabelStanding.ISSUED,
        Label.code.not_in(select(PrintJob.label)),
    )
    rows = list(work.session.scalars(wanted_rows.order_by(Label.number)))
    reasons = [reason for row in rows[:1] for reason in obsolete_reasons(work.session, row)]
    if not rows:
        reasons.append(Reason("nothing-to-print", "Every label of this batch is on its way."))
    if reasons:
        raise Refused("The batch is not sent.", reasons)
    jobs = [_new_job(work, row, printer).id for row in rows]
    work.afterwards.append(partial(_deliver_all, numbers=jobs))
    return queries.batch(work.session, wanted.batch)


def _deliver_all(site: Site, numbers: list[str]) -> None:
    """One after the other; what a trouble stops waits for `lims print` or the next try."""
    for number in numbers:
        if deliver(site, number).standing is not JobStanding.PRINTED:
            return


def obsolete_reasons(session: Session, row: Label) -> list[Reason]:
    """That a label was issued from a version which may only be looked at."""
    approved = session.get(MasterVersion, (row.master, row.version))
    if approved is not None and approved.standing is MasterStanding.IN_FORCE:
        return []
    sentence = f"It was issued from version {row.version}, which is obsolete. Reprint it."
    return [Reason("master-obsolete", sentence)]


def _put(work: Work, row: Label, printer: Printer, known: PrintJob | None = None) -> None:
    job = known or _new_job(work, row, printer)
    work.afterwards.append(partial(_deliver_it, number=job.id))


def _new_job(work: Work, row: Label, printer: Printer) -> PrintJob:
    return work.add(
        PrintJob(
            id=work.chance.letters("print-job", "0123456789abcdef", 32),
            label=row.code,
            number=row.number,
            printer=printer.name,
            by=work.actor.login,
            at=work.now,
        )
    )


def _deliver_it(site: Site, number: str) -> None:
    deliver(site, number)


def send_here(work: Work, row: Label) -> Label:
    """Let a new label come out at the printer of the person's own station, if it has one."""
    if not work.actor.station:
        return row
    mine = select(Printer).where(
        Printer.station == work.actor.station,
        Printer.side == queries.side_of(row.number),
        Printer.in_service.is_(True),
    )
    if printer := work.session.scalars(mine.order_by(Printer.name)).first():
        _put(work, row, printer)
    return row


@dataclass(frozen=True)
class NoteJob:
    """What became of a job."""

    id: str
    standing: JobStanding
    says: str = ""
    counted: int | None = None


@action(may=Permission.PROGRAM, served=False)
def note_job(work: Work, wanted: NoteJob) -> JobFacts:
    """Note how far a label came on its way to a printer."""
    row = work.lock(PrintJob, wanted.id)
    if row.standing is not wanted.standing:
        row.move_to(wanted.standing)
    row.says = wanted.says
    if wanted.standing is JobStanding.SENDING:
        row.counted, row.sent_at = wanted.counted, work.now
    return facts(JobFacts, row)


def deliver(site: Site, number: str) -> JobFacts:
    """Bring a job to its printer, or find out what became of it; every step is kept."""
    with site.reading() as session:
        job = session.get(PrintJob, number)
        printer = session.get(Printer, job.printer) if job else None
        row = session.get(Label, job.label) if job else None
        if job is None or printer is None or row is None:
            raise Missing("print job")
        held, zpl = facts(JobFacts, job), as_zpl(dots_of(site.settings, row, printer.dpi))
        before, host, port = job.counted, printer.host, printer.port
    return _Delivery(site, held, before).run(host, port, zpl)


@dataclass
class _Delivery:
    """One try to print one job."""

    site: Site
    job: JobFacts
    before: int | None  # what the odometer said when it was sent before

    def run(self, host: str, port: int, zpl: bytes) -> JobFacts:
        try:
            with connected(host, port) as zebra:
                return self._talk(zebra, zpl)
        except OSError as error:
            if self.job.standing is JobStanding.WAITING:
                return self._note(JobStanding.WAITING, f"Not reached: {error}. Nothing was sent.")
            return self._note(JobStanding.UNKNOWN, f"The answer was lost: {error}. {ASK}")

    def _note(self, standing: JobStanding, says: str, counted: int | None = None) -> JobFacts:
        noted = NoteJob(self.job.id, standing, says[:300], counted)
        self.job = perform(self.site, note_job, noted, Request(PROGRAM))
        return self.job

    def _talk(self, zebra: Zebra, zpl: bytes) -> JobFacts:
        state, counted = zebra.state(), zebra.counted()
        if self.job.standing is not JobStanding.WAITING and not self._is_safe(state, counted):
            return self.job
        if state and state.troubles:
            words = " and ".join(state.troubles)
            return self._note(JobStanding.WAITING, f"The printer says: {words}. Nothing was sent.")
        self._note(JobStanding.SENDING, "", counted)
        zebra.send(zpl)
        if counted is None:
            return self._note(JobStanding.UNKNOWN, f"This printer does not answer. {ASK}")
        told = zebra.printed_since(counted)
        if told is True:
            return self._note(JobStanding.PRINTED, "Printed. Scan it back.")
        words = " and ".join(told.troubles) if isinstance(told, PrinterState) else "no answer"
        return self._note(JobStanding.UNKNOWN, f"Sent, then: {words}. {ASK}")

    def _is_safe(self, state: PrinterState | None, counted: int | None) -> bool:
        """After a lost answer: whether nothing came out, so that sending again makes no second."""
        if self.job.standing is JobStanding.SENDING:
            self._note(JobStanding.UNKNOWN, f"The answer was lost. {ASK}")
        if counted is None or self.before is None:
            self._note(JobStanding.UNKNOWN, f"The printer cannot tell what it printed. {ASK}")
            return False
        if counted == self.before + 1:
            self._note(JobStanding.PRINTED, "It had been printed. Scan it back.")
            return False
        if counted != self.before or state is None or state.formats:
            self._note(JobStanding.UNKNOWN, f"Other labels were printed meanwhile. {ASK}")
            return False
        self._note(JobStanding.WAITING, "The printer had printed nothing.")
        return True


def deliver_waiting(site: Site) -> list[JobFacts]:
    """Bring everything that waits to its printer: for a timer, after a printer was mended."""
    with site.reading() as session:
        waiting = select(PrintJob.id).where(PrintJob.standing == JobStanding.WAITING)
        found = list(session.scalars(waiting.order_by(PrintJob.at, PrintJob.id)))
    return [deliver(site, number) for number in found]


def dots_of(settings: Settings, row: Label, dpi: int) -> Image.Image:
    """The dots of an issued label, decoded once more."""
    master = load_master(settings.labels_folder, row.master, row.version)
    languages = load_trial(settings.protocol_file).languages
    return draw(master, json.loads(row.fields), dpi, languages)
