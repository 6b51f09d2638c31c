"""Filling vials from a harvest, storing, taking and thawing them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from sqlalchemy import select

from lims.bank import queries, rules
from lims.bank.labels import issue_vial_labels
from lims.bank.models import Bank, Place, Vial
from lims.bank.out_of_storage import into_the_cold
from lims.bank.queries import PlaceFacts, VialFacts
from lims.bank.rules import PlaceLevel, VialStanding
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import CellCount
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.culture import queries as culture
from lims.culture.actions import (
    take_cells,
)
from lims.culture.departing import permitted
from lims.culture.executing import end_steps, step_reasons
from lims.culture.labels import LabelsNow
from lims.culture.queries import HarvestFacts, sources
from lims.culture.recipe import recipe_of
from lims.culture.rules import not_permitted, passage_reasons, span_reasons
from lims.donation.evidence import ancestor_reasons, disposal_reasons
from lims.genealogy.actions import connect
from lims.identifiers.fields import HarvestNumber, PlaceNumber, VialNumber
from lims.identifiers.numbers import Kind
from lims.protocol.sections import Trial
from lims.protocol.steps import StepKind
from lims.supplies.models import Lot
from lims.supplies.rules import LotFacts, LotKind
from lims.supplies.using import Instruments, Materials, expiry_reasons, use
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

MOST_VIALS = 400
FILLED = (
    ("master_bank", say("master-bank")), ("working_bank", say("working-bank")), ("product", say("product-lot")),
)  # fmt: skip


@dataclass(frozen=True)
class FillVials:
    """A harvest into vials of a bank or a product lot."""

    harvest: HarvestNumber
    kind: Annotated[LotKind, About(label=say("what-is-filled"), choices=FILLED)]
    vials: Annotated[int, About(label=say("number-of-vials.label"), least=1, most=MOST_VIALS)]
    viable_per_vial: Annotated[CellCount, About(label=say("viable-cells-in-each-vial"), least=1)]
    expires_on: Annotated[date, About(label=say("expires-on"))]
    materials: Materials
    equipment: Instruments
    labels: LabelsNow = False


@action(
    may=Permission.BANK_CELLS, witnessed_as=say("filling-checked-and-labels-counted"), late=True
)
def fill_vials(work: Work, wanted: FillVials) -> LotFacts:
    """Fill a harvest into the vials of a new lot, which waits in quarantine."""
    harvest = culture.harvest(work.session, wanted.harvest)
    trial = recipe_of(work, harvest.id).trial
    _check_filling(work, wanted, harvest, trial)
    lot = Lot(
        number=work.new_number(Kind.LOT),
        kind=wanted.kind,
        name=f"{trial.product} {wanted.kind.value.replace('_', ' ')}",
        expires_on=wanted.expires_on,
        made_by=work.actor.login,
        made_at=work.now,
    )
    work.add(lot)
    connect(work, lot.number, *sources(work.session, harvest.id))
    since = end_steps(work, [harvest.id], lot.number)
    use(work, lot.number, wanted.materials, wanted.equipment, since=since, line=harvest.donor)
    bank = Bank(
        lot=lot.number,
        donor=harvest.donor,
        harvest=harvest.id,
        passage=harvest.passage,
        doublings=harvest.cumulative,
        viability=harvest.viability,
        viable_per_vial=wanted.viable_per_vial,
        volume_per_vial=trial.preparation.vial_volume_ml,
        filled=wanted.vials,
        filled_by=work.actor.login,
        checked_by=work.second,
        filled_at=work.now,
    )
    work.add(bank)
    for _ in range(wanted.vials):
        vial = work.add(Vial(number=work.new_number(Kind.VIAL), lot=lot.number))
        connect(work, vial.number, lot.number)
    if wanted.labels:
        issue_vial_labels(work, lot.number)
    return facts(LotFacts, lot)


def _check_filling(work: Work, wanted: FillVials, harvest: HarvestFacts, trial: Trial) -> None:
    culture = trial.culture
    limits = [
        *passage_reasons(
            harvest.passage,
            culture.passage_max,
            harvest.cumulative,
            culture.cumulative_doublings_max,
        ),
        *span_reasons(harvest.passage, wanted.kind, culture.passages),
    ]
    reasons = [
        *when(
            wanted.kind not in queries.BANKS,
            Reason("not-in-vials"),
        ),
        *when(
            not 1 <= wanted.vials <= MOST_VIALS,
            Reason("number-of-vials", most_vials=MOST_VIALS),
        ),
        *when(wanted.viable_per_vial.value <= 0, Reason("no-cells")),
        *expiry_reasons(work, wanted.expires_on, wanted.materials),
        *ancestor_reasons(work.session, *sources(work.session, harvest.id), settled=False),
        *not_permitted(limits, permitted(work.session, harvest.id)),
        *step_reasons(work, StepKind.FILLING, [harvest.id]),
    ]
    if reasons:
        raise Refused(say("these-vials-cannot-be-filled"), reasons)
    take_cells(work, harvest.id, wanted.viable_per_vial.times(wanted.vials))


@dataclass(frozen=True)
class AddPlace:
    """A tank, a rack in a tank, or a box in a rack."""

    level: PlaceLevel
    name: str
    within: PlaceNumber | None = None
    rows: Annotated[int, About(hint=say("of-a-box"), least=1, most=20)] = 9
    columns: Annotated[int, About(hint=say("of-a-box"), least=1, most=20)] = 9


@action(may=Permission.BANK_CELLS)
def add_place(work: Work, wanted: AddPlace) -> PlaceFacts:
    """Add a storage place; its label is scanned when vials are stored."""
    outer = work.get(Place, wanted.within) if wanted.within else None
    found = outer.level if outer else None
    if found is not rules.INSIDE.get(wanted.level) or not (
        1 <= wanted.rows <= 20 and 1 <= wanted.columns <= 20
    ):
        raise Refused(Reason("wrong-place"))
    box = wanted.level is PlaceLevel.BOX
    row = Place(
        number=work.new_number(Kind.PLACE),
        level=wanted.level,
        name=wanted.name,
        within=wanted.within,
        rows=wanted.rows if box else 0,
        columns=wanted.columns if box else 0,
    )
    work.add(row)
    if wanted.within:
        connect(work, row.number, wanted.within)
    return facts(PlaceFacts, row, vials=())


@dataclass(frozen=True)
class StoreVial:
    """A vial into a position of a box; tank and rack are checked when they are scanned too."""

    vial: VialNumber
    box: PlaceNumber
    position: Annotated[str, About(hint=say("scan-or-type-a1-b7"), scan=True, foreign=True)]
    rack: PlaceNumber | None = None
    tank: PlaceNumber | None = None


@action(may=Permission.BANK_CELLS, late=True)
def store_vial(work: Work, wanted: StoreVial) -> VialFacts:
    """Put a vial into a position; one vial in one position, always."""
    vial = work.lock(Vial, wanted.vial)
    box = work.lock(Place, wanted.box)
    position = wanted.position.upper()
    held = select(Vial.number).where(Vial.box == box.number, Vial.position == position)
    taken = work.session.scalar(held)
    rack = work.get(Place, box.within) if box.within else None
    reasons = [
        *rules.position_reasons(position, box.rows, box.columns, taken),
        *when(
            wanted.rack and wanted.rack != box.within,
            Reason("wrong-rack", name=box.name),
        ),
        *when(
            wanted.tank and (rack is None or wanted.tank != rack.within),
            Reason("wrong-tank", name=box.name),
        ),
        *when(
            vial.standing is VialStanding.RESERVED,
            Reason("reserved"),
        ),
    ]
    if reasons:
        raise Refused(say("cannot-be-stored-there", number=vial.number), reasons)
    vial.move_to(VialStanding.STORED)
    vial.box, vial.position = box.number, position
    into_the_cold(work, vial)
    connect(work, vial.number, box.number)  # and stays, so that a tank's recall finds it
    return queries.vial_facts(
        vial, say("stored-in-name-position", name=box.name, position=position)
    )


@dataclass(frozen=True)
class TakeVial:
    """A vial out of storage for good, but not to be thawed for a person."""

    vial: VialNumber
    what_for: Annotated[
        VialStanding,
        About(
            label=say("what-for"),
            choices=(
                ("qc", say("quality-control")),
                ("retained", say("retained-sample")),
            ),
        ),
    ]
    reason: str


@action(may=Permission.BANK_CELLS, late=True)
def take_vial(work: Work, wanted: TakeVial) -> VialFacts:
    """Take a vial for quality control or as a retained sample."""
    vial = work.lock(Vial, wanted.vial)
    if wanted.what_for not in {VialStanding.QC, VialStanding.RETAINED}:
        raise Refused(Reason("wrong-purpose"))
    if reasons := disposal_reasons(work.session, vial.number):
        raise Refused(say("number-stays-where-it-is", number=vial.number), reasons)
    vial.move_to(wanted.what_for)
    vial.box = vial.position = None
    vial.taken_for = wanted.reason
    return queries.vial_facts(vial)
