"""How many were randomised, day by day, against what was planned."""

from collections import Counter
from decimal import Decimal
from itertools import accumulate

from lims.core.days import day_of
from lims.core.texts import say
from lims.protocol.queries import trial_in_force
from lims.trial.queries import enrolment
from lims.web.context import RequestContext
from lims.web.pictures import Curve, Picture, Point, picture_of


def enrolment_pictures(at: RequestContext) -> list[Picture]:
    """The number of randomised participants by day, with the protocol's plan and today."""
    planned = trial_in_force(at).randomisation.planned
    by_day = Counter(day_of(when, at.zone) for when in enrolment(at.session))
    so_far = zip(by_day, accumulate(by_day.values()), strict=True)
    title = say("randomised.so-far")
    curve = Curve(title, [Point(day, Decimal(many)) for day, many in so_far])
    limit = (Decimal(planned), say("planned-in-all", planned=planned))
    return picture_of(
        Picture(say("enrolment"), say("day.axis"), title, [curve], [limit], today=at.today)
    )
