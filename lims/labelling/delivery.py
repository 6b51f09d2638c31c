"""Brings labels to their printers, or finds out what became of them; every step is kept.

`lims print` does it, in a process of its own: no request waits for a printer.
"""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from time import sleep
from typing import Final

from PIL import Image
from sqlalchemy.orm import Session

from lims.core.errors import Missing, Refused
from lims.core.facts import facts
from lims.core.reasons import Reason, when
from lims.core.texts import joined, say
from lims.labelling import queries
from lims.labelling.models import Label, MasterVersion, Printer, PrintJob
from lims.labelling.output import as_zpl
from lims.labelling.queries import JobFacts
from lims.labelling.render import draw
from lims.labelling.rules import JobStanding, LabelStanding, MasterStanding
from lims.labelling.zebra import PrinterState, Zebra, connected
from lims.protocol.queries import Asked, At, trial_in_force
from lims.settings import Settings
from lims.trust.actions import Request, action, perform
from lims.trust.context import Work
from lims.trust.identity.people import PROGRAM
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site

SENDING_SECONDS: Final = 60  # longer than a printer is ever waited for
EVERY_SECONDS: Final = 1.0
ASK: Final = say("look-for-the-label-scan")


def obsolete_reasons(session: Session, row: Label) -> list[Reason]:
    """That a label was issued from a version which may only be looked at."""
    approved = session.get(MasterVersion, (row.master, row.version))
    if approved is not None and approved.standing is MasterStanding.IN_FORCE:
        return []
    return [Reason("master-obsolete", version=row.version)]


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
    if row.standing is not wanted.standing or wanted.standing is JobStanding.SENDING:
        row.move_to(wanted.standing)  # of two that would send, one is refused here
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
            raise Missing(say("print-job"))
        delivery = _Delivery(site, facts(JobFacts, job), job.counted)
        if _is_being_sent(site, delivery.job):
            return delivery.job
        if reasons := _may_not_leave(session, row, printer):
            return delivery.note(
                JobStanding.GIVEN_UP, say("not-printed-sentence", sentence=reasons[0].sentence)
            )
        try:
            zpl = as_zpl(dots_of(Asked(session, site.clock()), site.settings, row, printer.dpi))
        except (Missing, Refused) as error:
            return delivery.note(
                JobStanding.GIVEN_UP, say("not-printed-sentence", sentence=error.sentence)
            )
        host, port = printer.host, printer.port
    try:
        return delivery.run(host, port, zpl)
    except Refused:  # somebody else has sent it meanwhile
        return delivery.job


def _is_being_sent(site: Site, job: JobFacts) -> bool:
    """Whether another process is at it now; after a while it counts as broken off."""
    sent = job.sent_at
    return (
        job.standing is JobStanding.SENDING
        and sent is not None
        and site.clock() - sent < timedelta(seconds=SENDING_SECONDS)
    )


def _may_not_leave(session: Session, row: Label, printer: Printer) -> list[Reason]:
    """What has changed since the label was put on its way."""
    elsewhere = not printer.in_service or printer.side is not queries.side_of(row.number)
    return [
        *when(
            row.standing is not LabelStanding.ISSUED,
            Reason("label-not-issued", standing=row.standing),
        ),
        *when(elsewhere, Reason("no-printer", name=printer.name)),
        *obsolete_reasons(session, row),
    ]


@dataclass
class _Delivery:
    """One try to print one job."""

    site: Site
    job: JobFacts
    before: int | None  # what the odometer said when it was sent before

    def run(self, host: str, port: int, zpl: bytes) -> JobFacts:
        try:
            with connected(host, port, self.site.settings.printer_networks) as zebra:
                return self._talk(zebra, zpl)
        except (OSError, UnicodeError) as error:
            if self.job.standing is JobStanding.WAITING:
                return self.note(
                    JobStanding.WAITING, say("not-reached-nothing-was-sent", error=error)
                )
            return self.note(
                JobStanding.UNKNOWN, say("the-answer-was-lost.sentence", error=error, ask=ASK)
            )

    def note(self, standing: JobStanding, says: str, counted: int | None = None) -> JobFacts:
        """Keep how far it came."""
        noted = NoteJob(self.job.id, standing, says[:300], counted)
        if (standing, noted.says) == (self.job.standing, self.job.says):
            return self.job  # tried again, and nothing is new
        self.job = perform(self.site, note_job, noted, Request(PROGRAM))
        return self.job

    def _talk(self, zebra: Zebra, zpl: bytes) -> JobFacts:
        state, counted = zebra.state(), zebra.counted()
        if self.job.standing is not JobStanding.WAITING and not self._is_safe(state, counted):
            return self.job
        if state and state.held:
            return self.note(JobStanding.WAITING, say("the-printer-still-has-labels"))
        if state and state.troubles:
            words = joined("both-and", state.troubles)
            return self.note(JobStanding.WAITING, say("the-printer-says-nothing-was", words=words))
        self.note(JobStanding.SENDING, "", counted)
        zebra.send(zpl)
        if counted is None:
            return self.note(JobStanding.UNKNOWN, say("this-printer-does-not-answer", ask=ASK))
        told = zebra.printed_since(counted)
        if told is True:
            return self.note(JobStanding.PRINTED, say("printed-scan-it-back"))
        words = (
            joined("both-and", told.troubles)
            if isinstance(told, PrinterState)
            else say("no-answer")
        )
        return self.note(JobStanding.UNKNOWN, say("sent-then-words-ask", words=words, ask=ASK))

    def _is_safe(self, state: PrinterState | None, counted: int | None) -> bool:
        """After a lost answer: whether nothing came out, so that sending again makes no second."""
        if self.job.standing is JobStanding.SENDING:
            self.note(JobStanding.UNKNOWN, say("the-answer-was-lost", ask=ASK))
        if counted is None or self.before is None:
            self.note(JobStanding.UNKNOWN, say("the-printer-cannot-tell-what", ask=ASK))
            return False
        if counted == self.before + 1:
            self.note(JobStanding.PRINTED, say("it-had-been-printed-scan"))
            return False
        if counted != self.before or state is None or state.held:
            self.note(JobStanding.UNKNOWN, say("the-printer-still-holds-labels", ask=ASK))
            return False
        self.note(JobStanding.WAITING, say("the-printer-had-printed-nothing"))
        return True


def deliver_waiting(site: Site) -> list[JobFacts]:
    """Bring what waits to its printer, in its order; a printer in trouble keeps the rest waiting."""
    with site.reading() as session:
        found = queries.jobs_to_deliver(session, site.clock() - timedelta(seconds=SENDING_SECONDS))
    tried: list[JobFacts] = []
    in_trouble: set[str] = set()
    for job in found:
        if job.printer not in in_trouble:
            tried.append(deliver(site, job.id))
            if tried[-1].standing not in {JobStanding.PRINTED, JobStanding.GIVEN_UP}:
                in_trouble.add(job.printer)
    return tried


def keep_delivering(site: Site, every: float = EVERY_SECONDS) -> None:
    """Bring what waits to its printer, again and again; a fault in one round ends none."""
    while True:
        try:
            deliver_waiting(site)
        except Exception:  # the database is away, say: what waits goes on waiting
            logging.getLogger("lims").exception("a round of printing failed")
        sleep(every)


def dots_of(at: At, settings: Settings, row: Label, dpi: int) -> Image.Image:
    """The dots of an issued label, from the master as it was approved, decoded once more."""
    folder = settings.labels_folder
    master = queries.approved_master(at.session, folder, row.master, row.version)
    languages = trial_in_force(at).languages
    return draw(master, json.loads(row.fields), dpi, languages)
