"""What commands say to whoever runs them, in their language; and the installation they work on."""

import os
from typing import Any

import click

from lims import house
from lims.core.texts import ENGLISH, LANGUAGES, retold, say
from lims.settings import Settings
from lims.trust.installation import Site


def in_shell(text: str) -> str:
    """A text in the language of whoever runs the command (LC_ALL, LC_MESSAGES, LANG)."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    wanted = next((name for name in names if name), "")[:2]
    return retold(text, wanted if wanted in LANGUAGES else ENGLISH)


def tell_shell(name: str, /, *, err: bool = False, **values: Any) -> None:
    """Say something of the catalogue's `cli.` to whoever runs the command."""
    click.echo(in_shell(say(f"cli.{name}", **values)), err=err)


def the_site() -> Site:
    """The installation that the environment names."""
    return Site(Settings.from_environment(), house.REACTIONS)
