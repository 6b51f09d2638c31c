"""Results from plate readers' and cytometers' files: read, told apart, taken in whole or not at all."""

import io
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from lims.attachments.queries import files_of
from lims.core.rounding import Outcome, Qualifier
from lims.core.uploads import Upload
from lims.demonstration import making
from lims.deviations.queries import open_about
from lims.genealogy.queries import descendants
from lims.instruments.formats import Measures
from lims.instruments.reading import Reading, read_file
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.rules import LotKind
from lims.testing import actions as testing
from lims.testing import amending
from lims.testing.importing import ImportByMap, ImportResults, import_by_map, import_results
from lims.testing.measured_rules import Reported, mean_of, reported
from lims.testing.queries import sample
from lims.testing.rules import ResultFacts
from lims.trust.identity.roles import Side
from tests.instruments import files
from tests.nothing_wrong.doing import token_of
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.worlds import World

UTC8 = ZoneInfo("Asia/Shanghai")


def reading(text: str) -> Reading:
    return read_file(text.encode(), Measures.RESULT, UTC8)


def found(text: str) -> list[Reported]:
    whole = reading(text)
    assert whole.form is not None, whole.reasons
    assert not whole.reasons, whole.reasons
    rows, faults = reported(whole.form, whole.rows)
    assert not faults
    return rows


def faults(text: str) -> set[str]:
    """What speaks against a file: codes of reasons, and the names of faults."""
    whole = reading(text)
    named = {reason.code for reason in whole.reasons}
    if whole.form is not None and not named:
        named |= {fault.says.name for fault in reported(whole.form, whole.rows)[1]}
    return named | {fault.says.name for fault in whole.faults} - {"file-fault"}


@pytest.mark.parametrize("code", sorted(files.MEASURED))
def test_each_format_tells_its_tests_of_the_one_sample_and_leaves_the_controls_out(
    code: str,
) -> None:
    one, *others = found(files.MEASURED[code])
    assert "LMS260000018" in one.sample
    tests = {"gen5": {"END"}, "softmax": {"END"}, "facsdiva": {"CD73", "CD45"}}
    assert {one.test, *(o.test for o in others)} == tests.get(code, set(files.CYTOMETER))


def test_a_samples_wells_count_by_their_mean_and_with_the_recovery_that_is_furthest_off() -> None:
    wells = files.wells()
    wells["C3"] = ("SPL1", "LMS260000018", "0.055", "44")
    (one,) = found(files.plate(wells))
    assert (one.value, one.recovery) == (Decimal("0.0535"), Decimal(44))
    assert one.qualifier is Qualifier.EQUAL


def test_what_is_below_the_standards_stays_below_and_never_becomes_a_number() -> None:
    (one,) = found(files.plate(files.wells(one="<0.005", two="<0.005")))
    assert (one.qualifier, one.value) == (Qualifier.LESS, Decimal("0.005"))
    assert faults(files.plate(files.wells(one="<0.005"))) == {"wells-not-of-one-kind"}


@pytest.mark.parametrize("value", ["?????", "OVRFLW", "*0.052*", "NaN", "0,052"])
def test_a_well_that_was_masked_or_could_not_be_told_keeps_the_file_out(value: str) -> None:
    assert "file-value-is-no-number" in faults(files.plate(files.wells(one=value)))


def test_a_plate_without_its_recoveries_is_no_whole_report() -> None:
    text = files.plate(files.wells()).replace("Recovery", "OD")
    assert faults(text) == {"file-lacks-column"}


def test_a_frequency_of_another_parent_is_not_taken() -> None:
    assert faults(files.flowjo(gate="Cells/Singlets")) == {"file-of-no-format"}
    other = files.flowjo().replace("MSC/CD73+", "MSC/CD90+/CD73+")
    assert {one.test for one in found(other)} == files.CYTOMETER.keys() - {"CD73"}
    assert faults(files.flowjo().replace("MSC | Count", "MSC | Median")) == {"file-of-no-format"}


def test_too_few_events_are_no_result() -> None:
    assert faults(files.flowjo(events="9999")) == {"too-few-events"}
    assert len(found(files.flowjo(events="10000"))) == len(files.CYTOMETER)


def test_a_sample_that_stands_twice_in_a_cytometers_file_is_a_fault() -> None:
    text = files.flowjo()
    line = next(row for row in text.splitlines() if row.endswith("0.31"))
    assert faults(text.replace(line, f"{line}\n{line}")) == {"result-twice-in-the-file"}


