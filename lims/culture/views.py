"""Pages of the culture."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import request

from lims.core.quantities import CellCount, Percent
from lims.core.texts import say, say_each
from lims.core.words import as_words
from lims.culture import queries
from lims.culture.actions import (
    discard_flask,
    feed_flask,
    harvest_flasks,
    isolate_cells,
    passage_cells,
)
from lims.culture.amending import amend_count, amend_feeding
from lims.culture.beside import beside_earlier
from lims.culture.counting import harvest_by_instrument, recount_harvest
from lims.culture.departing import permit_departure
from lims.culture.growth import growth_pictures
from lims.culture.labels import print_flask_labels
from lims.culture.queries import FlaskFacts, HarvestFacts
from lims.culture.recipe import adopt_recipe, recipe_of
from lims.culture.rules import FlaskStanding, Squares, counted, fold, lot_yield, next_feeding
from lims.culture.second import count_flasks
from lims.donation.evidence import ancestor_reasons
from lims.donation.queries import donors_to_destroy
from lims.identifiers.numbers import Kind, is_number
from lims.instruments.queries import counts_of, taken_for
from lims.labelling.batch_views import steps_of_batch
from lims.labelling.queries import live_label
from lims.labelling.views import label_form
from lims.protocol.queries import protocol_in_force, trial_in_force
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.forms import Form
from lims.web.pages import Page, Pages
from lims.web.pictures import Picture
from lims.web.tables import Link, Table, Todo

pages = Pages("culture", say("menu.cells"))
LAB = Permission.READ_LAB
TO_FLASK, TO_HARVEST = "/culture/flasks/{made}", "/culture/harvests/{made}"
LABELS = {"labels": True}
COUNT = ("live", "dead", "squares", "dilution", "volume")


@pages.read("/", queries.flasks, may=LAB, menu=say("culture"), is_list=True)
def flasks(at: RequestContext, found: list[FlaskFacts]) -> Page:
    """All flasks."""
    rows = [
        (f.number, f.standing, f"P{f.passage}", f.donor, f.area, f.seeded, f.seeded_at)
        for f in found
    ]
    columns = say_each("flask", "standing", "passage", "donor", "area", "seeded", "since")
    cord = request.args.get("cord")
    return Page(
        say("culture"),
        tables=[Table("", columns, rows)],
        forms=[
            at.form(
                isolate_cells,
                fixed={"cord": cord} if cord else {},
                suggested=LABELS,
                opened=bool(cord),
                then=TO_FLASK,
            ),
            at.form(
                harvest_flasks,
                suggested={**queries.last_count(at.session), **LABELS},
                then=TO_HARVEST,
            ),
        ],
    )


@pages.read("/flasks/<number>", queries.flask, may=LAB, opens=Kind.FLASK)
def flask(at: RequestContext, found: FlaskFacts) -> Page:
    """One flask with its feedings and its lineage's growth."""
    growing = found.standing is FlaskStanding.GROWING
    fed = [(f.at, f.by, f.confluence, f.seen) for f in found.feedings]
    forms = [
        at.form(feed_flask, fixed={"flask": found.number}),
        at.form(
            harvest_flasks,
            suggested={"flasks": (found.number,), **queries.last_count(at.session), **LABELS},
            then=TO_HARVEST,
        ),
        *_by_instrument(at, found.number),
        _second(at, found.number),
        _newer(at, found),
        at.form(discard_flask, fixed={"flask": found.number}, danger=True),
    ]
    feedings = [(str(f.id), as_words(f.at, at.zone)) for f in found.feedings]
    right = at.form(amend_feeding, fixed={"flask": found.number}, choices={"feeding": feedings})
    return Page(
        say("flask"),
        number=found.number,
        standing=found.standing,
        notice=ancestor_reasons(at.session, found.number, settled=False) if growing else (),
        facts=(
            (say("donor"), found.donor),
            (say("passage"), f"P{found.passage}"),
            (say("version-of-the-protocol"), found.protocol),
            (say("area"), found.area),
            (say("viable-cells-seeded"), found.seeded),
            (say("cumulative-doublings-when-seeded"), _four(found.doublings_before)),
            (say("seeded"), found.seeded_at),
            (say("seeded-by"), found.seeded_by),
            (say("ended.label"), found.ended_at),
        ),
        tables=[Table(say("feedings"), say_each("when", "who", "confluence", "seen"), fed)],
        forms=[
            *([*_labels(at, found.number), *forms] if growing else []),
            right if feedings else None,
        ],
        links=[
            *([(say("harvest"), f"/culture/harvests/{found.harvest}")] if found.harvest else []),
            (say("genealogy"), f"/release/trace/{found.number}"),
        ],
        pictures=_growth(at, found.donor),
    )


def _newer(at: RequestContext, found: FlaskFacts) -> Form | None:
    """The way over to the version in force, where the vessel is grown by an older one."""
    older = found.protocol and found.protocol < protocol_in_force(at).version
    return at.form(adopt_recipe, fixed={"flask": found.number}, aside=True) if older else None


def _second(at: RequestContext, number: str) -> Form | None:
    """The second person's own count, where the recipe asks for it."""
    asked = recipe_of(at, number).trial.culture.harvest_counted_by_two
    last = queries.last_count(at.session)
    return at.form(count_flasks, fixed={"flask": number}, suggested=last) if asked else None


def _by_instrument(at: RequestContext, number: str) -> list[Form | None]:
    """A harvest by what a counter's file says of this flask, where it says something."""
    ids = tuple(count.id for count in counts_of(at.session, number))
    suggested = {"flasks": (number,), "counts": ids, **LABELS}
    form = at.form(harvest_by_instrument, suggested=suggested, then=TO_HARVEST) if ids else None
    return [form]


