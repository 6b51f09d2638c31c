"""The vault's door: the sealed list and code breaks."""

import lims.accounts.access_views
import lims.accounts.backup_views
import lims.accounts.own_views
import lims.accounts.views
import lims.notices.views
import lims.protocol.views
import lims.stations.views
import lims.unblinding.preview
import lims.unblinding.views
from lims.accounts.events import PasswordReset
from lims.notices import reactions as notices
from lims.trust.context import Reactions
from lims.trust.identity.roles import Side
from lims.web.app import Door

DOOR = Door(
    Side.VAULT,
    [
        lims.unblinding.views.pages,
        lims.protocol.views.pages,
        lims.notices.views.pages,
        lims.accounts.views.pages,
        lims.stations.views.pages,
    ],
)
REACTIONS: Reactions = {PasswordReset: [notices.tell_of_reset]}
