"""What waits on the work list of the laboratory's tests: results to enter, to close, to review."""

from collections.abc import Sequence
from datetime import timedelta

from lims.core.texts import joined, say
from lims.protocol.queries import trial_of_version
from lims.testing import queries
from lims.testing.actions import review_result
from lims.testing.rules import SterilityStanding
from lims.testing.sterility import close_sterility, inoculate
from lims.testing.views import pages
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.tables import Todo


@pages.todo(Permission.ENTER_RESULT)
def to_test(at: RequestContext) -> Sequence[Todo]:
    """Samples wait for results, for inoculation, for their closing."""
    todos = []
    unfinished = queries.unfinished(at.session)
    lines = queries.lines_by_specification(at.session)
    hours = {
        version: trial_of_version(at.connection, version).sterility.hours
        for version in {s.protocol for s in unfinished}
    }
    for s in unfinished:
        live = {r.code for r in s.results if r.standing in queries.LIVE}
        missing = [n.test for n in lines[s.specification] if n.code not in live and not n.sterility]
        if missing:
            todos.append(
                Todo(
                    say("test-sample"),
                    s.number,
                    say("tests-that-lack", of=s.of, missing=joined("between.words", missing)),
                    s.taken_at,
                )
            )
        asks = any(line.sterility for line in lines[s.specification])
        if s.standing is SterilityStanding.TO_DO and asks:
            todos.append(
                Todo(
                    say("inoculate"),
                    s.number,
                    say("sterility-of-of", of=s.of),
                    s.taken_at,
                    act=inoculate,
                )
            )
        if s.standing is SterilityStanding.INCUBATING and s.inoculated_at:
            due = s.inoculated_at + timedelta(hours=hours[s.protocol])
            todos.append(
                Todo(
                    say("close-sterility"),
                    s.number,
                    say("of-of", of=s.of),
                    due,
                    act=close_sterility,
                )
            )
    return todos


@pages.todo(Permission.REVIEW_RESULT)
def to_review(at: RequestContext) -> Sequence[Todo]:
    """Results of others wait for review."""
    return [
        Todo(
            say("review-result"),
            r.sample,
            say("code-entered-by-entered-by", code=r.code, entered_by=r.entered_by),
            r.entered_at,
            act=review_result,
        )
        for r in queries.unreviewed(at.session)
        if r.entered_by != at.actor.login
    ]
