"""How all bags ended, and which bags hold something."""

from flask import request

from lims.bags.rules import BagStanding
from lims.core.texts import say, say_each
from lims.filling.balance import Balance, balance
from lims.filling.looking_back import HeldBy, held_by
from lims.filling.views import LAB, pages
from lims.labelling.rules import LabelStanding
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table


@pages.read("/balance", balance, may=LAB, menu=say("balance"))
def balance_of_all(at: RequestContext, found: Balance) -> Page:
    """Every bag, sleeve and bag label: what was made, how it ended, what is open."""
    del at
    heads = say_each("standing", "count")
    parts = (
        ("bags", BagStanding, found.bags),
        ("sleeves", LabelStanding, found.sleeves),
        ("labels-of-bags", LabelStanding, found.labels),
    )
    return Page(
        say("balance"),
        facts=(
            (say("bags-that-have-not-ended"), len(found.open_bags)),
            (say("sleeves-on-bags"), found.sleeves_used),
            (say("sleeves-not-accounted-for"), found.open_sleeves),
            (say("labels-of-open-bags"), found.open_labels),
        ),
        tables=[
            *(
                Table(say(name), heads, [(kind(c.standing), c.count) for c in counted])
                for name, kind, counted in parts
            ),
            Table(say("bags-that-have-not-ended"), (say("bag"),), [(n,) for n in found.open_bags]),
        ],
    )


@pages.read("/look-back/<number>", held_by, may=LAB, is_list=True)
def looked_back(_at: RequestContext, found: list[HeldBy]) -> Page:
    """Where it went, to the treatment number and the visit; the laboratory knows nobody."""
    of = (request.view_args or {})["number"]
    rows = [(one.bag, one.standing, one.treatment, one.visit) for one in found]
    columns = say_each("bag", "standing", "treatment-number", "infusion")
    return Page(say("bags-that-hold-it"), number=of, tables=[Table("", columns, rows)])
