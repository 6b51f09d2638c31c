"""The laboratory's door: its slices and its reactions, as plain lists."""

import lims.accounts.views
import lims.bank.views
import lims.culture.views
import lims.deviations.views
import lims.dispatch.views
import lims.donation.views
import lims.filling.views
import lims.labelling.master_views
import lims.labelling.views
import lims.orders.views
import lims.protocol.approval_views
import lims.protocol.views
import lims.release.views
import lims.stations.views
import lims.supplies.views
import lims.testing.views
from lims.bank import reactions as bank
from lims.culture import reactions as culture
from lims.donation import reactions as donation
from lims.donation.actions import DonorIneligible
from lims.filling import reactions as filling
from lims.identifiers.scans import Scanned
from lims.labelling import reactions as labelling
from lims.labelling.actions import FaceWanted
from lims.release import reactions as release
from lims.release.actions import LotWithdrawn
from lims.supplies import reactions as supplies
from lims.testing import reactions as testing
from lims.testing.actions import ResultFailed
from lims.testing.sterility import GrowthFound
from lims.trust.context import Reactions
from lims.trust.identity.roles import Side
from lims.web.app import Door

DOOR = Door(
    Side.LAB,
    [
        lims.donation.views.pages,
        lims.culture.views.pages,
        lims.bank.views.pages,
        lims.release.views.pages,
        lims.testing.views.pages,
        lims.orders.views.pages,
        lims.filling.views.pages,
        lims.dispatch.views.pages,
        lims.supplies.views.pages,
        lims.deviations.views.pages,
        lims.labelling.views.pages,
        lims.labelling.master_views.pages,
        lims.protocol.views.pages,
        lims.protocol.approval_views.pages,
        lims.accounts.views.pages,
        lims.stations.views.pages,
    ],
)
REACTIONS: Reactions = {
    DonorIneligible: [release.hold_after_donor],
    ResultFailed: [release.hold_after_failure, filling.withdraw_after_failure],
    GrowthFound: [release.hold_after_growth, filling.hold_after_growth],
    LotWithdrawn: [filling.withdraw_sessions],
    FaceWanted: [
        supplies.write_face,
        donation.write_face,
        culture.write_face,
        bank.write_face,
        testing.write_face,
    ],
    Scanned: [labelling.refuse_dead_label],
}
