"""An empty installation says on each person's work list what has to be set up, until it is."""

from pathlib import Path

import pytest

from lims.accounts.actions import GrantRole, end_role
from lims.demonstration import making
from lims.demonstration.cast import hire
from lims.demonstration.founding import approved_protocol
from lims.demonstration.story import Story
from lims.demonstration.treating import seal_the_list
from lims.trust.identity.roles import Role
from tests.support.worlds import World, new_site


def test_each_is_told_what_is_missing_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site(tmp_path)
    hire(site)
    story = Story(site, site.clock)  # type: ignore[arg-type]
    world = World(story, None)  # type: ignore[arg-type]
    missing = {
        "ada": "No printer is set",
        "quinn": "There is none for product yet",
        "tang": "There is no tank, rack or box yet",
        "stan": "There is no list yet",
    }

    def work(login: str) -> str:
        return world.client(login).get("/").get_data(as_text=True).rpartition("<main")[2]

    approved_protocol(story)
    for login, sentence in missing.items():
        assert sentence in work(login), login
    monkeypatch.setattr(making, "approved_protocol", lambda _story: None)  # it is already
    making.set_up(story)
    seal_the_list(story, "AB")
    for login, sentence in missing.items():
        assert sentence not in work(login), login

    assert "Nobody has the role" not in work("ada")
    for login in ("asa",):
        story.do("ada", end_role, GrantRole(login, Role.ASSESSOR))
    assert "Nobody has the role assessor." in work("ada")
