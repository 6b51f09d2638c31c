"""People at work over HTTP, whatever the machine does: what was not answered is sent again."""

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

PEOPLE = ("tang", "tian", "tang", "tian", "quinn", "qiu", "nora", "niu", "ines", "mona")
EACH = 2  # of each so many work at once
EXPECTED = {200, 409, 503}


@dataclass
class Notes:
    """What everybody saw."""

    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    unanswered: int = 0
    alone: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Plan:
    """One run."""

    port: int
    tokens: dict[str, str]
    participants: list[str]
    donor: str
    notes: Notes = field(default_factory=Notes)
    ended: threading.Event = field(default_factory=threading.Event)


class Person(threading.Thread):
    """Somebody who works on, whatever the machine does, and sends again what was not answered."""

    def __init__(self, plan: Plan, login: str, number: int) -> None:
        super().__init__(daemon=True)
        self.plan, self.login, self.number = plan, login, number
        self.dice = random.Random(f"{login}/{number}")
        self.loses, self.expected = 0.05, EXPECTED

    def run(self) -> None:
        count = 0
        while not self.plan.ended.is_set():
            count += 1
            self.act(f"{self.login}-{self.number}-{count}")

    def act(self, mark: str) -> None:
        on_the_ward = self.login in {"nora", "niu"}
        if on_the_ward:
            path = "/api/bedside/verify-bag"
            body = {"wristband": self.dice.choice(self.plan.participants), "bag": mark}
        else:
            path = "/api/deviations/open-deviation"
            body = {"about": self.plan.donor, "what": mark}
        if self.login in {"ines", "mona"}:
            path, body = "/api/trial/participants", {}
        self.sent(self.login, path, body, mark)

    def sent(
        self, login: str, path: str, body: dict[str, object], mark: str
    ) -> tuple[int, bytes] | None:
        """Sent until it is answered by anything but trouble; None when the run is over."""
        while not self.plan.ended.is_set():
            lost = self.dice.random() < self.loses
            answer = self._send(login, path, body, mark, lost=lost)
            if answer is None:
                self.plan.notes.unanswered += not lost
                time.sleep(0.05)
                continue
            status, data = answer
            with self.plan.notes.alone:
                self.plan.notes.answers[str(status)] += 1
                if status == 200 and body:
                    self.plan.notes.acknowledged.append((path, mark))
            if not self.is_trouble(status, data):
                return answer
            time.sleep(0.2)
        return None

    def is_trouble(self, status: int, _data: bytes) -> bool:
        """Whether to send it again later."""
        return status == 503

    def _send(
        self, login: str, path: str, body: dict[str, object], key: str, *, lost: bool
    ) -> tuple[int, bytes] | None:
        """Status and answer; None where no answer came."""
        link = HTTPConnection("127.0.0.1", self.plan.port, timeout=15)
        headers = {
            "Authorization": f"Bearer {self.plan.tokens[login]}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        try:
            link.request(
                "POST" if body else "GET", path, json.dumps(body) if body else None, headers
            )
            if lost:
                return None
            answer = link.getresponse()
            data = answer.read()
        except (OSError, HTTPException):
            return None
        finally:
            link.close()
        if answer.status not in self.expected or (answer.status == 503 and b"sentence" not in data):
            self.plan.notes.odd.append(f"{path} {answer.status} {data[:200]!r}")
        return answer.status, data
