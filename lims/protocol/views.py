"""The protocol as everybody may read it; nothing is served under one that is not approved."""

from lims.protocol import queries
from lims.protocol.queries import protocol_in_force
from lims.protocol.reading import digest_of_file
from lims.trust.permissions import Permission
from lims.trust.site import Site
from lims.web.pages import Desk, Pages, Shown, Table

pages = Pages("protocol")
pages.always = True  # it is served while nothing else is
APPROVAL = "/protocols/approval"
UNSIGNED = "Nothing is served: the protocol file on this machine is not approved by two people."


@pages.page("/", may=Permission.OWN_ACCOUNT, menu="Protocol")
def protocol(at: Desk) -> Shown:
    """The trial's settings, the same page for everybody."""
    found = protocol_in_force(at)
    trial = found.trial
    plan = trial.schedule
    criteria = [
        (c.code, c.text, c.text_zh, f"{c.limit} {c.unit}".strip() or c.kind.value)
        for c in trial.eligibility
    ]
    return Shown(
        title=f"Protocol {trial.code}",
        facts=(
            ("Version in force", found.version),
            ("Other identifier", trial.other_code),
            ("Title", trial.title),
            ("标题", trial.title_zh),
            ("Sponsor", trial.sponsor),
            ("Dose", f"{trial.dose.cells_per_kg:,} cells/kg or the same volume of placebo"),
            (
                "Infusions",
                f"{plan.infusions}, {plan.interval_days} days apart, at least {plan.min_gap_days}",
            ),
            ("Visit window", f"± {plan.window_days} days"),
            ("Fitness signed", f"at most {trial.fitness.max_age_hours.value:f} h before"),
            ("Follow-up", f"{plan.follow_up_weeks} weeks"),
            ("Bag volume", trial.bag.final_volume_ml),
            ("Shelf life of a bag", f"{trial.bag.shelf_life_hours} h"),
            ("New weight", f"a new bag beyond ±{trial.weight.reweigh_pct} % of the dose"),
            ("Contact", trial.contact),
            ("File digest", found.digest),
        ),
        tables=[Table("Eligibility", ("Code", "Criterion", "标准", "Rule"), criteria)],
    )


@pages.guard
def only_under_an_approved_protocol(site: Site) -> tuple[str, str] | None:
    """What to say, and where QA mends it, while the file on this machine is not approved.

    Judged at the first request and until it is approved; what two people signed stays signed.
    """
    text = queries.offered_text(site.settings.protocol_file)
    with site.reading() as session:
        governed = queries.text_in_force(session, site.clock())
        if governed and (not text or queries.is_approved(session, digest_of_file(text))):
            return None
    return UNSIGNED, APPROVAL
