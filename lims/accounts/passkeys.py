"""One's own passkeys: made on a telephone, a key or the computer itself."""

from dataclasses import dataclass
from typing import Annotated

from lims.accounts import queries
from lims.accounts.factors import must_have_shown
from lims.accounts.queries import PersonFacts
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.passkeys import Asked, Passkey, made
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission
from lims.trust.identity.sessions import close_sessions


@dataclass(frozen=True)
class AddPasskey:
    """On which device it lies, and what the browser tells of it."""

    name: Annotated[str, About(label=say("device-of-passkey"), hint=say("device-of-passkey.hint"))]
    credential: str
    origin: str  # where the browser made it


@action(may=Permission.OWN_ACCOUNT, signed_as=say("passkey-added"))
def add_passkey(work: Work, wanted: AddPasskey) -> PersonFacts:
    """Add a passkey of one's own; from now on each log-in asks for it.

    Every session is closed: whoever is in elsewhere has shown none.
    """
    must_have_shown(work)
    asked = Asked(wanted.origin, work.keyed, work.now)
    key, public, uses = made(asked, wanted.credential)
    if work.session.get(Passkey, key):
        raise Refused(Reason("no-passkey-made"))
    work.add(
        Passkey(
            id=key,
            login=work.actor.login,
            name=wanted.name,
            public_key=public,
            uses=uses,
            since=work.now,
            shown_at=None,
            ended_at=None,
        )
    )
    close_sessions(work, work.actor.login)
    person = work.get(Person, work.actor.login)
    return queries.person_facts(work.session, person, say("passkey-counts"))
