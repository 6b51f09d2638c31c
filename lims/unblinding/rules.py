"""Why a code may be broken."""

from enum import StrEnum


class BreakReason(StrEnum):
    """Why a code is broken."""

    EMERGENCY = "emergency_treatment"
    PREGNANCY = "pregnancy"
    AUTHORITY = "authority"
    OTHER = "other"
