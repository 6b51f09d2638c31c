"""The command for whoever owns the machine, when nobody can let somebody in."""

import sys

import click

from lims.accounts.rescue import RescuePerson, rescue_person
from lims.core.errors import Missing
from lims.shell import tell_shell, the_site
from lims.trust.actions import Request, perform
from lims.trust.identity.people import PROGRAM


@click.command()
@click.argument("login")
def rescue(login: str) -> None:
    """Let somebody in who alone could confirm it: a password for one log-in; QA is told."""
    site = the_site()
    try:
        made = perform(site, rescue_person, RescuePerson(login), Request(PROGRAM))
    except Missing:
        tell_shell("nobody-of-this-name", err=True, login=login)
        sys.exit(1)
    tell_shell("log-in-once", login=login, password=made.password)
