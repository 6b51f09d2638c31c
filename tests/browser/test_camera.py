"""A nurse with a tablet: its camera sees blurred, turned labels, and the page gives its verdict."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from lims.identifiers.reading import Via
from lims.labelling.masters import load_master
from lims.labelling.models import Label
from lims.labelling.render import draw
from tests.browser.conftest import Place, verdict
from tests.browser.hands import Hands, served
from tests.support.chromium import ChromiumNotFound, browser
from tests.support.scene_fixtures import Scene

WIDE, HIGH, RATE = 1280, 720, 5
GREY = 150


def _seen(place: Place, code: str, turn: float = 7, blur: float = 1.2) -> np.ndarray:
    """A label as a camera sees it: turned, out of focus, on a grey table."""
    row = next(row for row in place.rows(Label) if row.code == code)
    master = load_master(place.world.site.settings.labels_folder, row.master, row.version)
    dots = draw(master, json.loads(row.fields), 300).convert("L")
    share = min(1.0, 1000 / dots.width, 580 / dots.height)
    small = dots.resize((round(dots.width * share), round(dots.height * share)))
    turned = small.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=GREY)
    table = Image.new("L", (WIDE, HIGH), GREY)
    table.paste(turned, ((WIDE - turned.width) // 2, (HIGH - turned.height) // 2))
    return np.asarray(table.filter(ImageFilter.GaussianBlur(blur)))


def _film(file: Path, scenes: Sequence[tuple[np.ndarray | None, float]]) -> Path:
    """An uncompressed film; Chromium shows it again and again."""
    empty = np.full((HIGH, WIDE), GREY, np.uint8)
    colour = np.full(HIGH * WIDE // 2, 128, np.uint8).tobytes()
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDE} H{HIGH} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for scene, seconds in scenes:
            for _ in range(round(seconds * RATE)):
                out.write(b"FRAME\n" + (empty if scene is None else scene).tobytes() + colour)
    return file


@contextmanager
def _tablet(place: Place, film: Path) -> Iterator[Hands]:
    arguments = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    try:
        with browser(*arguments) as launched, served(place.world) as address:
            hands = Hands(launched, address)
            yield hands
            hands.close()
    except ChromiumNotFound as missing:
        pytest.skip(f"no browser on this machine: {missing}")


@pytest.fixture
def trolley(received: Scene) -> Place:
    """Two participants and their bags on the ward; no browser yet."""
    world, *babies = received
    world.story.wait(minutes=30)
    place = Place(world, Hands(None, ""))  # type: ignore[arg-type]
    place.pairs = [
        (place.label(person).code, place.label(baby.bag).code)
        for person, baby in zip(world.participants, babies, strict=True)
    ]
    return place


def _verified(place: Place, film: Path, word: str) -> tuple[list[str], list[str]]:
    """The nurse opens the camera on the page and gets this verdict; errors and requests."""
    with _tablet(place, film) as hands:
        page = hands.page("nora")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        hands.go("nora", "/bedside/verify")
        page.locator("[data-camera]").click()
        page.locator(".camera video").wait_for()
        page.locator(".word h1").wait_for(timeout=25000)
        verdict(page, word)
        page.locator(".camera").wait_for(state="detached", timeout=3000)
        strangers = [url for url in asked if not url.startswith((hands.address, "data:", "blob:"))]
        assert any(url.endswith(".wasm") for url in asked)
    return hands.errors, strangers


def test_a_blurred_and_turned_label_gives_its_verdict_through_the_camera(
    trolley: Place, tmp_path: Path
) -> None:
    wristband, bag = trolley.pairs[0]
    scenes = [(_seen(trolley, wristband), 2), (None, 0.4), (_seen(trolley, bag), 2), (None, 0.4)]

    errors, strangers = _verified(trolley, _film(tmp_path / "film.y4m", scenes), "GO")

    assert errors == []
    assert strangers == []
    assert trolley.checks == [("GO", False)]
    assert [(row.via, row.by_hand) for row in trolley.reads] == [(Via.CAMERA, False)] * 2
    assert {row.raw[:3] for row in trolley.reads} <= {"]d1", "]C0"}


def test_the_wrong_bag_before_the_camera_is_a_stop(trolley: Place, tmp_path: Path) -> None:
    scenes = [
        (_seen(trolley, trolley.pairs[0][0], -7), 2),
        (_seen(trolley, trolley.pairs[1][1], -7), 2),
    ]

    errors, _ = _verified(trolley, _film(tmp_path / "film.y4m", scenes), "STOP")

    assert errors == []
    assert trolley.checks == [("STOP", False)]


def test_a_nurse_may_hold_the_camera_on_the_wristband_as_long_as_she_likes(
    trolley: Place, tmp_path: Path
) -> None:
    wristband, bag = trolley.pairs[0]
    scenes = [(_seen(trolley, wristband), 5), (_seen(trolley, bag), 2)]

    _verified(trolley, _film(tmp_path / "film.y4m", scenes), "GO")

    assert trolley.checks == [("GO", False)]
