"""Tells what happens, through the actions only, with a clock that the story moves."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from lims.core.days import day_of
from lims.demonstration.cast import PASSWORD
from lims.trust.actions import Action, Request, perform
from lims.trust.identity.people import Actor, actor_named
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.trust.lateness import Earlier

C = TypeVar("C")
R = TypeVar("R")
SECONDS_FOR_AN_ACTION = 20


@dataclass
class StoryClock:
    """A clock that stands still until the story moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Story:
    """People do things at a site, one after the other."""

    site: Site
    clock: StoryClock
    done: int = 0
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, login: str) -> Actor:
        """Somebody of the cast, with the roles of this moment."""
        if login not in self.actors:
            with self.site.reading() as session:
                found = actor_named(session, login, self.clock.now, "story")
            if found is None:
                raise LookupError(login)
            self.actors[login] = found
        return self.actors[login]

    @property
    def today(self) -> date:
        """The site's day."""
        return day_of(self.clock.now, self.site.settings.zone)

    def do(
        self,
        who: str,
        wanted: Action[C, R],
        command: C,
        second: str = "",
        earlier: Earlier | None = None,
    ) -> R:
        """Somebody does something, signing where the action asks for it; or enters it later."""
        signed = Credentials(who, PASSWORD) if wanted.signed_as else None
        vouched = wanted.witnessed_as or (earlier and second)
        witnessed = Credentials(second, PASSWORD) if vouched else None
        asked = Request(self.actor(who), signed, witnessed, earlier=earlier)
        result = perform(self.site, wanted, command, asked)
        self.done += 1
        self.clock.now += timedelta(seconds=SECONDS_FOR_AN_ACTION)
        return result

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.clock.now += timedelta(**span)

    def wait_until(self, moment: datetime) -> None:
        """Let time pass until then; never backwards."""
        self.clock.now = max(self.clock.now, moment)
