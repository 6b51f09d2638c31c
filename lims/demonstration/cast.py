"""Who plays in the demonstration and in the tests: the same people everywhere."""

from typing import Final

from lims.accounts.actions import AddPerson, add_person
from lims.trust.people import PROGRAM
from lims.trust.perform import Request, perform
from lims.trust.permissions import Role
from lims.trust.site import Site

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


def hire(site: Site, *logins: str) -> None:
    """Add these people, or all of the cast."""
    for login in logins or CAST:
        name, role = CAST[login]
        perform(site, add_person, AddPerson(login, name, role, PASSWORD), Request(PROGRAM))