def _counted(at: RequestContext, found: HarvestFacts) -> Sequence[tuple[str, Any]]:
    """How a harvest was counted: squares with their chance error (F3), or an instrument's figures."""
    if not found.squares:
        taken = taken_for(at.session, found.id)
        links = tuple(Link(c.sample or c.image, f"/instruments/counts/{c.id}") for c in taken)
        return ((say("counted-by-instrument"), links),)
    seen = Squares(found.live, found.dead, found.squares, found.dilution)
    words = say(
        "live-dead-in-squares-squares", live=found.live, dead=found.dead, squares=found.squares
    )
    return (
        (say("live-dead-counted"), words),
        (say("dilution.label"), found.dilution),
        (say("chance-error-of-the-count"), counted(seen).poisson_cv.rounded(1)),
    )


def _recount(at: RequestContext, found: HarvestFacts) -> Form | None:
    flasks = queries.flasks_of(at.session, found.id)
    ids = [c.id for c in (*taken_for(at.session, found.id), *counts_of(at.session, *flasks))]
    suggested = {"counts": tuple(ids), "volume": found.volume}
    return (
        at.form(recount_harvest, fixed={"harvest": found.id}, suggested=suggested) if ids else None
    )


def _labels(at: RequestContext, number: str) -> list[Form | None]:
    """The labels of all that was seeded together: printed, then scanned, then they add up."""
    if queries.lack_labels(at.session, number):
        return [at.form(print_flask_labels, fixed={"flask": number})]
    label = live_label(at.session, number)
    return steps_of_batch(at, label.batch) if label and label.batch else []


@pages.read("/harvests/<number>", queries.harvest, may=LAB, opens=Kind.HARVEST)
def harvest(at: RequestContext, found: HarvestFacts) -> Page:
    """One harvest: the raw counts, what follows, and where the cells may go."""
    hours = queries.doubling_time_of(at.session, found)
    trial = recipe_of(at, found.id).trial
    seeded = queries.seeded_for(at.session, found)
    nominal = CellCount(Decimal(trial.preparation.viable_per_vial))
    vials = lot_yield(found.viable_cells - found.used, Percent(trial.culture.yield_qc_pct), nominal)
    origin = queries.sources(at.session, found.id)
    return Page(
        say("harvest-at-p-passage", passage=found.passage),
        number=found.id,
        notice=ancestor_reasons(at.session, *origin, settled=False),
        facts=(
            (say("donor"), found.donor),
            *_counted(at, found),
            (say("volume.label"), found.volume),
            (say("viable-cells"), found.viable_cells.rounded(0)),
            (say("viability"), found.viability.rounded(1)),
            (say("doublings-in-this-passage"), _four(found.doublings)),
            (say("cumulative-doublings"), _four(found.cumulative)),
            (say("doubling-time"), hours.rounded(2) if hours else None),
            (say("fold-expansion"), f"{fold(seeded, found.viable_cells):.2f}" if seeded else None),
            (say("taken-so-far"), found.used.rounded(0)),
            (say("vials-of-that-are-left", nominal=as_words(nominal, at.zone)), vials),
            (say("counted-by"), found.counted_by),
            (say("checked-by"), found.checked_by),
            (say("when"), found.at),
        ),
        pictures=_growth(at, found.donor),
        tables=_earlier(at, found),
        forms=[
            label_form(at, found.id) if is_number(found.id) else None,
            at.form(
                passage_cells,
                fixed={"harvest": found.id},
                suggested={"area": queries.area_of(at.session, found.id), **LABELS},
                then=TO_FLASK,
            ),
            at.form(
                amend_count,
                fixed={"harvest": found.id},
                suggested={name: getattr(found, name) for name in COUNT if found.squares},
            ),
            _recount(at, found),
            at.form(permit_departure, fixed={"harvest": found.id}, aside=True)
            if is_number(found.id)
            else None,
        ],
        links=[
            (say("fill-vials-from-this-harvest"), f"/bank/?harvest={found.id}"),
            (say("genealogy"), f"/release/trace/{found.id}"),
        ],
    )


def _earlier(at: RequestContext, found: HarvestFacts) -> list[Table]:
    """Where it lies among the harvests of earlier donors, if there are any."""
    words = (say("doublings-in-this-passage"), say("viability-in-percent"))
    rows = [
        (word, *(f"{value:.2f}" for value in (one.this, one.least, one.middle, one.most)), one.donors,
         say("unlike-any-before") if one.is_outside else "")
        for word, one in zip(words, beside_earlier(at.session, found), strict=True)
        if one
    ]  # fmt: skip
    columns = say_each("what", "here", "lowest", "middle", "highest", "earlier-donors", "judged")
    return [Table(say("beside-earlier-donors"), columns, rows)] if rows else []


def _growth(at: RequestContext, donor: str) -> list[Picture]:
    most = trial_in_force(at).culture.cumulative_doublings_max
    return growth_pictures(queries.harvests_of(at.session, donor), most, at.zone)


def _four(value: object) -> str:
    return "–" if value is None else f"{value:.4f}"


@pages.todo(Permission.CULTURE_CELLS)
def to_feed(at: RequestContext) -> Sequence[Todo]:
    """Growing flasks wait for medium, counted from the last time."""
    every = trial_in_force(at).culture.feed_every_days
    fed = queries.last_fed(at.session)
    withdrew = set(donors_to_destroy(at.session))
    return [
        Todo(
            say("look-at-flask"),
            f.number,
            say("p-passage-of-donor", passage=f.passage, donor=f.donor),
            next_feeding(fed.get(f.number, f.seeded_at), every),
            act=feed_flask,
        )
        for f in queries.growing(at.session)
        if f.donor not in withdrew
    ]