def test_every_group_of_a_report_is_read_and_what_stands_between_them_is_no_sample() -> None:
    (one,) = found(files.softmax())
    assert (one.value, one.recovery) == (Decimal("0.053"), Decimal("102.5"))
    two = files.softmax().replace("Pos\tC1", "LMS26000002N\tC1").replace("0.49\t1\t", "0.49\t1\t99")
    assert [each.sample for each in found(two)] == ["LMS260000018", "LMS26000002N"]
    lines = files.softmax().splitlines()
    turned = [*lines[:5], *lines[10:14], *lines[5:10]]  # the controls come first
    assert len(found("\n".join(turned) + "\n")) == 1


def test_a_well_with_a_sample_and_without_a_result_is_missed() -> None:
    assert "file-value-is-missing" in faults(files.plate(files.wells(two="")))


@pytest.mark.parametrize(
    ("name", "is_sample"),
    [
        ("LMS26000001P post-thaw", True),
        ("LMS26000001P Compensated", True),
        ("LMS26000001P FMO", False),
    ],
)
def test_a_word_that_begins_like_a_control_is_none(name: str, is_sample: bool) -> None:
    rows = found(files.flowjo().replace("LMS260000018_001.fcs", name))
    assert (len(rows) > 0) is is_sample


@given(st.lists(st.decimals("0.001", "99.999", places=3), min_size=1, max_size=8))
def test_a_mean_lies_between_its_wells_and_says_one_sign_more(values: list[Decimal]) -> None:
    mean = mean_of(values)
    assert min(values) <= mean <= max(values)
    assert int(mean.as_tuple().exponent) >= -4
    exact = sum(values, Decimal(0)) / len(values)
    assert abs(mean - exact) <= Decimal("0.00005")


@given(st.sampled_from(sorted(files.MEASURED.values())), st.data())
def test_no_damage_to_a_file_of_results_is_more_than_a_refusal(
    text: str, data: st.DataObject
) -> None:
    whole = text.encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.integers(0, 40))
    filled = data.draw(st.binary(max_size=8))
    damaged = read_file(whole[:at] + filled + whole[at + cut :], Measures.RESULT, UTC8)
    if damaged.form is not None:
        reported(damaged.form, damaged.rows)


def a_reader(world: World) -> str:
    until = world.story.today + timedelta(days=300)
    wanted = RegisterEquipment("Plate reader", until)
    return world.story.do("tang", register_equipment, wanted).number


def a_sample(world: World) -> str:
    """The sample of a new lot of vehicle, without results."""
    lot = making.a_vehicle(world.story, stores_of(world))
    return world.story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number


def a_banks_sample(world: World) -> str:
    """The sample of a new lot of cells, without results."""
    story, stores = world.story, stores_of(world)
    grown = making.isolated(story, stores, making.a_donor(story))
    lot = making.filled(
        story, stores, making.harvested(story, stores, grown, 240), LotKind.MASTER_BANK, 4
    )
    return story.do("tang", testing.sample_lot, testing.SampleLot(lot)).number


def upload(text: str, name: str = "results.txt") -> Upload:
    return Upload(name, text.encode())


def a_plate(world: World, name: str, recovery: str = "98", one: str = "0.052") -> Upload:
    """Read a minute ago, by the site's clock."""
    world.story.wait(minutes=5)
    local = (world.clock() - timedelta(minutes=1)).astimezone(UTC8)
    date, time = f"{local:%m/%d/%Y}", f"{local:%I:%M:%S %p}"
    wells = files.wells(name, one=one, recovery=recovery)
    return upload(files.plate(wells, date=date, time=time))


def looked(world: World, reader: str, file: Upload) -> TestResponse:
    """What ana is shown who wants to see first what a file would bring."""
    client = world.client("ana")
    entries = {
        "csrf_token": token_of(client),
        "instrument": reader,
        "file": (io.BytesIO(file.data), file.name),
        "_look": "yes",
    }
    return client.post("/do/testing/import-results", data=entries)


def live(world: World, number: str) -> dict[str, ResultFacts]:
    return {one.code: one for one in read(world, sample, number).results}


