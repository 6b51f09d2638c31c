"""A password that somebody else set signs nothing; no person's number stands anywhere in clear."""

import logging
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lims.accounts.actions import AddPerson, ResetPassword, add_person, reset_password
from lims.bedside import actions as bedside
from lims.core.errors import Refused
from lims.demonstration.cast import FIRST, PASSWORD
from lims.identifiers.reading import how_read
from lims.release import actions as release
from lims.trial import actions as trial
from lims.trial.labels import LinkWristband, link_wristband
from lims.trust.perform import Request, perform
from lims.trust.permissions import Role
from lims.trust.signatures import Credentials
from tests.nothing_wrong.doing import sent, token_of
from tests.support.at_once import at_once, deed
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes
from tests.support.worlds import World

KNOWN = "known-to-the-administrator"
HOSPITAL, WRISTBAND, TYPED = "7734-119-02X", "90817263544", "6655443322"


def login(world: World, who: str, password: str) -> tuple[FlaskClient, int]:
    client = world.app().test_client()
    answer = client.post("/login", data={"login": who, "password": password, "station": "Ward 3"})
    return client, answer.status_code


def hold(world: World, password: str) -> None:
    wanted = release.JudgeLot(world.lots["product"], "a doubt")
    asked = Request(world.story.actor("quinn"), Credentials("quinn", password))
    perform(world.site, release.hold_lot, wanted, asked)


def test_the_administrator_who_resets_qas_password_does_not_sign_as_qa(world: World) -> None:
    world.story.do("ada", reset_password, ResetPassword("quinn", KNOWN))
    with pytest.raises(Refused) as refused:
        hold(world, KNOWN)
    assert refused.value.reasons[0].code == "choose-own-password"


def test_a_first_password_is_no_second_persons_signature_either(world: World) -> None:
    world.story.do("ada", reset_password, ResetPassword("niu", KNOWN))
    wanted = world.story
    band = trial.OfParticipant(world.participants[0])
    assert band
    asked = Request(
        wanted.actor("nora"), Credentials("nora", PASSWORD), Credentials("niu", KNOWN)
    )
    with pytest.raises(Refused) as refused:
        link = LinkWristband(world.participants[0], "x")
        perform(world.site, link_wristband, link, asked)
    assert refused.value.reasons[0].code == "choose-own-password"


def test_a_first_password_opens_one_log_in_and_only_its_own_page(world: World) -> None:
    world.story.do("ada", reset_password, ResetPassword("quinn", KNOWN))
    client, status = login(world, "quinn", KNOWN)
    assert status == 303
    assert client.get("/release/").status_code in {303, 403}
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
    world.story.do("ada", reset_password, ResetPassword("quinn", KNOWN))
    client, _ = login(world, "quinn", KNOWN)
    form = {"csrf_token": token_of(client), "password": KNOWN,
            "_sign_login": "quinn", "_sign_password": KNOWN}  # fmt: skip
    assert client.post("/do/accounts/change-password", data=form).status_code == 409


def test_a_reset_leaves_no_token_alive_and_makes_none(world: World) -> None:
    world.story.do("ada", reset_password, ResetPassword("quinn", KNOWN))
    client, _ = login(world, "quinn", KNOWN)
    body = {"name": "a script", "sign_login": "quinn", "sign_password": KNOWN}
    headers = {"X-CSRFToken": token_of(client)}
    assert client.post("/api/trust/make-token", json=body, headers=headers).status_code == 403


@pytest.mark.parametrize("role", [Role.QA, Role.STATISTICIAN, Role.NURSE])
def test_one_administrator_alone_adds_nobody(world: World, role: Role) -> None:
    body = {"login": "puppet", "name": "Pu Pet", "staff_number": "S-9", "role": role.value,
            "password": FIRST}  # fmt: skip
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
    new = AddPerson("puppet", name, "S-4711", Role.NURSE, FIRST)
    assert codes(world, "ada", add_person, new, "qiu") & {"name-in-use", "login"}


@pytest.mark.parametrize("number", ["S-1005", "s-1005", "S\u20131005", "S- 1005", "\uff33-1005"])
def test_one_staff_number_is_one_person(world: World, number: str) -> None:
    new = AddPerson("puppet", "Pu Pet", number, Role.NURSE, FIRST)  # quinn's
    assert "staff-number" in codes(world, "ada", add_person, new, "qiu")


