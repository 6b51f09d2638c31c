"""Pages of vials and the freezer. A lot's own page is its dossier, in release."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from flask import request

from lims.bank import queries, rules
from lims.bank.actions import add_place, fill_vials, store_vial, take_vial
from lims.bank.counted import BoxCountFacts, box_counts, boxes_to_confirm
from lims.bank.destroying import destroy_vials
from lims.bank.holding import held_reasons
from lims.bank.inventory import count_box, found_again
from lims.bank.out_of_storage import most_out, scan_in, scan_out
from lims.bank.queries import PlaceFacts, VialFacts
from lims.bank.rules import BoxCountStanding, PlaceLevel, VialStanding
from lims.bank.storing import move_place, store_vials
from lims.bank.thawing import thaw_into_culture
from lims.core.quantities import CellCount, Percent
from lims.core.texts import named, say, say_each
from lims.culture import queries as culture
from lims.culture.rules import lot_yield
from lims.identifiers.numbers import Kind
from lims.labelling.views import label_form
from lims.protocol.queries import trial_in_force
from lims.supplies.rules import LotFacts
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Table, Todo

pages = Pages("bank", say("menu.cells"))
LAB = Permission.READ_LAB


@pages.read("/", queries.our_lots, may=LAB, menu=say("lots"), is_list=True)
def lots(at: RequestContext, found: list[LotFacts]) -> Page:
    """Banks, product lots and vehicle lots."""
    stored = queries.stored_of(at.session, [lot.number for lot in found])
    rows = [
        (lot.number, lot.standing, lot.name, lot.expires_on, stored.get(lot.number), lot.made_at)
        for lot in found
    ]
    harvest = request.args.get("harvest")
    columns = say_each("lot", "standing", "what", "expires", "vials-stored", "made")
    fixed = {"harvest": harvest} if harvest else {}
    return Page(
        say("lots"),
        tables=[Table("", columns, rows)],
        forms=[
            at.form(
                fill_vials,
                fixed=fixed,
                suggested=_filling(at, harvest),
                opened=bool(harvest),
                then="/release/lots/{made}",
            )
        ],
    )


def _filling(at: RequestContext, harvest: str | None) -> dict[str, object]:
    """As many vials as the harvest is good for, at the protocol's number of cells."""
    if not harvest:
        return {"labels": True}
    trial, found = trial_in_force(at), culture.harvest(at.session, harvest)
    nominal = CellCount(Decimal(trial.preparation.viable_per_vial))
    left = found.viable_cells - found.used
    vials = lot_yield(left, Percent(trial.culture.yield_qc_pct), nominal)
    return {"viable_per_vial": nominal, "vials": vials or None, "labels": True}


@pages.read("/vials", queries.vials, may=LAB, menu=say("vials"), is_list=True)
def vials(_at: RequestContext, found: list[VialFacts]) -> Page:
    """All vials, wherever they are or went."""
    rows = [(v.number, v.standing, v.lot, v.box, v.position, v.taken_for) for v in found]
    columns = say_each("vial", "standing", "lot", "box", "position", "taken-for")
    return Page(say("vials"), tables=[Table("", columns, rows)])


@pages.read("/vials/<number>", queries.vial, may=LAB, opens=Kind.VIAL)
def vial(at: RequestContext, found: VialFacts) -> Page:
    """One vial."""
    fixed = {"vial": found.number}
    forms = {
        VialStanding.FILLED: [at.form(store_vial, fixed=fixed, opened=True)],
        VialStanding.STORED: [
            at.form(thaw_into_culture, fixed=fixed, then="/culture/flasks/{made}")
        ],
        VialStanding.LOST: [at.form(found_again, fixed=fixed, opened=True)],
    }.get(found.standing, [])
    gone = found.standing in {VialStanding.THAWED, VialStanding.DESTROYED}
    return Page(
        say("vial"),
        number=found.number,
        standing=found.standing,
        notice=held_reasons(at.session, found.number),
        facts=(
            (say("lot"), found.lot),
            (say("where"), queries.path_of(at.session, found.box)),
            (say("box"), found.box),
            (say("position"), found.position),
            (say("taken-for"), found.taken_for),
            (say("thawed"), found.thawed_at),
            (say("out-since"), found.out_at),
            (say("out-so-far"), found.warmed.rounded(1) if found.warmed else None),
        ),
        forms=forms
        if gone
        else [
            *forms,
            label_form(at, found.number),
            at.form(scan_in if found.out_at else scan_out, suggested={"vials": (found.number,)}),
            at.form(take_vial, fixed=fixed),
            at.form(destroy_vials, suggested={"vials": (found.number,)}, danger=True),
        ],
        links=[(say("genealogy"), f"/release/trace/{found.number}")],
    )


