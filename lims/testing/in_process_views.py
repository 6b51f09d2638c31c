"""Samples on the pages of what they were taken from on its way: a cord, a vessel."""

from collections.abc import Sequence

from lims.core.texts import say, say_each
from lims.identifiers.numbers import is_number, kind_of
from lims.testing import queries
from lims.testing.actions import IN_PROCESS, sample_in_process
from lims.testing.views import which
from lims.trust.identity.roles import Side
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import BESIDE
from lims.web.tables import Table


def beside(at: RequestContext, number: str) -> tuple[Sequence[Table], Sequence[Form | None]]:
    """What the page of a cord or a vessel has besides: its samples, and the way to one more."""
    if not is_number(number) or kind_of(number) not in IN_PROCESS:
        return (), ()
    taken = queries.samples_of(at.session, number)
    rows = [(s.number, which(s.specification), s.taken_at, s.taken_by) for s in taken]
    columns = say_each("sample", "specification", "taken", "taken-by")
    form = at.form(
        sample_in_process, fixed={"of": number}, then="/testing/samples/{made}", aside=True
    )
    return ([Table(say("samples"), columns, rows)] if rows else []), (form,)


BESIDE.setdefault(Side.LAB, []).append(beside)
