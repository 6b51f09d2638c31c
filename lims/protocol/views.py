"""The protocol as everybody may read it."""

from lims.protocol.queries import load_trial
from lims.trust.permissions import Permission
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("protocol")


@pages.page("/", may=Permission.OWN_ACCOUNT, menu="Protocol")
def protocol(at: Desk) -> Shown:
    """The trial's settings, the same page for everybody."""
    trial = load_trial(at.site.settings.protocol_file)
    criteria = [
        (c.code, c.text, f"{c.limit} {c.unit}".strip() or f"must be {c.kind}")
        for c in trial.criteria
    ]
    return Shown(
        title=f"Protocol {trial.code}",
        facts=(
            ("Title", trial.title),
            ("Sponsor", trial.sponsor),
            ("Dose", f"{trial.cells_per_kg:,} cells/kg or the same volume of placebo"),
            ("Infusions", f"{trial.infusions}, {trial.interval_days} days apart"),
            ("Visit window", f"± {trial.window_days} days"),
            ("Follow-up", f"{trial.follow_up_weeks} weeks"),
            ("Bag volume", trial.final_volume),
            ("Shelf life of a bag", f"{trial.shelf_life_hours} h"),
            ("Contact", trial.contact),
            ("File digest", trial.digest),
        ),
        tables=[Table("Eligibility", ("Code", "Criterion", "Rule"), criteria)],
    )
