"""The laboratory's door: its slices, its reactions, what its labels say, as plain lists."""

import lims.accounts.access_views
import lims.accounts.backup_views
import lims.accounts.own_views
import lims.accounts.views
import lims.attachments.views
import lims.bank.disposing_views
import lims.bank.freezing_views
import lims.bank.views
import lims.culture.executing_views
import lims.culture.views
import lims.deviations.capa_views
import lims.deviations.views
import lims.dispatch.restored_views
import lims.dispatch.views
import lims.donation.consent_views
import lims.donation.cord_views
import lims.donation.history_views
import lims.donation.serology_views
import lims.donation.views
import lims.filling.balance_views
import lims.filling.fetching_views
import lims.filling.views
import lims.filling.waiting
import lims.instruments.views
import lims.labelling.batch_views
import lims.labelling.master_views
import lims.labelling.views
import lims.monitoring.views
import lims.notices.views
import lims.orders.views
import lims.protocol.approval_views
import lims.protocol.views
import lims.release.material_views
import lims.release.tracing_views
import lims.release.trail_views
import lims.release.views
import lims.rooms.views
import lims.stations.views
import lims.supplies.catalogue_views
import lims.supplies.equipment_views
import lims.supplies.views
import lims.testing.in_process_views
import lims.testing.specification_views
import lims.testing.views
import lims.testing.waiting_views
import lims.training.views
from lims.accounts.events import PasswordReset
from lims.attachments.keeping import RECORDS
from lims.bags.models import Bag
from lims.bank.labels import place_text, vial_text
from lims.bank.models import Place, Vial
from lims.culture.amending import TooManyDoublings
from lims.culture.labels import flask_text, harvest_text
from lims.culture.models import Flask, Harvest
from lims.donation.deciding import DonorStopped
from lims.donation.labels import cord_text, donor_text
from lims.donation.models import Cord, Donor
from lims.filling import reactions as filling
from lims.filling.models import Preparation
from lims.identifiers.numbers import Kind
from lims.identifiers.scans import Scanned
from lims.labelling import reactions as labelling
from lims.labelling.actions import LABEL_TEXT
from lims.monitoring.excursions import FridgeWarmed, StoreWarmed
from lims.notices import reactions as notices
from lims.release import reactions as release
from lims.release.actions import LotWithdrawn
from lims.release.known import ROWS, Row
from lims.supplies.labels import equipment_text, lot_text
from lims.supplies.models import Equipment, Lot
from lims.testing.actions import ResultFailed
from lims.testing.labels import sample_text
from lims.testing.models import Sample
from lims.testing.sterility import GrowthFound
from lims.trust.context import Reactions
from lims.trust.identity.roles import Side
from lims.web.app import Door
from lims.web.pages import records_of

DOOR = Door(
    Side.LAB,
    [
        lims.donation.views.pages,
        lims.culture.views.pages,
        lims.bank.views.pages,
        lims.monitoring.views.pages,
        lims.release.views.pages,
        lims.testing.views.pages,
        lims.orders.views.pages,
        lims.filling.views.pages,
        lims.dispatch.views.pages,
        lims.supplies.views.pages,
        lims.instruments.views.pages,
        lims.rooms.views.pages,
        lims.deviations.views.pages,
        lims.attachments.views.pages,
        lims.labelling.views.pages,
        lims.labelling.master_views.pages,
        lims.protocol.views.pages,
        lims.protocol.approval_views.pages,
        lims.notices.views.pages,
        lims.accounts.views.pages,
        lims.stations.views.pages,
        lims.training.views.pages,
    ],
)
RECORDS.update(records_of(DOOR.slices, Side.LAB))
REACTIONS: Reactions = {
    PasswordReset: [notices.tell_of_reset],
    DonorStopped: [release.hold_after_donor],
    ResultFailed: [release.hold_after_failure, filling.withdraw_after_failure],
    TooManyDoublings: [release.hold_after_count],
    GrowthFound: [release.hold_after_growth, filling.hold_after_growth],
    LotWithdrawn: [filling.withdraw_sessions],
    FridgeWarmed: [release.hold_after_warmth],
    StoreWarmed: [filling.withdraw_after_excursion],
    Scanned: [labelling.refuse_dead_label],
}
LABEL_TEXT.update(
    {
        Kind.DONOR: donor_text,
        Kind.CORD: cord_text,
        Kind.FLASK: flask_text,
        Kind.HARVEST: harvest_text,
        Kind.VIAL: vial_text,
        Kind.PLACE: place_text,
        Kind.SAMPLE: sample_text,
        Kind.MATERIAL: lot_text,
        Kind.LOT: lot_text,
        Kind.EQUIPMENT: equipment_text,
    }
)
ROWS.update(
    {
        Kind.DONOR: Row(Donor.number, None, Donor.standing, Donor.consent_at),
        Kind.CORD: Row(Cord.number, None, Cord.standing, Cord.received_at),
        Kind.MATERIAL: Row(Lot.number, Lot.name, Lot.standing, Lot.made_at),
        Kind.LOT: Row(Lot.number, Lot.name, Lot.standing, Lot.made_at),
        Kind.EQUIPMENT: Row(Equipment.number, Equipment.name, Equipment.standing),
        Kind.PLACE: Row(Place.number, Place.name),
        Kind.FLASK: Row(
            Flask.number, Flask.passage, Flask.standing, Flask.seeded_at, told="P{}".format
        ),
        Kind.HARVEST: Row(Harvest.id, Harvest.passage, None, Harvest.at, told="P{}".format),
        Kind.VIAL: Row(Vial.number, Vial.position, Vial.standing, Vial.thawed_at),
        Kind.SESSION: Row(Preparation.number, None, None, Preparation.opened_at),
        Kind.BAG: Row(Bag.number, None, Bag.standing),
        Kind.SAMPLE: Row(Sample.number, Sample.of, Sample.standing, Sample.taken_at),
    }
)
