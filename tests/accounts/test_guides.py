"""The guide of one's role is in the program, in one's language."""

import pytest

from lims.demonstration.cast import CAST
from lims.trust.identity.roles import Role
from lims.web.guides import FOLDER, guide_of
from tests.support.worlds import World


@pytest.mark.parametrize("login", sorted(CAST))
def test_each_reads_the_guide_of_their_role_alone(world: World, login: str) -> None:
    client = world.client(login)
    page = client.get("/guide").get_data(as_text=True)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    chinese = client.get("/guide").get_data(as_text=True)
    assert page.count('<article class="guide">') == chinese.count('<article class="guide">') == 1
    assert "指南" in chinese.rpartition("<main")[2]
    assert '.md"' not in page


def test_every_guide_is_there_in_both_languages() -> None:
    english = {path.name for path in FOLDER.glob("*.md")}
    assert {path.name for path in (FOLDER / "zh").glob("*.md")} == english | {"glossary.md"}
    for role in Role:
        assert "<h1>" in guide_of(role, "en")
        assert "<h1>" in guide_of(role, "zh")


def test_a_guide_shows_its_page_and_nothing_else_of_the_folder(world: World) -> None:
    client = world.client("nora")
    page = client.get("/guide").text
    assert 'src="/guide/en/verify.png"' in page
    shown = client.get("/guide/en/verify.png")
    assert shown.data.startswith(b"\x89PNG")
    assert client.get("/guide/zh/verify.png").data != shown.data
    for path in ("/guide/en/none.png", "/guide/xx/verify.png", "/guide/../verify.png"):
        assert client.get(path).status_code == 404
