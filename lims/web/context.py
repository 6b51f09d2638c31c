"""What a page works with: who looks, when, a reading session, and the forms of actions."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from lims.core.days import Moment
from lims.core.reasons import Reason
from lims.core.telling import Telling, tells
from lims.trust.actions import Action
from lims.trust.identity.people import Actor
from lims.trust.installation import Site
from lims.web.forms import Filled, Form, Known, boxes_of, happened_box
from lims.web.second import second_before

MADE = "{made}"  # in the path of a form's next page: the number of what was made


@dataclass
class RequestContext:
    """What a page works with: who looks, when, and a reading session once one is asked for."""

    site: Site
    actor: Actor
    now: datetime
    _open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def session(self) -> Session:
        """One moment of the database, to the end of the request."""
        return self._open.enter_context(self.site.reading())

    @property
    def connection(self) -> Connection:
        """The same moment, for what needs no rows."""
        return self.session.connection()

    def leave(self) -> None:
        """Close what was opened."""
        self._open.close()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown, with their offset."""
        return self.site.settings.zone

    @property
    def moment(self) -> Moment:
        """Now, with the site's zone."""
        return Moment(self.now, self.zone)

    @property
    def today(self) -> date:
        """The site's day."""
        return self.moment.today

    def form(
        self,
        action: Action[Any, Any],
        *,
        fixed: Mapping[str, Any] | None = None,
        suggested: Mapping[str, Any] | None = None,
        filled: Filled | None = None,
        choices: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        title: str = "",
        then: str = "",
        reasons: Sequence[Reason] = (),
        danger: bool = False,
        opened: bool = False,
        aside: bool = False,
    ) -> Form | None:
        """The form of an action; None for who may not do it. `fixed` is hidden, `suggested` is not."""
        if not self.actor.may(action.may):
            return None
        if MADE in then and not tells(action.result, Telling.MADE):
            msg = f"{action.path} does not tell what it made"
            raise ValueError(msg)
        return Form(
            action=action,
            boxes=boxes_of(
                action.command,
                Known(fixed or {}, suggested or {}),
                filled or Filled(),
                choices or {},
                self.zone,
            ),
            key=self.site.chance.letters("form-key", "0123456789abcdef", 32),
            title=title or action.title,
            explain=action.sentence,
            then=then or request.full_path.rstrip("?"),
            reasons=tuple(reasons),
            sign_login=self.actor.login,
            second=second_before(self.actor.login),
            happened=happened_box(filled or Filled(), self.zone) if action.late else None,
            because=filled.because if filled else "",
            danger=danger,
            opened=opened,
            aside=aside,
        )


def request_context() -> RequestContext:
    """The context of this request, made when it was let in."""
    found: RequestContext = g.at
    return found
