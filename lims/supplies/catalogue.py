"""The catalogue: what may be bought, what is asked of it, and from whom."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from sqlalchemy import func, select

from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.facts import facts
from lims.core.quantities import Hours
from lims.core.reasons import Reason
from lims.core.texts import heed, say
from lims.identifiers.gs1 import read_gs1
from lims.supplies import stock
from lims.supplies.models import ApprovedSupplier, CatalogueItem, Lot
from lims.supplies.rules import ItemFacts, LotKind, LotStanding, SupplierFacts
from lims.trust.actions import action
from lims.trust.amending import WhyAmended, amend
from lims.trust.context import Work
from lims.trust.identity.roles import Permission

Asks = Annotated[str, About(label=say("what-is-asked-of-it"), rows=2)]
KeptAt = Annotated[str, About(label=say("kept-at"), hint=say("for-example-2-8"))]
Life = Annotated[Hours | None, About(label=say("longest-life-after-opening"), most=87_600)]
ToAttach = Annotated[bool, About(label=say("certificate-has-to-be-attached"))]
ReorderAt = Annotated[
    int, About(label=say("order-below"), hint=say("unopened-containers-0"), least=0, most=10_000)
]


@dataclass(frozen=True)
class AddItem:
    """A material that may be bought."""

    name: Annotated[str, About(hint=say("as-deliveries-are-named"))]
    asks: Asks
    storage: KeptAt
    certificate_attached: ToAttach = True
    reorder_at: ReorderAt = 0
    in_use_life: Life = None


@action(may=Permission.SET_SPECIFICATION, signed_as=say("material-put-in-catalogue"))
def add_item(work: Work, wanted: AddItem) -> ItemFacts:
    """Put a material in the catalogue; from the first one on QA accepts nothing that is not in it."""
    if known := stock.item_named(work.session, wanted.name):
        raise Refused(Reason("in-the-catalogue-already", name=known.name))
    row = CatalogueItem(**vars(wanted), by=work.actor.login, at=work.now)
    return facts(ItemFacts, work.add(row))


@dataclass(frozen=True)
class AmendItem:
    """What is asked of a material from now on, and why."""

    item: int
    asks: Asks
    storage: KeptAt
    certificate_attached: ToAttach
    reorder_at: ReorderAt
    why: WhyAmended
    in_use_life: Life = None


@action(may=Permission.SET_SPECIFICATION, signed_as=say("fact-amended"))
def amend_item(work: Work, wanted: AmendItem) -> ItemFacts:
    """Change what is asked of a material; what was accepted before stays accepted."""
    row = work.lock(CatalogueItem, wanted.item)
    right = {name: value for name, value in vars(wanted).items() if name not in {"item", "why"}}
    amend(work, row, row.name, right, wanted.why)
    return facts(ItemFacts, row)


@dataclass(frozen=True)
class WithdrawItem:
    """A material that is not bought any more, and why."""

    item: int
    why: Annotated[str, About(rows=2)]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("material-withdrawn"))
def withdraw_item(work: Work, wanted: WithdrawItem) -> ItemFacts:
    """Take a material out of the catalogue: no delivery of it is accepted any more."""
    row = work.lock(CatalogueItem, wanted.item)
    if row.withdrawn_at is not None:
        raise Refused(Reason("not-in-the-catalogue", name=row.name))
    row.withdrawn_at, row.withdrawn_why = work.now, wanted.why
    return facts(ItemFacts, row)


@dataclass(frozen=True)
class ApproveSupplier:
    """From whom a material may be bought, until when, and on what that rests."""

    item: int
    supplier: str
    qualified_until: Annotated[date, About(label=say("qualified-until"))]
    evidence: Annotated[str, About(label=say("on-what-that-rests"), rows=2)]
    their_number: Annotated[str, About(label=say("suppliers-number-of-it"))] = ""
    code: Annotated[
        str,
        About(label=say("suppliers-code"), hint=say("a-package-of-it"), scan=True, foreign=True),
    ] = ""


@action(may=Permission.SET_SPECIFICATION, signed_as=say("supplier-approved"))
def approve_supplier(work: Work, wanted: ApproveSupplier) -> SupplierFacts:
    """Approve a supplier of a material; approved again, the new day and evidence hold.

    With a code of one of its packages, the next package tells by its code what it is and whose.
    """
    item = work.lock(CatalogueItem, wanted.item)
    if wanted.qualified_until < work.today:
        raise Refused(Reason("day-is-over"))
    gtin = read_gs1(wanted.code, work.settings.gs1_separators).gtin if wanted.code else ""
    other = stock.supplier_of_code(work.session, gtin) if gtin else None
    if other and (other.item, other.supplier) != (item.id, wanted.supplier):
        raise Refused(Reason("code-is-another-materials", name=other.name, supplier=other.supplier))
    same = (ApprovedSupplier.item == item.id) & (ApprovedSupplier.supplier == wanted.supplier)
    for before in work.session.scalars(
        select(ApprovedSupplier).where(same, ApprovedSupplier.ended_at.is_(None)).with_for_update()
    ):
        gtin = gtin or before.gtin or ""
        _end(work, before, say("approved-again"))
    row = ApprovedSupplier(
        item=item.id,
        name=item.name,
        supplier=wanted.supplier,
        their_number=wanted.their_number,
        gtin=gtin or None,
        qualified_until=wanted.qualified_until,
        evidence=wanted.evidence,
        by=work.actor.login,
        at=work.now,
    )
    return facts(SupplierFacts, work.add(row), says="")


@dataclass(frozen=True)
class EndApproval:
    """A supplier from whom a material is not bought any more, and why."""

    approval: int
    why: Annotated[str, About(rows=2)]


@action(may=Permission.SET_SPECIFICATION, signed_as=say("approval-ended"))
def end_approval(work: Work, wanted: EndApproval) -> SupplierFacts:
    """End a supplier's approval: deliveries that wait are not accepted; QA judges those in use."""
    row = work.lock(ApprovedSupplier, wanted.approval)
    if row.ended_at is not None:
        raise Refused(Reason("approval-has-ended"))
    _end(work, row, wanted.why)
    in_use = select(func.count()).where(
        Lot.kind == LotKind.MATERIAL, Lot.name == row.name, Lot.supplier == row.supplier,
        Lot.standing == LotStanding.RELEASED, Lot.used_up_at.is_(None),
    )  # fmt: skip
    count = work.session.scalar(in_use) or 0
    says = heed(say("containers-of-it-are-in-use", count=count)) if count else ""
    return facts(SupplierFacts, row, says=says)


def _end(work: Work, row: ApprovedSupplier, why: str) -> None:
    row.ended_by, row.ended_at, row.ended_why = work.actor.login, work.now, why
