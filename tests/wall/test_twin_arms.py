"""Two worlds that differ only in the arms are the same to everybody on the ward."""

import io
import json
import re
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from lims.demonstration.treating import Baby
from lims.identifiers.numbers import Kind
from lims.labelling.actions import ReprintLabel, reprint_label
from lims.labelling.masters import Master, load_master
from lims.labelling.queries import label_row
from lims.labelling.render import DOTS_PER_MM
from lims.labelling.rules import PrinterSide
from tests.wall.comparing import heard_otherwise, play
from tests.wall.detours import DETOURS
from tests.wall.scenes import SCENES, normal_course, on_the_way
from tests.wall.shortages import SHORTAGES
from tests.wall.survey import Survey, knock, numbers_of
from tests.wall.twins import NOBODY, Twin

ALL = SCENES | SHORTAGES | DETOURS
WARD_KINDS = frozenset({Kind.BAG, Kind.ORDER, Kind.PARTICIPANT, Kind.INFUSION, Kind.TREATMENT})
WARD = ("nora", "ines", "asa", "mona")


@pytest.mark.parametrize("name", sorted(ALL.keys() - {"normal_course"}))
def test_nobody_on_the_ward_can_tell_the_arms(name: str, arms_swapped: tuple[Twin, Twin]) -> None:
    survey = Survey(WARD, WARD_KINDS, in_turn=1)

    assert play(ALL[name], arms_swapped, numbers_of, survey.look) == []
    assert heard_otherwise(arms_swapped) == []


def test_no_route_and_no_number_tells_the_arms(arms_swapped: tuple[Twin, Twin]) -> None:
    survey = Survey((*WARD, "ada", NOBODY), WARD_KINDS, "ended", every_number=("nora", "asa"))

    assert play(normal_course, arms_swapped, numbers_of, survey.look) == []
    assert heard_otherwise(arms_swapped) == []
    assert survey.never_seen(arms_swapped[0]) == []


def test_no_step_that_is_refused_tells_the_arms(arms_swapped: tuple[Twin, Twin]) -> None:
    for twin in arms_swapped:
        on_the_way(twin)
        knock(twin, ("nora", "ines"))

    assert len(arms_swapped[0].heard) > 200
    assert heard_otherwise(arms_swapped) == []


def test_a_week_of_accesses_is_gone_through_alike_in_both_arms(
    arms_swapped: tuple[Twin, Twin],
) -> None:
    """The survey sees that page before its week is over, when nothing stands on it."""
    told = []
    for twin in arms_swapped:
        on_the_way(twin)
        person = twin.world.participants[0]
        twin.get("nora", f"/trial/participants/{person}")
        twin.get("nora", "/bank/vials")
        twin.get("niu", "/unblinding/list")
        twin.at(twin.now + timedelta(days=8))
        pages = [twin.get("mona", path) for path in ("/", "/accounts/accesses", "/accounts/looks")]
        day = re.findall(r'name="until" value="([\d-]+)"', pages[1].text)[0]
        given = {"until": day, "concluded": "asked her: she looked for the freezer"}
        signed = twin.form("mona", "accounts/review-accesses", **given)
        told.append([*pages, signed, twin.get("mona", "/accounts/accesses")])
        assert pages[1].text.count("Nora Nie") >= 3
        assert person in pages[2].text
        assert given["concluded"] in told[-1][-1].text

    assert told[0] == told[1]
    assert heard_otherwise(arms_swapped) == []


@pytest.mark.parametrize("form", ["pdf", "png", "zpl"])
@pytest.mark.parametrize("dpi", [203, 300])
def test_a_bags_label_is_the_same_file_in_both_worlds(
    form: str, dpi: int, on_its_way: tuple[tuple[Twin, Twin], list[Baby]]
) -> None:
    twins, babies = on_its_way
    for baby in babies:
        codes = {reprinted(twin, baby.bag) for twin in twins}
        assert len(codes) == 1
        path = f"/labelling/labels/{codes.pop()}.{form}?dpi={dpi}"
        left, right = (t.get("tang", path) for t in twins)
        assert left.status == 200
        assert left == right


@pytest.mark.parametrize("dpi", [203, 300])
def test_the_labels_of_both_arms_differ_only_in_numbers_and_symbols(
    dpi: int, on_its_way: tuple[tuple[Twin, Twin], list[Baby]]
) -> None:
    (twin, _), babies = on_its_way
    paths = [f"/labelling/labels/{reprinted(twin, b.bag)}" for b in babies]
    for form in ("pdf", "png", "zpl"):
        files = [twin.get("tang", f"{path}.{form}?dpi={dpi}").body for path in paths]
        assert len(files[0]) == len(files[1])
    dots = [
        np.array(Image.open(io.BytesIO(twin.get("tang", f"{path}.png?dpi={dpi}").body)))
        for path in paths
    ]
    master = load_master(twin.world.site.settings.labels_folder, "bag", 2)
    scale = DOTS_PER_MM[dpi]
    unlike_dots = np.argwhere(dots[0] != dots[1]) / scale

    assert len(unlike_dots) > 0
    places = _places_of_numbers(master)
    outside = [
        (round(x, 1), round(y, 1))
        for y, x in unlike_dots
        if not any(left <= x < right and top <= y < low for left, top, right, low in places)
    ]
    assert outside == []


def test_the_fields_of_both_arms_labels_differ_only_in_numbers(
    on_its_way: tuple[tuple[Twin, Twin], list[Baby]],
) -> None:
    (twin, _), babies = on_its_way
    with twin.world.site.reading() as session:
        one, two = (
            json.loads(label_row(session, baby.bag, PrinterSide.LAB).fields) for baby in babies
        )

    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} == {"code", "number", "treatment"}


def reprinted(twin: Twin, bag: str) -> str:
    """The bag's label printed anew: its files are there until it is scanned back."""
    command = ReprintLabel(bag, "smeared")
    return twin.story.do("quinn", reprint_label, command, "tian").code  # as often as asked


def _places_of_numbers(master: Master) -> list[tuple[float, float, float, float]]:
    """Where on the master a number is written or drawn: left, top, right, bottom in mm."""
    matrix, bars = master.data_matrix, master.code_128
    assert bars is not None
    texts = [t for t in master.texts if "{code}" in t.value or "{treatment}" in t.value]
    return [
        *((t.x, t.y - 1, master.width, t.y + t.size * 1.6) for t in texts),
        (matrix.x, matrix.y, master.width, matrix.y + 26),
        (bars.x, bars.y - 1, master.width, bars.y + bars.height + 1),
    ]