@pages.read("/freezer", queries.places, may=LAB, menu=say("freezer"), is_list=True)
def freezer(at: RequestContext, found: list[PlaceFacts]) -> Page:
    """Tanks, racks and boxes."""
    where = queries.paths(at.session, [p.number for p in found])
    rows = [(p.number, p.level, where[p.number]) for p in found]
    forms = [
        at.form(store_vials, opened=True),
        at.form(store_vial),
        at.form(scan_out),
        at.form(scan_in),
        at.form(move_place),
        at.form(add_place, then="/bank/freezer/{made}"),
        at.form(destroy_vials, danger=True),
    ]
    return Page(
        say("freezer"),
        tables=[Table("", say_each("place", "level", "where"), rows)],
        forms=forms,
    )


SIGNS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *(f"Z{n}" for n in range(1, 300)))  # of the lots in a box


@pages.read("/freezer/<number>", queries.place, may=LAB, opens=Kind.PLACE)
def place(at: RequestContext, found: PlaceFacts) -> Page:
    """One place; a box shows its map."""
    held = {vial.position: vial for vial in found.vials}
    cells = rules.positions(found.rows, found.columns)
    grid = [
        [(where, held.get(where)) for where in cells[start : start + found.columns]]
        for start in range(0, len(cells), found.columns or 1)
    ]
    box = found.level is PlaceLevel.BOX
    signs = dict(zip(sorted({vial.lot for vial in found.vials}), SIGNS, strict=False))
    counts = Counter(vial.lot for vial in found.vials)
    free = [(say("free-places"), len(cells) - len(held))] if box else []
    return Page(
        found.name,
        number=found.number,
        facts=(
            (say("level"), named(found.level)),
            (say("where"), queries.path_of(at.session, found.number)),
            (say("vials"), len(found.vials)),
            *free,
        ),
        tables=[_counts(at, found.number) if box else _inside(at, found.number)],
        forms=[
            *(
                [
                    at.form(store_vials, fixed={"box": found.number}, opened=True),
                    at.form(store_vial, fixed={"box": found.number}),
                    at.form(count_box, fixed={"box": found.number}),
                ]
                if box
                else []
            ),
            at.form(move_place, fixed={"place": found.number}) if found.within else None,
            label_form(at, found.number),
        ],
        links=[(say("genealogy"), f"/release/trace/{found.number}")],
        template="bank/place.html",
        more={"grid": grid, "signs": signs, "counts": counts},
    )


def _inside(at: RequestContext, place: str) -> Table:
    """The racks of a tank, or the boxes of a rack."""
    rows = [(p.number, p.level, p.name) for p in queries.places_in(at.session, place)]
    return Table(say("what-is-in-it"), say_each("place", "level", "name"), rows)


def _counts(at: RequestContext, box: str) -> Table:
    """What was found at the counts of a box; nothing of one that a second person has to confirm."""
    rows = [(c.at, c.by, c.second_by, c.standing, *_found(c)) for c in box_counts(at.session, box)]
    columns = say_each("when", "who", "second-person.who", "standing", "not-found", "not-expected")
    return Table(say("counts-of-the-box"), columns, rows, say("never-counted"))


def _found(count: BoxCountFacts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if count.standing is BoxCountStanding.TO_CONFIRM:  # the second person counts blind
        return (), ()
    return tuple(count.missing.split()), tuple(count.extra.split())


@pages.todo(Permission.BANK_CELLS)
def to_count(at: RequestContext) -> Sequence[Todo]:
    """Boxes whose count differed wait for a second person."""
    return [
        Todo(say("count-box"), one.box, say("a-second-person-counts-the-box"))
        for one in boxes_to_confirm(at.session)
        if one.by != at.actor.login
    ] + [
        Todo(say("count-box"), box, say("a-vial-was-not-found-in-it"))
        for box in queries.to_recount(at.session)
    ]


@pages.todo(Permission.BANK_CELLS)
def to_bring_back(at: RequestContext) -> Sequence[Todo]:
    """Vials that are out of the cold: thawed or back in before their time is over."""
    most = timedelta(minutes=int(most_out(at).value))
    return [
        Todo(say("vial-is-out"), vial.number, vial.lot, vial.out_at + most)
        for vial in queries.vials_out(at.session)
        if vial.out_at
    ]


@pages.todo(Permission.BANK_CELLS)
def to_store(at: RequestContext) -> Sequence[Todo]:
    """Filled vials wait for their position; those of a lot that is lost, for their end."""
    todos = []
    for lot, is_lost, filled, stored in queries.vials_there(at.session):
        if is_lost:
            told = say("vials-of-a-lost-lot", count=filled + stored)
            todos.append(Todo(say("destroy-vials"), lot, told, href=f"/release/lots/{lot}/vials"))
        elif filled:
            told = say("filled-vials-are-not-stored", count=filled)
            todos.append(Todo(say("store-vials"), lot, told))
    return todos


@pages.todo(Permission.BANK_CELLS, sets_up=True)
def to_set_up(at: RequestContext) -> Sequence[Todo]:
    """Without a place no vial can be stored."""
    if queries.has_places(at.session):
        return []
    told = say("no-vial-can-be-stored")
    return [Todo(say("add-first-place"), "", told, href="/bank/freezer", act=add_place)]
