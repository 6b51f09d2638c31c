"""Printing labels, scanning them back, reprinting with a reason and a second person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import select

from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.shapes import About
from lims.identifiers.fields import AnyNumber
from lims.identifiers.numbers import Kind, kind_of, label_code
from lims.identifiers.scans import read_scan
from lims.labelling import queries
from lims.labelling.masters import load_master
from lims.labelling.models import Label, LabelStanding
from lims.labelling.queries import LabelFacts
from lims.labelling.render import draw
from lims.trust.action import action
from lims.trust.permissions import Permission
from lims.trust.work import Work

CHECK_DPI = 203  # the coarsest printer: what reads there reads everywhere
OWN_MASTER = {Kind.BAG, Kind.PARTICIPANT}


def issue(work: Work, number: str, master_name: str, fields: Mapping[str, str]) -> Label:
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
            sentence = "Too many labels were printed for this number."
            raise Refused(sentence, [Reason("too-many-copies", sentence)])
    master = load_master(work.settings.labels_folder, master_name)
    printed = {**fields, "code": code, "number": number}
    draw(master, printed, CHECK_DPI)  # refuses what cannot be read back
    return work.add(
        Label(
            code=code,
            number=number,
            copy=copy,
            master=master.name,
            version=master.version,
            fields=json.dumps(printed, sort_keys=True, ensure_ascii=False),
            printed_by=work.actor.login,
            printed_at=work.now,
        )
    )


@dataclass(frozen=True)
class PrintLabel:
    """A label for a flask, vial, sample, material, cord, donor tube or place."""

    number: AnyNumber
    line: Annotated[str, About(label="Text on the label")] = ""


@action(may=Permission.PRINT_LABEL)
def print_label(work: Work, wanted: PrintLabel) -> LabelFacts:
    """Print a first label for something in the laboratory."""
    kind = kind_of(wanted.number)
    if kind in OWN_MASTER:
        sentence = "Bags and wristbands have labels of their own, on their own pages."
        raise Refused(sentence, [Reason("own-label", sentence)])
    if queries.live_label(work.session, wanted.number):
        sentence = "This has a label already; reprint it with a reason."
        raise Refused(sentence, [Reason("has-label", sentence)])
    fields = {"kind": kind.name.capitalize(), "line": wanted.line[:30]}
    row = issue(work, wanted.number, "tube", fields)
    return queries.label_facts(row, "Printed. Scan it back.")


@dataclass(frozen=True)
class ReprintLabel:
    """A new copy in place of a spoilt one."""

    number: AnyNumber
    reason: Annotated[str, About(hint="smeared, jammed, torn …")]


@action(may=Permission.PRINT_LABEL, witnessed_as="reprint checked, old label destroyed")
def reprint_label(work: Work, wanted: ReprintLabel) -> LabelFacts:
    """Reprint a label: a new copy is issued and the old one is dead from now on."""
    old = queries.live_label(work.session, wanted.number)
    if old is None or kind_of(wanted.number) in queries.WARD_KINDS:
        sentence = "There is no label to replace."
        raise Refused(sentence, [Reason("no-label", sentence)])
    row = issue(work, old.number, old.master, json.loads(old.fields))
    row.reason = wanted.reason
    return queries.label_facts(row, "Reprinted. Scan the new label back.")


@dataclass(frozen=True)
class ScanBack:
    """The label as the scanner reads it after printing."""

    scan: Annotated[str, About(label="Scan the printed label", scan=True)]


@action(may=Permission.PRINT_LABEL)
def scan_back(work: Work, wanted: ScanBack) -> LabelFacts:
    """Scan a printed label back: printed means that it was read."""
    scan = read_scan(wanted.scan)
    row = queries.live_label(work.session, scan.number)
    if row is None or scan.kind in queries.WARD_KINDS or row.copy != scan.copy:
        sentence = "This label is superseded or was never issued. Destroy it."
        raise Refused(sentence, [Reason("superseded-label", sentence)])
    if row.standing is LabelStanding.ACTIVE:
        return queries.label_facts(row, "This label was scanned back already.")
    row.move_to(LabelStanding.ACTIVE)
    row.scanned_by, row.scanned_at = work.actor.login, work.now
    return queries.label_facts(row, "Label read back.")
