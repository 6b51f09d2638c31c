"""A process of its own that plays scanners: keep-alive clients in threads, one request at a time.

Plain sockets and not http.client: what the client costs is added to the floor and to the
candidate alike and would flatter every ratio.
"""

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil  # type: ignore[import-untyped]


@dataclass
class Plan:
    """One round: whom to ask, how many clients, how long, whose CPU time counts."""

    port: int
    clients: int
    seconds: float
    pids: list[int]
    token: str = ""  # empty asks for the hello page
    scans: str = ""  # a JSON file: bags, and the wristband that each belongs to
    seed: int = 0
    path: str = "/api/bedside/verify-bag"
    warm_up: float = 1.0


@dataclass
class Tally:
    """What one client saw."""

    milliseconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    ended: float = 0.0


class Client:
    """One scanner with its own connection."""

    def __init__(self, plan: Plan, bags: list[tuple[str, str]], number: int) -> None:
        self.plan, self.bags, self.tally = plan, bags, Tally()
        self.dice = random.Random(f"{plan.seed}/{number}")
        self.connection = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.plan.port), timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _request(self) -> bytes:
        if not self.plan.token:
            return b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"
        bag, wristband = self.dice.choice(self.bags)
        if self.dice.random() < 0.5:  # half of the scans meet the wrong participant
            wristband = self.dice.choice(self.bags)[1]
        body = json.dumps({"wristband": wristband, "bag": bag})
        head = (
            f"POST {self.plan.path} HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {self.plan.token}\r\nIdempotency-Key: {uuid4().hex}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()

    def _ask(self, request: bytes) -> tuple[str, bytes]:
        self.connection.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].decode("latin-1").lower()
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        while len(data) < end + 4 + length:
            data += self._more()
        if "connection: close" in head:
            self.connection.close()
            self.connection = self._connect()
        return head.split(" ", 2)[1], data[end + 4 :]

    def _more(self) -> bytes:
        if not (read := self.connection.recv(65536)):
            raise ConnectionError("the server hung up")
        return read

    def play(self, until: float, *, counted: bool) -> None:
        """Ask again and again until the time is over."""
        # Afresh: gunicorn hangs up on a connection that was idle for 2 s, and who is first to end
        # the warm-up waits for the slowest.
        self.connection.close()
        self.connection = self._connect()
        while time.perf_counter() < until:
            request = self._request()
            begin = time.perf_counter()
            try:
                status, body = self._ask(request)
            except OSError as error:
                self.tally.errors[type(error).__name__] += 1
                self.connection = self._connect()
                continue
            self.tally.ended = time.perf_counter()
            if not counted:
                continue
            if status != "200":
                self.tally.errors[f"{status} {body[:80]!r}"] += 1
                continue
            self.tally.milliseconds.append((self.tally.ended - begin) * 1000)
            if self.plan.token:
                self.tally.answers[_verdict(body)] += 1


def _verdict(body: bytes) -> str:
    said = json.loads(body)
    if "word" not in said:
        return "echo"
    return " ".join([said["word"], *sorted(reason["code"] for reason in said["reasons"])])


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes and of all their children."""
    total = 0.0
    for pid in pids:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _play(clients: list[Client], seconds: float, *, counted: bool) -> None:
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=client.play, args=(until,), kwargs={"counted": counted})
        for client in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def play(plan: Plan) -> dict[str, Any]:
    """One round, after a warm-up that does not count."""
    bags = json.loads(Path(plan.scans).read_text()) if plan.scans else []
    clients = [Client(plan, bags, number) for number in range(plan.clients)]
    _play(clients, plan.warm_up, counted=False)
    cpu, begin = cpu_seconds(plan.pids), time.perf_counter()
    _play(clients, plan.seconds, counted=True)
    cpu = cpu_seconds(plan.pids) - cpu
    elapsed = max(client.tally.ended for client in clients) - begin
    tallies = [client.tally for client in clients]
    times = sorted(ms for tally in tallies for ms in tally.milliseconds)
    errors = sum((tally.errors for tally in tallies), Counter[str]())
    return {
        "requests": len(times),
        "per_second": len(times) / elapsed,
        "cpu_ms": cpu * 1000 / max(1, len(times)),
        "p50_ms": times[len(times) // 2] if times else None,
        "p99_ms": times[int(len(times) * 0.99)] if times else None,
        "max_ms": times[-1] if times else None,
        "errors": dict(errors),
        "answers": dict(sum((tally.answers for tally in tallies), Counter[str]())),
    }


def plan_as_json(plan: Plan) -> str:
    """What this module reads from its standard input when it is run."""
    return json.dumps(asdict(plan))


if __name__ == "__main__":
    print(json.dumps(play(Plan(**json.load(sys.stdin)))))
