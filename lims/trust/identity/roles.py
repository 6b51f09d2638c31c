"""Who may do what. One vocabulary; each permission belongs to one door.

Roles of the lab and of the ward exclude each other for one person, also over time.
"""

from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """On which side of the wall something happens."""

    LAB = "lab"
    WARD = "ward"
    VAULT = "vault"
    HOUSE = "house"  # accounts and the program itself


class Role(StrEnum):
    """What a person is in this trial."""

    TECHNICIAN = "technician"
    ANALYST = "analyst"
    QA = "qa"
    NURSE = "nurse"
    INVESTIGATOR = "investigator"
    ASSESSOR = "assessor"
    MONITOR = "monitor"
    STATISTICIAN = "statistician"
    ADMIN = "admin"


class Permission(StrEnum):
    """What can be allowed, as side:what. Keep each side in alphabetical order."""

    CONFIRM_PERSON = "house:confirm-person"
    MANAGE_ACCOUNTS = "house:manage-accounts"
    MANAGE_PRINTERS = "house:manage-printers"
    MANAGE_TRAINING = "house:manage-training"  # of one's own side
    OWN_ACCOUNT = "house:own-account"
    PROGRAM = "house:program"  # the program itself, never a person
    REVIEW_ACCESS = "house:review-access"  # of one's own side

    ATTACH_FILE = "lab:attach-file"
    BANK_CELLS = "lab:bank-cells"
    CULTURE_CELLS = "lab:culture-cells"
    DECIDE_DONOR = "lab:decide-donor"
    DISPATCH_BAG = "lab:dispatch-bag"
    ENTER_RESULT = "lab:enter-result"
    FILL_BAG = "lab:fill-bag"
    MANAGE_DEVIATION = "lab:manage-deviation"
    MANAGE_SUPPLIES = "lab:manage-supplies"
    PRINT_LABEL = "lab:print-label"
    READ_LAB = "lab:read"
    RECEIVE_CORD = "lab:receive-cord"
    RELEASE_BAG = "lab:release-bag"
    RELEASE_LOT = "lab:release-lot"
    REVIEW_RESULT = "lab:review-result"
    REVIEW_TRAIL = "lab:review-trail"
    SET_SPECIFICATION = "lab:set-specification"
    TAKE_SAMPLE = "lab:take-sample"

    SEAL_LIST = "vault:seal-list"
    BREAK_CODE = "vault:break-code"
    READ_VAULT = "vault:read"

    ASSESS_OUTCOME = "ward:assess-outcome"
    ATTACH_WARD_FILE = "ward:attach-file"
    DECIDE_PARTICIPANT = "ward:decide-participant"
    EXPORT_BLINDED = "ward:export-blinded"
    GIVE_INFUSION = "ward:give-infusion"
    PRINT_WARD_LABEL = "ward:print-label"
    READ_REACTIONS = "ward:read-reactions"
    READ_WARD = "ward:read"
    REPORT_EVENT = "ward:report-event"
    WEIGH = "ward:weigh"

    def __init__(self, name: str) -> None:
        self.side = Side(name.split(":", maxsplit=1)[0])  # of the wall


P = Permission
_LAB: Final = {P.READ_LAB, P.OWN_ACCOUNT, P.PRINT_LABEL, P.ATTACH_FILE}
_WARD: Final = {P.READ_WARD, P.OWN_ACCOUNT}

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.TECHNICIAN: frozenset(
        _LAB
        | {P.BANK_CELLS, P.CULTURE_CELLS, P.DISPATCH_BAG, P.FILL_BAG, P.MANAGE_SUPPLIES}
        | {P.RECEIVE_CORD, P.TAKE_SAMPLE, P.MANAGE_DEVIATION}
    ),
    Role.ANALYST: frozenset(_LAB | {P.ENTER_RESULT, P.REVIEW_RESULT, P.TAKE_SAMPLE}),
    Role.QA: frozenset(
        _LAB
        | {P.DECIDE_DONOR, P.MANAGE_DEVIATION, P.MANAGE_SUPPLIES, P.RELEASE_BAG}
        | {P.RELEASE_LOT, P.REVIEW_TRAIL, P.SET_SPECIFICATION, P.CONFIRM_PERSON, P.REVIEW_ACCESS}
        | {P.MANAGE_TRAINING}
    ),
    Role.NURSE: frozenset(
        _WARD
        | {P.GIVE_INFUSION, P.PRINT_WARD_LABEL, P.WEIGH, P.REPORT_EVENT, P.READ_REACTIONS}
        | {P.ATTACH_WARD_FILE}
    ),
    Role.INVESTIGATOR: frozenset(
        _WARD
        | {P.ATTACH_WARD_FILE, P.DECIDE_PARTICIPANT, P.PRINT_WARD_LABEL, P.REPORT_EVENT}
        | {P.BREAK_CODE, P.READ_REACTIONS, P.MANAGE_TRAINING}
    ),
    Role.ASSESSOR: frozenset(_WARD | {P.ASSESS_OUTCOME}),
    Role.MONITOR: frozenset(_WARD | {P.EXPORT_BLINDED, P.READ_REACTIONS, P.REVIEW_ACCESS}),
    Role.STATISTICIAN: frozenset({P.SEAL_LIST, P.READ_VAULT, P.OWN_ACCOUNT}),
    Role.ADMIN: frozenset({P.MANAGE_ACCOUNTS, P.MANAGE_PRINTERS, P.OWN_ACCOUNT}),
}

SIDES: Final[dict[Role, Side]] = {
    Role.TECHNICIAN: Side.LAB,
    Role.ANALYST: Side.LAB,
    Role.QA: Side.LAB,
    Role.NURSE: Side.WARD,
    Role.INVESTIGATOR: Side.WARD,
    Role.ASSESSOR: Side.WARD,
    Role.MONITOR: Side.WARD,
    Role.STATISTICIAN: Side.VAULT,
    Role.ADMIN: Side.HOUSE,
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything that any of the roles allows."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
