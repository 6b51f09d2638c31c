"""What lies on the other side of the wall is as unknown as what never was."""

import json
from collections.abc import Iterator

import pytest

from lims.core.chance import SeededChance
from lims.demonstration import treating
from lims.demonstration.treating import Baby
from lims.identifiers.numbers import Kind, is_number, kind_of, random_number
from tests.wall.scenes import LEAD, SCANNED, made, morning, ordered, sent, staged, weighed
from tests.wall.survey import may_open, numbers_of, rules_of
from tests.wall.twins import Twin, TwinOf

WARD = ("nora", "ines", "asa", "mona")
OF_THE_LAB = (
    Kind.CORD, Kind.DONOR, Kind.EQUIPMENT, Kind.FLASK, Kind.LOT, Kind.MATERIAL, Kind.PLACE,
    Kind.SAMPLE, Kind.SESSION, Kind.VIAL,
)  # fmt: skip


def never_was(kind: Kind) -> str:
    return random_number(kind, SeededChance(f"no {kind} has this number"))


def asked_with(twin: Twin, login: str, number: str) -> Iterator[tuple[str, str]]:
    """Every route of a role's own that takes a number, and what it answers to this one."""
    urls = twin.app.url_map.bind("localhost")
    for rule in rules_of(twin):
        if may_open(twin, rule, login) and tuple(rule.arguments) == ("number",):
            path = urls.build(rule.endpoint, {"number": number})
            answer = twin.get_afresh(login, path)
            yield rule.rule, f"{answer.status} {answer.headers} {answer.text}"
    for page in (f"/scan?code={number}", "/protocol/"):  # where the scan's answer is told
        answer = twin.get(login, page)
        yield page.partition("=")[0], f"{answer.status} {answer.text}"


@pytest.mark.parametrize("login", WARD)
def test_a_number_of_the_laboratory_is_nobodys_number_on_the_ward(
    login: str, on_its_way: tuple[tuple[Twin, Twin], list[Baby]]
) -> None:
    twin = on_its_way[0][0]
    numbers = [n for n in numbers_of(twin) if is_number(n)]
    for kind in OF_THE_LAB:
        real = max(n for n in numbers if kind_of(n) is kind)
        known = dict(asked_with(twin, login, real))
        unknown = dict(asked_with(twin, login, never_was(kind)))

        assert len(known) > 7
        assert {k: v.replace(real, never_was(kind)) for k, v in known.items()} == unknown


@pytest.fixture
def still_in_the_laboratory(twin_of: TwinOf) -> tuple[Twin, str]:
    """A bag that is labelled and released and has not left: somebody has read its label."""
    twin = twin_of()
    slot = morning(twin) + 2 * LEAD
    weighed(twin, 0)
    order = ordered(twin, 0, slot)
    twin.at(slot - LEAD)
    (baby,) = made(twin, staged(twin), [order])
    return twin, baby.bag


STEPS: list[tuple[str, dict[str, str]]] = [
    ("bedside/receive-bag", {"scan": "{bag}", "temperature": "5", "intact": "yes"}),
    ("bedside/verify-bag", {"wristband": "{who}", "bag": "{bag}", **SCANNED}),
    ("bedside/account-for-bag", {"bag": "{bag}", "became": "returned", "reason": "asked for"}),
]


@pytest.mark.parametrize(("step", "given"), STEPS)
def test_no_step_of_the_ward_knows_a_bag_before_it_comes(
    step: str, given: dict[str, str], still_in_the_laboratory: tuple[Twin, str]
) -> None:
    twin, bag = still_in_the_laboratory
    strange, who = never_was(Kind.BAG), twin.world.participants[0]
    answers = []
    for number in (bag, strange):
        filled = {n: t.replace("{bag}", number).replace("{who}", who) for n, t in given.items()}
        asked = {**filled, "intact": True} if "intact" in given else filled
        asked = {name: text for name, text in asked.items() if not name.startswith("_")}
        twin.leave("nora")
        over_the_api = twin.api("nora", step, "niu", **asked)
        on_the_page = twin.form("nora", step, "niu", **filled)
        for answer in (over_the_api, on_the_page):
            assert answer.status in {200, 303, 404}
            answers.append((answer.status, answer.text.replace(number, strange)))

    told = [_without_form_keys(text) for _, text in answers]
    assert [status for status, _ in answers[:2]] == [status for status, _ in answers[2:]]
    assert told[:2] == told[2:]


def _without_form_keys(page: str) -> list[str]:
    """The page without the keys against double sending, which are drawn anew for each form."""
    words = page.split('name="_key" value="')
    key = words[1][:32] if len(words) > 1 else ""
    return page.replace(key, "").split() if key else page.split()


@pytest.mark.parametrize("login", WARD)
def test_no_page_of_the_ward_knows_a_bag_before_it_comes(
    login: str, still_in_the_laboratory: tuple[Twin, str]
) -> None:
    twin, bag = still_in_the_laboratory
    strange = never_was(Kind.BAG)
    known = dict(asked_with(twin, login, bag))
    unknown = dict(asked_with(twin, login, strange))

    assert {path: text.replace(bag, strange) for path, text in known.items()} == unknown


def test_the_work_list_is_silent_until_the_bag_is_handed_over(
    still_in_the_laboratory: tuple[Twin, str],
) -> None:
    twin, bag = still_in_the_laboratory
    with twin.world.site.reading() as session:
        order = treating.find_order(session, _order_of(twin, bag))
    assert bag not in twin.get("nora", "/").text

    sent(twin, order.slot_at, [Baby(bag, order.number)])

    assert bag in twin.get("nora", "/").text


def _order_of(twin: Twin, bag: str) -> str:
    answer = json.loads(twin.get("tang", f"/api/filling/bags/{bag}").text)
    return str(answer["order"])
