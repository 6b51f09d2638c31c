"""What labelling does when a scan is published: a dead label stops the action, wherever it is."""

from lims.core.errors import Refused
from lims.identifiers.scans import Scanned
from lims.labelling.queries import dead_label_reasons
from lims.trust.context import Work


def refuse_dead_label(work: Work, scan: Scanned) -> None:
    """Refuse an action for which a superseded, voided or destroyed label was scanned."""
    if reasons := dead_label_reasons(work.session, str(scan), scan.copy):
        raise Refused(reasons[0].sentence, reasons)
