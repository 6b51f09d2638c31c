"""A request that is repeated gets its first answer, and nothing is done twice."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from lims.accounts.actions import GrantRole, OfPerson, deactivate_person, end_role
from lims.core.errors import Forbidden, Refused
from lims.demonstration import making, treating
from lims.demonstration.cast import PASSWORD, hire
from lims.demonstration.story import Story
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.donation.consent import RegisterDonor, register_donor
from lims.trial import actions as trial
from lims.trust.actions import Action, Request, perform
from lims.trust.identity.people import actor_named
from lims.trust.identity.roles import Role
from lims.trust.identity.sessions import MakeToken, make_token
from lims.trust.identity.signatures import Credentials
from lims.unblinding.actions import BreakCode, BreakReason, break_code
from tests.support.at_once import at_once, deed
from tests.support.worlds import CODES, World, new_site
from tests.trust.evidence import contents

C = TypeVar("C")
R = TypeVar("R")


def donor_command(world: World, midwife: str = "Midwife Hu") -> RegisterDonor:
    return RegisterDonor("2.1", "zh", world.clock.now - timedelta(days=2), midwife, True, True)


def ask(world: World, login: str, key: str | None = "k-1") -> Request:
    signed = Credentials(login, PASSWORD)
    return Request(world.story.actor(login), signed, key=key)


def test_the_same_request_again_gets_the_first_answer_and_does_nothing(
    either_world: World,
) -> None:
    command = donor_command(either_world)
    first = perform(either_world.site, register_donor, command, ask(either_world, "tang"))
    after = contents(either_world)
    either_world.clock.now += timedelta(hours=30)
    again = perform(either_world.site, register_donor, command, ask(either_world, "tang"))
    assert again == first
    assert contents(either_world) == after


def test_without_a_key_the_same_request_is_done_again(world: World) -> None:
    command = donor_command(world)
    numbers = {
        perform(world.site, register_donor, command, ask(world, "tang", key)).number
        for key in (None, None, "", "k-1", "k-2")
    }
    assert len(numbers) == 5


def test_a_key_comes_with_one_request_only(either_world: World) -> None:
    perform(
        either_world.site, register_donor, donor_command(either_world), ask(either_world, "tang")
    )
    other = donor_command(either_world, "Midwife Li")
    before = contents(either_world)
    with pytest.raises(Refused) as refusal:
        perform(either_world.site, register_donor, other, ask(either_world, "tang"))
    assert refusal.value.reasons[0].code == "key-used-before"
    deviation = OpenDeviation(either_world.donor, "late")
    with pytest.raises(Refused) as refusal:
        perform(either_world.site, open_deviation, deviation, ask(either_world, "tang"))
    assert refusal.value.reasons[0].code == "key-used-before"
    assert contents(either_world) == before


def test_one_persons_key_opens_nothing_of_another_person(world: World) -> None:
    command = donor_command(world)
    first = perform(world.site, register_donor, command, ask(world, "tang"))
    other = perform(world.site, register_donor, command, ask(world, "tian"))
    assert first.number != other.number


def test_a_refused_request_is_not_remembered(either_world: World) -> None:
    grant = GrantRole("tian", Role.ANALYST)
    with pytest.raises(Refused):
        perform(either_world.site, end_role, grant, ask(either_world, "ada"))
    assert contents(either_world)["answer"] == []
    first = GrantRole("tian", Role.TECHNICIAN)
    assert perform(either_world.site, end_role, first, ask(either_world, "ada")).login == "tian"


def test_a_retry_needs_the_permission_and_the_signature_again(world: World) -> None:
    command = donor_command(world)
    perform(world.site, register_donor, command, ask(world, "tian"))
    world.story.do("ada", end_role, GrantRole("tian", Role.TECHNICIAN))
    with world.site.reading() as session:
        without = actor_named(session, "tian", world.clock.now)
    assert without is not None
    with pytest.raises(Forbidden):
        perform(world.site, register_donor, command, Request(without, key="k-1"))


def test_a_retry_with_a_wrong_password_does_not_get_the_answer(world: World) -> None:
    lot = making.a_vehicle(world.story, stores_of(world))
    making.tested(world.story, lot)
    command = making.release.ReviewTrail(lot)
    perform(world.site, making.release.review_trail, command, ask(world, "qiu"))
    wrong = Request(world.story.actor("qiu"), Credentials("qiu", "wrong"), key="k-1")
    with pytest.raises(Refused) as refusal:
        perform(world.site, making.release.review_trail, command, wrong)
    assert refusal.value.reasons[0].code == "wrong-password"


def stores_of(world: World) -> making.Stores:
    assert world.stores is not None
    return world.stores


def everything(world: World) -> str:
    return "\n".join(row for rows in contents(world).values() for row in rows)


def test_a_token_is_shown_once_and_kept_nowhere(either_world: World) -> None:
    command = MakeToken("nightly script", 30, writes=True)
    first = perform(either_world.site, make_token, command, ask(either_world, "tang"))
    again = perform(either_world.site, make_token, command, ask(either_world, "tang"))
    assert first.token != again.token  # the first cannot be given again: nobody has it any more
    kept = everything(either_world)
    assert first.token not in kept
    assert again.token not in kept
    assert contents(either_world)["answer"] == []


def test_a_broken_code_is_shown_once_and_its_answer_is_kept_nowhere(either_world: World) -> None:
    number = either_world.participants[0]
    command = BreakCode(number, next(iter(BreakReason)), "severe hypersensitivity")
    broken = perform(either_world.site, break_code, command, ask(either_world, "ines"))
    assert broken.once
    assert contents(either_world)["answer"] == []
    assert broken.once not in everything(either_world)


@dataclass
class Retrying(Story):
    """Tells a story in which the network fails after every action, so that each is repeated."""

    checked: int = 0

    def do(self, who: str, wanted: Action[C, R], command: C, second: str = "") -> R:
        request = Request(
            self.actor(who),
            Credentials(who, PASSWORD) if wanted.signed_as else None,
            Credentials(second, PASSWORD) if wanted.witnessed_as else None,
            key=f"retry-{self.done}",
        )
        first = perform(self.site, wanted, command, request)
        if not hasattr(first, "once"):
            again = perform(self.site, wanted, command, request)
            assert again == first, wanted.path
            self.checked += 1
        self.done += 1
        self.clock.now += timedelta(seconds=20)
        return first


def test_a_journey_in_which_each_step_is_sent_twice_is_the_same_journey(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site = new_site(tmp_path_factory.mktemp("retried"))
    hire(site)
    clock: Any = site.clock
    story = Retrying(site, clock)
    stores = making.set_up(story)
    donor = making.a_donor(story)
    for lot in (making.a_product_lot(story, stores, donor, 12), making.a_vehicle(story, stores)):
        making.tested(story, lot)
        making.released(story, lot)
    treating.seal_the_list(story, CODES)
    who = [treating.randomised(story, f"P{place}", f"H-{place}") for place in range(2)]
    treating.one_visit(story, stores, [(who[0], 1, "75.0"), (who[1], 1, "75.0")])
    assert story.checked > 150
    site.engine.dispose()


def test_the_same_request_many_times_at_once_is_done_once(either_world: World) -> None:
    command, before = donor_command(either_world), contents(either_world)["donor"]
    request = ask(either_world, "tang")

    def send(_: int) -> str:
        return perform(either_world.site, register_donor, command, request).number

    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(send, range(8)))
    assert len(numbers) == 1
    assert len(contents(either_world)["donor"]) == len(before) + 1


def test_what_cannot_be_done_twice_is_answered_alike_while_the_first_is_under_way(
    either_world: World,
) -> None:
    """The line was cut and the tablet sent it again at once: the first was still being written."""
    number = treating.registered(either_world.story, "TW", "H-TW")
    treating.screened(either_world.story, number)
    either_world.site.engine.dispose()
    wanted = trial.OfParticipant(number)
    told = at_once([deed(either_world, "ines", trial.randomise, wanted, key="cut")] * 6)
    assert [one for one in told if isinstance(one, Refused)] == []
    assert len({one.treatment for one in told}) == 1


def test_a_script_that_repeats_its_key_gets_the_same_answer(either_world: World) -> None:
    client = either_world.app().test_client()
    token = perform(
        either_world.site,
        make_token,
        MakeToken("script", 1, writes=True),
        ask(either_world, "tang", None),
    ).token
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "script-1"}
    body = {"about": either_world.donor, "what": "the cord was late"}
    first = client.post("/api/deviations/open-deviation", json=body, headers=headers)
    after = contents(either_world, "presence")
    again = client.post("/api/deviations/open-deviation", json=body, headers=headers)
    assert first.status_code == again.status_code == 200, first.get_data(as_text=True)
    assert first.get_data() == again.get_data()
    assert contents(either_world, "presence") == after


def test_who_was_deactivated_gets_no_old_answer(world: World) -> None:
    client = world.client("tian")
    world.story.do("ada", deactivate_person, OfPerson("tian"))
    headers = {"Idempotency-Key": "script-1"}
    assert (
        client.post("/api/deviations/open-deviation", json={}, headers=headers).status_code == 401
    )
