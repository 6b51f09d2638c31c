"""One's own PIN: with the badge it opens a locked page, within the shift; it signs nothing."""

import re
from dataclasses import dataclass
from typing import Annotated

from lims.accounts import queries
from lims.accounts.queries import PersonFacts
from lims.core.entries import About
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.people import Person, hasher
from lims.trust.identity.roles import Permission

_PIN = re.compile(r"(?!(\d)\1+$)\d{6,12}", re.ASCII)


@dataclass(frozen=True)
class SetPin:
    """A new PIN of one's own."""

    pin: Annotated[str, About(secret=True, hint=say("six-to-twelve-digits"))]


@action(may=Permission.OWN_ACCOUNT, signed_as=say("pin-set"))
def set_pin(work: Work, wanted: SetPin) -> PersonFacts:
    """Choose the PIN that opens a locked page together with one's badge."""
    row = work.lock(Person, work.actor.login)
    reasons = [
        *when(not row.badge, Reason("no-badge-for-a-pin")),
        *when(not _PIN.fullmatch(wanted.pin), Reason("not-a-pin")),
    ]
    if reasons:
        raise Refused(say("this-pin-is-not-set"), reasons)
    row.pin_hash = hasher(light=work.settings.light_passwords).hash(wanted.pin)
    return queries.person_facts(work.session, row, say("pin-is-set"))
