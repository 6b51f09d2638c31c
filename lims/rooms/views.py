"""Pages of rooms and of what was found in them."""

from collections.abc import Sequence

from lims.core.texts import named, say, say_each
from lims.rooms import queries, rules
from lims.rooms.placing import add_room, place_equipment
from lims.rooms.plates import amend_plate, expose_plate, read_plate
from lims.rooms.queries import PlateFacts, RoomFacts
from lims.rooms.rules import PlateStanding
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page, Pages
from lims.web.tables import Link, Table, Todo

pages = Pages("rooms", say("menu.stores"))
LAB = Permission.READ_LAB
TO_PLATE = "/rooms/plates/{made}"


@pages.read("/", queries.rooms, may=LAB, menu=say("rooms"), is_list=True)
def rooms(at: RequestContext, found: list[RoomFacts]) -> Page:
    """Every room, its grade and what stands in it."""
    rows: list[tuple[str, ...]] = [
        (room.name, named(room.grade), stands.equipment, stands.name, named(stands.grade))
        for room in found
        for stands in room.stands
    ]
    rows += [(room.name, named(room.grade), "", "", "") for room in found if not room.stands]
    columns = say_each("room", "grade", "equipment", "name", "grade-inside")
    chosen = {"room": _choices(found)}
    forms = [
        at.form(expose_plate, choices=chosen, then=TO_PLATE) if found else None,
        at.form(place_equipment, choices=chosen) if found else None,
        at.form(add_room),
    ]
    links = [(say("plates-and-particles"), "/rooms/plates")]
    return Page(say("rooms"), tables=[Table("", columns, rows)], forms=forms, links=links)


def _choices(found: Sequence[RoomFacts]) -> list[tuple[str, str]]:
    return [(str(room.id), room.name) for room in found]


@pages.read("/plates", queries.plates, may=LAB, menu=say("plates-and-particles"), is_list=True)
def plates(at: RequestContext, found: list[PlateFacts]) -> Page:
    """Every plate and particle count."""
    rows = [
        (
            Link(named(p.kind), f"/rooms/plates/{p.id}"), p.standing, p.room_name, p.cabinet, p.spot,
            p.since, p.until, p.count, rules.action_limit(p.kind, p.grade), _judged(p),
        )
        for p in found
    ]  # fmt: skip
    columns = say_each(
        "how-it-is-watched", "standing", "room", "cabinet", "spot", "since", "until", "how-many-counted",
        "action-limit.label", "note",
    )  # fmt: skip
    chosen = {"room": _choices(queries.rooms(at.session))}
    forms = [at.form(expose_plate, choices=chosen, then=TO_PLATE)]
    return Page(say("plates-and-particles"), tables=[Table("", columns, rows)], forms=forms)


def _judged(found: PlateFacts) -> str:
    if found.count is None:
        return ""
    over = rules.is_over(found.kind, found.grade, found.count)
    return say("beyond-the-action-limit") if over else say("within-its-limit")


@pages.read("/plates/<plate>", queries.plate, may=LAB)
def plate(at: RequestContext, found: PlateFacts) -> Page:
    """One plate, and what was worked on where it lay."""
    waits = found.standing is PlateStanding.EXPOSED
    fixed = {"plate": int(found.id)}
    known = {"count": found.count, "organism": found.organism}
    return Page(
        named(found.kind),
        standing=found.standing,
        facts=(
            (say("room"), found.room_name),
            (say("cabinet"), found.cabinet),
            (say("grade"), named(found.grade)),
            (say("spot"), found.spot),
            (say("since"), found.since),
            (say("until"), found.until),
            (say("by"), found.by),
            (say("how-many-counted"), found.count),
            (say("action-limit.label"), rules.action_limit(found.kind, found.grade)),
            (say("note"), _judged(found)),
            (say("organism"), found.organism),
            (say("read-by"), found.read_by),
            (say("when"), found.read_at),
        ),
        tables=[
            Table(say("worked-on-there-then"), say_each("number"), [(n,) for n in found.covers])
        ],
        forms=[
            at.form(read_plate, fixed=fixed)
            if waits
            else at.form(amend_plate, fixed=fixed, suggested=known)
        ],
    )


@pages.todo(Permission.ENTER_RESULT)
def to_read(at: RequestContext) -> Sequence[Todo]:
    """Plates that wait to be read, by the day on which they are incubated."""
    return [
        Todo(
            say("read-the-plate"),
            "",
            say("room-and-kind", room=p.room_name, kind=named(p.kind)),
            rules.due(p.kind, p.until),
            f"/rooms/plates/{p.id}",
            read_plate,
        )
        for p in queries.exposed(at.session)
    ]
