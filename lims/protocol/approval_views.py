"""Pages of QA's for versions of the protocol: side by side, faults, the two signatures."""

from collections.abc import Sequence

from lims.core.days import Moment
from lims.core.texts import say, say_each
from lims.core.words import as_words
from lims.protocol import queries
from lims.protocol.actions import approve_protocol, faults_of, sign_protocol
from lims.protocol.queries import VersionFacts
from lims.protocol.reading import digest_of_file
from lims.protocol.views import APPROVAL
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("protocols", say("menu.quality"))
pages.always = True  # while nothing else is served
QA = Permission.SET_SPECIFICATION


@pages.read("/", queries.versions, may=QA, is_list=True)
def versions(at: RequestContext, found: list[VersionFacts]) -> Page:
    """All versions with their signatures."""
    del at
    return Page(say("versions-of-the-protocol"), tables=[_versions(found)])


def _versions(found: Sequence[VersionFacts]) -> Table:
    columns = say_each("version", "in-force-from", "change", "signed-by", "signed", "approved-by", "approved", "digest")  # fmt: skip
    rows = [
        (v.version, v.effective_at, v.change, v.signed_by, v.signed_at, v.approved_by,
         v.approved_at, v.digest[:16])
        for v in found
    ]  # fmt: skip
    return Table(say("versions"), columns, rows, say("no-version-is-signed-yet"))


@pages.page("/approval", may=QA, menu=say("protocol-versions"))
def approval(at: RequestContext) -> Page:
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
    return Page(
        say("approve-the-protocol"),
        notice=faults,
        facts=(
            (say("file"), str(at.site.settings.protocol_file.name)),
            (say("digest"), digest),
            (say("standing"), _standing(of_file, at.moment)),
        ),
        tables=[
            Table(say("beside-the-version-in-force"), say_each("line", "in-force", "this-file"), lines,
                  say("the-file-is-the-version")),
            _versions(found),
        ],
        forms=forms,
    )  # fmt: skip


def _standing(known: VersionFacts | None, moment: Moment) -> str:
    if known is None:
        return say("not-signed")
    if known.approved_at is None:
        return say("version-signed-by-waits-for", version=known.version, signed_by=known.signed_by)
    if known.effective_at > moment.now:
        return say(
            "version-in-force-from",
            version=known.version,
            effective_at=as_words(known.effective_at, moment.zone),
        )
    return say("version-version-approved", version=known.version)


@pages.todo(QA)
def to_approve(at: RequestContext) -> Sequence[Todo]:
    """Versions of the protocol wait for a second person of QA."""
    return [
        Todo(
            say("approve-protocol"),
            "",
            say("version-version-change", version=v.version, change=v.change),
            href=APPROVAL,
        )
        for v in queries.versions(at.session)
        if v.approved_at is None and v.signed_by != at.actor.login
    ]
