"""The API by its own description: schemathesis invents requests, each role sends them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from lims.core.db import Base
from lims.demonstration.cast import CAST, PASSWORD
from lims.identifiers.numbers import is_number
from lims.trust.identity.roles import PERMISSIONS, Permission
from tests.hostile.watching import Watch, bearer, watching
from tests.support.worlds import World, copies_of

pytestmark = pytest.mark.xdist_group("hostile")  # the busy world is told once
CONFORMS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
COLLEAGUES = {"tang": "tian", "ana": "aiko", "quinn": "qiu", "nora": "niu", "ines": "nora"}
LOGINS = ["tang", "ana", "quinn", "nora", "ines", "stan", "ada"]
EXAMPLES = 4
LOOKS_LIKE_ONE = re.compile(r"LM[A-Z][0-9A-Z]{9}")


def settled(examples: int) -> settings:
    """The same examples each time, none kept on disk."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def house(told_busy: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with copies_of(told_busy, tmp_path_factory.mktemp("api")) as copy:
        yield copy()


@pytest.fixture(scope="module")
def numbers(house: World) -> dict[str, Any]:
    """For each kind of number those that exist, in a ring."""
    found: dict[str, list[str]] = {}
    with house.site.reading() as session:
        for table in Base.metadata.sorted_tables:
            if "number" in table.columns and table.name != "seal":
                for number in session.scalars(select(table.c.number)):
                    if isinstance(number, str) and is_number(number):
                        found.setdefault(number[2], []).append(number)
    return {kind: cycle(sorted(all_of_it)) for kind, all_of_it in found.items()}


@pytest.fixture(scope="module")
def watch(house: World) -> Iterator[Watch]:
    with watching(house) as found:
        yield found


def document(house: World, login: str) -> dict[str, Any]:
    answer = house.app().test_client().get("/reference/openapi.json", headers=bearer(house, login))
    assert answer.status_code == 200
    return answer.get_json()  # type: ignore[no-any-return]


def made_real(value: Any, numbers: dict[str, Any]) -> Any:
    """Invented numbers replaced by some that exist; else nothing comes past the first rule."""
    if isinstance(value, dict):
        return {name: made_real(part, numbers) for name, part in value.items()}
    if isinstance(value, list):
        return [made_real(part, numbers) for part in value]
    if isinstance(value, str) and LOOKS_LIKE_ONE.fullmatch(value) and value[2] in numbers:
        return next(numbers[value[2]])
    return value


def signed(body: Any, login: str) -> Any:
    """The body with passwords that are right."""
    if not isinstance(body, dict):
        return body
    right = {
        "sign_login": login,
        "sign_password": PASSWORD,
        "witness_login": COLLEAGUES.get(login, "nora"),
        "witness_password": PASSWORD,
    }
    return body | {name: value for name, value in right.items() if name in body}


@pytest.mark.parametrize("login", LOGINS)
def test_the_document_is_valid_and_describes_what_it_serves(login: str, house: World) -> None:
    found = document(house, login)
    validate(found)
    assert found["openapi"].startswith("3.1")
    for path, operations in found["paths"].items():
        for operation in operations.values():
            assert operation["summary"].endswith((".", "?")), path
            assert Permission(operation["x-permission"])
            assert {"200", "401", "403", "404", "409", "422"} <= set(operation["responses"])


@dataclass
class Sender:
    """Sends invented requests and looks at what they leave behind."""

    house: World
    watch: Watch
    numbers: dict[str, Any]
    subtests: pytest.Subtests


@pytest.fixture
def sender(
    house: World, watch: Watch, numbers: dict[str, Any], subtests: pytest.Subtests
) -> Sender:
    return Sender(house, watch, numbers, subtests)


def sent_by(sender: Sender, login: str, mode: GenerationMode) -> dict[int, int]:
    """Send invented requests as this person; how often each status was answered."""
    house, watch, numbers = sender.house, sender.watch, sender.numbers
    app, header = house.app(), bearer(house, login)
    schema = schemathesis.openapi.from_dict(document(house, login))
    schema.app = app
    mine = {may.value for may in PERMISSIONS[CAST[login][1]]}
    met: dict[int, int] = {}
    examples = EXAMPLES if mode is GenerationMode.POSITIVE else EXAMPLES // 2

    def send(case: Case, *, real: bool, sign: bool) -> None:
        if real:
            case.body = made_real(case.body, numbers)
            case.path_parameters = made_real(case.path_parameters, numbers)
        case.body = signed(case.body, login) if sign else case.body
        watch.changed()
        answer = case.call(headers=header)
        case.validate_response(answer, checks=CONFORMS)
        met[answer.status_code] = met.get(answer.status_code, 0) + 1
        if answer.status_code != 200 or case.method == "GET":
            assert not watch.changed(), (case.path, answer.status_code, case.body)

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in {"/api/accounts/change-password", "/api/accounts/deactivate-person"}:
            continue  # would lock the others of this test out; the form fuzzer does them
        its_own = operation.definition.raw["x-permission"] in mine
        wanted = given(
            case=operation.as_strategy(generation_mode=mode), real=st.booleans(), sign=st.just(True)
        )
        with sender.subtests.test(operation.label):
            settled(examples if its_own else 2)(wanted(send))()
    return met


@pytest.mark.parametrize("login", LOGINS)
def test_every_request_that_fits_the_document_gets_an_answer_that_fits_it(
    login: str, sender: Sender
) -> None:
    met = sent_by(sender, login, GenerationMode.POSITIVE)
    assert met[200] > 0
    assert set(met) <= {200, 403, 404, 409, 422}


@pytest.mark.parametrize("login", ["tang", "nora", "ines"])
def test_every_request_that_does_not_fit_the_document_is_refused_in_its_words(
    login: str, sender: Sender
) -> None:
    met = sent_by(sender, login, GenerationMode.NEGATIVE)
    assert met.get(422, 0) > 20


def test_nobody_gets_a_401_for_everything_that_is_described(house: World, watch: Watch) -> None:
    app = house.app()
    for login in ("tang", "nora", "stan", "ada"):
        described = document(house, login)
        watch.changed()
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                place = re.sub(r"{\w+}", "LMB000000000", path)
                answer = app.test_client().open(place, method=method.upper(), json={})
                assert answer.status_code == 401, (method, path)
                refusal = answer.get_json()
                wanted = described["components"]["schemas"]["Refusal"]["required"]
                assert set(wanted) <= set(refusal)
                assert "401" in operation["responses"]
        assert not watch.changed()
