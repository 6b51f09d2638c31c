"""Pages of the specifications."""

from collections.abc import Sequence

from lims.core.texts import named, say, say_each
from lims.core.words import as_words
from lims.protocol.sections import Stage
from lims.testing import queries
from lims.testing.actions import approve_specification
from lims.testing.queries import SpecificationFacts
from lims.testing.views import LAB, pages
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table, Todo


@pages.read(
    "/specifications", queries.specifications, may=LAB, menu=say("specifications"), is_list=True
)
def specifications(at: RequestContext, found: list[SpecificationFacts]) -> Page:
    """All versions of the specifications."""
    tables = [
        Table(
            say(
                "version-protocol-version-approved-by",
                stage=s.stage,
                version=s.version,
                protocol=s.protocol,
                approved_by=s.approved_by,
                approved_at=as_words(s.approved_at, at.zone),
            ),
            say_each("code", "test", "method", "chapter", "requirement", "possible", "rounding"),
            [
                (n.code, n.test, n.method, n.chapter, n.requirement, n.possible, named(n.rule))
                for n in s.lines
            ],
        )
        for s in found
    ]
    return Page(say("specifications"), tables=tables, forms=[at.form(approve_specification)])


@pages.read("/specifications/<stage>/<version>", queries.specification, may=LAB)
def specification(at: RequestContext, found: SpecificationFacts) -> Page:
    """One version."""
    return specifications(at, [found])


@pages.todo(Permission.SET_SPECIFICATION, sets_up=True)
def to_specify(at: RequestContext) -> Sequence[Todo]:
    """Stages without an approved specification: nothing of them could be released."""
    known = queries.stages_specified(at.session)
    return [
        Todo(
            say("approve-specification"),
            "",
            say("no-specification-yet", stage=named(stage)),
            href="/testing/specifications",
            act=approve_specification,
        )
        for stage in Stage
        if stage not in known
    ]
