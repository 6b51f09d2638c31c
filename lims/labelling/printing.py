"""Labels put on their way to a printer; `lims print` brings them there (delivery.py).

Nothing is sent twice unless the printer proves it is safe. A job is noted as sent before its first byte leaves. When the answer is lost, the printer's own
odometer says whether a label came out; where it cannot, the job stays unknown, and the person
scans the label or voids it: its reprint has another serial, so that a late first one is dead.
"""

from dataclasses import dataclass

from sqlalchemy import select

from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.identifiers.fields import AnyNumber
from lims.labelling import queries
from lims.labelling.delivery import ASK, obsolete_reasons
from lims.labelling.models import Label, Printer, PrintJob
from lims.labelling.queries import BatchFacts, LabelFacts
from lims.labelling.rules import JobStanding, LabelStanding, PrinterSide
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

ENDED_OR_SENT = (
    JobStanding.SENDING, JobStanding.PRINTED, JobStanding.UNKNOWN, JobStanding.ASKED,
)  # fmt: skip
UNDER_WAY = (JobStanding.WAITING, JobStanding.SENDING, JobStanding.UNKNOWN, JobStanding.ASKED)


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
    """Put a label of this side's on its way, or ask what became of it."""
    row = queries.label_row(work.session, wanted.code, side)
    printer = work.session.get(Printer, wanted.printer)
    if printer is None or printer.side is not side or not printer.in_service:
        raise Missing(say("printer-in-service"))
    jobs = work.session.scalars(select(PrintJob).where(PrintJob.label == row.code)).all()
    known = next((job for job in jobs if job.standing in UNDER_WAY), None)
    waits = known is not None and known.standing is JobStanding.WAITING  # nothing was sent
    printed = any(job.standing is JobStanding.PRINTED for job in jobs)
    reasons = [
        *when(
            row.standing is not LabelStanding.ISSUED,
            Reason("label-not-issued.this", standing=row.standing),
        ),
        *when(
            printed and known is None,
            Reason("printed-already"),
        ),
        *when(
            known is not None and known.printer != wanted.printer and not waits,
            Reason("on-its-way", printer=known.printer if known else "", ask=ASK),
        ),
        *obsolete_reasons(work.session, row),
    ]
    if reasons:
        raise Refused(say("this-label-is-not-sent"), reasons)
    queries.approved_master(work.session, work.settings.labels_folder, row.master, row.version)
    if known is not None and known.printer != wanted.printer:
        known.move_to(JobStanding.GIVEN_UP)
        known = None
    if known is None:
        _new_job(work, row, printer)
    elif known.standing is JobStanding.UNKNOWN:
        known.move_to(JobStanding.ASKED)
    return queries.label_facts(row, say("on-its-way-to-scan", name=printer.name))


@dataclass(frozen=True)
class SendBatch:
    """The issued labels of a batch, and the printer that prints them."""

    batch: AnyNumber
    printer: str


@action(may=Permission.PRINT_LABEL)
def send_batch(work: Work, wanted: SendBatch) -> BatchFacts:
    """Print all issued labels of a batch that are not on their way yet; a trouble keeps the rest waiting."""
    printer = work.session.get(Printer, wanted.printer)
    if printer is None or printer.side is not PrinterSide.LAB or not printer.in_service:
        raise Missing(say("printer-in-service"))
    wanted_rows = select(Label).where(
        Label.batch == wanted.batch,
        Label.standing == LabelStanding.ISSUED,
        Label.code.not_in(select(PrintJob.label).where(PrintJob.standing.in_(ENDED_OR_SENT))),
    )
    rows = list(work.session.scalars(wanted_rows.order_by(Label.number)))
    reasons = [reason for row in rows[:1] for reason in obsolete_reasons(work.session, row)]
    if not rows:
        reasons.append(Reason("nothing-to-print"))
    if reasons:
        raise Refused(say("the-batch-is-not-sent"), reasons)
    waiting = select(PrintJob).where(
        PrintJob.label.in_([row.code for row in rows]), PrintJob.standing == JobStanding.WAITING
    )
    for job in work.session.scalars(waiting):
        job.move_to(JobStanding.GIVEN_UP)
    for row in rows:
        _new_job(work, row, printer)
    return queries.batch(work.session, wanted.batch)


def _new_job(work: Work, row: Label, printer: Printer) -> None:
    work.add(
        PrintJob(
            id=work.chance.letters("print-job", "0123456789abcdef", 32),
            label=row.code,
            number=row.number,
            printer=printer.name,
            by=work.actor.login,
            at=work.entered,
        )
    )


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
        _new_job(work, row, printer)
    return row
