"""Short words of this folder: what a person sends, and how far a story is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lims.accounts.actions import GrantRole, grant_role
from lims.bank.queries import vial
from lims.bank.rules import VialStanding
from lims.core.quantities import Millilitres
from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD
from lims.demonstration.making import entered
from lims.demonstration.treating import Baby
from lims.deviations.models import Deviation
from lims.filling import actions as filling
from lims.filling import finishing
from lims.filling.queries import fill
from lims.labelling.actions import MakeSleeves, ScanBack, make_sleeves, scan_back
from lims.trust.identity.roles import Role
from tests.support.scenes import counted_too, stores_of
from tests.support.worlds import World

D = Decimal
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def token_of(client: FlaskClient) -> str:
    """The form token of this browser."""
    found = _TOKEN.search(client.get("/accounts/me").text)
    assert found
    return found[1]


def sent(
    world: World, who: str, path: str, body: Mapping[str, Any], second: str = ""
) -> TestResponse:
    """What the JSON API answers to somebody who signs with their own password."""
    client = world.client(who)
    signed = {"sign_login": who, "sign_password": PASSWORD}
    if second:
        signed |= {"witness_login": second, "witness_password": PASSWORD}
    headers = {"X-CSRFToken": token_of(client)}
    return client.post(f"/api/{path}", json={**body, **signed}, headers=headers)


def typed(
    world: World, who: str, path: str, form: Mapping[str, str], second: str = ""
) -> TestResponse:
    """What a page's form answers to somebody who signs with their own password."""
    client = world.client(who)
    signed = {"_sign_login": who, "_sign_password": PASSWORD}
    if second:
        signed |= {"_witness_login": second, "_witness_password": PASSWORD}
    return client.post(f"/do/{path}", data={"csrf_token": token_of(client), **form, **signed})


def why(answer: TestResponse) -> set[str]:
    """The codes of a refusal by the API."""
    assert answer.status_code in {403, 409, 422}, (answer.status_code, answer.text)
    return {reason["code"] for reason in answer.get_json()["reasons"]}


def in_zone(world: World, name: str) -> None:
    """The site stands elsewhere from now on."""
    world.site.settings = replace(world.site.settings, time_zone=name)


def with_role_too(world: World, login: str, role: Role, confirmed_by: str = "qiu") -> None:
    """Somebody has a second role."""
    world.story.do("ada", grant_role, GrantRole(login, role), confirmed_by)
    world.story.actors.pop(login, None)


def open_deviations(world: World, about: str) -> list[Deviation]:
    """The deviations about a thing that nobody has closed."""
    with world.site.reading() as session:
        found = session.scalars(select(Deviation).where(Deviation.about == about))
        return [row for row in found if row.closed_at is None]


@dataclass(frozen=True)
class Count:
    """What is seen in the squares, and the pool."""

    live: int
    dead: int
    squares: int
    dilution: str
    pool: str


GOOD_COUNT = Count(440, 24, 8, "20", "10.8")
FOURTEEN_OVER = Count(310, 17, 1, "200", "0.2")  # 0.1 mL steps: 124 million of 108.75
NINE_OVER = Count(593, 30, 1, "200", "0.12")  # 118.6 million: +9.06 %
JUST_TOO_MUCH = Count(594, 30, 1, "200", "0.12")  # 118.8 million: +9.24 %
TEN_UNDER = Count(487, 25, 1, "200", "0.15")  # 97.4 million: −10.44 %
A_HAIR_UNDER = Count(500, 25, 1, "195.7489", "0.15")  # −10.0005 %


def orders_for_both(world: World) -> list[str]:
    """An order of cells and one of vehicle, and the clock where their preparation begins."""
    story = world.story
    treating.at_eight(story)
    weights = zip(world.participants, ("72.5", "81.6"), strict=True)
    orders = [treating.ordered(story, number, 1, weight) for number, weight in weights]
    story.wait_until(max(treating.slot_of(story, o) for o in orders) - timedelta(hours=3))
    return orders


def begun_for_both(world: World) -> tuple[Baby, Baby, str]:
    """A bag of cells and one of vehicle, begun in one session."""
    orders = orders_for_both(world)
    session = treating.opened_session(world.story, stores_of(world))
    cells, vehicle = (treating.begun(world.story, session, order) for order in orders)
    return cells, vehicle, session


def thawed(world: World, bag: str) -> list[str]:
    """All vials that were picked for a bag, thawed."""
    with world.site.reading() as session:
        found = fill(session, bag).vials
        frozen = [n for n in found if vial(session, n).standing is VialStanding.RESERVED]
    for number in frozen:
        world.story.do("tang", filling.thaw_for_bag, filling.ThawForBag(bag, number))
    return frozen


def draw(bag: str, count: Count) -> filling.DrawCells:
    """The count of a pool as it is entered."""
    return filling.DrawCells(
        bag, count.live, count.dead, count.squares, D(count.dilution), Millilitres(D(count.pool))
    )


def ready(world: World, baby: Baby, other: dict[str, str] | None = None, who: str = "tang") -> None:
    """A drawn bag sampled, tested, labelled and sleeved, waiting for its release."""
    story = world.story
    of_bag = finishing.OfBag(baby.bag)
    second = "tian" if who == "tang" else "tang"
    baby.sample = story.do(who, finishing.sample_bag, of_bag).number
    entered(story, baby.sample, other)
    label = story.do(who, finishing.print_bag_label, of_bag)
    story.do(who, scan_back, ScanBack(label.code))
    sleeve = story.do(who, make_sleeves, MakeSleeves(1)).codes[0]
    story.do(
        who, finishing.sleeve_bag, finishing.SleeveBag(baby.bag, sleeve, baby.bag, sleeve), second
    )


def a_bag_with(world: World, count: Count, other: dict[str, str] | None = None) -> Baby:
    """A bag of cells for 72.5 kg, drawn from a pool with this count, waiting for its release."""
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    world.story.do("tang", filling.draw_cells, counted_too(world, draw(cells.bag, count)), "tian")
    ready(world, cells, other)
    return cells
