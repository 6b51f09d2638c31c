"""The laboratory's door: its slices and its reactions, as plain lists."""

import lims.accounts.views
import lims.bank.views
import lims.culture.views
import lims.deviations.views
import lims.dispatch.views
import lims.donation.views
import lims.filling.views
import lims.labelling.views
import lims.orders.views
import lims.protocol.views
import lims.release.views
import lims.supplies.views
import lims.testing.views
from lims.donation.actions import DonorIneligible
from lims.filling import reactions as filling
from lims.release import reactions as release
from lims.release.actions import LotWithdrawn
from lims.testing.actions import ResultFailed
from lims.testing.sterility import GrowthFound
from lims.trust.permissions import Side
from lims.trust.work import Reactions
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
        lims.protocol.views.pages,
        lims.accounts.views.pages,
    ],
)
REACTIONS: Reactions = {
    DonorIneligible: [release.hold_after_donor],
    ResultFailed: [release.hold_after_failure, filling.withdraw_after_failure],
    GrowthFound: [release.hold_after_growth, filling.hold_after_growth],
    LotWithdrawn: [filling.withdraw_sessions],
}
