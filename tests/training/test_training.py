"""Who is not signed off does not do it, and reads who can renew it; what protects a person goes on."""

from datetime import timedelta

import pytest

from lims.bank.out_of_storage import ScanOut, scan_out
from lims.bank.queries import stored_vials
from lims.core.errors import Refused
from lims.core.quantities import Kilograms, Percent
from lims.culture.actions import FeedFlask, feed_flask
from lims.demonstration import making, treating
from lims.demonstration.treating import D
from lims.deviations.actions import OpenDeviation, open_deviation
from lims.followup.actions import AmendEvent, ReportEvent, amend_event, report_event
from lims.followup.rules import Severity
from lims.monitoring.excursions import RaiseAlarm, raise_alarm
from lims.training.actions import (
    DelegateTask,
    EndDelegation,
    EndSignOff,
    IssueProcedure,
    ReadProcedure,
    SignOffPerson,
    WithdrawProcedure,
    delegate_task,
    end_delegation,
    end_sign_off,
    issue_procedure,
    read_procedure,
    sign_off_person,
    withdraw_procedure,
)
from lims.training.queries import training
from lims.trial.actions import Weigh, weigh
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.worlds import World


def issued(world: World, version: str = "1", days: int = 0, months: int = 24) -> int:
    wanted = IssueProcedure(
        "SOP-BANK-02", version, "Storing and fetching", world.story.today + timedelta(days=days),
        "QA's folder", months, Permission.BANK_CELLS,
    )  # fmt: skip
    return world.story.do("quinn", issue_procedure, wanted).id


def trained(world: World, procedure: int, *logins: str) -> None:
    for login in logins:
        world.story.do(login, read_procedure, ReadProcedure(procedure))
        world.story.do("quinn", sign_off_person, SignOffPerson(procedure, login))


def fetched(world: World) -> ScanOut:
    return ScanOut((read(world, stored_vials, world.lots["product"], 1)[0],))


def test_who_is_not_signed_off_does_not_do_it_and_reads_who_can_mend_it(world: World) -> None:
    procedure = issued(world)
    wanted = fetched(world)
    assert codes(world, "tang", scan_out, wanted) == {"not-signed-off"}
    world.story.do("tang", read_procedure, ReadProcedure(procedure))
    assert codes(world, "tang", scan_out, wanted) == {"not-signed-off"}
    world.story.do("quinn", sign_off_person, SignOffPerson(procedure, "tang"))
    world.story.do("tang", scan_out, wanted)


def test_the_refusal_names_the_procedure_and_the_people_who_can_renew(world: World) -> None:
    issued(world)
    with pytest.raises(Refused) as refused:
        world.story.do("tang", scan_out, fetched(world))
    (reason,) = refused.value.reasons
    assert "SOP-BANK-02 v1" in reason.sentence
    with world.site.reading() as session:
        names = {session.get_one(Person, login).name for login in ("quinn", "qiu")}
    assert all(name in reason.sentence for name in names)


def test_a_signing_off_ends_on_its_day_and_is_renewed(world: World) -> None:
    procedure = issued(world, months=1)
    trained(world, procedure, "tang")
    world.story.wait(days=30)
    world.story.do("tang", scan_out, fetched(world))
    world.story.wait(days=1)
    assert codes(world, "tang", scan_out, fetched(world)) == {"sign-off-over"}
    world.story.do("quinn", sign_off_person, SignOffPerson(procedure, "tang"))
    world.story.do("tang", scan_out, fetched(world))


def test_a_new_version_governs_from_its_day_and_not_before(world: World) -> None:
    trained(world, issued(world), "tang")
    later = issued(world, "2", days=3)
    world.story.do("tang", scan_out, fetched(world))
    world.story.wait(days=3)
    assert codes(world, "tang", scan_out, fetched(world)) == {"not-signed-off"}
    trained(world, later, "tang")
    world.story.do("tang", scan_out, fetched(world))


def test_a_version_issued_by_mistake_is_withdrawn_and_the_one_before_governs(world: World) -> None:
    trained(world, issued(world), "tang")
    wrong = issued(world, "2")
    assert codes(world, "tang", scan_out, fetched(world)) == {"not-signed-off"}
    world.story.do("quinn", withdraw_procedure, WithdrawProcedure(wrong, "not approved yet"))
    world.story.do("tang", scan_out, fetched(world))
    again = WithdrawProcedure(wrong, "again")
    assert codes(world, "quinn", withdraw_procedure, again) == {"procedure-is-old"}


def test_the_second_person_is_trained_too(world: World) -> None:
    wanted = IssueProcedure(
        "SOP-CELL-01", "1", "Culture", world.story.today, "QA's folder", 24,
        Permission.CULTURE_CELLS,
    )  # fmt: skip
    procedure = world.story.do("quinn", issue_procedure, wanted).id
    trained(world, procedure, "tang")
    with pytest.raises(Exception, match="Tian Lu"):
        making.isolated(world.story, stores_of(world), making.a_donor(world.story))
    trained(world, procedure, "tian")
    flask = making.isolated(world.story, stores_of(world), making.a_donor(world.story))[0]
    feed = FeedFlask(flask, Percent(D(50)), stores_of(world).growing, "even")
    world.story.do("tang", feed_flask, feed)


