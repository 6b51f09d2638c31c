"""The protocol as everybody may read it, and its approval by QA."""

from collections.abc import Sequence

from lims.core.days import Moment
from lims.core.words import as_words
from lims.protocol import queries
from lims.protocol.actions import approve_protocol, faults_of, sign_protocol
from lims.protocol.queries import VersionFacts, protocol_in_force
from lims.protocol.reading import digest_of_file
from lims.trust.permissions import Permission
from lims.trust.site import Site
from lims.web.pages import Desk, Pages, Shown, Table, Todo

pages = Pages("protocol")
pages.always = True  # it is served while nothing else is
QA = Permission.SET_SPECIFICATION
APPROVAL = "/protocol/approval"
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
        links=[("Versions and approval", APPROVAL)] if at.actor.may(QA) else [],
    )


@pages.read("/versions", queries.versions, may=QA, is_list=True)
def versions(at: Desk, found: list[VersionFacts]) -> Shown:
    """All versions with their signatures."""
    del at
    return Shown("Versions of the protocol", tables=[_versions(found)])


def _versions(found: Sequence[VersionFacts]) -> Table:
    columns = ("Version", "In force from", "Change", "Signed by", "Signed", "Approved by",
               "Approved", "Digest")  # fmt: skip
    rows = [
        (v.version, v.effective_at, v.change, v.signed_by, v.signed_at, v.approved_by,
         v.approved_at, v.digest[:16])
        for v in found
    ]  # fmt: skip
    return Table("Versions", columns, rows, "No version is signed yet.")


@pages.page("/approval", may=QA)
def approval(at: Desk) -> Shown:
    """The file on this machine beside the version in force; its faults; the two signatures."""
    text = queries.offered_text(at.site.settings.protocol_file)
    digest = digest_of_file(text)
    found = queries.versions(at.session)
    of_file = next((v for v in found if v.digest == digest), None)
    faults = faults_of(text)
    in_force = queries.text_in_force(at.session, at.now)
    lines = [(n.line, n.before, n.after) for n in queries.side_by_side(in_force, text)]
    forms = []
    if of_file is None and not faults:
        fixed = {"digest": digest}
        moment = {"effective_at": at.now.replace(second=0, microsecond=0)}
        forms = [at.form(sign_protocol, fixed=fixed, suggested=moment, opened=True)]
    elif of_file and of_file.approved_at is None:
        signed = {"version": of_file.version, "digest": digest}
        forms = [at.form(approve_protocol, fixed=signed, opened=True)]
    return Shown(
        "Approve the protocol",
        notice=faults,
        facts=(
            ("File", str(at.site.settings.protocol_file.name)),
            ("Digest", digest),
            ("Standing", _standing(of_file, at.moment)),
        ),
        tables=[
            Table("Beside the version in force", ("Line", "In force", "This file"), lines,
                  "The file is the version in force."),
            _versions(found),
        ],
        forms=forms,
    )  # fmt: skip


def _standing(known: VersionFacts | None, moment: Moment) -> str:
    if known is None:
        return "not signed"
    if known.approved_at is None:
        return f"version {known.version}: signed by {known.signed_by}, waits for a second person"
    if known.effective_at > moment.now:
        return f"version {known.version}: in force from {as_words(known.effective_at, moment.zone)}"
    return f"version {known.version}: approved"


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


@pages.todo(QA)
def to_approve(at: Desk) -> Sequence[Todo]:
    """Versions of the protocol wait for a second person of QA."""
    return [
        Todo("Approve protocol", "", f"version {v.version}: {v.change}", href=APPROVAL)
        for v in queries.versions(at.session)
        if v.approved_at is None and v.signed_by != at.actor.login
    ]
