"""Ten faults of a program that looks whole, each planted by its name: the seeds find every one."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from lims.trust import actions
from lims.trust.identity import signing
from lims.trust.installation import Site
from lims.trust.trail import entries
from lims.trust.transaction import Transaction
from tests.journeys import simulated
from tests.journeys.simulated import Machine, simulate
from tests.journeys.test_any_order import furnished, in_files
from tests.support.worlds import World

MOST_SEEDS = 20
MOVED = "UPDATE vial SET position = position || '0' WHERE number = (SELECT max(number) FROM vial)"

Plant = Callable[[pytest.MonkeyPatch], None]
PLANTS: dict[str, Plant] = {}


def plant(made: Plant) -> Plant:
    PLANTS[made.__name__.replace("_", " ")] = made
    return made


@plant
def a_retry_is_done_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actions, "answered", lambda *_: None)


@plant
def somebody_is_told_before_the_disk_has_it(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Machine, "note_sure", lambda self, *_: None)


@plant
def a_change_is_not_told_to_the_trail(patch: pytest.MonkeyPatch) -> None:
    real = Transaction.take_changes

    def forgetful(transaction: Transaction) -> Any:
        told = real(transaction)
        return [
            one for one in told if not (one[1]["table"] == "bag" and "volume" not in one[1]["new"])
        ]

    patch.setattr(Transaction, "take_changes", forgetful)


@plant
def now_and_then_no_seal_is_made(patch: pytest.MonkeyPatch) -> None:
    real, turns = actions.seal, count()
    patch.setattr(actions, "seal", lambda *given: None if next(turns) % 20 == 9 else real(*given))


@plant
def a_row_is_changed_behind_the_trail(patch: pytest.MonkeyPatch) -> None:
    real, turns = simulated.perform, count()

    def perform(site: Any, *given: Any) -> Any:
        answer = real(site, *given)
        if next(turns) % 20 == 9:
            with site.engine.begin() as connection:
                connection.execute(
                    text(
                        "UPDATE vial SET position = position || '0' WHERE number = (SELECT max(number) FROM vial)"
                    )
                )
        return answer

    patch.setattr(simulated, "perform", perform)


@plant
def an_entry_is_written_twice(patch: pytest.MonkeyPatch) -> None:
    real, turns = entries.append, count()

    def twice(*given: Any) -> str:
        if next(turns) % 20 == 9:
            real(*given)
        return real(*given)

    patch.setattr(entries, "append", twice)


@plant
def another_key_seals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Site, "key", property(lambda _: Ed25519PrivateKey.from_private_bytes(bytes(32))))


@plant
def a_signature_is_over_something_else(patch: pytest.MonkeyPatch) -> None:
    real = signing.digest_of
    patch.setattr(signing, "digest_of", lambda path, *given: real(f"{path}/", *given))


@plant
def two_entries_have_one_number(patch: pytest.MonkeyPatch) -> None:
    real = entries.append

    def twice(connection: Connection, name: str, *given: Any) -> str:
        if name.startswith("ward/participant"):
            connection.execute(
                text(
                    "UPDATE stream_head SET length = length - 1 WHERE name = :name AND length > 1"
                ),
                {"name": name},
            )
        return real(connection, name, *given)

    patch.setattr(entries, "append", twice)


@plant
def the_clock_may_go_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(actions, "_moment", lambda site, *_: site.clock())


def seeds(template: World, folder: Path) -> Iterator[str]:
    """What each seed says of the program, until one finds something."""
    for seed in range(MOST_SEEDS):
        try:
            simulate(template, folder / f"seed-{seed}", seed)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it was found
            yield f"seed {seed}: {type(error).__name__}: {error}"
            return
        yield ""


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_planted_fault_is_found(
    name: str, told_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = furnished(in_files(told_world, tmp_path / "template")())
    PLANTS[name](monkeypatch)
    found = list(seeds(template, tmp_path))[-1]
    print(name, "→", found[:300])
    assert found, f"{MOST_SEEDS} seeds did not find that {name}"


def test_there_are_ten() -> None:
    assert len(PLANTS) == 10