def test_an_alarm_and_a_deviation_are_reported_without_any_training(world: World) -> None:
    issued(world)
    other = IssueProcedure(
        "SOP-QA-01", "1", "Deviations", world.story.today, "folder", 24,
        Permission.MANAGE_DEVIATION,
    )  # fmt: skip
    world.story.do("quinn", issue_procedure, other)
    box = stores_of(world).box
    world.story.do("tang", raise_alarm, RaiseAlarm(box, world.clock.now, "frost on the lid"))
    world.story.do("tang", open_deviation, OpenDeviation(world.lots["product"], "frost"))


def test_nobody_signs_themselves_off_nor_whoever_has_not_read_it(world: World) -> None:
    procedure = issued(world)
    unread = SignOffPerson(procedure, "tang")
    assert codes(world, "quinn", sign_off_person, unread) == {"has-not-read-it"}
    world.story.do("quinn", read_procedure, ReadProcedure(procedure))
    own = SignOffPerson(procedure, "quinn")
    assert codes(world, "quinn", sign_off_person, own) == {"trainer-is-somebody-else"}
    ward = SignOffPerson(procedure, "nora")
    assert codes(world, "quinn", sign_off_person, ward) == {"person-of-another-side"}
    read_it = ReadProcedure(procedure)
    assert codes(world, "quinn", read_procedure, read_it) == {"read-it-already"}
    for action, command in (
        (issue_procedure, IssueProcedure("S", "1", "t", world.story.today, "f")),
        (sign_off_person, SignOffPerson(procedure, "tang")),
        (withdraw_procedure, WithdrawProcedure(procedure, "x")),
    ):
        turned_away(world, action, command, "quinn", "qiu", "ines")


def test_a_procedure_is_of_its_own_side(world: World) -> None:
    other = IssueProcedure(
        "SOP-W-1", "1", "t", world.story.today, "f", 24, Permission.GIVE_INFUSION
    )
    assert codes(world, "quinn", issue_procedure, other) == {"permission-of-another-side"}
    issued(world)
    same = IssueProcedure("SOP-BANK-02", "1", "t", world.story.today, "f")
    assert codes(world, "quinn", issue_procedure, same) == {"procedure-is-there"}


def test_a_signing_off_can_be_ended_before_its_day(world: World) -> None:
    procedure = issued(world)
    trained(world, procedure, "tang")
    state = read(world, training, [procedure])[procedure, "tang"]
    ends = EndSignOff(state.sign_off, "a vial was lost")
    world.story.do("qiu", end_sign_off, ends)
    assert codes(world, "tang", scan_out, fetched(world)) == {"not-signed-off"}
    assert codes(world, "qiu", end_sign_off, ends) == {"sign-off-has-ended"}


def test_a_task_of_the_investigators_is_done_by_those_to_whom_it_is_delegated(
    world: World,
) -> None:
    story, today = world.story, world.story.today
    wanted = Weigh(world.participants[0], 1, Kilograms(D("72.5")), "scale 3")
    month = today + timedelta(days=30)
    treating.signed_fit(story, world.participants[0], 1)
    given = DelegateTask("niu", Permission.WEIGH, today, month)
    turned_away(world, delegate_task, given, "ines")
    made = story.do("ines", delegate_task, given)
    assert codes(world, "nora", weigh, wanted) == {"task-not-delegated"}
    story.do("niu", weigh, wanted)
    not_hers = DelegateTask("nora", Permission.ASSESS_OUTCOME, today, month)
    assert codes(world, "ines", delegate_task, not_hers) == {"role-does-not-allow-it"}
    swapped = DelegateTask("nora", Permission.WEIGH, month, today)
    assert codes(world, "ines", delegate_task, swapped) == {"ends-before-it-begins"}
    story.do("ines", delegate_task, DelegateTask("nora", Permission.WEIGH, today, month))
    story.do("nora", weigh, wanted)
    story.do("ines", end_delegation, EndDelegation(made.id))
    assert codes(world, "niu", weigh, wanted) == {"task-not-delegated"}
    assert codes(world, "ines", end_delegation, EndDelegation(made.id)) == {"delegation-is-over"}


def test_who_delegates_a_task_still_does_it(world: World) -> None:
    story, today = world.story, world.story.today
    given = DelegateTask("niu", Permission.REPORT_EVENT, today, today + timedelta(days=30))
    story.do("ines", delegate_task, given)
    event = ReportEvent(world.participants[0], "fever", today, Severity.MILD, False, False, "38.1")
    made = story.do("ines", report_event, event)
    right = {**vars(event), "described": "38.2", "event": int(made.id), "why": "read again"}
    story.do("ines", amend_event, AmendEvent(**right))
    assert codes(world, "nora", amend_event, AmendEvent(**right)) == {"task-not-delegated"}
