"""What must be known of what the others tell."""

from lims.accounts.events import PasswordReset
from lims.notices.actions import raise_notice
from lims.notices.rules import NoticeKind
from lims.trust.context import Work


def tell_of_reset(work: Work, event: PasswordReset) -> None:
    """Those who confirm people ask the person whether they wanted it."""
    raise_notice(work, NoticeKind.PASSWORD_RESET, event.login)
