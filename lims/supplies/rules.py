"""What may be used, judged at the moment of use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from lims.core.days import Moment
from lims.core.quantities import Hours
from lims.core.reasons import Reason, when
from lims.core.telling import Made, Told
from lims.core.texts import named, say


class LotKind(StrEnum):
    """What a lot is. All kinds are made, tested, released and recalled by the same rules."""

    MATERIAL = "material"
    VEHICLE = "vehicle"
    MASTER_BANK = "master_bank"
    WORKING_BANK = "working_bank"
    PRODUCT = "product"


class LotStanding(StrEnum):
    """Where a lot stands. Expiry is not a standing: it is judged by the clock."""

    QUARANTINE = "quarantine"
    RELEASED = "released"
    HOLD = "hold"
    RECALLED = "recalled"
    REJECTED = "rejected"


@dataclass(frozen=True)
class LotFacts:
    """A lot as it is read."""

    number: Made
    kind: LotKind
    name: str
    supplier: str
    supplier_lot: str
    certificate: str
    gtin: str | None
    expires_on: date
    in_use_life: Hours | None
    opened_at: datetime | None
    standing: LotStanding
    was_released: bool
    made_by: str
    made_at: datetime
    delivery: str | None = None
    content: str = ""
    used_up_at: datetime | None = None
    used_up_because: str = ""


@dataclass(frozen=True)
class ItemFacts:
    """A material of the catalogue as it is read."""

    id: int
    name: str
    asks: str
    storage: str
    in_use_life: Hours | None
    certificate_attached: bool
    reorder_at: int
    by: str
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""


@dataclass(frozen=True)
class SupplierFacts:
    """From whom a material may be bought, as it is read."""

    id: int
    item: int
    name: str
    supplier: str
    their_number: str
    gtin: str | None
    qualified_until: date
    evidence: str
    by: str
    at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None
    ended_why: str = ""
    says: Told = ""


def lot_reasons(lot: LotFacts, at: Moment) -> list[Reason]:
    """Every reason why this lot may not be used at this moment; its last day is the site's."""
    standing = named(lot.standing)
    released = lot.standing is LotStanding.RELEASED
    return [
        *when(
            not released,
            Reason(
                f"lot-{lot.standing}",
                say(
                    "name-number-is-in-standing",
                    name=lot.name,
                    number=lot.number,
                    standing=standing,
                ),
            ),
        ),
        *when(
            lot.expires_on < at.today,
            Reason("lot-expired", name=lot.name, number=lot.number, expires_on=lot.expires_on),
        ),
        *when(
            opened_too_long(lot.opened_at, lot.in_use_life, at.now),
            Reason("opened-too-long", name=lot.name, number=lot.number),
        ),
    ]


def container_reasons(lot: LotFacts) -> list[Reason]:
    """Why nothing more is taken out of this container; what was made with it stays as it is."""
    return list(when(lot.used_up_at, Reason("used-up", name=lot.name, number=lot.number)))


def opened_too_long(opened_at: datetime | None, life: Hours | None, now: datetime) -> bool:
    """Whether the in-use life is over; an unopened lot has all of it left."""
    if opened_at is None or life is None:
        return False
    return now > opened_at + timedelta(hours=float(life.value))


def acceptance_reasons(lot: LotFacts, who: str, today: date) -> list[Reason]:
    """Why this person may not accept this material for use today."""
    return [
        *when(
            lot.made_by == who,
            Reason("you-received-this-lot"),
        ),
        *when(
            lot.standing is not LotStanding.QUARANTINE,
            Reason("not-in-quarantine.is", number=lot.number, standing=lot.standing),
        ),
        *when(
            lot.expires_on < today,
            Reason("lot-expired", name=lot.name, number=lot.number, expires_on=lot.expires_on),
        ),
    ]


def alike(text: str) -> str:
    """A name as it is compared: however its letters are written and its blanks are set."""
    return "".join(text.casefold().split())


@dataclass(frozen=True)
class Lasts:
    """How long something lasts: until a day, and after it was opened; None is as long as that."""

    expires_on: date
    in_use_life: Hours | None


def loosening_reasons(lot: LotFacts, lasts: Lasts, *, is_same: bool) -> list[Reason]:
    """Why an accepted delivery is not amended so: it would be something else, or last longer."""
    life, before = lasts.in_use_life, lot.in_use_life
    longer = lasts.expires_on > lot.expires_on or (
        before is not None and (life is None or life > before)
    )
    accepted = lot.standing is LotStanding.RELEASED
    return list(when(accepted and (longer or not is_same), Reason("accepted-as-it-stood")))


def catalogue_reasons(
    lot: LotFacts,
    item: ItemFacts | None,
    suppliers: Sequence[SupplierFacts],
    today: date,
    *,
    attached: bool,
) -> list[Reason]:
    """Why the catalogue does not let this delivery be used.

    `suppliers` are those whose approval nobody has ended, `attached` is whether a certificate is
    kept with the delivery.
    """
    if item is None or item.withdrawn_at is not None:
        return [Reason("not-in-the-catalogue", name=lot.name)]
    of_it = [one for one in suppliers if alike(one.supplier) == alike(lot.supplier)]
    until = max((one.qualified_until for one in of_it), default=today)
    longer = item.in_use_life and (lot.in_use_life is None or lot.in_use_life > item.in_use_life)
    return [
        *when(not of_it, Reason("supplier-not-approved", supplier=lot.supplier, name=lot.name)),
        *when(until < today, Reason("supplier-overdue", supplier=lot.supplier, until=until)),
        *when(item.certificate_attached and not attached, Reason("certificate-not-attached")),
        *when(longer, Reason("life-longer-than-catalogue", life=item.in_use_life)),
    ]


def expiry_reasons(expires_on: date, used: Sequence[LotFacts], today: date) -> list[Reason]:
    """What is made lasts no longer than the first of what goes into it, and not to yesterday."""
    first = min(used, key=lambda lot: lot.expires_on, default=None)
    return [
        *when(expires_on <= today, Reason("already-expired")),
        *(_outlives(expires_on, first) if first else ()),
    ]


def _outlives(expires_on: date, first: LotFacts) -> tuple[Reason, ...]:
    lot = {"name": first.name, "number": first.number, "expires_on": first.expires_on}
    return when(expires_on > first.expires_on, Reason("outlives-its-materials", **lot))
