"""Labels: printed, scanned back, reprinted with a reason and a second person, accounted for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.entries import About
from lims.core.errors import Missing, Refused
from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.core.words import as_words
from lims.identifiers.fields import AnyNumber
from lims.identifiers.numbers import Kind, kind_of, label_code
from lims.identifiers.scans import read_scan
from lims.labelling import queries
from lims.labelling.models import Label, PrintJob, Reconciliation
from lims.labelling.printing import send_here
from lims.labelling.queries import BatchFacts, LabelFacts
from lims.labelling.render import RESOLUTIONS, must_fit
from lims.labelling.rules import JobStanding, LabelStanding, PrinterSide
from lims.protocol.queries import trial_in_force
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission, Role

OWN_PAGES = {Kind.BAG, Kind.SLEEVE, *queries.WARD_KINDS, *queries.HOUSE_KINDS}
MOST_AT_ONCE = 500
MOST_REPRINTS = 4  # a thing whose label is spoilt again and again is looked at by QA


@dataclass(frozen=True)
class LabelText:
    """What its own stage writes on a label, and the master on which it usually stands."""

    master: str
    fields: Mapping[str, str]


LABEL_TEXT: dict[Kind, Callable[[Work, str], LabelText]] = {}  # named in lims/lab.py


def issue(
    work: Work, number: str, master_name: str, fields: Mapping[str, str], batch: str = ""
) -> Label:
    """Issue the next copy of a label from inside another action; the one before is dead."""
    known = work.session.scalars(
        select(Label).where(Label.number == number).order_by(Label.copy).with_for_update()
    ).all()
    for row in known:
        if row.standing in queries.LIVE:
            row.move_to(LabelStanding.SUPERSEDED)
    work.session.flush()
    copy, code = (known[-1].copy if known else 0) + 1, None
    while (code := label_code(number, copy)) is None:
        copy += 1
        if copy > len(known) + 5:
            raise Refused(Reason("too-many-copies"))
    master = queries.master_in_force(work.session, work.settings.labels_folder, master_name)
    if kind_of(number) not in master.kinds:
        raise Refused(Reason("wrong-master", master_name=master_name, kind=named(kind_of(number))))
    printed = {**fields, "code": code, "number": number}
    trial = trial_in_force(work)
    for dpi in RESOLUTIONS:  # it must fit on every printer; it is drawn and decoded as it leaves
        must_fit(master, printed, dpi, trial.languages)
    return work.add(
        Label(
            code=code,
            number=number,
            copy=copy,
            master=master.name,
            version=master.version,
            fields=json.dumps(printed, sort_keys=True, ensure_ascii=False),
            batch=batch,
            printed_by=work.actor.login,
            printed_at=work.entered,
        )
    )


@dataclass(frozen=True)
class PrintLabel:
    """A label for a donor tube, cord, flask, vial, sample, material, lot, place or instrument."""

    number: AnyNumber
    master: Annotated[str, About(label=say("other-label"), hint=say("empty-the-usual-one"))] = ""


@action(may=Permission.PRINT_LABEL)
def print_label(work: Work, wanted: PrintLabel) -> LabelFacts:
    """Print a first label for something in the laboratory; its texts come from the record."""
    if kind_of(wanted.number) in OWN_PAGES:
        raise Refused(Reason("own-label"))
    row = first_label(work, wanted.number, wanted.master)
    return queries.label_facts(send_here(work, row), say("issued-print-it-stick-it"))


def first_label(work: Work, number: str, master: str = "", batch: str = "") -> Label:
    """The first label of a number, with what its own stage writes on it."""
    if queries.live_label(work.session, number):
        raise Refused(Reason("has-label.this-has"))
    kind = kind_of(number)
    if kind not in LABEL_TEXT:
        raise Missing(named(kind))
    text = LABEL_TEXT[kind](work, number)
    return issue(work, number, master or text.master, text.fields, batch)


@dataclass(frozen=True)
class ReprintLabel:
    """A new copy in place of a spoilt one."""

    number: AnyNumber
    reason: Annotated[str, About(hint=say("smeared-jammed-torn"))]


@action(may=Permission.PRINT_LABEL, witnessed_as=say("reprint-checked-old-label-taken"))
def reprint_label(work: Work, wanted: ReprintLabel) -> LabelFacts:
    """Reprint a label: a new copy is issued and the old one is dead from now on."""
    row = send_here(work, reprint(work, wanted.number, wanted.reason, PrinterSide.LAB))
    return queries.label_facts(row, say("reprinted-scan-the-new-label"))


def reprint(work: Work, number: str, reason: str, side: PrinterSide) -> Label:
    """The next copy of a label of this side's, with what is true now, on the master in force."""
    old = queries.live_label(work.session, number)
    if old is None or queries.side_of(number) is not side:
        raise Refused(Reason("no-label"))
    known = queries.labels_of(work.session, number)
    by_qa = side is PrinterSide.WARD or Role.QA in work.actor.roles
    if len(known) > MOST_REPRINTS and not by_qa:
        raise Refused(Reason("reprint-needs-qa", count=len(known) - 1))
    text = LABEL_TEXT.get(kind_of(number))
    fields = text(work, number).fields if text else json.loads(old.fields)
    row = issue(work, old.number, old.master, fields, old.batch)
    row.reason = reason
    return row


@dataclass(frozen=True)
class ScanBack:
    """The label as the scanner reads it after printing."""

    scan: Annotated[str, About(label=say("scan-the-printed-label"), scan=True)]