def test_a_plate_brings_the_endotoxin_of_its_sample_with_its_file_and_another_reviews_it(
    world: World,
) -> None:
    number, reader = a_sample(world), a_reader(world)
    taken = world.story.do("ana", import_results, ImportResults(reader, a_plate(world, number)))
    (result,) = taken.results
    assert (result.code, result.value, result.outcome) == (
        "END",
        Decimal("0.0535"),
        Outcome.CONFORMS,
    )
    assert (result.instrument, result.measured_at is not None) == (reader, True)
    kept = read(world, files_of, Side.LAB, number).files
    assert [one.id for one in kept] == [result.file]
    review = testing.ReviewResult(result.id)
    assert codes(world, "ana", testing.review_result, review) == {"your-own-result"}
    world.story.do("aiko", testing.review_result, review)
    page = world.client("aiko").get(f"/testing/samples/{number}").get_data(as_text=True)
    assert f"/attachments/{result.file}" in page


def test_a_cytometers_table_brings_every_marker_that_the_specification_asks_for(
    world: World,
) -> None:
    number, reader = a_banks_sample(world), a_reader(world)
    table = files.flowjo(number, values=files.CYTOMETER | {"CD14": "0.2"})
    taken = world.story.do("ana", import_results, ImportResults(reader, upload(table, "flow.csv")))
    assert {one.code for one in taken.results} == files.CYTOMETER.keys()
    assert "One value is of no test" in taken.says  # a bank's specification asks for no CD14
    assert "FMO" in taken.says


def test_what_fails_opens_its_investigation_and_says_so(world: World) -> None:
    number, reader = a_banks_sample(world), a_reader(world)
    table = files.flowjo(number, values=files.CYTOMETER | {"CD90": "91.0"})
    taken = world.story.do("ana", import_results, ImportResults(reader, upload(table, "flow.csv")))
    failed = next(one for one in taken.results if one.code == "CD90")
    assert failed.outcome is Outcome.FAILS
    assert read(world, open_about, [read(world, sample, number).of])


def test_a_recovery_outside_its_limits_proves_nothing_and_never_becomes_a_value(
    world: World,
) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = a_plate(world, number, recovery="49.9")
    (result,) = world.story.do("ana", import_results, ImportResults(reader, file)).results
    assert (result.value, result.outcome) == (None, Outcome.INDETERMINATE)
    assert "49.9" in result.not_performed


@pytest.mark.parametrize(("recovery", "proves"), [("50", True), ("200", True), ("200.1", False)])
def test_the_limits_of_the_recovery_are_within(world: World, recovery: str, proves: bool) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = a_plate(world, number, recovery=recovery)
    (result,) = world.story.do("ana", import_results, ImportResults(reader, file)).results
    assert (result.outcome is Outcome.CONFORMS) is proves


def test_the_same_file_brings_nothing_twice_and_a_changed_one_is_an_amendment(world: World) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = a_plate(world, number)
    wanted = ImportResults(reader, file)
    world.story.do("ana", import_results, wanted)
    assert codes(world, "aiko", import_results, wanted) == {"results-known-already"}
    changed = upload(file.data.decode().replace("0.052", "0.051"))
    assert codes(world, "aiko", import_results, ImportResults(reader, changed)) == {"has-result"}


def test_the_values_of_an_invalid_run_do_not_come_back_and_its_repetition_does(
    world: World,
) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = a_plate(world, number)
    (first,) = world.story.do("ana", import_results, ImportResults(reader, file)).results
    invalid = amending.InvalidateRun(first.id, "the negative control was positive")
    world.story.do("aiko", amending.invalidate_run, invalid, "quinn")
    again = ImportResults(reader, file)
    assert codes(world, "ana", import_results, again) == {"results-known-already"}
    anew = ImportResults(reader, a_plate(world, number))  # the same value, measured again
    assert world.story.do("ana", import_results, anew).results[0].value == first.value


def test_a_repetition_without_a_time_is_told_by_its_file(world: World) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = upload(files.softmax(number))
    (first,) = world.story.do("ana", import_results, ImportResults(reader, file)).results
    invalid = amending.InvalidateRun(first.id, "the negative control was positive")
    world.story.do("aiko", amending.invalidate_run, invalid, "quinn")
    wanted = ImportResults(reader, file)
    assert codes(world, "ana", import_results, wanted) == {"results-known-already"}
    other = ImportResults(reader, upload(files.softmax(number).replace("2.1", "2.2")))
    assert world.story.do("ana", import_results, other).results


