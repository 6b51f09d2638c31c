"""Labels whose codes were typed and not scanned: a batch that reads badly shows itself."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.labelling.models import Label
from lims.labelling.queries import HOUSE_KINDS, WARD_KINDS
from lims.trust.trail.scan_log import ScanRead


def typed_by_batch(session: Session) -> list[tuple[str, int, str, int]]:
    """Of each master's version and batch, how many codes were typed; the ward's own labels apart."""
    count = func.count()
    ours = [Label.number.not_like(f"LM{kind}%") for kind in WARD_KINDS | HOUSE_KINDS]
    typed = (
        select(Label.master, Label.version, Label.batch, count)
        .join(ScanRead, ScanRead.raw == Label.code)
        .where(ScanRead.by_hand.is_(True), *ours)
        .group_by(Label.master, Label.version, Label.batch)
        .order_by(count.desc(), Label.master, Label.batch)
    )
    return [(master, version, batch, n) for master, version, batch, n in session.execute(typed)]
