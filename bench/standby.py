"""Two PostgreSQL servers, the second a synchronous standby: the first is killed under load.

The standby is promoted, the application finds it by itself (two hosts in its address), and nothing that
was acknowledged is missing. Before that the application's workers are renewed (HUP) while everybody
works: no request fails, no session ends. `python -m bench.standby`.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.faults import EACH, PEOPLE, Person, Server, judged, place, plan_for, world_in
from bench.machine import commit
from bench.servers import durable_postgres
from tests.support import postgres
from tests.support.standby import STANDBY_PORT, killed, promoted, standby, two_hosts

RESULTS = Path(__file__).with_name("standby.json")


def run(folder: Path, url: str, seconds: float) -> dict[str, Any]:
    """Work, renew the workers, kill the first server, promote the second, work on, look."""
    world = world_in(folder, postgres.new_database(url))
    own = world.site.settings.database_url
    with standby(url) as data:
        plan = plan_for(world, 39_417)
        environment = {
            "FUNIS_DATABASE_URL": two_hosts(own), "FUNIS_DEMONSTRATION": "1",
            "FUNIS_KEY_FOLDER": str(world.site.settings.key_folder),
            "FUNIS_LIGHT_PASSWORDS": "1", "FUNIS_SECRET_KEY": "standby",
        }  # fmt: skip
        server = Server(environment, plan.port, folder / "log")
        server.wait()
        people = [Person(plan, login, n) for n, login in enumerate(PEOPLE * EACH)]
        for person in people:
            person.loses = 0.0
            person.start()
        time.sleep(seconds)
        for _ in range(3):
            server.process.send_signal(signal.SIGHUP)
            time.sleep(seconds / 2)
        unanswered = plan.notes.unanswered
        before = len(plan.notes.acknowledged)
        killed(url)
        gone = time.monotonic()
        promoted(data)
        while len(plan.notes.acknowledged) <= before + 20 and time.monotonic() - gone < 120:
            time.sleep(0.1)
        away = time.monotonic() - gone
        time.sleep(seconds)
        plan.ended.set()
        for person in people:
            person.join(30)
        server.end()
        for odd, times in Counter(plan.notes.odd).most_common(3):
            print(times, odd)
        world.site.settings = replace(
            world.site.settings, database_url=own.replace("port=5432", f"port={STANDBY_PORT}")
        )
        found = judged(world, plan)
    return {
        "unanswered_while_workers_were_renewed": unanswered,
        "seconds_until_work_went_on": round(away, 1),
        "acknowledged_before": before,
        **found,
    }


def main() -> None:
    """Break, look, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.standby", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    os.environ.setdefault("FUNIS_PG_FOLDER", "/var/tmp")
    with place() as folder, durable_postgres() as url:
        found = {"commit": commit(), **run(folder, url, given.seconds)}
    text = json.dumps(found, indent=1)
    print(text)
    RESULTS.write_text(text + "\n")
    bad = ("lost", "doubled", "odd_answers", "unanswered_while_workers_were_renewed")
    sys.exit(any(found[name] for name in bad))


if __name__ == "__main__":
    main()
