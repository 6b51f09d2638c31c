"""Pages of equipment: what it is, until when it may be used, what was done for it and with it."""

from collections.abc import Sequence
from datetime import date, timedelta

from lims.core.texts import named, say, say_each
from lims.identifiers.numbers import Kind
from lims.labelling.views import label_form
from lims.supplies import equipment_rules, queries
from lims.supplies.care import log_care, plan_care
from lims.supplies.clearance import clear_line
from lims.supplies.counters import verify_counter
from lims.supplies.equipment import amend_equipment, register_equipment, set_equipment
from lims.supplies.equipment_rules import EquipmentFacts, EquipmentKind, EquipmentStanding
from lims.supplies.queries import EquipmentHistory
from lims.supplies.storing import keep_materials, kept_in
from lims.supplies.views import LAB, pages
from lims.trust.identity.roles import Permission
from lims.web.context import RequestContext
from lims.web.pages import Page
from lims.web.tables import Table, Todo

SOON = timedelta(days=30)
AT_ONCE = timedelta(days=1)  # what is done every day is due on its own day
PLAN = ("kind", "clean_every_days", "maintain_every_days")


@pages.read("/equipment", queries.equipment_list, may=LAB, menu=say("equipment"), is_list=True)
def equipment_list(at: RequestContext, found: list[EquipmentFacts]) -> Page:
    """All instruments, each with the first of its days that ends."""
    rows = [(e.number, e.standing, e.kind, e.name, equipment_rules.usable_until(e)) for e in found]
    columns = say_each("number", "standing", "what-it-is", "name", "usable-until")
    forms = [at.form(register_equipment, then="/supplies/equipment/{made}")]
    return Page(say("equipment"), tables=[Table("", columns, rows)], forms=forms)


@pages.read("/equipment/<number>", queries.equipment_history, may=LAB, opens=Kind.EQUIPMENT)
def equipment(at: RequestContext, found: EquipmentHistory) -> Page:
    """One instrument."""
    one, fixed = found.equipment, {"number": found.equipment.number}
    cabinet = one.kind is EquipmentKind.CABINET
    cleared = found.cleared
    cold = one.kind in {EquipmentKind.FRIDGE, EquipmentKind.FREEZER}
    return Page(
        one.name,
        number=one.number,
        standing=one.standing,
        notice=equipment_rules.equipment_reasons(one, at.today),
        facts=(
            (say("what-it-is"), named(one.kind)),
            (say("calibrated-until"), one.calibrated_until),
            (say("qualified.until"), one.qualified_until),
            (say("cleaned-until"), one.cleaned_until),
            (say("maintained-until"), one.maintained_until),
            *(((say("cleared-for"), cleared.line if cleared else ""),) if cabinet else ()),
            (say("serial-number"), one.serial),
            (say("zone-of-its-clock"), one.clock or say("the-sites")),
            (say("dilution-is"), named(one.dilution)),
            (say("known-sample"), one.dilution_shown),
        ),
        tables=_history(at, found),
        forms=[
            label_form(at, one.number),
            at.form(keep_materials, fixed={"equipment": one.number}) if cold else None,
            at.form(clear_line, fixed={"cabinet": one.number}) if cabinet else None,
            at.form(log_care, fixed=fixed),
            at.form(
                set_equipment,
                fixed=fixed,
                suggested={
                    "calibrated_until": one.calibrated_until,
                    "in_service": one.standing is EquipmentStanding.IN_SERVICE,
                    "qualified_until": one.qualified_until,
                    "found_right": True,
                },
            ),
            at.form(plan_care, fixed=fixed, suggested={name: getattr(one, name) for name in PLAN}),
            at.form(verify_counter, fixed=fixed),
            at.form(
                amend_equipment,
                fixed=fixed,
                suggested={"name": one.name, "serial": one.serial, "clock": one.clock},
            ),
        ],
        links=[(say("genealogy"), f"/release/trace/{one.number}")],
    )


def _history(at: RequestContext, found: EquipmentHistory) -> list[Table]:
    """What is in it, what was done for it, what it was used for."""
    care = [(named(c.kind), c.passed, c.what, c.until, c.by, c.at) for c in found.care]
    of_care = say_each(
        "what-was-done", "as-it-should-be", "what-was-done-or-found", "holds-until", "who", "when"
    )
    uses = [(use.of, use.by, use.at) for use in found.uses]
    inside = [(number,) for number in kept_in(at.session, found.equipment.number)]
    return [
        *([Table(say("what-is-in-it"), say_each("number"), inside)] if inside else []),
        Table(say("care"), of_care, care),
        Table(say("latest-uses"), say_each("of-what", "who", "when"), uses),
    ]


@pages.todo(Permission.MANAGE_SUPPLIES)
def to_care_for(at: RequestContext) -> Sequence[Todo]:
    """Instruments of which a term ends soon."""
    return [
        todo
        for one in queries.equipment_list(at.session)
        if one.standing is EquipmentStanding.IN_SERVICE
        for todo in _terms(one, at.today)
    ]


def _terms(one: EquipmentFacts, today: date) -> list[Todo]:
    ends = {"name": one.name}
    found = []
    if one.calibrated_until < today + SOON:
        until = one.calibrated_until
        told = say("name-calibration-ends-calibrated-until", **ends, calibrated_until=until)
        found.append(Todo(say("calibrate"), one.number, told))
    if one.qualified_until and one.qualified_until < today + SOON:
        told = say("name-holds-until", **ends, until=one.qualified_until)
        found.append(Todo(say("qualify"), one.number, told))
    if one.maintained_until and one.maintained_until < today + SOON:
        told = say("name-holds-until", **ends, until=one.maintained_until)
        found.append(Todo(say("maintain"), one.number, told, act=log_care))
    if one.cleaned_until and one.cleaned_until < today + AT_ONCE:
        told = say("name-holds-until", **ends, until=one.cleaned_until)
        found.append(Todo(say("clean"), one.number, told, act=log_care))
    return found
