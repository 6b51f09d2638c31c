"""WSGI entry points: `app` (all three doors, the default), `lab`, `ward`, `vault`.

Each is made when a server asks for it, and imports its door only then: a process that
serves one door loads no module of the others.
"""

from typing import TYPE_CHECKING

from lims.settings import Settings
from lims.trust.installation import Site
from lims.trust.trail.sealing import keep_sealed
from lims.trust.trail.witnessing import keep_witnessed, tell_witnesses
from lims.web.app import make_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from lims.web.app import Door


def __getattr__(name: str) -> "Flask":
    settings = Settings.from_environment()
    if name == "lab":
        from lims import lab

        return served(Site(settings, lab.REACTIONS), [lab.DOOR])
    if name == "ward":
        from lims import ward

        return served(Site(settings, ward.REACTIONS), [ward.DOOR])
    if name == "vault":
        from lims import vault

        return served(Site(settings, vault.REACTIONS), [vault.DOOR])
    if name == "app":
        from lims import house

        return served(Site(settings, house.REACTIONS), house.DOORS)
    raise AttributeError(name)


def served(site: Site, doors: "Sequence[Door]") -> "Flask":
    """A site's doors as a server has them: its witnesses are told, and it seals by itself."""
    made = make_app(site, doors)
    tell_witnesses(site)  # before the first GO
    keep_sealed(site)
    keep_witnessed(site)
    return made
