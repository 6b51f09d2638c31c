"""WSGI entry points: `app` (all three doors, the default), `lab`, `ward`, `vault`.

Each is made when a server asks for it, and imports its door only then: a process that
serves one door loads no module of the others.
"""

from typing import TYPE_CHECKING

from lims.settings import Settings
from lims.trust.site import Site
from lims.web.app import make_app

if TYPE_CHECKING:
    from flask import Flask


def __getattr__(name: str) -> "Flask":
    settings = Settings.from_environment()
    if name == "lab":
        from lims import lab

        return make_app(Site(settings, lab.REACTIONS), [lab.DOOR])
    if name == "ward":
        from lims import ward

        return make_app(Site(settings, ward.REACTIONS), [ward.DOOR])
    if name == "vault":
        from lims import vault

        return make_app(Site(settings), [vault.DOOR])
    if name == "app":
        from lims import house

        return make_app(Site(settings, house.REACTIONS), house.DOORS)
    raise AttributeError(name)
