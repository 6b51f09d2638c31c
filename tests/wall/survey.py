"""Every GET route of the URL map, its parameters filled with every number of the world."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import String, Text, select
from werkzeug.routing import Rule

from lims.core.chance import SeededChance
from lims.core.db import Base
from lims.culture.models import Harvest
from lims.demonstration.cast import CAST
from lims.exports.queries import TABLES
from lims.identifiers.numbers import Kind, copy_of, kind_of, random_number
from lims.testing.models import Specification
from lims.trust.permissions import PERMISSIONS, Permission
from tests.wall.twins import NOBODY, Answer, Twin

UNKNOWN = random_number(Kind.BAG, SeededChance("nobody has this number"))
MOST_ALIKE = 3  # of things that are there by the dozen, such as vials, so many of each kind

# Routes that are not asked, each with its reason.
NOT_ASKED = {"static": "files of the program; they know no world"}

# Pages whose real content has no number of the world, with words that prove it.
WITHOUT_NUMBERS = {
    "front.login": "From the cord to the bedside",
    "front.health": '"status"',
    "protocol.protocol": "NCT02302599",
    "reference.openapi": "/api/bedside/verify-bag",
    "reference.read": "bedside/verify-bag",
    "accounts.me": "trolley 1",
    "exports.exports": "infusions.csv",
    "bedside.verify": 'name="wristband"',
    "unblinding.code_break": 'name="participant"',
    "front.scan": "",  # it answers with a redirection to what was scanned
}


def numbers_of(twin: Twin) -> frozenset[str]:
    """Every number and every label's code, wherever in the database it stands."""
    found: set[str] = set()
    with twin.world.site.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            texts = [c for c in table.columns if isinstance(c.type, (String, Text))]
            if table.name not in {"trail_entry", "stream_head"} and texts:
                rows = connection.execute(select(*texts))
                found |= {value for row in rows for value in row if isinstance(value, str)}
    return frozenset(text for text in found if copy_of(text))


def thinned(numbers: frozenset[str], whole: frozenset[Kind]) -> list[str]:
    """All numbers of the kinds that matter here, a few of every other kind, one of nobody."""
    kept: list[str] = [UNKNOWN]
    for kind in Kind:
        alike = sorted(n for n in numbers if kind_of(n) is kind)
        kept += alike if kind in whole else [*alike[:1], *alike[1 - MOST_ALIKE :]]
    return sorted(set(kept))


Values = list[dict[str, str]]


def _numbers(_twin: Twin, numbers: list[str]) -> Values:
    return [{"number": number} for number in (*numbers, "nonsense")]


def _codes(_twin: Twin, numbers: list[str]) -> Values:
    return [{"code": number} for number in numbers]


def _names(_twin: Twin, _numbers: list[str]) -> Values:
    return [{"name": name} for name in (*TABLES, "unknown")]


def _harvests(twin: Twin, _numbers: list[str]) -> Values:
    with twin.world.site.reading() as session:
        return [{"harvest_id": str(n)} for n in (*session.scalars(select(Harvest.id)), "none")]


def _specifications(twin: Twin, _numbers: list[str]) -> Values:
    with twin.world.site.reading() as session:
        ids = [*session.scalars(select(Specification.id)), "nothing/9"]
        return [dict(zip(("stage", "version"), i.split("/"), strict=True)) for i in ids]


# A route with other parameters is not known here: the survey fails until it is taught.
FILLERS: Mapping[tuple[str, ...], Callable[[Twin, list[str]], Values]] = {
    (): lambda _twin, _numbers: [{}],
    ("number",): _numbers,
    ("code",): _codes,
    ("name",): _names,
    ("harvest_id",): _harvests,
    ("stage", "version"): _specifications,
}


def _queries(endpoint: str, numbers: list[str]) -> list[str]:
    """The query strings with which a route is asked."""
    if endpoint == "front.scan":
        return [f"?code={text}&from=/accounts/me" for text in (*numbers, "", "LM", "]d1x")]
    if endpoint == "trial.wristband" or endpoint.startswith("labelling.label_p"):
        return ["?dpi=203", "", "?dpi=7"]
    if endpoint == "filling.preparations":
        return ["", *(f"?order={n}" for n in numbers if kind_of(n) is Kind.ORDER)]
    return [""]


def rules_of(twin: Twin) -> list[Rule]:
    """The GET routes, the exempt ones left out."""
    rules = twin.app.url_map.iter_rules()
    asked = [r for r in rules if "GET" in (r.methods or ()) and r.endpoint not in NOT_ASKED]
    return sorted(asked, key=lambda rule: rule.rule)


def permission_of(twin: Twin, rule: Rule) -> Permission | None:
    """What a route asks for; None where it is open to all."""
    return getattr(twin.app.view_functions[rule.endpoint], "may", None)


def may_open(twin: Twin, rule: Rule, login: str) -> bool:
    """Whether this person's role opens the route."""
    may = permission_of(twin, rule)
    return may is None or (login != NOBODY and may in PERMISSIONS[CAST[login][1]])


# Which kind a path asks for; of a path with another word every kind is tried every time.
FITTING = {"bags": Kind.BAG, "infusions": Kind.INFUSION, "participants": Kind.PARTICIPANT}


@dataclass
class Survey:
    """Who asks; with every number on every route, or with the fitting ones on one's own routes."""

    logins: tuple[str, ...]
    whole: frozenset[Kind]
    thorough: bool = False
    real: set[str] = field(default_factory=set)

    def look(self, twin: Twin, numbers: frozenset[str]) -> dict[str, Answer]:
        """Every answer to everybody, by who asked what."""
        some = thinned(numbers, self.whole)
        answers: dict[str, Answer] = {}
        for login in self.logins:
            for rule in rules_of(twin):
                for path in self._paths(twin, rule, login, some):
                    answers[f"{login or 'nobody'} GET {path}"] = answer = twin.get(login, path)
                    if login and answer.status in {200, 303} and _is_real(rule, answer, some):
                        self.real.add(rule.rule)
        return answers

    def _paths(self, twin: Twin, rule: Rule, login: str, numbers: list[str]) -> list[str]:
        mine = may_open(twin, rule, login)
        if not mine and not self.thorough:
            return []
        fits = FITTING.get(rule.rule.split("/<")[0].rpartition("/")[2])
        if not self.thorough and fits:
            numbers = [n for n in numbers if kind_of(n) is fits or n == UNKNOWN]
        values = FILLERS[tuple(sorted(rule.arguments))](twin, numbers)
        if not mine:
            values = values[:2]  # the gate is before the view: the number plays no part
        urls = twin.app.url_map.bind("localhost")
        queries = _queries(rule.endpoint, numbers)
        return [urls.build(rule.endpoint, value) + query for value in values for query in queries]

    def never_seen(self, twin: Twin) -> list[str]:
        """Routes that somebody here may open and that never answered with real content."""
        return [
            rule.rule
            for rule in rules_of(twin)
            if rule.rule not in self.real
            and any(may_open(twin, rule, login) for login in self.logins if login)
        ]


def _is_real(rule: Rule, answer: Answer, numbers: list[str]) -> bool:
    if answer.body.startswith((b"%PDF", b"\x89PNG")):
        return True
    if rule.endpoint in WITHOUT_NUMBERS:
        return WITHOUT_NUMBERS[rule.endpoint] in answer.text
    main = answer.text.rpartition("<main")[2]
    return any(number in main for number in numbers)
