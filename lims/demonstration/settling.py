"""What the people of the demonstration have put in order before somebody looks."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from lims.accounts.rules import OFTEN
from lims.core.errors import Refused
from lims.demonstration.cast import CAST
from lims.demonstration.present import put_away
from lims.demonstration.story import Story
from lims.deviations.actions import CloseDeviation, close_deviation
from lims.deviations.assessing import AssessDeviation, assess_deviation
from lims.deviations.capa import PlanCapa, plan_capa
from lims.deviations.queries import open_deviations
from lims.deviations.rules import CapaKind, DeviationClass
from lims.identifiers.reading import ScannerSetUp
from lims.notices.actions import Acknowledge, acknowledge
from lims.notices.queries import unread
from lims.orders.models import Order
from lims.orders.rules import OrderStanding
from lims.protocol.queries import offered_text
from lims.protocol.reading import read_trial
from lims.release.actions import JudgeLot, reject_lot
from lims.stations.devices import RegisterStation, register_station
from lims.supplies.queries import lots_that_are
from lims.supplies.rules import LotKind, LotStanding
from lims.testing.queries import unfinished
from lims.testing.rules import SterilityStanding
from lims.testing.sterility import CloseSterility, close_sterility
from lims.trial.deviating import DeviateFromProtocol, deviate_from_protocol
from lims.trial.ordering import OfOrder, cancel_order
from lims.trial.queries import next_visits
from lims.trial.windows import WardDeviationKind
from lims.trust.actions import Request, perform
from lims.trust.identity.entering import note_presence
from lims.trust.identity.passwords import prove_login
from lims.trust.identity.people import token_digest
from lims.trust.identity.roles import Side
from lims.trust.identity.sessions import OpenSession, open_session
from lims.trust.identity.signatures import Credentials
from lims.trust.refusals import keep_forbidden


def settled(story: Story) -> None:
    """Notices read, tests closed, a failed lot rejected, lost visits signed for."""
    notices_read(story)
    tests_closed(story)
    failed_lot_rejected(story)
    lost_visits_signed(story)
    came_and_went(story)


def notices_read(story: Story) -> None:
    """Everybody has read what concerns them."""
    long_ago = story.clock.now - timedelta(days=3650)
    for login, (_, role) in CAST.items():
        with story.site.reading() as session:
            waiting = unread(session, {role}, login, long_ago)
        for notice, _ in waiting:
            story.do(
                login, acknowledge, Acknowledge(notice.id, "read; told the others of my shift")
            )


def tests_closed(story: Story) -> None:
    """Sterility tests whose time is over are closed."""
    over = story.clock.now - timedelta(days=15)
    with story.site.reading() as session:
        waiting = unfinished(session)
    for sample in waiting:
        running = sample.standing is SterilityStanding.INCUBATING
        if running and sample.inoculated_at and sample.inoculated_at < over:
            story.do("ana", close_sterility, CloseSterility(sample.number), "aiko")


def failed_lot_rejected(story: Story) -> None:
    """The lot that missed its specification, and what QA concluded of it."""
    with story.site.reading() as reading:
        failed = [found for found in open_deviations(reading) if "CD105" in found.what]
        waiting = lots_that_are(reading, LotStanding.QUARANTINE, LotKind.PRODUCT)
    for lot in waiting:
        story.do("qiu", reject_lot, JudgeLot(lot.number, "CD105 below the limit, confirmed"))
    for found in failed:
        assessed = AssessDeviation(
            found.number,
            DeviationClass.MAJOR,
            "lot in quarantine, its flasks discarded",
            "why below the limit? over confluence; why? harvested on Monday, not on Sunday",
            "none for participants: the lot was never released",
        )
        story.do("qiu", assess_deviation, assessed)
        due = story.today + timedelta(days=21)
        measure = PlanCapa(
            found.number,
            CapaKind.PREVENTIVE,
            "a second technician on Sundays; confluence seen each day from 70 % on",
            "tang",
            due,
            due + timedelta(days=60),
        )
        story.do("qiu", plan_capa, measure)
        cause = CloseDeviation(found.number, "Harvested over confluence; the lot is rejected.")
        story.do("qiu", close_deviation, cause)


def lost_visits_signed(story: Story) -> None:
    """Orders whose slot is over are cancelled, visits whose window is over are signed as missed."""
    put_away(story)
    with story.site.reading() as session:
        over = select(Order.number).where(
            Order.standing == OrderStanding.REQUESTED, Order.slot_at < story.clock.now
        )
        orders = session.scalars(over).all()
        trial = read_trial(offered_text(story.site.settings.protocol_file))
        ahead = next_visits(session, trial, story.site.settings.zone)
        lost = [(p.number, visit) for p, visit, window in ahead if window.last < story.today]
    for number in orders:
        story.do("nora", cancel_order, OfOrder(number, "the bags of that day were lost"))
    for number, visit in lost:
        missed = DeviateFromProtocol(number, WardDeviationKind.MISSED, "the bags were lost", visit)
        story.do("ines", deviate_from_protocol, missed)


def came_and_went(story: Story) -> None:
    """A week of log-ins for QA and the monitor to go through: mistyped, at two stations, refused."""
    for name in ("Cabinet 1", "Trolley 1"):
        there = RegisterStation(name, ScannerSetUp.ANY, token_digest(name))
        story.do("ada", register_station, there)
    for login, station in (("tang", "Cabinet 1"), ("tian", "Cabinet 2"), ("nora", "Trolley 1")):
        came(story, login, station)
    mistyped = Credentials("tang", "caps lock")
    for _ in range(OFTEN):
        with suppress(Refused):
            prove_login(story.site, mistyped, "Cabinet 1", "")
    keep_forbidden(story.site, "accounts/people", story.actor("tian"), frozenset(Side))
    came(story, "nora", "Trolley 2")


def came(story: Story, login: str, station: str) -> None:
    """Somebody logs in at a station, and is seen there two hours later."""
    wanted = OpenSession(station, device=token_digest(station))
    opened = perform(story.site, open_session, wanted, Request(story.actor(login)))
    with story.site.writing() as writing:
        note_presence(writing.connection, opened.token, story.clock.now + timedelta(hours=2))
