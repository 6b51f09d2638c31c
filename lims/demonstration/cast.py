"""Who plays in the demonstration and in the tests: the same people everywhere."""

from typing import Final

from lims.accounts.actions import AddPerson, ChangePassword, add_first_person, change_password
from lims.trust.actions import Request, perform
from lims.trust.founding import KnowKeys, know_keys
from lims.trust.identity.people import PROGRAM, actor_named
from lims.trust.identity.roles import Role
from lims.trust.identity.signatures import Credentials
from lims.trust.installation import Site
from lims.trust.keys import make_keys

PASSWORD: Final = "cord-to-bedside"

CAST: Final[dict[str, tuple[str, Role]]] = {
    "ada": ("Ada Admin", Role.ADMIN),
    "tang": ("Tang Wei", Role.TECHNICIAN),
    "tian": ("Tian Lu", Role.TECHNICIAN),
    "ana": ("Ana Lyst", Role.ANALYST),
    "aiko": ("Aiko Lyst", Role.ANALYST),
    "quinn": ("Quinn Ma", Role.QA),
    "qiu": ("Qiu Min", Role.QA),
    "nora": ("Nora Nie", Role.NURSE),
    "niu": ("Niu Fang", Role.NURSE),
    "ines": ("Ines Gao", Role.INVESTIGATOR),
    "asa": ("Asa Sun", Role.ASSESSOR),
    "mona": ("Mona Tor", Role.MONITOR),
    "stan": ("Stan Tist", Role.STATISTICIAN),
}


FIRST: Final = "first-password-of-a-new-person"
SECOND: Final = "-and-its-second-part"


def hire(site: Site, *logins: str) -> None:
    """Add these people, or all of the cast; each chooses the password that everybody knows."""
    make_keys(site.settings.key_folder)
    perform(site, know_keys, KnowKeys(), Request(PROGRAM))
    for login in logins or CAST:
        name, role = CAST[login]
        number = f"S-{1000 + list(CAST).index(login)}"
        new = AddPerson(login, name, number, role, FIRST)
        perform(site, add_first_person, new, Request(PROGRAM))
        with site.reading() as session:
            actor = actor_named(session, login, site.clock())
        if actor is None:
            raise LookupError(login)
        signed = Request(actor, Credentials(login, FIRST))
        perform(site, change_password, ChangePassword(PASSWORD), signed)