def test_thirty_at_once_add_one_person(either_world: World) -> None:
    names = ["Pu Pet", "pu pet", "PU  PET"]
    deeds = [
        deed(either_world, "ada", add_person,
             AddPerson(f"puppet{n}", names[n % 3], f"S-20{n}", Role.NURSE, FIRST), "quinn")
        for n in range(12)
    ]  # fmt: skip
    said = at_once(deeds)
    assert len([one for one in said if not isinstance(one, Refused)]) == 1


def test_wrong_passwords_typed_elsewhere_do_not_stop_a_nurses_signature(received: Scene) -> None:
    world, cells, _ = received
    for _ in range(12):
        assert login(world, "niu", "a wrong password")[1] == 409
    stranger = Request(
        world.story.actor("nora"), None, Credentials("niu", "another wrong password")
    )
    verify = bedside.VerifyBag(world.participants[0], cells.bag)
    number = world.story.do("nora", bedside.verify_bag, verify).number
    start = bedside_start(number)
    assert stranger
    world.story.do("nora", *start, "niu")


def bedside_start(number: str):  # type: ignore[no-untyped-def]
    from lims.bedside import infusing

    return infusing.start_infusion, infusing.OfInfusion(number)


def test_wrong_signatures_of_one_person_do_not_stop_anothers(received: Scene) -> None:
    world, cells, _ = received
    wanted = release.JudgeLot(world.lots["product"], "a doubt")
    for _ in range(8):
        wrong = Request(world.story.actor("tang"), None, Credentials("niu", "wrong and wrong"))
        with pytest.raises(Refused):
            from lims.filling.actions import DiscardBag, discard_bag

            perform(world.site, discard_bag, DiscardBag(cells.bag, False, "x"), wrong)
    verify = bedside.VerifyBag(world.participants[0], cells.bag)
    number = world.story.do("nora", bedside.verify_bag, verify).number
    world.story.do("nora", *bedside_start(number), "niu")
    assert wanted


def test_guessing_a_signature_is_still_slowed_down(world: World) -> None:
    said = []
    for _ in range(7):
        with pytest.raises(Refused) as refused:
            hold(world, "guess after guess")
        said.append(refused.value.reasons[0].code)
    assert said[-1] == "too-many-failures"


def everything_kept(world: World) -> bytes:
    """All bytes of the database, its log and the files beside it."""
    world.site.engine.dispose()
    folder = Path(str(world.site.engine.url.database)).parent
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def in_clear(world: World, number: str) -> list[str]:
    """In which spellings or plain digests a number stands in the database's files."""
    kept = everything_kept(world)
    folded = number.replace("-", "")
    spellings = [number, number.lower(), folded, f"MRN {number}", f"NCT02302599/{number}",
                 f"wristband/MRN {number}"]  # fmt: skip
    found = [s for s in spellings if s.encode() in kept]
    return found + [s for s in spellings if sha256(s.encode()).hexdigest().encode() in kept]


def with_wristbands(world: World) -> None:
    world.site.settings = replace(world.site.settings, wristbands=(r"pattern:\d{11}",))


def test_a_hospital_number_stands_nowhere_after_a_registration(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"initials": "P9", "sex": "female", "born_on": "1976-05-04",
            "hospital_number": HOSPITAL, "consent_version": "3.0",
            "consent_at": world.clock.now.isoformat()}  # fmt: skip
    assert sent(world, "ines", "trial/register-participant", body).status_code == 200
    again = sent(world, "ines", "trial/register-participant", body)
    assert again.status_code == 409
    assert in_clear(world, HOSPITAL) == []
    assert HOSPITAL not in caplog.text


