"""A leak planted in each channel of domain.md §4.3 is caught: the comparison can fail."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import Connection, select, text

from lims.bags import actions as bags
from lims.bedside import facts
from lims.bedside import queries as bedside
from lims.bedside.rules import BagAtBedside
from lims.blinding.rules import Arm
from lims.demonstration.treating import Baby
from lims.exports import queries as exports
from lims.filling import actions as filling
from lims.filling import finishing, reactions
from lims.filling.models import Fill
from lims.identifiers.numbers import Kind
from lims.release.actions import JudgeLot, recall_lot
from lims.trust.context import Work
from tests.wall.comparing import differences, heard_otherwise, logged_otherwise
from tests.wall.scenes import on_the_way, received, said_of, verified, weighed
from tests.wall.survey import Survey, numbers_of
from tests.wall.twins import Twin, TwinOf, copy_of_twin

SEEN_BY_NURSE = Survey(("nora", "mona"), frozenset({Kind.BAG, Kind.ORDER, Kind.PARTICIPANT}))
Pair = tuple[Twin, Twin]


@pytest.fixture
def copies(
    told_on_the_way: tuple[Pair, list[Baby]], tmp_path: Path
) -> Iterator[tuple[Pair, list[Baby]]]:
    """Both worlds with the bags on their way, to be spoilt."""
    twins, babies = told_on_the_way
    pair = tuple(copy_of_twin(twin, tmp_path / str(n)) for n, twin in enumerate(twins))
    for copy in pair:  # who looked around in one of them before has left nothing that differs
        copy.asked = 1000
        copy.at(max(twin.now for twin in twins))
    yield pair, babies  # type: ignore[misc]
    for twin in pair:
        twin.world.site.engine.dispose()


def caught(pair: Pair) -> str:
    """What the comparison of pages, steps and log lines says."""
    numbers = numbers_of(pair[0]) | numbers_of(pair[1])
    seen = []
    for twin in pair:
        with twin.listening():
            seen.append(SEEN_BY_NURSE.look(twin, numbers, "a look"))
    return "\n".join([*differences(*seen), *heard_otherwise(pair), *logged_otherwise(pair)])


def arm_of(session: object, bag: str) -> Arm:
    row = session.get(Fill, bag)  # type: ignore[attr-defined]
    assert row is not None
    return Arm(row.content)


def holds_cells(twin: Twin, bag: str) -> bool:
    with twin.world.site.reading() as session:
        return arm_of(session, bag) is Arm.CELLS


def change(twin: Twin, statement: str, **values: object) -> None:
    with twin.world.site.engine.begin() as connection:
        connection.execute(text(statement), values)


def after(app: Flask, spoil: Callable[[Response], Response]) -> None:
    """Something that spoils every answer on its way out."""
    app.after_request_funcs.setdefault(None, []).insert(0, spoil)


def test_nothing_is_caught_where_nothing_is_planted(copies: tuple[Pair, list[Baby]]) -> None:
    assert caught(copies[0]) == ""


def test_a_bag_number_that_depends_on_the_arm_is_caught(
    twin_of: TwinOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = filling.open_number

    def leaking(work: Work, treatment: str, purpose: str) -> Arm:
        arm = honest(work, treatment, purpose)
        if arm is Arm.VEHICLE:
            work.new_number(Kind.BAG)  # one more draw of the same chance
        return arm

    monkeypatch.setattr(filling, "open_number", leaking)
    pair = twin_of(cells="A"), twin_of(cells="B")
    for twin in pair:
        on_the_way(twin)

    assert "status 200 or 404" in caught(pair)


def test_an_expiry_that_depends_on_the_arm_is_caught(copies: tuple[Pair, list[Baby]]) -> None:
    pair, babies = copies
    for twin in pair:
        for baby in babies:
            hours = 2 if holds_cells(twin, baby.bag) else 3
            later = f"2026-02-20 0{hours}:00:00.000000"
            change(twin, "UPDATE bag SET expires_at = :at WHERE number = :n", at=later, n=baby.bag)

    assert "/bedside/bags" in caught(pair)


def test_a_volume_that_depends_on_the_arm_is_caught(copies: tuple[Pair, list[Baby]]) -> None:
    pair, babies = copies
    for twin in pair:
        for baby in babies:
            volume = "99.5" if holds_cells(twin, baby.bag) else "100"
            statement = "UPDATE bag SET volume = :volume WHERE number = :n"
            change(twin, statement, volume=volume, n=baby.bag)

    assert f"/api/bedside/bags/{babies[0].bag}" in caught(pair)


def test_a_time_of_the_laboratory_on_a_page_of_the_ward_is_caught(
    copies: tuple[Pair, list[Baby]], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = bedside.ward_bag_facts

    def leaking(row: object, order: object, says: str = "") -> object:
        found = honest(row, order, says)  # type: ignore[arg-type]
        drawn = _drawn_at(row)
        return type(found)(**{**vars(found), "slot_at": drawn})

    monkeypatch.setattr(bedside, "ward_bag_facts", leaking)

    assert "/bedside/bags" in caught(copies[0])


def _drawn_at(row: object) -> object:
    fill = row._sa_instance_state.session.get(Fill, row.number)  # type: ignore[attr-defined]
    return fill.drawn_at


def test_an_order_of_rows_that_depends_on_the_arm_is_caught(
    copies: tuple[Pair, list[Baby]], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = bedside.one_page

    def cells_first(session: Any, found: Any, keys: Any, *place: Any, **how: Any) -> Any:
        by_content = found.join(Fill, Fill.bag == bedside.Bag.number)
        return honest(session, by_content, (Fill.content, *keys), *place, **how)

    monkeypatch.setattr(bedside, "one_page", cells_first)

    assert "nora GET /bedside/bags:" in caught(copies[0])


def test_words_of_a_refusal_that_depend_on_the_arm_are_caught(
    copies: tuple[Pair, list[Baby]],
) -> None:
    pair, babies = copies
    _recalled(pair)
    for twin in pair:

        def name_the_lot(response: Response, twin: Twin = twin) -> Response:
            if request.method == "POST" and holds_cells(twin, babies[0].bag):
                response.set_data(response.get_data().replace(b"Code H", b"Code C"))
            return response

        after(twin.app, name_the_lot)
        twin.api("nora", "bedside/receive-bag", scan=babies[0].bag, temperature="5", intact=True)

    assert "nora POST /api/bedside/receive-bag: lengths" in caught(pair)


def test_a_status_that_depends_on_the_arm_is_caught(copies: tuple[Pair, list[Baby]]) -> None:
    pair, babies = copies
    for twin in pair:

        def hide(response: Response, twin: Twin = twin) -> Response:
            if request.path.endswith(babies[0].bag) and holds_cells(twin, babies[0].bag):
                response.status_code = 403
            return response

        after(twin.app, hide)

    assert "status 403 or 200" in caught(pair)


def test_a_header_that_depends_on_the_arm_is_caught(copies: tuple[Pair, list[Baby]]) -> None:
    pair, babies = copies
    for twin in pair:

        def stamp(response: Response, twin: Twin = twin) -> Response:
            response.headers["ETag"] = str(holds_cells(twin, babies[0].bag))
            return response

        after(twin.app, stamp)

    assert "headers {('ETag'" in caught(pair)


def test_a_length_that_depends_on_the_arm_is_caught(copies: tuple[Pair, list[Baby]]) -> None:
    pair, babies = copies
    for twin in pair:

        def pad(response: Response, twin: Twin = twin) -> Response:
            if response.mimetype == "text/html" and holds_cells(twin, babies[0].bag):
                response.set_data(response.get_data() + b" ")
            return response

        after(twin.app, pad)

    assert "Content-Length" in caught(pair)


def test_a_column_of_an_export_that_depends_on_the_arm_is_caught(
    copies: tuple[Pair, list[Baby]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, babies = copies
    query, columns = exports.TABLES["participants"]
    held = {id(twin.world.site.engine): holds_cells(twin, babies[0].bag) for twin in pair}

    def leaking(session: object) -> list[object]:
        cells = held[id(session.get_bind().engine)]  # type: ignore[attr-defined]
        return [row for row in query(session) if cells] or list(query(session))[:1]  # type: ignore[arg-type]

    monkeypatch.setitem(exports.TABLES, "participants", (leaking, columns))

    assert "mona GET /exports/participants.csv" in caught(pair)


def test_a_field_of_a_label_that_depends_on_the_arm_is_caught(
    twin_of: TwinOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = finishing.issue

    def leaking(work: Work, number: str, master: str, fields: dict[str, str], *more: str) -> object:
        arm = arm_of(work.session, number)
        name = f"{fields['blinded_name']}{'.' if arm is Arm.CELLS else ''}"
        return honest(work, number, master, {**fields, "blinded_name": name}, *more)

    monkeypatch.setattr(finishing, "issue", leaking)
    pair = twin_of(cells="A"), twin_of(cells="B")
    babies = [on_the_way(twin) for twin in pair]
    left, right = (
        twin.get("tang", f"/labelling/labels/{told[0].bag}.png?dpi=203")
        for twin, told in zip(pair, babies, strict=True)
    )

    assert left.status == right.status == 200
    assert left != right
    assert caught(pair) == ""  # the ward's pages do not show it: the label's own test must


def test_a_log_line_that_depends_on_the_arm_is_caught(
    copies: tuple[Pair, list[Baby]], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = bedside.ward_bag_facts

    def leaking(row: object, order: object, says: str = "") -> object:
        session = row._sa_instance_state.session  # type: ignore[attr-defined]
        logging.getLogger("lims").debug("bag of %s", arm_of(session, row.number))  # type: ignore[attr-defined]
        return honest(row, order, says)  # type: ignore[arg-type]

    monkeypatch.setattr(bedside, "ward_bag_facts", leaking)

    assert "logged: lims DEBUG bag of" in caught(copies[0])


def test_a_recall_of_the_cell_bags_alone_is_caught(
    copies: tuple[Pair, list[Baby]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(work: Work, number: str) -> None:
        if arm_of(work.session, number) is Arm.CELLS:
            bags.withdraw_bag(work, number)

    monkeypatch.setattr(reactions, "withdraw_bag", leaking)
    _recalled(copies[0])

    assert "nora GET /bedside/bags:" in caught(copies[0])


def test_an_interval_that_depends_on_the_cells_drawn_is_caught(
    copies: tuple[Pair, list[Baby]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the cells have used up of the limit, taken off at the bedside: sensible, and a leak."""
    pair, babies = copies
    honest = facts.bag_at_bedside

    def leaking(connection: Connection, number: str, copy: int | None) -> BagAtBedside | None:
        found = honest(connection, number, copy)
        drawn = connection.scalar(select(Fill.deviation).where(Fill.bag == number))
        if found is None or found.dose is None or drawn is None:
            return found
        left = found.dose.reweigh_pct - abs(drawn.value)
        return replace(found, dose=replace(found.dose, reweigh_pct=left))

    for twin in pair:
        received(twin, babies[0].bag)
        weighed(twin, 0, weight="80.5")  # ordered for at 72.5 kg: a dose 9.94 % too small
    assert [said_of(twin, 0, babies[0].bag) for twin in pair] == ["GO", "GO"]
    assert heard_otherwise(pair) == []
    monkeypatch.setattr(facts, "bag_at_bedside", leaking)

    assert [bool(verified(twin, 0, babies[0].bag)) for twin in pair] == [False, True]
    assert "nora POST /api/bedside/verify-bag: headers {('Content-Length'" in caught(pair)


def _recalled(pair: Pair) -> None:
    for twin in pair:
        why = JudgeLot(twin.world.lots["product"], "count in doubt")
        twin.story.do("quinn", recall_lot, why)
