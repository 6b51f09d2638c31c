"""What cannot be is refused with its range, on the API and on the page; numbers as people write."""

from typing import Any

import pytest

from lims.demonstration import making, treating
from lims.supplies.rules import LotKind
from lims.testing import actions as testing
from tests.nothing_wrong.doing import begun_for_both, sent, thawed, typed
from tests.support.scene_fixtures import Scene
from tests.support.scenes import stores_of
from tests.support.steps import grown_on
from tests.support.worlds import World


def refused(world: World, who: str, path: str, body: dict[str, Any], second: str = "") -> str:
    """The words with which the API says that this cannot be."""
    answer = sent(world, who, path, body, second)
    assert answer.status_code in {409, 422}, answer.text
    return answer.text


@pytest.fixture
def sample(world: World) -> str:
    """A product lot's sample."""
    story, stores = world.story, stores_of(world)
    flasks = making.isolated(story, stores, making.a_donor(story))
    harvest = making.harvested(story, stores, flasks, 400)
    lot = making.filled(story, stores, grown_on(story, stores, harvest), LotKind.PRODUCT, 6)
    return story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number


@pytest.mark.parametrize(
    ("code", "value", "span"),
    [("VIA", "952", "0 to 100"), ("CD73", "991", "0 to 100"), ("CD14", "-3", "0 to 100"),
     ("END", "-0.05", "0 to 1000"), ("VIA", "100.01", "0 to 100"), ("CNT", "-1", "0 to 400"),
     ("END", "-3", "0 to 1000"), ("CD11B", "250", "0 to 100")],
)  # fmt: skip
def test_a_result_that_cannot_be_is_no_result(
    world: World, sample: str, code: str, value: str, span: str
) -> None:
    body = {"sample": sample, "code": code, "qualifier": "=", "value": value}
    assert span in refused(world, "ana", "testing/enter-result", body)
    page = typed(world, "ana", "testing/enter-result", body)
    assert page.status_code in {409, 422}
    assert span in page.text


@pytest.mark.parametrize("value", ["952", "-3"])
def test_a_result_is_not_amended_to_what_cannot_be(world: World, sample: str, value: str) -> None:
    entry = {"sample": sample, "code": "VIA", "qualifier": "=", "value": "95.2"}
    made = sent(world, "ana", "testing/enter-result", entry).get_json()["id"]
    body = {"result": made, "reason": "misread", "qualifier": "=", "value": value}
    assert "0 to 100" in refused(world, "aiko", "testing/amend-result", body, "ana")


@pytest.mark.parametrize("qualifier", ["≤", "<=", "~", "", " ", "banana", "＝", "≥", "=="])
def test_no_qualifier_but_the_three_is_taken_at_entry_or_amendment(
    world: World, sample: str, qualifier: str
) -> None:
    entry = {"sample": sample, "code": "END", "qualifier": "=", "value": "0.9"}
    made = sent(world, "ana", "testing/enter-result", entry).get_json()["id"]
    body = {"result": made, "reason": "misread", "qualifier": qualifier, "value": "0.4"}
    assert "qualifier" in refused(world, "aiko", "testing/amend-result", body, "ana")
    at_entry = {"sample": sample, "code": "VIA", "qualifier": qualifier, "value": "95"}
    assert "qualifier" in refused(world, "ana", "testing/enter-result", at_entry)
    form = {"result": made, "reason": "misread", "qualifier": qualifier, "value": "0.4"}
    assert typed(world, "aiko", "testing/amend-result", form, "ana").status_code in {303, 422}
    if qualifier.strip():
        assert typed(world, "aiko", "testing/amend-result", form, "ana").status_code == 422


@pytest.mark.parametrize(
    ("what", "value", "span"),
    [("temperature", "368", "30 to 45"), ("temperature", "-36.8", "30 to 45"),
     ("temperature", "370", "30 to 45"), ("pulse", -72, "20 to 300"),
     ("pulse", 7200, "20 to 300"), ("systolic", 1280, "40 to 300"), ("diastolic", -78, "20 to 200")],
)  # fmt: skip
def test_vital_signs_that_cannot_be_are_not_recorded(
    received: Scene, what: str, value: object, span: str
) -> None:
    world, cells, _ = received
    number = treating.verified(world.story, world.participants[0], cells.bag)
    body = {"infusion": number, "seen": "well", what: value}
    assert span in refused(world, "nora", "bedside/observe", body)