def test_a_file_of_controls_alone_says_so(world: World) -> None:
    wanted = ImportResults(a_reader(world), a_plate(world, "neg 1"))
    assert codes(world, "ana", import_results, wanted) == {"only-controls"}


def test_nobody_maps_a_control_to_a_sample(world: World) -> None:
    number = a_sample(world)
    wanted = ImportByMap(a_reader(world), a_plate(world, "neg 1"), (f"neg 1 {number}",))
    assert "map-names-a-control" in codes(world, "ana", import_by_map, wanted, "aiko")


def test_what_an_instrument_measured_is_traced_to_it(world: World) -> None:
    number, reader = a_sample(world), a_reader(world)
    world.story.do("ana", import_results, ImportResults(reader, a_plate(world, number)))
    assert number in read(world, descendants, reader)
    page = world.client("quinn").get(f"/supplies/equipment/{reader}").get_data(as_text=True)
    assert number in page


def test_a_name_that_is_none_of_ours_is_told_by_a_map_that_two_have_read(world: World) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = a_plate(world, "")
    wanted = ImportResults(reader, file)
    assert codes(world, "ana", import_results, wanted) == {"sample-of-nobody"}
    by_map = ImportByMap(reader, file, (f"spl1 {number}",))
    turned_away(world, import_by_map, by_map, "ana", "aiko")
    (result,) = world.story.do("ana", import_by_map, by_map, "aiko").results
    assert result.sample == number


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("SPL1",), "map-line-unread"),
        (("SPL1 LMS260000017",), "map-line-unread"),
        (("SPL1 {one}", "spl1 {one}"), "map-says-it-twice"),
        (("{two} {one}",), "map-names-another"),
    ],
)
def test_a_map_that_cannot_be_is_refused(world: World, lines: tuple[str, ...], code: str) -> None:
    numbers = {"one": a_sample(world), "two": a_sample(world)}
    named = tuple(line.format(**numbers) for line in lines)
    wanted = ImportByMap(a_reader(world), a_plate(world, ""), named)
    assert code in codes(world, "ana", import_by_map, wanted, "aiko")


def test_one_fault_keeps_all_out_and_the_sample_of_nobody_is_named(world: World) -> None:
    number, reader = a_sample(world), a_reader(world)
    text = a_plate(world, number).data.decode()
    other = upload(text.replace("SPL1", "SPL9", 1).replace(number, "tube 9", 1))
    assert codes(world, "ana", import_results, ImportResults(reader, other)) == {"sample-of-nobody"}
    assert not live(world, number)


def test_a_sample_that_does_not_count_takes_no_results(world: World) -> None:
    story, reader = world.story, a_reader(world)
    grown = making.isolated(story, stores_of(world), making.a_donor(story))
    taken = story.do("tang", testing.sample_in_process, testing.SampleInProcess(grown[0])).number
    story.do("quinn", testing.void_sample, testing.VoidSample(taken, "of the wrong flask"))
    wanted = ImportResults(reader, a_plate(world, taken))
    assert codes(world, "ana", import_results, wanted) == {"sample-is-void"}
    by_hand = testing.EnterResult(taken, "END", Qualifier.EQUAL, Decimal("0.05"))
    assert codes(world, "ana", testing.enter_result, by_hand) == {"sample-is-void"}


def test_what_was_measured_before_the_sample_was_taken_or_later_than_now_is_refused(
    world: World,
) -> None:
    number, reader = a_sample(world), a_reader(world)
    early = upload(files.plate(files.wells(number), date="3/2/2020"))
    late = upload(files.plate(files.wells(number), date="3/2/2199"))
    for file, code in ((early, "measured-before-taken"), (late, "file-of-the-future")):
        assert codes(world, "ana", import_results, ImportResults(reader, file)) == {code}


def test_who_wants_to_see_first_keeps_nothing(world: World) -> None:
    number, reader = a_sample(world), a_reader(world)
    file = a_plate(world, number)
    shown = looked(world, reader, file)
    page = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert "Nothing has been kept yet" in page
    assert number in page
    assert "0.0535" in page
    assert not live(world, number)
    assert not read(world, files_of, Side.LAB, number).files
    world.story.do("ana", import_results, ImportResults(reader, file))


def test_who_looks_hears_every_fault_too(world: World) -> None:
    shown = looked(world, a_reader(world), upload("nothing"))
    assert shown.status_code == 409
    assert "file-of-no-format" in shown.get_data(as_text=True)
