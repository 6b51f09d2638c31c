"""Pages of the culture."""

from collections.abc import Sequence
from decimal import Decimal

from flask import request

from lims.core.quantities import CellCount, Percent
from lims.core.words import as_words
from lims.culture import queries
from lims.culture.actions import (
    discard_flask,
    feed_flask,
    harvest_flasks,
    isolate_cells,
    passage_cells,
)
from lims.culture.growth import growth_points
from lims.culture.queries import FlaskFacts, HarvestFacts
from lims.culture.rules import FlaskStanding, fold, lot_yield, next_feeding
from lims.donation.queries import ancestor_reasons
from lims.identifiers.numbers import Kind
from lims.labelling.views import label_form
from lims.protocol.queries import trial_in_force
from lims.trust.permissions import Permission
from lims.web.pages import Desk, Pages, Shown, Table, Todo

pages = Pages("culture")
LAB = Permission.READ_LAB


@pages.read("/", queries.flasks, may=LAB, menu="Culture", is_list=True)
def flasks(at: Desk, found: list[FlaskFacts]) -> Shown:
    """All flasks."""
    rows = [
        (f.number, f.standing, f"P{f.passage}", f.donor, f.area, f.seeded, f.seeded_at)
        for f in found
    ]
    columns = ("Flask", "Standing", "Passage", "Donor", "Area", "Seeded", "Since")
    cord = request.args.get("cord")
    return Shown(
        "Culture",
        tables=[Table("", columns, rows)],
        forms=[
            at.form(isolate_cells, fixed={"cord": cord} if cord else {}, opened=bool(cord)),
            at.form(harvest_flasks),
        ],
    )


@pages.read("/flasks/<number>", queries.flask, may=LAB, opens=Kind.FLASK)
def flask(at: Desk, found: FlaskFacts) -> Shown:
    """One flask with its feedings and its lineage's growth."""
    growing = found.standing is FlaskStanding.GROWING
    fed = [(f.at, f.by, f.confluence, f.seen) for f in found.feedings]
    forms = [
        at.form(feed_flask, fixed={"flask": found.number}),
        at.form(harvest_flasks, fixed={"flasks": (found.number,)}),
        at.form(discard_flask, fixed={"flask": found.number}, danger=True),
    ]
    curve = growth_points(queries.harvests_of(at.session, found.donor))
    return Shown(
        "Flask",
        number=found.number,
        standing=found.standing,
        notice=ancestor_reasons(at.session, found.number, settled=False) if growing else (),
        facts=(
            ("Donor", found.donor),
            ("Passage", f"P{found.passage}"),
            ("Area", found.area),
            ("Viable cells seeded", found.seeded),
            ("Cumulative doublings when seeded", _four(found.doublings_before)),
            ("Seeded", found.seeded_at),
            ("Seeded by", found.seeded_by),
            ("Ended", found.ended_at),
        ),
        tables=[Table("Feedings", ("When", "Who", "Confluence", "Seen"), fed)],
        forms=[label_form(at, found.number), *forms] if growing else [],
        links=[
            *([("Harvest", f"/culture/harvests/{found.harvest}")] if found.harvest else []),
            ("Genealogy", f"/release/trace/{found.number}"),
        ],
        template="culture/flask.html",
        more={"curve": curve},
    )


@pages.read("/harvests/<harvest_id>", queries.harvest, may=LAB)
def harvest(at: Desk, found: HarvestFacts) -> Shown:
    """One harvest: the raw counts, what follows, and where the cells may go."""
    hours = queries.doubling_time_of(at.session, found)
    trial = trial_in_force(at)
    seeded = queries.seeded_for(at.session, found)
    nominal = CellCount(Decimal(trial.preparation.viable_per_vial))
    vials = lot_yield(found.viable_cells - found.used, Percent(trial.culture.yield_qc_pct), nominal)
    origin = queries.origin_of(at.session, found.id)
    return Shown(
        f"Harvest at P{found.passage}",
        notice=ancestor_reasons(at.session, *origin, settled=False),
        facts=(
            ("Identifier", found.id),
            ("Donor", found.donor),
            ("Live / dead counted", f"{found.live} / {found.dead} in {found.squares} squares"),
            ("Dilution", found.dilution),
            ("Volume", found.volume),
            ("Viable cells", found.viable_cells.rounded(0)),
            ("Viability", found.viability.rounded(1)),
            ("Doublings in this passage", _four(found.doublings)),
            ("Cumulative doublings", _four(found.cumulative)),
            ("Doubling time", hours.rounded(2) if hours else None),
            ("Fold expansion", f"{fold(seeded, found.viable_cells):.2f}" if seeded else None),
            ("Taken so far", found.used.rounded(0)),
            (f"Vials of {as_words(nominal, at.zone)} that are left", vials),
            ("Counted by", found.counted_by),
            ("Checked by", found.checked_by),
            ("When", found.at),
        ),
        forms=[at.form(passage_cells, fixed={"harvest": found.id}, then="/culture/")],
        links=[("Fill vials from this harvest", f"/bank/?harvest={found.id}")],
    )


def _four(value: object) -> str:
    return "–" if value is None else f"{value:.4f}"


@pages.todo(Permission.CULTURE_CELLS)
def to_feed(at: Desk) -> Sequence[Todo]:
    """Growing flasks wait for medium, counted from the last time."""
    every = trial_in_force(at).culture.feed_every_days
    fed = queries.last_fed(at.session)
    return [
        Todo(
            "Look at flask",
            f.number,
            f"P{f.passage} of {f.donor}",
            next_feeding(fed.get(f.number, f.seeded_at), every),
        )
        for f in queries.growing(at.session)
    ]
