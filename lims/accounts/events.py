"""What accounts tell the others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PasswordReset:
    """Somebody got a password for one log-in; whoever confirms people must know."""

    login: str
