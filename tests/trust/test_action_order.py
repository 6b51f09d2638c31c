"""Permission, then signature, then the transaction; and a refused action leaves nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from lims.accounts.actions import (
    ChangePassword,
    GrantRole,
    OfPerson,
    change_password,
    deactivate_person,
    end_role,
)
from lims.core.errors import Forbidden, Missing, Refused
from lims.core.reasons import Reason
from lims.demonstration.cast import CAST, PASSWORD
from lims.donation.consent import RegisterDonor, register_donor
from lims.identifiers.numbers import Kind
from lims.release.actions import ReleaseLot, release_lot
from lims.trial.actions import RegisterParticipant, register_participant
from lims.trial.rules import Sex
from lims.trust.actions import ACTIONS, Action, Request, action, perform
from lims.trust.context import Work
from lims.trust.identity.passwords import prove_signer
from lims.trust.identity.people import RoleGrant
from lims.trust.identity.roles import Permission, Role
from lims.trust.identity.signatures import Credentials, Signature, digest_of
from lims.trust.trail.entries import TrailEntry
from tests.support.worlds import World
from tests.trust.evidence import contents

RIGHT = Credentials("quinn", PASSWORD)
WRONG = Credentials("quinn", "a wrong password")
FAILURE = {"failed_login", "trail_entry", "stream_head", "seal"}  # where a wrong password is kept
NEVER_READ = object()  # a command that the function would stumble over: signatures come first


def refused(world: World, wanted: Action[Any, Any], command: Any, request: Request) -> str:
    """The code of the refusal, having proved that nothing but a failed log-in was kept."""
    before = contents(world)
    with pytest.raises(Refused) as refusal:
        perform(world.site, wanted, command, request)
    code = refusal.value.reasons[0].code
    kept = FAILURE if code == "wrong-password" else set()
    after = contents(world)
    assert {name for name in before if before[name] != after[name]} <= kept
    return code


def failures(world: World) -> int:
    return len(contents(world)["failed_login"])


def test_permission_comes_before_the_signature(either_world: World) -> None:
    nurse = either_world.story.actor("nora")
    before = contents(either_world)
    with pytest.raises(Forbidden):
        perform(
            either_world.site,
            release_lot,
            ReleaseLot(either_world.lots["product"], ""),
            Request(nurse, Credentials("nora", "wrong"), Credentials("tang", "wrong")),
        )
    assert contents(either_world) == before  # not even a wrong password was looked at


def test_nobody_gets_past_the_permission_of_any_action(world: World) -> None:
    before = contents(world)
    for wanted in ACTIONS.values():
        for login in CAST:
            actor = world.story.actor(login)
            if not actor.may(wanted.may):
                with pytest.raises(Forbidden):
                    perform(world.site, wanted, object(), Request(actor, RIGHT, RIGHT))
    assert contents(world) == before


def test_an_action_must_say_who_may() -> None:
    with pytest.raises(TypeError, match="may"):
        action()  # type: ignore[call-arg]


def test_the_signature_comes_before_the_transaction(either_world: World) -> None:
    # The lot does not exist: had the function been reached, it would have said so.
    qa, command = either_world.story.actor("quinn"), ReleaseLot("LML00000000X", "")
    assert refused(either_world, release_lot, command, Request(qa)) == "signature-needed"
    assert failures(either_world) == 0
    found = refused(either_world, release_lot, command, Request(qa, WRONG))
    assert (found, failures(either_world)) == ("wrong-password", 1)
    with pytest.raises(Missing):
        perform(either_world.site, release_lot, command, Request(qa, RIGHT))


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("", PASSWORD, "signature-needed"),
        ("quinn", "", "signature-needed"),
        ("quinn", PASSWORD.upper(), "wrong-password"),
        ("quinn", f"{PASSWORD} ", "wrong-password"),
        ("nobody", PASSWORD, "wrong-password"),
        ("funis", PASSWORD, "wrong-password"),
        ("qiu", PASSWORD, "not-your-own-name"),
        ("' OR 1=1 --", PASSWORD, "wrong-password"),
    ],
)
def test_a_signature_is_ones_own_name_and_password(
    world: World, login: str, password: str, code: str
) -> None:
    command = ReleaseLot(world.lots["product"], "")
    request = Request(world.story.actor("quinn"), Credentials(login, password))
    assert refused(world, release_lot, command, request) == code


@pytest.mark.parametrize("login", ["QUINN", "Quinn", " quinn ", "ｑｕｉｎｎ"])
def test_ones_own_name_may_be_written_as_a_telephone_writes_it(world: World, login: str) -> None:
    actor, before = world.story.actor("tang"), failures(world)
    assert prove_signer(world.site, Credentials(login, PASSWORD), actor).login == "quinn"
    assert failures(world) == before


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("", "", "signature-needed"),
        ("tian", "wrong", "wrong-password"),
        ("tang", PASSWORD, "same-person"),
        ("nora", PASSWORD, "second-person-role"),
        ("ines", PASSWORD, "second-person-role"),
        ("mona", PASSWORD, "second-person-role"),
        ("stan", PASSWORD, "second-person-role"),
        ("ada", PASSWORD, "second-person-role"),
    ],
)
def test_the_second_person_in_the_laboratory_is_another_one_from_the_laboratory(
    world: World, login: str, password: str, code: str
) -> None:
    witness = Credentials(login, password)
    request = Request(world.story.actor("tang"), Credentials("tang", PASSWORD), witness)
    assert refused(world, ACTIONS["filling/open-preparation"], NEVER_READ, request) == code


@pytest.mark.parametrize("login", ["tang", "ana", "quinn", "stan", "ada", "nora"])
def test_the_second_nurse_is_another_one_from_the_ward(world: World, login: str) -> None:
    request = Request(world.story.actor("nora"), None, Credentials(login, PASSWORD))
    code = "same-person" if login == "nora" else "second-person-role"
    assert refused(world, ACTIONS["bedside/account-for-bag"], NEVER_READ, request) == code


def test_somebody_who_left_cannot_witness(world: World) -> None:
    world.story.do("ada", deactivate_person, OfPerson("tian"))
    request = Request(world.story.actor("tang"), None, Credentials("tian", PASSWORD))
    assert (
        refused(world, ACTIONS["filling/open-preparation"], NEVER_READ, request) == "wrong-password"
    )


@dataclass(frozen=True)
class Try:
    word: str = ""


class NewsNobodyBears:
    pass


def _half_done(work: Work) -> None:
    """Writes into several tables and takes a number, as an action might before it fails."""
    work.new_number(Kind.DONOR)
    work.add(RoleGrant(login="tang", role=Role.ANALYST, since=work.now))
    work.lock(RoleGrant, 1).until = work.now  # type: ignore[arg-type]


def refusing(work: Work, wanted: Try) -> Try:
    _half_done(work)
    raise Refused("No.", [Reason("no", "No.")])


def missing(work: Work, wanted: Try) -> Try:
    _half_done(work)
    raise Missing


def breaking(work: Work, wanted: Try) -> Try:
    _half_done(work)
    raise ZeroDivisionError


def announcing(work: Work, wanted: Try) -> Try:
    _half_done(work)
    work.publish(NewsNobodyBears())
    return wanted


def unbearable(work: Work, news: object) -> None:
    work.add(RoleGrant(login="tian", role=Role.QA, since=work.now))
    raise ZeroDivisionError


@pytest.mark.parametrize("function", [refusing, missing, breaking, announcing])
def test_an_action_that_fails_halfway_leaves_nothing(
    either_world: World, function: Callable[[Work, Try], Try]
) -> None:
    either_world.site.reactions = {NewsNobodyBears: [unbearable]}
    wanted = Action(function, Permission.RELEASE_LOT, "tried", "watched", Try, Try)
    before = contents(either_world)
    request = Request(
        either_world.story.actor("quinn"), RIGHT, Credentials("qiu", PASSWORD), key="k"
    )
    with pytest.raises((Refused, Missing, ZeroDivisionError)):
        perform(either_world.site, wanted, Try("x"), request)
    assert contents(either_world) == before


def newest(world: World, stream: str) -> dict[str, Any]:
    with world.site.reading() as session:
        found = select(TrailEntry.payload).where(TrailEntry.stream_name == stream)
        payload = session.scalars(found.order_by(TrailEntry.seq.desc())).first()
    assert payload is not None
    return dict(json.loads(payload))


def test_a_signature_says_who_when_what_it_means_and_what_was_signed(either_world: World) -> None:
    command = ChangePassword("a brand new password")
    now = either_world.clock.now
    either_world.story.do("tang", change_password, command)
    entry = newest(either_world, "house/person/tang")
    with either_world.site.reading() as session:
        (signature,) = [session.get_one(Signature, number) for number in entry["signatures"]]
    assert (signature.login, signature.name) == ("tang", "Tang Wei")
    assert (signature.meaning, signature.action) == ("password changed", change_password.path)
    assert (signature.at, entry["at"]) == (now, now.isoformat())


def test_the_digest_of_a_signature_changes_with_every_field(world: World) -> None:
    def digest(lot: str, comment: str, path: str = release_lot.path) -> str:
        return digest_of(path, ReleaseLot(lot, comment), world.site.keyed)

    signed = digest("LML26000001K", "all tests conform")
    assert signed == digest("LML26000001K", "all tests conform")
    assert signed != digest("LML26000001K", "all tests conform ")
    assert signed != digest("LML26000002I", "all tests conform")
    assert signed != digest("LML26000001K", "all tests conform", "release/reject-lot")


def test_what_could_be_guessed_is_in_a_signatures_digest_under_a_key_only(
    either_world: World,
) -> None:
    """Without the key nobody finds the hospital number by trying all of them."""
    command = RegisterParticipant(
        "QZ", Sex.MALE, date(1970, 1, 2), "H-4711", "3.0", either_world.clock.now
    )
    keys = (either_world.site.keyed, lambda key, text: "another key")
    one, other = (digest_of(register_participant.path, command, keyed) for keyed in keys)
    assert one != other
    assert one == digest_of(register_participant.path, command, either_world.site.keyed)
    moved = replace(command, hospital_number="H-4712")
    assert one != digest_of(register_participant.path, moved, either_world.site.keyed)


def test_the_trail_says_what_was_and_what_is(either_world: World) -> None:
    now = either_world.clock.now
    either_world.story.do("ada", end_role, GrantRole("tian", Role.TECHNICIAN))
    entry = newest(either_world, "house/person/tian")
    assert (entry["by"], entry["name"]) == ("ada", "Ada Admin")
    assert entry["action"] == "accounts/end-role"
    (change,) = entry["changes"]
    assert change["table"] == "role_grant"
    assert change["new"] == {"until": now.isoformat()}
    assert change["old"].get("until") is None


def test_each_action_writes_at_least_one_entry_and_one_only_per_stream(
    either_world: World,
) -> None:
    before = contents(either_world)["trail_entry"]
    consent = either_world.clock.now
    command = RegisterDonor("2.1", "zh", consent, "Midwife Hu", True, True)
    donor = either_world.story.do("tang", register_donor, command)
    added = set(contents(either_world)["trail_entry"]) - set(before)
    assert len(added) == 1
    assert donor.number in newest(either_world, f"lab/donor/{donor.number}")["changes"][0]["row"]
