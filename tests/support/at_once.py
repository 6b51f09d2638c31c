"""Does several things at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lims.core.errors import Refused
from lims.demonstration.cast import PASSWORD
from lims.trust.actions import Action, Request, perform
from lims.trust.identity.signatures import Credentials
from tests.support.worlds import World

Outcome = Any


def at_once(deeds: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """What each came to: its result, or the Refused that it met. Any other error is raised."""
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Outcome]) -> Outcome:
        start.wait(timeout=30)
        try:
            return deed()
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(deeds)) as pool:
        futures = [pool.submit(do, deed) for deed in deeds]
        return [future.result(timeout=60) for future in futures]


def deed(
    world: World,
    who: str,
    wanted: Action[Any, Any],
    command: Any,
    second: str = "",
    key: str | None = None,
) -> Callable[[], Outcome]:
    """Somebody's action, ready to be done in any thread."""
    signed = Credentials(who, PASSWORD) if wanted.signed_as else None
    witnessed = Credentials(second, PASSWORD) if wanted.witnessed_as else None
    request = Request(world.story.actor(who), signed, witnessed, key)
    return lambda: perform(world.site, wanted, command, request)
