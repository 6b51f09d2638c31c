"""Scenes of an installation's first day: protocol, label masters, printers, badges."""

from lims.demonstration.cast import CAST
from lims.demonstration.story import Story
from lims.labelling.actions import MakeSleeves, make_sleeves
from lims.labelling.approving import ApproveMaster, approve_master
from lims.labelling.masters import masters_in
from lims.labelling.rules import PrinterSide
from lims.protocol.actions import ApproveProtocol, SignProtocol, approve_protocol, sign_protocol
from lims.protocol.queries import offered_text
from lims.protocol.reading import digest_of_file
from lims.stations.actions import IssueBadge, SetPrinter, issue_badge, set_printer


def approved_protocol(story: Story) -> None:
    """The protocol file signed by one of QA and approved by the other."""
    text = offered_text(story.site.settings.protocol_file)
    wanted = SignProtocol(digest_of_file(text), "first version", story.clock.now)
    signed = story.do("quinn", sign_protocol, wanted)
    approval = ApproveProtocol(signed.version, signed.digest)
    story.do("qiu", approve_protocol, approval)


def stations(story: Story) -> None:
    """A label printer at the filling bench, one on the ward, and badges for all."""
    for name, side, station in (
        ("Filling bench", PrinterSide.LAB, "Filling"),
        ("Ward 3", PrinterSide.WARD, "Ward 3"),
    ):
        command = SetPrinter(name, side, "127.0.0.1", 203, station=station)
        story.do("ada", set_printer, command)
    story.do("tang", make_sleeves, MakeSleeves(8))
    for login in sorted(CAST):
        story.do("ada", issue_badge, IssueBadge(login))


def approved_labels(story: Story) -> None:
    """Every version of every label master approved, in order."""
    for name, version in masters_in(story.site.settings.labels_folder):
        change = "first version" if version == 1 else "warnings in both languages"
        story.do("quinn", approve_master, ApproveMaster(name, version, change))
