"""No person's number stands anywhere in clear, and one person has one, however it is typed."""

import logging
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from lims.demonstration.cast import PASSWORD
from lims.trial import actions as trial
from tests.nothing_wrong.doing import sent, token_of
from tests.support.scene_fixtures import Scene
from tests.support.scenes import codes
from tests.support.worlds import World

HOSPITAL, WRISTBAND, TYPED = "7734-119-02X", "90817263544", "6655443322"


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


@pytest.mark.parametrize(
    "how", [{"via": "keys", "ms": 60}, {"via": "keys", "ms": 9000, "why": "missing"}, None]
)
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


@pytest.mark.parametrize("where", ["login", "password"])
def test_a_number_typed_at_the_log_in_stands_nowhere(world: World, where: str) -> None:
    form = {"login": "nora", "password": PASSWORD, "station": "Ward 3", where: TYPED}
    client = world.app().test_client()
    client.post("/login", data=form)
    assert in_clear(world, TYPED) == []


def test_a_number_typed_as_a_second_persons_name_stands_nowhere(received: Scene) -> None:
    world, cells, _ = received
    verify = {"wristband": world.participants[0], "bag": cells.bag}
    number = sent(world, "nora", "bedside/verify-bag", verify).get_json()["number"]
    client = world.client("nora")
    body = verify | {"infusion": number, "witness_login": TYPED, "witness_password": WRISTBAND}
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
              "H\u200b-0", "H-\uff10", " H-0 ", "H-O", "h-o"]
)  # fmt: skip
def test_one_hospital_number_is_one_person_however_it_is_typed(world: World, again: str) -> None:
    command = trial.RegisterParticipant(
        "P9", trial.Sex.FEMALE, world.story.today.replace(year=1976), again, "3.0", world.clock.now
    )
    assert codes(world, "ines", trial.register_participant, command) == {"registered-already"}


@pytest.mark.parametrize("odd", ["H0", "H-X", "", "  ", "-"])
def test_a_number_without_the_sites_form_is_asked_back(world: World, odd: str) -> None:
    world.site.settings = replace(world.site.settings, hospital_number=r"H-\d+")
    command = trial.RegisterParticipant(
        "P9", trial.Sex.FEMALE, world.story.today.replace(year=1976), odd, "3.0", world.clock.now
    )
    assert "hospital-number" in codes(world, "ines", trial.register_participant, command)


@pytest.mark.parametrize("written", ["Tang", "TANG", " tang ", "\uff54ang"])
def test_a_telephones_capital_is_the_same_log_in(world: World, written: str) -> None:
    form = {"login": written, "password": PASSWORD}
    assert world.app().test_client().post("/login", data=form).status_code == 303
