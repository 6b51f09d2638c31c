"""What the administrator reads of backups: that none was taken for a day, or proved for a week."""

from collections.abc import Sequence
from datetime import timedelta

from lims.accounts.views import pages
from lims.core.texts import Text, say
from lims.trust.backups import BackupStep, newest_backup
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.tables import Todo


@pages.todo(Permission.MANAGE_ACCOUNTS)
def to_back_up(at: RequestContext) -> Sequence[Todo]:
    """The record lies on one machine alone."""
    what, never = say("take-a-backup"), say("no-backup-yet")
    return _overdue(at, BackupStep.TAKEN, timedelta(hours=26), what, never)


@pages.todo(Permission.MANAGE_ACCOUNTS)
def to_prove_backup(at: RequestContext) -> Sequence[Todo]:
    """Nobody knows whether what lies elsewhere is whole."""
    what, never = say("prove-a-backup"), say("no-backup-proved-yet")
    return _overdue(at, BackupStep.PROVED, timedelta(days=8), what, never)


def _overdue(
    at: RequestContext, step: BackupStep, longest: timedelta, what: Text, never: Text
) -> Sequence[Todo]:
    settings = at.site.settings
    if settings.demonstration and not settings.backup_recipients:
        return []
    newest = newest_backup(at.session, step)
    if newest is not None and at.now - newest <= longest:
        return []
    why = say("backup-last", at=newest) if newest else never
    return [Todo(what, "", why, newest + longest if newest else at.now, "/accounts/people")]
