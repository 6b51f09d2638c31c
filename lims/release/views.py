"""A lot's dossier, its certificate, and the genealogy of anything."""

from collections.abc import Sequence
from typing import Any

from lims.bank.destroying import destroy_vials
from lims.bank.labels import print_vial_labels
from lims.bank.queries import OUR_LOTS, VialFacts, bank_of, reconciliation, vials_of
from lims.bank.rules import VialStanding
from lims.core.texts import named, say, say_each
from lims.identifiers.numbers import Kind
from lims.labelling.batch_views import steps_of_batch
from lims.labelling.views import label_form
from lims.protocol.queries import trial_in_force
from lims.release import queries, rules
from lims.release.actions import (
    hold_lot,
    recall_lot,
    reject_lot,
    release_lot,
    return_lot,
)
from lims.release.queries import Dossier
from lims.supplies import queries as supplies
from lims.supplies.rules import LotKind, LotStanding
from lims.testing.actions import sample_lot
from lims.testing.queries import lines_of, sample
from lims.testing.rules import ResultFacts
from lims.testing.views import judged, shown, which
from lims.trust.actions import Action
from lims.trust.identity.roles import Permission
from lims.trust.late_entries import EnteredLater, entered_later_in_the_laboratory
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.history import late_table
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("release", say("menu.quality"))
LAB = Permission.READ_LAB


@pages.read("/lots/<number>", queries.dossier, may=LAB, opens=Kind.LOT)
def dossier(at: RequestContext, found: Dossier) -> Page:
    """Everything about a lot on one page: what speaks against its release, and why."""
    lot = found.lot
    evidence = queries.evidence(at.session, lot.number, trial_in_force(at))
    waiting = lot.standing is LotStanding.QUARANTINE
    blockers = rules.release_blockers(evidence, at.actor.login, at.today)
    decisions = [(d.decision, d.reason, d.by, d.at) for d in found.decisions]
    counts = reconciliation(at.session, lot.number)
    balance = [(VialStanding(standing), count) for standing, count in counts.counts.items()]
    return Page(
        lot.name,
        number=lot.number,
        standing=lot.standing,
        notice=blockers if waiting else evidence.ancestors,
        facts=_facts(at, found),
        tables=[
            *_test_tables(at, found),
            Table(
                say("decisions"),
                say_each("decision", "reason", "by", "when"),
                decisions,
            ),
            *(
                [
                    Table(
                        say("vials-filled-filled", filled=counts.filled),
                        say_each("now", "how-many.label"),
                        balance,
                    )
                ]
                if counts.filled
                else []
            ),
        ],
        forms=[
            *(steps_of_batch(at, lot.number) if counts.filled else []),
            *_forms(at, found),
            label_form(at, lot.number),
        ],
        links=[
            (say("certificate-of-analysis"), f"/release/lots/{lot.number}/certificate"),
            (say("audit-trail"), f"/release/lots/{lot.number}/trail"),
            (say("genealogy-and-recall"), f"/release/trace/{lot.number}"),
            (say("vials"), f"/release/lots/{lot.number}/vials"),
            *([(say("freezing-run"), f"/bank/freezing/{lot.number}")] if counts.filled else []),
        ],
        template="release/dossier.html",
        more={"clear": waiting and not blockers, "waiting": waiting},
    )


def _facts(at: RequestContext, found: Dossier) -> list[tuple[str, object]]:
    lot, bank = found.lot, bank_of(at.session, found.lot.number)
    shown: list[tuple[str, object]] = [
        (say("expires-on"), lot.expires_on),
        (say("made"), lot.made_at),
        (say("made-by"), lot.made_by),
        (say("samples"), found.samples),
    ]
    if bank:
        shown += [
            (say("donor"), bank.donor),
            (say("passage"), f"P{bank.passage}"),
            (say("cumulative-doublings"), f"{bank.doublings:.4f}"),
            (say("viable-cells-per-vial"), bank.viable_per_vial.rounded(0)),
            (say("viability-when-frozen"), bank.viability.rounded(1)),
            (say("checked-by"), bank.checked_by),
        ]
    return shown


def _forms(at: RequestContext, found: Dossier) -> list[Form | None]:
    fixed = {"lot": found.lot.number}
    by_standing: dict[LotStanding, list[Action[Any, Any]]] = {
        LotStanding.QUARANTINE: [release_lot, sample_lot, hold_lot, reject_lot],
        LotStanding.RELEASED: [hold_lot, recall_lot],
        LotStanding.HOLD: [return_lot, recall_lot, reject_lot],
    }
    dangers: set[Action[Any, Any]] = {hold_lot, recall_lot, reject_lot}
    wanted = by_standing.get(found.lot.standing, [])
    if not found.samples:  # first it is tested
        wanted.sort(key=lambda act: act is not sample_lot)
    then = {sample_lot: "/testing/samples/{made}"}
    forms = [
        at.form(act, fixed=fixed, danger=act in dangers, then=then.get(act, "")) for act in wanted
    ]
    if found.lot.kind is not LotKind.VEHICLE and found.lot.standing is LotStanding.QUARANTINE:
        forms.insert(1, at.form(print_vial_labels, fixed=fixed, then="/labelling/batches/{made}"))
    return forms