@action(may=Permission.PRINT_LABEL)
def scan_back(work: Work, wanted: ScanBack) -> LabelFacts:
    """Scan a printed label back: printed means that it was read."""
    return read_back(work, wanted.scan, PrinterSide.LAB)


def read_back(work: Work, raw: str, side: PrinterSide) -> LabelFacts:
    """Make the label that was scanned the active one, or say why it is not."""
    row = _scanned(work, raw, side)
    if row.standing not in queries.LIVE:
        raise Refused(Reason("superseded-label.this", standing=row.standing))
    if row.standing is LabelStanding.ACTIVE:
        at = as_words(row.scanned_at, work.settings.zone)
        says = say("already-scanned-at-by.sentence", at=at, scanned_by=row.scanned_by)
        return queries.label_facts(row, says, again=True)
    mark_read(work, row)
    return queries.label_facts(row, say("label-read-back"))


def mark_read(work: Work, row: Label) -> None:
    """An issued label was read: it came out, wherever its job stands, and is active now."""
    row.move_to(LabelStanding.ACTIVE)
    row.scanned_by, row.scanned_at = work.actor.login, work.now
    for job in work.session.scalars(select(PrintJob).where(PrintJob.label == row.code)):
        if job.may_move_to(JobStanding.PRINTED):
            job.move_to(JobStanding.PRINTED)
            job.says = say("scanned-back.sentence")


def _scanned(work: Work, raw: str, side: PrinterSide) -> Label:
    scan = read_scan(raw)
    row = work.session.scalar(
        select(Label).where(Label.number == scan.number, Label.copy == scan.copy).with_for_update()
    )
    if row is None or queries.side_of(row.number) is not side:
        raise Refused(Reason("unknown-label"))
    return row


@dataclass(frozen=True)
class EndLabel:
    """A label that is not used any more, and why."""

    scan: Annotated[str, About(label=say("scan-the-label-or-type"), scan=True)]
    reason: Annotated[str, About(hint=say("never-came-out-smeared-superseded"))]


@action(may=Permission.PRINT_LABEL, witnessed_as=say("label-voided-before-me"))
def void_label(work: Work, wanted: EndLabel) -> LabelFacts:
    """Void a label that was issued and never stuck on anything, nor read back."""
    return end_label(work, wanted, LabelStanding.VOIDED, PrinterSide.LAB)


@action(may=Permission.PRINT_LABEL, witnessed_as=say("label-destroyed-before-me"))
def destroy_label(work: Work, wanted: EndLabel) -> LabelFacts:
    """Destroy a label before a witness: superseded, spoilt or left over."""
    return end_label(work, wanted, LabelStanding.DESTROYED, PrinterSide.LAB)


@action(may=Permission.PRINT_LABEL, witnessed_as=say("label-returned-before-me"))
def return_label(work: Work, wanted: EndLabel) -> LabelFacts:
    """Return an unused label to whoever keeps them; it cannot be used any more."""
    return end_label(work, wanted, LabelStanding.RETURNED, PrinterSide.LAB)


def end_label(work: Work, wanted: EndLabel, to: LabelStanding, side: PrinterSide) -> LabelFacts:
    """Account for a label of this side's that is not used any more."""
    row = _scanned(work, wanted.scan, side)
    if row.standing is to:
        return queries.label_facts(row, say("this-label-is-already", to=to))
    row.move_to(to)
    row.ended_by, row.ended_at, row.reason = work.actor.login, work.now, wanted.reason
    return queries.label_facts(row, say("the-label-is-to", to=to))


@dataclass(frozen=True)
class MakeSleeves:
    """A run of sleeve labels with random serials."""

    count: Annotated[
        int,
        About(
            label=say("how-many.label"), hint=say("1-to-most-at-once", most_at_once=MOST_AT_ONCE)
        ),
    ]


@action(may=Permission.FILL_BAG)
def make_sleeves(work: Work, wanted: MakeSleeves) -> BatchFacts:
    """Issue a run of labels for opaque sleeves; left-over ones are returned or destroyed."""
    if not 1 <= wanted.count <= MOST_AT_ONCE:
        raise Refused(Reason("how-many", most_at_once=MOST_AT_ONCE))
    run = work.new_number(Kind.RUN)
    for _ in range(wanted.count):
        issue(work, work.new_number(Kind.SLEEVE), "sleeve", {}, run)
    return queries.batch(work.session, run)


@dataclass(frozen=True)
class ReconcileLabels:
    """All labels of a session, a lot or a run."""

    batch: AnyNumber


@action(
    may=Permission.PRINT_LABEL,
    signed_as=say("labels-reconciled"),
    witnessed_as=say("reconciliation-of-labels-checked"),
)
def reconcile_labels(work: Work, wanted: ReconcileLabels) -> BatchFacts:
    """Sign that every label of a batch is used, voided, destroyed or returned: none is missing."""
    found = queries.batch(work.session, wanted.batch)
    again = found.reconciled_at is not None
    reasons = [
        *(
            Reason("label-open.nobody", code=code)
            for code in queries.open_labels(work.session, wanted.batch)
        ),
        *when(again, Reason("reconciled")),
        *when(not found.issued, Reason("no-labels")),
    ]
    if reasons:
        raise Refused(say("the-labels-do-not-add"), reasons)
    work.add(
        Reconciliation(
            batch=found.number,
            issued=found.issued,
            used=found.used,
            voided=found.voided,
            destroyed=found.destroyed,
            returned=found.returned,
            by=work.actor.login,
            checked_by=work.second,
            at=work.now,
        )
    )
    return queries.batch(work.session, wanted.batch)
