"""Flasks that were seeded together get their labels together, and are pictured as they grew."""

from datetime import timedelta
from decimal import Decimal

from lims.culture.growth import growth_pictures
from lims.culture.labels import PrintFlaskLabels, print_flask_labels
from lims.culture.queries import harvests_of
from lims.demonstration import making
from lims.labelling.actions import (
    PrintLabel,
    ReconcileLabels,
    ScanBack,
    print_label,
    reconcile_labels,
    scan_back,
)
from tests.support.scenes import codes, read, stores_of, turned_away
from tests.support.worlds import World


def seeded(world: World, flasks: int = 4) -> tuple[str, ...]:
    donor = making.a_donor(world.story)
    return making.isolated(world.story, stores_of(world), donor, flasks)


def test_four_flasks_get_their_labels_at_once_and_add_up(world: World) -> None:
    flasks = seeded(world)
    world.story.do("tang", print_label, PrintLabel(flasks[2]))

    found = world.story.do("tang", print_flask_labels, PrintFlaskLabels(flasks[3]))

    assert found.number == flasks[0]
    assert set(found.codes) == {flasks[0], flasks[1], flasks[3]}
    for code in found.codes:
        world.story.do("tang", scan_back, ScanBack(code))
    done = world.story.do("tang", reconcile_labels, ReconcileLabels(found.number), "tian")
    assert (done.used, done.open) == (3, 0)
    again = PrintFlaskLabels(flasks[0])
    assert codes(world, "tang", print_flask_labels, again) == {"labelled"}
    turned_away(world, print_flask_labels, again, "tang", "tian")


def test_flasks_of_another_day_wait_for_their_own(world: World) -> None:
    first = seeded(world, 2)
    world.story.wait(days=1)
    second = seeded(world, 2)
    found = world.story.do("tang", print_flask_labels, PrintFlaskLabels(first[0]))
    assert set(found.codes) == set(first)
    assert not set(second) & set(found.codes)


def test_a_seeded_flask_leads_to_the_labels_of_all_and_then_to_the_next_step(world: World) -> None:
    flasks = seeded(world, 2)
    client = world.client("tang")
    assert "Print flask labels" in client.get(f"/culture/flasks/{flasks[1]}").text
    found = world.story.do("tang", print_flask_labels, PrintFlaskLabels(flasks[0]))
    page = client.get(f"/culture/flasks/{flasks[1]}").text
    assert "Print flask labels" not in page
    assert found.codes[0] in client.get(f"/labelling/batches/{found.number}").text


def test_the_growth_of_a_donors_cells_is_drawn_with_its_limit_and_told_in_rows(
    world: World,
) -> None:
    story, stores = world.story, stores_of(world)
    p0 = making.harvested(story, stores, seeded(world, 2), 20)
    making.harvested(story, stores, making.passaged(story, stores, p0, 2, 5_000_000), 60)
    found = read(world, harvests_of, p0.donor)

    by_passage, by_day, alive = growth_pictures(found, Decimal(30), world.site.settings.zone)

    ((_, curve, points),) = by_passage.drawn
    assert [p.says for _, _, p in points] == ["P0", "P1"]
    heights = [y for _, y, _ in points]
    assert heights[0] > heights[1] > by_passage.y(30.0)  # less is lower; the limit is above
    assert [row[0] for row in by_passage.table.rows] == [0, 1]
    assert by_passage.table.rows[1][1] == found[1].cumulative.quantize(Decimal("0.01"))
    first, second = (row[0] for row in by_day.table.rows)
    assert second - first == timedelta(days=5)
    assert all(word.count("-") == 2 for _, word in by_day.places)
    assert curve.points[0].up == 0
    assert {row[1] for row in alive.table.rows} == {Decimal("95.2")}