@pytest.mark.parametrize(("systolic", "diastolic"), [(78, 128), (80, 80), (40, 190)])
def test_a_pressure_upside_down_is_asked_back(
    received: Scene, systolic: int, diastolic: int
) -> None:
    world, cells, _ = received
    number = treating.verified(world.story, world.participants[0], cells.bag)
    body = {"infusion": number, "seen": "well", "systolic": systolic, "diastolic": diastolic}
    assert f"{systolic}/{diastolic}" in refused(world, "nora", "bedside/observe", body)


@pytest.mark.parametrize("given", ["-1", "100.1", "1000"])
def test_no_more_is_given_than_the_bag_held(received: Scene, given: str) -> None:
    world, cells, _ = received
    number = treating.verified(world.story, world.participants[0], cells.bag)
    refused(world, "nora", "bedside/end-infusion",
            {"infusion": number, "given": given, "empty_bag": "sealed"})  # fmt: skip


def brothers(world: World) -> list[tuple[str, str, dict[str, Any], str]]:
    """Impossible numbers at other places: who, which action, what, the second person."""
    stores, who, now = stores_of(world), world.participants[0], world.clock.now
    donor = making.a_donor(world.story)
    flask = making.isolated(world.story, stores, donor)[0]
    cord = {"donor": donor, "collected_at": now.isoformat(), "lowest": "3", "highest": "6",
            "weight": "38", "condition": "intact"}  # fmt: skip
    feed = {"flask": flask, "seen": "even", "materials": [stores.medium]}
    count = {"flasks": [flask], "live": 400, "dead": 20, "squares": 8, "dilution": "2",
             "volume": "20", "materials": [stores.medium], "equipment": [stores.centrifuge]}  # fmt: skip
    material = {"name": "Trypsin", "supplier": "B", "supplier_lot": "1", "expires_on": "2030-01-01"}
    outcome = {"participant": who, "week": 0, "hba1c": "8.6", "insulin": "42"}
    event = {"participant": who, "term": "fever", "onset": "2026-02-01", "severity": "mild",
             "serious": False, "related": False, "described": "x"}  # fmt: skip
    weigh = {"participant": who, "visit": 1, "scale": "3"}
    order = {"participant": who, "slot_at": now.isoformat()}
    person = {"initials": "P", "sex": "female", "hospital_number": "H-77", "consent_version": "3",
              "born_on": "1976-05-04", "consent_at": now.isoformat()}  # fmt: skip
    new = {"level": "box", "name": "b", "within": stores.box, "rows": 9, "columns": 9}
    return [
        ("tang", "culture/feed-flask", feed | {"confluence": "250"}, ""),
        ("tang", "culture/feed-flask", feed | {"confluence": "-1"}, ""),
        ("tang", "culture/harvest-flasks", count | {"live": -1}, "tian"),
        ("tang", "culture/harvest-flasks", count | {"squares": 0}, "tian"),
        ("tang", "culture/harvest-flasks", count | {"dilution": "0"}, "tian"),
        ("tang", "culture/harvest-flasks", count | {"volume": "0"}, "tian"),
        ("tang", "donation/receive-cord", cord | {"weight": "0"}, ""),
        ("tang", "donation/receive-cord", cord | {"weight": "38000"}, ""),
        ("tang", "donation/receive-cord", cord | {"highest": "370"}, ""),
        ("tang", "donation/receive-cord", cord | {"lowest": "7"}, ""),
        ("tian", "supplies/receive-material", material | {"in_use_life": "999999999999"}, ""),
        ("tian", "supplies/receive-material", material | {"in_use_life": "-1"}, ""),
        ("asa", "followup/assess-outcome", outcome | {"c_peptide": "530"}, ""),
        ("asa", "followup/assess-outcome", outcome | {"c_peptide": "-1"}, ""),
        ("asa", "followup/assess-outcome", outcome | {"hba1c": "86"}, ""),
        ("asa", "followup/assess-outcome", outcome | {"hba1c": "0"}, ""),
        ("asa", "followup/assess-outcome", outcome | {"insulin": "4200"}, ""),
        ("asa", "followup/assess-outcome", outcome | {"week": 999999}, ""),
        ("nora", "followup/report-event", event | {"severity": "awful"}, ""),
        ("nora", "followup/report-event", event | {"term": "banana"}, ""),
        ("nora", "trial/weigh", weigh | {"weight": "7.25"}, ""),
        ("nora", "trial/weigh", weigh | {"weight": "725"}, ""),
        ("nora", "trial/weigh", weigh | {"weight": "-72.5"}, ""),
        ("nora", "trial/order-infusion", order | {"visit": 999999}, ""),
        ("nora", "trial/order-infusion", order | {"visit": 0}, ""),
        ("nora", "trial/order-infusion", order | {"visit": -1}, ""),
        ("nora", "trial/order-infusion", order | {"visit": 10**30}, ""),
        ("ines", "trial/register-participant", person | {"sex": "banana"}, ""),
        ("ines", "trial/register-participant", person | {"stratum": "banana"}, ""),
        ("ines", "trial/register-participant", person | {"born_on": "1066-10-14"}, ""),
        ("ines", "trial/register-participant", person | {"born_on": "2027-02-11"}, ""),
        ("tang", "bank/add-place", new | {"rows": 0}, ""),
        ("tang", "bank/add-place", new | {"columns": 10**9}, ""),
        ("ana", "donation/enter-serology",
         {"donor": donor, "marker": "banana", "specimen_at": now.isoformat(), "reactive": False,
          "laboratory": "C"}, ""),
        ("tang", "labelling/make-sleeves", {"count": 10**9}, ""),
        ("ines", "trust/make-token", {"name": "s", "days": -5}, ""),
    ]  # fmt: skip


