"""What tells two twins apart: pages, steps, what people are told, log lines."""

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest

from tests.wall.twins import Answer, Twin

Scene = Callable[[Twin], Iterator[str]]
Numbers = Callable[[Twin], frozenset[str]]
Look = Callable[[Twin, frozenset[str], str], Mapping[str, Answer]]


def differences(left: Mapping[str, Answer], right: Mapping[str, Answer]) -> list[str]:
    """What one twin answers otherwise than the other, by request, with the place."""
    found = [f"asked in one twin only: {sorted(left.keys() ^ right.keys())[:5]}"]
    found = found if left.keys() != right.keys() else []
    return found + [
        f"{what}: {difference(left[what], right[what])}"
        for what in left.keys() & right.keys()
        if left[what] != right[what]
    ]


def difference(left: Answer, right: Answer) -> str:
    """Where two answers part."""
    if left.status != right.status:
        return f"status {left.status} or {right.status}"
    if left.headers != right.headers:
        return f"headers {set(left.headers) ^ set(right.headers)}"
    pairs = zip(left.body, right.body, strict=False)
    place = next((n for n, (one, two) in enumerate(pairs) if one != two), 0)
    near = slice(max(0, place - 80), place + 80)
    lengths = f"lengths {len(left.body)} and {len(right.body)}"
    return f"{lengths}, at byte {place}: {left.body[near]!r} or {right.body[near]!r}"


def play(scene: Scene, twins: tuple[Twin, Twin], numbers: Numbers, look: Look) -> list[str]:
    """Play a scene in both twins, look around at each rest; what is seen or logged otherwise."""
    stories = [scene(twin) for twin in twins]
    found: list[str] = []
    while True:
        chapters = []
        for twin, story in zip(twins, stories, strict=True):
            with twin.listening():
                chapters.append(next(story, ""))
        assert chapters[0] == chapters[1]
        if not chapters[0]:
            return found + logged_otherwise(twins)
        known = numbers(twins[0]) | numbers(twins[1])
        seen = []
        for twin in twins:
            with twin.listening():
                seen.append(look(twin, known, chapters[0]))
        found += [f"{chapters[0]}: {line}" for line in differences(*seen)]


def heard_otherwise(twins: tuple[Twin, Twin]) -> list[str]:
    """How the answers to the ward's steps differ, in the order in which they were done."""
    pairs = zip(twins[0].heard, twins[1].heard, strict=True)
    return [f"{one[0]}: {difference(one[1], two[1])}" for one, two in pairs if one != two]


def told_otherwise(twins: tuple[Twin, Twin], logins: tuple[str, ...]) -> list[str]:
    """How what the actions told these people differs."""
    left, right = ([t for t in twin.story.told if t[0] in logins] for twin in twins)
    return [f"{one} / {two}" for one, two in zip_longest(left, right) if one != two]


def logged_otherwise(twins: tuple[Twin, Twin]) -> list[str]:
    """How the log lines differ."""
    pairs = zip_longest(twins[0].logged, twins[1].logged)
    return [f"logged: {one} / {two}" for one, two in pairs if one != two]
