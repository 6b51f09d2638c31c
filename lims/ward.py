"""The ward's door: its slices. Nothing of the laboratory is loaded in its process."""

import lims.accounts.access_views
import lims.accounts.backup_views
import lims.accounts.own_views
import lims.accounts.views
import lims.bedside.verdict_views
import lims.bedside.views
import lims.exports.views
import lims.followup.views
import lims.notices.views
import lims.protocol.views
import lims.stations.views
import lims.training.views
import lims.trial.attached_views
import lims.trial.label_views
import lims.trial.screening_views
import lims.trial.views
import lims.trial.visit_views
import lims.trial.waiting
from lims.accounts.events import PasswordReset
from lims.attachments.keeping import RECORDS
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scanned
from lims.labelling import reactions as labelling
from lims.labelling.actions import LABEL_TEXT
from lims.notices import reactions as notices
from lims.trial import reactions as trial
from lims.trial.events import EventToJudge
from lims.trial.labels import wristband_text
from lims.trust.context import Reactions
from lims.trust.identity.roles import Side
from lims.web.app import Door
from lims.web.pages import records_of

DOOR = Door(
    Side.WARD,
    [
        lims.bedside.views.pages,
        lims.trial.views.pages,
        lims.followup.views.pages,
        lims.exports.views.pages,
        lims.protocol.views.pages,
        lims.notices.views.pages,
        lims.accounts.views.pages,
        lims.stations.views.pages,
        lims.training.views.pages,
    ],
)
RECORDS.update(records_of(DOOR.slices, Side.WARD))
LABEL_TEXT[Kind.PARTICIPANT] = wristband_text
REACTIONS: Reactions = {
    PasswordReset: [notices.tell_of_reset],
    EventToJudge: [trial.undo_fitness],
    Scanned: [labelling.refuse_dead_label],
}
