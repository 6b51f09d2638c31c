"""Scenes of a donation: consent, history, the cord with its kit, a reviewed report."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from lims.core.quantities import Celsius, Centimetres, Grams, Hours
from lims.core.uploads import Upload
from lims.demonstration.story import Story
from lims.donation.consent import RegisterDonor, register_donor
from lims.donation.cords import ReadLogger, ReceiveCord, read_logger, receive_cord
from lims.donation.deciding import DecideEligibility, decide_eligibility
from lims.donation.history import DonorAnswered, RecordHistory, record_history
from lims.donation.queries import serology_rows
from lims.donation.reviewing import ReviewSerology, review_serology
from lims.donation.rules import Finding, SpecimenOf
from lims.donation.serology import EnterSerology, MarkerResult, enter_serology
from lims.protocol.queries import offered_text
from lims.protocol.questions import CriterionKind
from lims.protocol.reading import read_trial
from lims.protocol.sections import DonorRules
from lims.supplies import actions as supplies
from lims.supplies.equipment import RegisterEquipment, register_equipment
from lims.supplies.models import Lot

D = Decimal
KIT = "Cord collection kit"
NUMBERS = {"mother-age": "29", "gestation": "39"}


def asked_of(story: Story) -> DonorRules:
    """What the protocol asks of a donor."""
    return read_trial(offered_text(story.site.settings.protocol_file)).donor


def registered(story: Story, given_at: datetime | None = None) -> str:
    """A donor by her consent."""
    at = given_at or story.clock.now - timedelta(days=20)
    wanted = RegisterDonor("2.1", "zh", at, "Midwife Hu", recontact=True, research=False)
    return story.do("tang", register_donor, wanted).number


def answers(story: Story, **other: str) -> tuple[DonorAnswered, ...]:
    """The answers of a healthy mother, but for those that are told."""
    fitting = {
        question.code: NUMBERS.get(
            question.code, "no" if question.kind is CriterionKind.NO else "yes"
        )
        for question in asked_of(story).question
    }
    told = {**fitting, **{code.replace("_", "-"): value for code, value in other.items()}}
    return tuple(DonorAnswered(code, value) for code, value in told.items())


def history(story: Story, donor: str, *, clear: bool = True, **other: str) -> None:
    """Her history and examination."""
    wanted = RecordHistory(donor, "healthy, term", clear, answers(story, **other))
    story.do("tang", record_history, wanted)


def kit(story: Story) -> str:
    """The kit in which cords are collected, taken in and accepted if there is none."""
    with story.site.reading() as session:
        found = session.scalar(select(Lot.number).where(Lot.name == KIT).limit(1))
    if found:
        return found
    expires = story.today + timedelta(days=1500)
    delivery = supplies.ReceiveMaterial(KIT, "Bench Supplies", "S-Cor", expires, Hours(D(20_000)))
    lot = story.do("tian", supplies.receive_material, delivery)
    story.do("quinn", supplies.accept_material, supplies.AcceptMaterial(lot.number, "CoA 1"))
    return lot.number


def as_it_came(story: Story, donor: str, collected_at: datetime, **other: Any) -> ReceiveCord:
    """A cord that came cold enough and soon enough, but for what is told."""
    usual: Mapping[str, Any] = {
        "lowest": Celsius(D(3)),
        "highest": Celsius(D("6.5")),
        "weight": Grams(D(38)),
        "condition": "intact",
        "length": Centimetres(D(32)),
        "seal": "S-100417",
        "materials": (kit(story),),
    }
    return ReceiveCord(donor, collected_at, **{**usual, **other})


def received(story: Story, donor: str, collected_at: datetime, **other: Any) -> str:
    """A cord taken in."""
    return story.do("tang", receive_cord, as_it_came(story, donor, collected_at, **other)).number


def report_of(donor: str, text: str) -> Upload:
    """A laboratory's report as it is sent."""
    into = BytesIO()
    page = Canvas(into, invariant=True)
    for line, words in enumerate((f"Report on {donor}", text)):
        page.drawString(72, 760 - 24 * line, words)
    page.save()
    return Upload(f"report-{donor}.pdf", into.getvalue())


def panel(
    story: Story, donor: str, drawn_at: datetime, *, report: bool = True, **findings: Finding
) -> EnterSerology:
    """A report on the mother's blood: nothing is reactive but for what is told by marker."""
    told = {name.replace("_", " "): finding for name, finding in findings.items()}
    results = tuple(
        MarkerResult(marker, told.get(marker, Finding.NOT_REACTIVE), method="CLIA, Architect")
        for marker in asked_of(story).markers
    )
    sent = report_of(donor, f"{drawn_at:%Y-%m-%d %H:%M} {told}") if report else None
    specimen = f"B-{drawn_at:%y%m%d%H%M}"
    return EnterSerology(
        donor, SpecimenOf.MOTHER, specimen, drawn_at, "Central laboratory", results, sent
    )


def one_marker(
    donor: str, marker: str, drawn_at: datetime, finding: Finding = Finding.REACTIVE
) -> EnterSerology:
    """What was telephoned of one marker; its report follows."""
    result = (MarkerResult(marker, finding),)
    return EnterSerology(donor, SpecimenOf.MOTHER, "B-1", drawn_at, "Central laboratory", result)


def review_of(story: Story, donor: str) -> ReviewSerology:
    """The review of everything that was entered so far."""
    with story.site.reading() as session:
        rows = serology_rows(session, donor)
    return ReviewSerology(donor, max((row.id for row in rows), default=0))


def tested(story: Story, donor: str, drawn_at: datetime, **findings: Finding) -> None:
    """Her markers, entered by one and reviewed by another."""
    wanted = panel(story, donor, drawn_at, report=True, **findings)
    story.do("ana", enter_serology, wanted)
    story.do("aiko", review_serology, review_of(story, donor))


def logged(story: Story, cord: str, collected_at: datetime, warmest: str) -> None:
    """The file of the logger that lay beside it: on the bench, on the way, once too warm."""
    until = story.today + timedelta(days=300)
    wanted = RegisterEquipment("Temperature logger 4", until, "TL-000417")
    story.do("tang", register_equipment, wanted)
    rows = ["Serial,TL-000417", "Time,Temperature (°C)"]
    steps = (story.clock.now - collected_at) // timedelta(minutes=10)
    zone = story.site.settings.zone
    for n in range(-6, steps + 1):
        at = (collected_at + timedelta(minutes=10 * n)).astimezone(zone)
        peak = D(warmest) - abs(D(n) - 3 * steps / D(4)) / 3
        celsius = D(22) if n < 0 else max(peak, D("3.6") + D(n % 5) / 5)
        rows.append(f"{at:%Y-%m-%d %H:%M:%S},{celsius:.1f}")
    file = Upload("TL-000417.csv", "\r\n".join(rows).encode())
    story.do("tang", read_logger, ReadLogger(cord, file))


def decided(story: Story, donor: str, *, eligible: bool = True) -> None:
    """QA's decision."""
    wanted = DecideEligibility(donor, eligible, "all markers not reactive")
    story.do("quinn", decide_eligibility, wanted)