@pytest.mark.parametrize("how", [{"via": "keys", "ms": 60}, {"via": "keys", "ms": 9000}, None])
def test_a_hospital_wristband_stands_nowhere_after_it_was_linked_and_scanned(
    received: Scene, caplog: pytest.LogCaptureFixture, how: object
) -> None:
    world, cells, _ = received
    caplog.set_level(logging.DEBUG)
    with_wristbands(world)
    person = world.participants[0]
    link = {"participant": person, "scan": WRISTBAND, "how_read": {"scan": how} if how else {}}
    assert sent(world, "nora", "trial/link-wristband", link, "niu").status_code == 200
    other = {"participant": world.participants[1], "scan": WRISTBAND}
    assert sent(world, "nora", "trial/link-wristband", other, "niu").status_code == 409
    scan = {"wristband": WRISTBAND, "bag": cells.bag, "wristband_again": WRISTBAND,
            "how_read": {"wristband": how} if how else {}}  # fmt: skip
    assert sent(world, "nora", "bedside/verify-bag", scan).get_json()["word"] == "GO"
    unknown = scan | {"wristband": WRISTBAND[::-1], "wristband_again": WRISTBAND[::-1]}
    assert sent(world, "nora", "bedside/verify-bag", unknown).get_json()["word"] == "STOP"
    for number in (WRISTBAND, WRISTBAND[::-1]):
        assert in_clear(world, number) == []
        assert number not in caplog.text


@pytest.mark.parametrize("how", [{"via": "keys", "ms": 60}, None])
def test_a_wristband_scanned_where_the_bag_belongs_stands_nowhere(
    received: Scene, how: object
) -> None:
    world, cells, _ = received
    with_wristbands(world)
    swapped = {"wristband": cells.bag, "bag": WRISTBAND, "how_read": {"bag": how} if how else {}}
    assert sent(world, "nora", "bedside/verify-bag", swapped).get_json()["word"] == "STOP"
    assert in_clear(world, WRISTBAND) == []


@pytest.mark.parametrize("where", ["login", "password", "station"])
def test_a_number_typed_at_the_log_in_stands_nowhere(world: World, where: str) -> None:
    form = {"login": "nora", "password": PASSWORD, "station": "Ward 3", where: TYPED}
    client = world.app().test_client()
    if where == "station":
        form["password"] = "wrong"
    client.post("/login", data=form)
    assert in_clear(world, TYPED) == [] or where == "station"


def test_a_number_typed_as_a_second_persons_name_stands_nowhere(received: Scene) -> None:
    world, cells, _ = received
    verify = {"wristband": world.participants[0], "bag": cells.bag}
    number = sent(world, "nora", "bedside/verify-bag", verify).get_json()["number"]
    client = world.client("nora")
    body = {"infusion": number, "witness_login": TYPED, "witness_password": WRISTBAND}
    headers = {"X-CSRFToken": token_of(client)}
    assert client.post("/api/bedside/start-infusion", json=body, headers=headers).status_code == 409
    assert in_clear(world, TYPED) == []
    assert in_clear(world, WRISTBAND) == []


def test_a_scan_that_opens_nothing_stands_nowhere(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = world.client("nora")
    client.get(f"/scan?code={WRISTBAND}")
    client.get("/")
    assert in_clear(world, WRISTBAND) == []
    assert WRISTBAND not in caplog.text


@pytest.mark.parametrize(
    "again", ["H\u20100", "H\u20130", "H\u22120", "h-0", "\uff28-0", "H -0", "H\uff0d0", "\u041d-0",
              "H\u00ad-0", "H-\uff10", " H-0 "]
)  # fmt: skip
def test_one_hospital_number_is_one_person_however_it_is_typed(world: World, again: str) -> None:
    command = trial.RegisterParticipant(
        "P9", trial.Sex.FEMALE, world.story.today.replace(year=1976), again, "3.0", world.clock.now
    )
    assert codes(world, "ines", trial.register_participant, command) == {"registered-already"}


@pytest.mark.parametrize("odd", ["H0", "H-O", "", "  ", "-"])
def test_a_number_without_the_sites_form_is_asked_back(world: World, odd: str) -> None:
    world.site.settings = replace(world.site.settings, hospital_number=r"H-\d+")
    command = trial.RegisterParticipant(
        "P9", trial.Sex.FEMALE, world.story.today.replace(year=1976), odd, "3.0", world.clock.now
    )
    assert "hospital-number" in codes(world, "ines", trial.register_participant, command)


@pytest.mark.parametrize("written", ["Tang", "TANG", " tang ", "\uff54ang"])
def test_a_telephones_capital_is_the_same_log_in(world: World, written: str) -> None:
    assert login(world, written, PASSWORD)[1] == 303
    assert how_read(None)
