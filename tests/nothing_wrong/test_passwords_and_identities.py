"""A password that somebody else set signs nothing; one person is one account; no lock-out."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from lims.accounts.actions import AddPerson, ResetPassword, add_person, reset_password
from lims.bedside import actions as bedside
from lims.bedside import infusing
from lims.core.errors import Refused
from lims.demonstration.cast import FIRST, PASSWORD, SECOND
from lims.filling.actions import DiscardBag, discard_bag
from lims.release import actions as release
from lims.trial.labels import LinkWristband, link_wristband
from lims.trust.actions import Request, perform
from lims.trust.identity.roles import Role
from lims.trust.identity.signatures import Credentials
from tests.nothing_wrong.doing import sent, token_of
from tests.support.at_once import at_once, deed
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes, second_scan
from tests.support.worlds import World

KNOWN = "known-to-the-administrator" + SECOND


def reset(world: World, who: str) -> None:
    """Administrator and QA, who have heard it from the person, set a part each."""
    second = "qiu" if who != "qiu" else "quinn"
    wanted = ResetPassword(who, KNOWN.removesuffix(SECOND), SECOND)
    world.story.do("ada", reset_password, wanted, second)


def login(world: World, who: str, password: str) -> tuple[FlaskClient, int]:
    client = world.app().test_client()
    answer = client.post("/login", data={"login": who, "password": password, "station": "Ward 3"})
    return client, answer.status_code


def hold(world: World, password: str) -> None:
    wanted = release.JudgeLot(world.lots["product"], "a doubt")
    asked = Request(world.story.actor("quinn"), Credentials("quinn", password))
    perform(world.site, release.hold_lot, wanted, asked)


def test_the_administrator_who_resets_qas_password_does_not_sign_as_qa(world: World) -> None:
    reset(world, "quinn")
    with pytest.raises(Refused) as refused:
        hold(world, KNOWN)
    assert refused.value.reasons[0].code == "choose-own-password"


def test_a_first_password_is_no_second_persons_signature_either(world: World) -> None:
    reset(world, "niu")
    nora = world.story.actor("nora")
    asked = Request(nora, Credentials("nora", PASSWORD), Credentials("niu", KNOWN))
    link = LinkWristband(world.participants[0], "x")
    with pytest.raises(Refused) as refused:
        perform(world.site, link_wristband, link, asked)
    assert refused.value.reasons[0].code == "choose-own-password"


def test_a_first_password_opens_one_log_in_and_only_its_own_page(world: World) -> None:
    reset(world, "quinn")
    client, status = login(world, "quinn", KNOWN)
    assert status == 303
    assert client.get("/").headers["Location"].endswith("/accounts/me")
    assert client.get("/api/release/lots/" + world.lots["product"]).status_code == 403
    page = client.get("/accounts/me")
    assert page.status_code == 200
    assert "Ada Admin" in page.text or "ada" in page.text  # the person is told who set it
    assert login(world, "quinn", KNOWN)[1] == 409  # once
    form = {"csrf_token": token_of(client), "password": "my own long secret",
            "_sign_login": "quinn", "_sign_password": KNOWN}  # fmt: skip
    assert client.post("/do/accounts/change-password", data=form).status_code in {200, 303}
    assert login(world, "quinn", KNOWN)[1] == 409
    assert login(world, "quinn", "my own long secret")[1] == 303
    hold(world, "my own long secret")


def test_the_first_password_cannot_be_chosen_again_as_ones_own(world: World) -> None:
    reset(world, "quinn")
    client, _ = login(world, "quinn", KNOWN)
    form = {"csrf_token": token_of(client), "password": KNOWN,
            "_sign_login": "quinn", "_sign_password": KNOWN}  # fmt: skip
    assert client.post("/do/accounts/change-password", data=form).status_code == 409


def test_a_reset_leaves_no_token_alive_and_makes_none(world: World) -> None:
    reset(world, "quinn")
    client, _ = login(world, "quinn", KNOWN)
    body = {"name": "a script", "sign_login": "quinn", "sign_password": KNOWN}
    headers = {"X-CSRFToken": token_of(client)}
    assert client.post("/api/trust/make-token", json=body, headers=headers).status_code == 403


@pytest.mark.parametrize("role", [Role.QA, Role.STATISTICIAN, Role.NURSE])
def test_one_administrator_alone_adds_nobody(world: World, role: Role) -> None:
    body = {"login": "puppet", "name": "Pu Pet", "staff_number": "S-9", "role": role.value,
            "password": FIRST, "second_part": SECOND}  # fmt: skip
    assert sent(world, "ada", "accounts/add-person", body).status_code == 409
    assert sent(world, "ada", "accounts/add-person", body, "nora").status_code == 409
    assert sent(world, "ada", "accounts/add-person", body, "ada").status_code == 409
    assert sent(world, "ada", "accounts/add-person", body, "quinn").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["quinn ma", "Quinn  Ma", "Quinn Ma ", " Quinn Ma", "QUINN MA", "Quinn M\u0430",
     "\uff31uinn Ma", "Quinn\u00a0Ma", "Quinn\u200b Ma", "Qu\u0456nn Ma", "Quinn\u3000Ma"],
)  # fmt: skip
def test_one_printed_name_is_one_person_however_it_is_written(world: World, name: str) -> None:
    new = AddPerson("puppet", name, "S-4711", Role.NURSE, FIRST, SECOND)
    assert codes(world, "ada", add_person, new, "qiu") & {"name-in-use", "login"}


@pytest.mark.parametrize("number", ["S-1005", "s-1005", "S\u20131005", "S- 1005", "\uff33-1005"])
def test_one_staff_number_is_one_person(world: World, number: str) -> None:
    new = AddPerson("puppet", "Pu Pet", number, Role.NURSE, FIRST, SECOND)  # quinn's
    assert "staff-number" in codes(world, "ada", add_person, new, "qiu")


def test_thirty_at_once_add_one_person(either_world: World) -> None:
    names = ["Pu Pet", "pu pet", "PU  PET"]
    deeds = [
        deed(either_world, "ada", add_person,
             AddPerson(f"puppet{n}", names[n % 3], f"S-20{n}", Role.NURSE, FIRST, SECOND), "quinn")
        for n in range(12)
    ]  # fmt: skip
    said = at_once(deeds)
    assert len([one for one in said if not isinstance(one, Refused)]) == 1


def test_wrong_passwords_typed_elsewhere_do_not_stop_a_nurses_signature(received: Scene) -> None:
    world, cells, _ = received
    for _ in range(12):
        assert login(world, "niu", "a wrong password")[1] == 409
    verify = bedside.VerifyBag(world.participants[0], cells.bag)
    number = world.story.do("nora", bedside.verify_bag, verify).number
    start = bedside_start(world, number)
    world.story.do("nora", *start, "niu")


def bedside_start(world: World, number: str) -> tuple[Any, Any]:
    return infusing.start_infusion, second_scan(world, number)


def test_wrong_signatures_of_one_person_do_not_stop_anothers(received: Scene) -> None:
    world, cells, _ = received
    for _ in range(8):
        wrong = Request(world.story.actor("tang"), None, Credentials("niu", "wrong and wrong"))
        with pytest.raises(Refused):
            perform(world.site, discard_bag, DiscardBag(cells.bag, False, "x"), wrong)
    verify = bedside.VerifyBag(world.participants[0], cells.bag)
    number = world.story.do("nora", bedside.verify_bag, verify).number
    world.story.do("nora", *bedside_start(world, number), "niu")


def test_guessing_a_signature_is_still_slowed_down(world: World) -> None:
    said = []
    for _ in range(7):
        with pytest.raises(Refused) as refused:
            hold(world, "guess after guess")
        said.append(refused.value.reasons[0].code)
    assert said[-1] == "too-many-failures"


@pytest.mark.parametrize("again", ["唐伟", "唐 伟", "唐\u3000伟", " 唐  伟 "])
def test_a_chinese_name_is_one_person_with_and_without_a_blank(world: World, again: str) -> None:
    first = AddPerson("tang.w", "唐 伟", "S-3001", Role.NURSE, FIRST, SECOND)
    world.story.do("ada", add_person, first, "quinn")
    other = AddPerson("tang.w2", again, "S-3002", Role.NURSE, FIRST, SECOND)
    assert codes(world, "ada", add_person, other, "quinn") == {"name-in-use"}
