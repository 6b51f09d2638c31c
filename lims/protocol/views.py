"""The protocol as everybody may read it; nothing is served under one that is not approved."""

from lims.core.texts import named, say, say_each, unit_of
from lims.protocol import queries
from lims.protocol.queries import protocol_in_force
from lims.protocol.reading import digest_of_file
from lims.trust.identity.roles import Permission
from lims.trust.installation import Site
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table

pages = Pages("protocol", say("menu.quality"))
pages.always = True  # it is served while nothing else is
APPROVAL = "/protocols/approval"
UNSIGNED = say("nothing-is-served-the-protocol")


@pages.page("/", may=Permission.OWN_ACCOUNT, menu=say("protocol"))
def protocol(at: RequestContext) -> Page:
    """The trial's settings, the same page for everybody."""
    found = protocol_in_force(at)
    trial = found.trial
    plan = trial.schedule
    criteria = [
        (
            c.text,
            say("limit-unit", limit=c.limit, unit=unit_of(c.unit)) if c.limit else named(c.kind),
        )
        for c in trial.eligibility
    ]
    return Page(
        title=say("protocol-code", code=trial.code),
        facts=(
            (say("version-in-force"), found.version),
            (say("other-identifier"), trial.other_code),
            (say("title"), trial.title),
            (say("title-zh"), trial.title_zh),
            (say("sponsor"), trial.sponsor),
            (say("dose"), say("cells-kg-or-the-same", cells_per_kg=f"{trial.dose.cells_per_kg:,}")),
            (
                say("infusions"),
                say(
                    "days-apart-at-least",
                    infusions=plan.infusions,
                    interval_days=plan.interval_days,
                    min_gap_days=plan.min_gap_days,
                ),
            ),
            (say("visit-window"), say("window-days-days", window_days=plan.window_days)),
            (say("late-with-a-deviation"), say("late-days-days", late_days=plan.late_days)),
            (
                say("fitness-signed"),
                say("at-most-h-before", max_age_hours=f"{trial.fitness.max_age_hours.value:f}"),
            ),
            (say("follow-up"), say("follow-up-weeks-weeks", follow_up_weeks=plan.follow_up_weeks)),
            (say("bag-volume"), trial.bag.final_volume_ml),
            (say("shelf-life-of-a-bag"), f"{trial.bag.shelf_life_hours} h"),
            (say("new-weight"), say("a-new-bag-beyond-of", reweigh_pct=trial.weight.reweigh_pct)),
            (say("contact"), trial.contact),
            (say("file-digest"), found.digest),
        ),
        tables=[
            Table(
                say("eligibility"),
                say_each("criterion", "rule"),
                criteria,
            )
        ],
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
