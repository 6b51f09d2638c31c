"""The figures: floor and candidate in turn, a ratio in each round, the median of the rounds."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.load import Plan, plan_as_json
from bench.scene import Scene
from bench.servers import ROOT, Server

Round = dict[str, Any]
FIFTY = 50


@dataclass(frozen=True)
class Bench:
    """The servers side by side, the data, and how long to ask.

    `raw` writes into a database of its own that was copied from Funis's.
    """

    hello: Server
    raw: Server
    funis: Server
    scene: Scene
    rounds: int
    seconds: float


def _play(plan: Plan) -> Round:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=plan_as_json(plan), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    found: Round = json.loads(ran.stdout)
    found["load"] = os.getloadavg()[0]
    return found


def _rounds(on: Bench, clients: int, times: int = 1) -> dict[str, list[Round]]:
    """Alternating rounds; Funis is asked `times` as long, so that a p99 rests on enough."""
    scene = on.scene
    found: dict[str, list[Round]] = {"hello": [], "echo": [], "raw": [], "funis": []}
    for seed in range(on.rounds):
        scans = (scene.token, str(scene.scans), seed)
        hello = Plan(on.hello.port, clients, on.seconds, on.hello.pids)
        echo = Plan(on.raw.port, clients, on.seconds, on.raw.pids, *scans, path="/echo")
        raw = Plan(on.raw.port, clients, on.seconds, on.raw.pids, *scans)
        funis = Plan(on.funis.port, clients, on.seconds * times, on.funis.pids, *scans)
        for name, plan in (("hello", hello), ("echo", echo), ("raw", raw), ("funis", funis)):
            found[name].append(_play(plan))
    return found


def _shares(rounds: list[Round]) -> dict[str, float]:
    said = sum((Counter(one["answers"]) for one in rounds), Counter[str]())
    total = said.total() or 1
    return {words: round(count / total, 3) for words, count in said.most_common()}


def _seen(rounds: list[Round]) -> dict[str, Any]:
    names = ("requests", "per_second", "cpu_ms", "p50_ms", "p99_ms", "max_ms", "load")
    return {name: [round(one[name] or 0.0, 3) for one in rounds] for name in names}


def _told(found: dict[str, list[Round]]) -> dict[str, Any]:
    answers = _shares(found["funis"])
    if "GO" not in answers:  # a rule was added that the scene does not meet: the path is cut short
        raise RuntimeError(f"no scan is a GO any more: see bench/scene.py; {answers}")
    errors = sum((Counter(one["errors"]) for one in found["funis"]), Counter[str]())
    return {
        "errors": errors.total(),
        "error_texts": dict(errors.most_common(5)),
        "answers": answers,
        "rounds": {name: _seen(rounds) for name, rounds in found.items()},
    }


def _ratios(found: dict[str, list[Round]], name: str, floor: str) -> list[float]:
    pairs = zip(found["funis"], found[floor], strict=True)
    return [round(funis[name] / other[name], 3) for funis, other in pairs]


SPEED_GOAL, CPU_GOAL, ECHO_GOAL = 0.60, 1.9, 4.0


def one_client(on: Bench) -> dict[str, Any]:
    """P1 and P2, requests per second and CPU time per request; P3, the time of one."""
    found = _rounds(on, 1)
    told = _told(found)
    speeds, costs = _ratios(found, "per_second", "raw"), _ratios(found, "cpu_ms", "raw")
    echoes = _ratios(found, "p50_ms", "echo")
    speed, cpu = median(speeds), median(costs)
    return {
        "speed_by_raw": speed,
        "speed_goal": SPEED_GOAL,
        "cpu_by_raw": cpu,
        "cpu_goal": CPU_GOAL,
        "met": speed >= SPEED_GOAL and cpu <= CPU_GOAL and not told["errors"],
        "speed_by_raw_by_round": speeds,
        "cpu_by_raw_by_round": costs,
        "speed_by_hello": median(_ratios(found, "per_second", "hello")),
        "cpu_by_hello": median(_ratios(found, "cpu_ms", "hello")),
        "P3": {
            "time_by_echo": median(echoes),
            "goal": ECHO_GOAL,
            "met": median(echoes) <= ECHO_GOAL,
        },
        **told,
    }


def many_clients(on: Bench) -> dict[str, Any]:
    """P4: fifty scanners at once, no pause between two scans of one."""
    found = _rounds(on, FIFTY, times=3)
    told = _told(found)
    spread = [(one["p99_ms"] or 0.0) / (one["p50_ms"] or 1.0) for one in found["funis"]]
    return {
        "clients": FIFTY,
        "p99_by_p50": round(median(spread), 2),
        "p99_by_p50_goal": 2.5,
        "met": 0 < median(spread) <= 2.5 and not told["errors"],
        "p99_by_p50_by_round": [round(value, 2) for value in spread],
        "speed_by_raw": median(_ratios(found, "per_second", "raw")),
        **told,
    }