@pages.page("/lots/<number>/vials", may=LAB)
def vials(at: RequestContext, number: str) -> Page:
    """A lot's vials and where they are."""
    queries.dossier(at.session, number)
    found = vials_of(at.session, number)
    rows = [(v.number, v.standing, v.box, v.position, v.taken_for) for v in found]
    columns = say_each("vial", "standing", "box", "position", "taken-for")
    return Page(
        say("vials-of"),
        number=number,
        tables=[Table("", columns, rows)],
        forms=[
            at.form(print_vial_labels, fixed={"lot": number}, then="/labelling/batches/{made}"),
            at.form(destroy_vials, suggested={"vials": _left(found)}, danger=True),
        ],
        links=[(say("labels-of-this-lot"), f"/labelling/batches/{number}")],
    )


def _left(found: Sequence[VialFacts]) -> tuple[str, ...]:
    """The vials that are there and held for no bag."""
    there = {VialStanding.FILLED, VialStanding.STORED, VialStanding.RETAINED}
    return tuple(vial.number for vial in found if vial.standing in there)


def _test_tables(at: RequestContext, found: Dossier) -> list[Table]:
    """Every line of the specification with its result; amended values are marked."""
    columns = say_each("test", "method", "chapter", "requirement", "result", "outcome", "remark")
    tables = []
    for name in found.samples[-1:]:
        taken = sample(at.session, name)
        live = {r.code: r for r in taken.results if r.standing not in _DEAD}
        rows = []
        for line in lines_of(at.session, taken.specification):
            result = live.get(line.code)
            value = named(taken.standing) if line.sterility else ""
            if result:
                value = shown(result, line)
            amended = _footnote(taken.results, line.code)
            outcome = result.outcome if result else judged(line, taken.standing)
            told = (line.test, line.method, line.chapter, line.requirement)
            rows.append((*told, value, outcome, amended))
        tables.append(
            Table(
                say("tests-of-sample-by", name=name, specification=which(taken.specification)),
                columns,
                rows,
            )
        )
    return tables


def _footnote(results: Sequence[ResultFacts], code: str) -> str:
    """Every value that does not count any more, with why: nothing vanishes."""
    told = {"superseded": say("amended-from"), "invalid_run": say("invalid-run")}
    live = {r.amends: r.reason for r in results if r.code == code and r.amends}
    return "; ".join(
        f"{told[r.standing.value]} {shown(r)}: {live.get(r.id, r.reason)}"
        for r in results
        if r.code == code and r.standing in _DEAD
    )


@pages.page("/lots/<number>/certificate", may=LAB)
def certificate(at: RequestContext, number: str) -> Page:
    """The certificate of analysis; a draft until the lot is released."""
    found = queries.dossier(at.session, number)
    released = [d for d in found.decisions if d.decision == "released"]
    draft = found.lot.standing is not LotStanding.RELEASED
    return Page(
        say("certificate-of-analysis.draft" if draft else "certificate-of-analysis"),
        number=number,
        standing=found.lot.standing,
        facts=(
            (say("product.label"), found.lot.name),
            (say("expires-on"), found.lot.expires_on),
            (say("released-by"), released[-1].by if released else None),
            (say("released.label"), released[-1].at if released else None),
            (say("signature"), released[-1].signature if released else None),
        ),
        tables=_test_tables(at, found),
    )


@pages.read(
    "/entered-later",
    entered_later_in_the_laboratory,
    may=LAB,
    menu=say("entered-later"),
    is_list=True,
)
def late(_at: RequestContext, found: Sequence[EnteredLater]) -> Page:
    """What was entered later than it happened, with both times."""
    return Page(say("entered-later"), tables=[late_table(found)])


_DEAD = {"superseded", "invalid_run"}


@pages.todo(Permission.RELEASE_LOT)
def to_release(at: RequestContext) -> Sequence[Todo]:
    """Lots in quarantine wait for QA."""
    return [
        Todo(say("decide-on-lot"), lot.number, lot.name)
        for lot in supplies.lots_that_are(at.session, LotStanding.QUARANTINE, *OUR_LOTS)
    ]