def test_what_cannot_be_is_refused_wherever_a_number_is_entered(world: World) -> None:
    taken = []
    for who, path, body, second in brothers(world):
        answer = sent(world, who, path, body, second)
        if answer.status_code not in {409, 422}:
            taken.append((answer.status_code, path, body))
    assert taken == []


@pytest.mark.parametrize("temperature", ["370", "-200"])
def test_a_box_is_as_cold_as_a_box_can_be(released: Scene, temperature: str) -> None:
    world, cells, _ = released
    leaves = {"scan": cells.bag, "courier": "Bo", "temperature": temperature}
    assert "-40 to 60" in refused(world, "tang", "dispatch/dispatch-bag", leaves)
    treating.sent(world.story, cells)
    comes = {"scan": cells.bag, "temperature": temperature, "intact": True}
    assert "-40 to 60" in refused(world, "nora", "bedside/receive-bag", comes)


@pytest.mark.parametrize("live", ["44O", -440, 10**12])
def test_a_count_that_cannot_be_draws_nothing(world: World, live: object) -> None:
    cells, _, _ = begun_for_both(world)
    thawed(world, cells.bag)
    body = {"bag": cells.bag, "live": live, "dead": 24, "squares": 8, "dilution": "20",
            "pool": "10.8"}  # fmt: skip
    assert "live" in refused(world, "tang", "filling/draw-cells", body, "tian")


@pytest.mark.parametrize(
    ("written", "hint"),
    [("<0.05", "into the box before"), ("0,05", "0.05"), (".05", "0.05"), ("5e-2", "power of ten"),
     ("1 000", "1000"), ("1,000", "1000"), ("274\u00a0000", "274000"), ("274\u202f000", "274000"),
     ("0.05 EU/mL", "without its unit"), ("\uff10.\uff10\uff15", "0.05"), ("≤0.5", "before"),
     ("0\uff0c05", "0.05"), ("2.74 × 10⁵", "power of ten"), ("+0.05", "plus sign"),
     ("0.05%", "without its unit"), ("72.5kg", "72.5"), ("\u22120.05", "-0.05")],
)  # fmt: skip
def test_a_number_as_people_write_it_gets_a_sentence_that_names_the_fault(
    world: World, sample: str, written: str, hint: str
) -> None:
    body = {"sample": sample, "code": "END", "qualifier": "=", "value": written}
    for answer in (
        sent(world, "ana", "testing/enter-result", body),
        typed(world, "ana", "testing/enter-result", body),
    ):
        assert answer.status_code == 422
        assert hint in answer.text
        assert "Write a number in plain digits" not in answer.text


@pytest.mark.parametrize("written", ["440 ", "440,0", "４４０", "4.4e2", "440 cells"])
def test_a_count_as_people_write_it_gets_such_a_sentence_too(world: World, written: str) -> None:
    cells, _, _ = begun_for_both(world)
    form = {"bag": cells.bag, "live": written, "dead": "24", "squares": "8", "dilution": "20",
            "pool": "10.8"}  # fmt: skip
    answer = typed(world, "tang", "filling/draw-cells", form, "tian")
    if written == "440 ":  # a blank behind is nothing to talk about
        assert answer.status_code == 409
        return
    assert answer.status_code == 422
    assert "Write a number in plain digits" not in answer.text


def test_a_participants_weight_written_with_a_comma_is_named(world: World) -> None:
    body = {"participant": world.participants[0], "visit": 1, "weight": "72,5", "scale": "3"}
    assert "72.5" in refused(world, "nora", "trial/weigh", body)
