"""The data to measure on: a told world, and 10^5 bags on the ward put beside it.

The mass goes round the actions, in Core inserts: it would take an hour through them. Each bag
has what the verdict reads: order, treatment number, participant with a wristband, a weight that
two people found, a live label.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, insert, select, text

from lims import house
from lims.bags.models import Bag
from lims.bags.rules import BagStanding
from lims.core.chance import SeededChance
from lims.core.db import Base
from lims.core.quantities import Kilograms, Millilitres
from lims.demonstration.cast import PASSWORD
from lims.identifiers.numbers import Kind, random_number
from lims.labelling.models import Label
from lims.labelling.rules import LabelStanding
from lims.orders.models import Order, TreatmentNumber
from lims.orders.rules import OrderStanding
from lims.trial.models import Fitness, Participant, Weighing
from lims.trial.rules import ParticipantStanding, Sex, WeighingStanding
from lims.trust.actions import Request, perform
from lims.trust.identity.people import actor_named
from lims.trust.identity.sessions import MakeToken, make_token
from lims.trust.identity.signatures import Credentials, Signature
from lims.trust.installation import Site
from tests.support.worlds import new_site, told

VISITS = 3
CHUNK = 2000
NOT_RECEIVED = 20  # one bag in so many is still on its way: a STOP
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Scene:
    """A database ready to be asked, and what a scanner needs to ask."""

    environment: dict[str, str]
    token: str
    scans: Path


def set_scene(folder: Path, bags: int, url: str | None = None) -> Scene:
    """Tell a world, add the bags, make a nurse's token; on SQLite unless a URL is given."""
    site = new_site(folder, url)
    told(site)
    chance = SeededChance("bench")
    pairs: list[tuple[str, str]] = []
    with site.reading() as session:
        signature = session.scalars(select(Signature.id).limit(1)).one()
    with site.engine.begin() as connection:
        for first in range(0, bags // VISITS + 1, CHUNK):
            places = range(first, min(first + CHUNK, bags // VISITS + 1))
            for table, rows in _people(chance, places, pairs, signature):
                connection.execute(insert(cast("Table", table.__table__)), rows)
    if site.engine.dialect.name == "postgresql":  # what autovacuum does by itself a little later
        with site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    scans = folder / "scans.json"
    scans.write_text(json.dumps(pairs[:bags]))
    token = _token(Site(site.settings, house.REACTIONS))
    site.engine.dispose()
    environment = {
        "FUNIS_DATABASE_URL": site.settings.database_url,
        "FUNIS_KEY_FOLDER": str(site.settings.key_folder),
        "FUNIS_SECRET_KEY": "a secret for the bench only",
    }
    return Scene(environment, token, scans)


def _people(
    chance: SeededChance, places: Sequence[int], pairs: list[tuple[str, str]], signature: str
) -> Iterator[tuple[type[Base], Rows]]:
    """Participants with three bags each, parents before children."""
    now = datetime.now(UTC)
    treatments: Rows = []
    participants: Rows = []
    weighings: Rows = []
    fitness: Rows = []
    orders: Rows = []
    bags: Rows = []
    labels: Rows = []
    for place in places:
        treatment = random_number(Kind.TREATMENT, chance)
        person = random_number(Kind.PARTICIPANT, chance)
        treatments.append(
            {"number": treatment, "stratum": "BENCH", "sequence": place + 1, "taken": True}
        )
        participants.append(_participant(person, treatment, place, now))
        weighings.append(_weighing(person, now))
        fitness.append(_fitness(person, signature, now))
        labels.append(_label(person, "wristband", now))
        for visit in range(1, VISITS + 1):
            order, bag = random_number(Kind.ORDER, chance), random_number(Kind.BAG, chance)
            orders.append(_order(order, treatment, visit, now))
            bags.append(_bag(bag, order, len(pairs), now))
            labels.append(_label(bag, "bag", now))
            pairs.append((bag, person))
    yield TreatmentNumber, treatments
    yield Participant, participants
    yield Weighing, weighings
    yield Fitness, fitness
    yield Order, orders
    yield Bag, bags
    yield Label, labels


def _participant(number: str, treatment: str, place: int, now: datetime) -> dict[str, Any]:
    return {
        "number": number, "initials": "BB", "sex": Sex.FEMALE, "born_on": date(1976, 5, 4),
        "identity": f"bench-{place}", "consent_version": "3.0", "consent_at": now,
        "stratum": "BENCH", "standing": ParticipantStanding.RANDOMISED, "treatment": treatment,
        "randomised_at": now, "first_infusion_at": None, "last_infusion_at": None,
        "code_broken_at": None,
        "withdrawn_because": "",
    }  # fmt: skip


def _weighing(participant: str, now: datetime) -> dict[str, Any]:
    weight = Kilograms(Decimal("72.5"))
    return {
        "participant": participant, "visit": 1, "weight": weight, "scale": "scale 3",
        "by": "nora", "at": now, "standing": WeighingStanding.CONFIRMED, "second": weight,
        "second_by": "niu", "second_at": now,
    }  # fmt: skip


def _fitness(participant: str, signature: str, now: datetime) -> dict[str, Any]:
    return {
        "participant": participant, "visit": 1, "fit": True, "reason": "well", "by": "ines",
        "at": now, "signature": signature,
    }  # fmt: skip


def _order(number: str, treatment: str, visit: int, now: datetime) -> dict[str, Any]:
    return {
        "number": number, "treatment": treatment, "visit": visit,
        "weight": Kilograms(Decimal("72.5")), "protocol": 1, "volume": Millilitres(Decimal(100)),
        "slot_at": now, "standing": OrderStanding.IN_PREPARATION,
    }  # fmt: skip


def _bag(number: str, order: str, place: int, now: datetime) -> dict[str, Any]:
    on_its_way = place % NOT_RECEIVED == 0
    return {
        "number": number, "order": order, "protocol": 1, "volume": Millilitres(Decimal(100)),
        "expires_at": now + timedelta(days=2), "sleeve": f"BENCH-{place}",
        "standing": BagStanding.DISPATCHED if on_its_way else BagStanding.RECEIVED,
        "dispatched_at": now, "notice_at": None,
    }  # fmt: skip


def _label(number: str, master: str, now: datetime) -> dict[str, Any]:
    return {
        "code": number, "number": number, "copy": 1, "master": master, "version": 1, "fields": "{}",
        "standing": LabelStanding.ACTIVE, "printed_by": "tang", "printed_at": now,
        "scanned_by": "tang", "scanned_at": now, "reason": "",
    }  # fmt: skip


def _token(site: Site) -> str:
    """A token of the nurse, of today: the story's own clock stands months ago."""
    with site.reading() as session:
        nurse = actor_named(session, "nora", site.clock())
    if nurse is None:
        raise LookupError("nora")
    signed = Credentials("nora", PASSWORD)
    made = perform(site, make_token, MakeToken("bench", writes=True), Request(nurse, signed))
    site.engine.dispose()
    return made.token
