"""Every GET route of the URL map, its parameters filled with every number of the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from sqlalchemy import String, Text, func, select
from werkzeug.routing import Rule

from lims import ward
from lims.attachments.models import Attachment
from lims.bedside.models import Observation
from lims.bedside.queries import BAGS, INFUSIONS
from lims.core.chance import SeededChance
from lims.core.db import Base
from lims.core.listing import Listing
from lims.culture.models import Step
from lims.demonstration.cast import CAST
from lims.deviations.models import Capa
from lims.donation.models import Serology
from lims.exports.queries import TABLES
from lims.followup.models import AdverseEvent, Assessment
from lims.followup.queries import ASSESSMENTS, EVENTS
from lims.identifiers.numbers import Kind, copy_of, kind_of, random_number
from lims.instruments.models import InstrumentCount
from lims.labelling.masters import load_sheets
from lims.monitoring.models import Excursion
from lims.notices.models import Notice
from lims.notices.queries import NOTICES
from lims.rooms.models import Plate
from lims.settings import Settings
from lims.testing.models import Specification
from lims.trial.deviating import WARD_DEVIATIONS
from lims.trial.queries import PARTICIPANTS
from lims.trust.actions import ACTIONS
from lims.trust.identity.roles import PERMISSIONS, Permission, Side
from lims.trust.late_entries import LATE_ENTRIES
from lims.trust.trail.entries import TrailEntry
from tests.wall.twins import NOBODY, Answer, Twin

UNKNOWN = random_number(Kind.BAG, SeededChance("nobody has this number"))
MOST_ALIKE = 3  # of things that are there by the dozen, such as vials, so many of each kind

# Routes that are not asked, each with its reason.
NOT_ASKED = {"static": "files of the program; they know no world"}

# Pages whose real content has no number of the world, with words that prove it.
WITHOUT_NUMBERS = {
    "/login": "From the cord to the bedside",
    "/health": '"status"',
    "/hospital/login": "/authorize?",
    "/hospital/sign": "/authorize?",
    "/hospital/link": "/authorize?",
    "/hospital/back": 'value="vouches"',
    "/login/passkey": '"challenge"',
    "/accounts/passkey": '"challenge"',
    "/here": "here",
    "/guide": 'class="guide"',
    "/protocol/": "NCT02302599",
    "/dispatch/restored": "Older copy",
    "/protocols/": "first version",
    "/api/protocols/": "first version",
    "/protocols/approval": "The file is the version in force.",
    "/api/testing/specifications": "Sterility",
    "/api/testing/specifications/<stage>/<version>": "Sterility",
    "/testing/specifications": "vehicle",
    "/testing/specifications/<stage>/<version>": "Sterility",
    "/reference/openapi.json": "/api/trust/make-token",
    "/reference/": "trust/make-token",
    "/donation/consent-forms": "2.1",
    "/accounts/me": "trolley 1",
    "/training/": "My training",
    "/rooms/": "Filling room",
    "/api/rooms/": "Filling room",
    "/rooms/plates": "by the door",
    "/api/rooms/plates": "by the door",
    "/rooms/plates/<plate>": "Filling room",
    "/api/rooms/plates/<plate>": "Filling room",
    "/supplies/catalogue": "Bench Supplies",
    "/api/supplies/catalogue": "Bench Supplies",
    "/filling/fetching": "Vials to fetch",
    "/monitoring/excursions": "alarm",
    "/monitoring/excursions/<excursion>": "on the display",
    "/api/monitoring/excursions": "on the display",
    "/api/monitoring/excursions/<excursion>": "on the display",
    "/api/filling/fetching": "[",
    # Full once a week is over: test_a_week_of_accesses_is_gone_through_alike_in_both_arms.
    "/accounts/accesses": 'href="/accounts/looks"',
    "/accounts/people/<login>": "Tang Wei",
    "/api/accounts/people/<login>": "Tang Wei",
    "/exports/scans": "bedside/verify-bag",
    "/api/exports/scans": "bedside/verify-bag",
    "/masters/scans": "Share typed",
    "/api/masters/scans": '"items"',
    "/stations/scanner": "Scan the five codes",
    "/masters/": "Infusion bag",
    "/api/masters/": '"bag"',
    "/masters/<name>": "Infusion bag",
    "/stations/": "no station",
    "/api/stations/": '"items"',
    "/stations/printers": "Filling bench",
    "/api/stations/printers": "Filling bench",
    "/accounts/people": "Nora Nie",
    "/api/accounts/people": "Nora Nie",
    "/exports/": "infusions.csv",
    "/bedside/verify": 'name="wristband"',
    "/unblinding/break": 'name="participant"',
    "/release/trail": "Audit trail",
    "/api/release/trail": '"items"',
    "/release/trail/<entry>": 'class="trail"',
    "/api/release/trail/<entry>": '"stream"',
    "/echo": "LM",
    "/find": 'class="found"',
    "/scan": "",  # it answers with a redirection to what was scanned
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


def a_few(numbers: list[str]) -> list[str]:
    """The first and the last of every kind, for a path that takes any number, and the one of nobody."""
    return thinned(frozenset(numbers) - {UNKNOWN}, frozenset())


Values = list[dict[str, str]]


def _numbers(_twin: Twin, numbers: list[str]) -> Values:
    return [{"number": number} for number in (*numbers, "nonsense")]


def _codes(_twin: Twin, numbers: list[str]) -> Values:
    return [{"code": number} for number in numbers]


def _files(_twin: Twin, numbers: list[str]) -> Values:
    return [{"code": number, "form": form} for number in numbers for form in ("pdf", "png", "zpl")]


def _masters(_twin: Twin, _numbers: list[str]) -> Values:
    return [{"name": "bag", "version": "1"}, {"name": "nothing", "version": "1"}]


def _names(_twin: Twin, _numbers: list[str]) -> Values:
    return [{"name": name} for name in (*TABLES, "bag", "plain", "unknown")]


def _facts_of(table: type[Base]) -> Callable[[Twin, list[str]], Values]:
    """What a person recorded, by the name of the route's parameter."""

    def found(twin: Twin, _numbers: list[str]) -> Values:
        with twin.world.site.reading() as session:
            ids = session.scalars(select(table.id)).all()  # type: ignore[attr-defined]
        return [{table.__tablename__.rpartition("_")[2]: str(n)} for n in (*ids, 999)]

    return found


def _entries(twin: Twin, _numbers: list[str]) -> Values:
    """An entry of each side, the first, which is the same in both worlds; and none."""
    first = func.min(TrailEntry.id)
    with twin.world.site.reading() as session:
        sides = [TrailEntry.stream_name.startswith(f"{side}/") for side in Side]
        ids = [session.scalar(select(first).where(side)) for side in sides]
    return [{"entry": str(n)} for n in (*ids, "x") if n]


def _specifications(twin: Twin, _numbers: list[str]) -> Values:
    with twin.world.site.reading() as session:
        ids = [*session.scalars(select(Specification.id)), "nothing/9"]
        return [dict(zip(("stage", "version"), i.split("/"), strict=True)) for i in ids]


# By the page's address: what its rows can be sorted by and which standings they have.
LISTINGS: Mapping[str, Listing] = {
    "/bedside/bags": BAGS,
    "/bedside/infusions": INFUSIONS,
    "/trial/participants": PARTICIPANTS,
    "/trial/deviations": WARD_DEVIATIONS,
    "/followup/events": EVENTS,
    "/followup/assessments": ASSESSMENTS,
    "/bedside/entered-later": LATE_ENTRIES,
    "/notices/": NOTICES,
}

# A route with other parameters is not known here: the survey fails until it is taught.
FILLERS: Mapping[tuple[str, ...], Callable[[Twin, list[str]], Values]] = {
    (): lambda _twin, _numbers: [{}],
    ("number",): _numbers,
    ("code",): _codes,
    ("code", "form"): _files,
    ("name", "version"): _masters,
    ("name",): _names,
    ("event",): _facts_of(AdverseEvent),
    ("observation",): _facts_of(Observation),
    ("assessment",): _facts_of(Assessment),
    ("serology",): _facts_of(Serology),
    ("notice",): _facts_of(Notice),
    ("attachment",): _facts_of(Attachment),
    ("count",): _facts_of(InstrumentCount),
    ("step",): _facts_of(Step),
    ("excursion",): _facts_of(Excursion),
    ("plate",): _facts_of(Plate),
    ("capa",): _facts_of(Capa),
    ("item",): lambda _twin, _numbers: [{"item": "1"}, {"item": "999"}],
    ("entry",): _entries,
    ("stage", "version"): _specifications,
    ("picture", "spoken"): lambda _twin, _numbers: [{"picture": "verify", "spoken": "zh"}],
    ("login",): lambda _twin, _numbers: [{"login": login} for login in ("tang", "nora", "nobody")],
}


def _lists() -> dict[str, list[str]]:
    """What the ward's lists can be asked for, by their rule: a search, each standing, each order."""
    found = {}
    for pages in ward.DOOR.slices:
        for read in pages.reads:
            if not read.is_list:
                continue
            asked = ["?q=LM 2", "?q=nothing", "?as=csv", "?as=xlsx&q=LM"]
            listing = LISTINGS.get(f"/{read.slice}{read.rule}")
            if listing:
                asked += [f"?standing={standing.value}" for standing in listing.standings]
                asked += [f"?sort={way}{name}" for name in listing.sorts for way in ("", "-")]
            found[f"/{read.slice}{read.rule}"] = asked
    return found


def _queries(rule: Rule, numbers: list[str], *, thorough: bool) -> list[str]:
    """The query strings with which a route is asked."""
    endpoint = rule.endpoint
    if asked := LISTS.get(rule.rule.removeprefix("/api")):
        # a page draws what the API answers: the standings and orders are asked for there
        whole = asked if rule.rule.startswith("/api") else asked[:4]
        return ["", *whole] if thorough else [""]
    if endpoint == "front.scan":
        return [f"?code={text}&from=/accounts/me" for text in (*numbers, "", "LM", "]d1x")]
    if endpoint == "front.find":
        kinds = {kind_of(n): n for n in numbers}  # of each kind one: it reads every list
        return ["", "?q=LMB", *(f"?q={n}" for n in kinds.values())] if thorough else [""]
    if endpoint == "front.echo":
        asked = "?act=bedside/verify-bag&field=bag", "?act=release/hold-downstream&field=number"
        return [f"{one}&code={n}" for one in asked for n in numbers]
    if endpoint == "front.hospital_back":
        return ["?state=x&code=vouches"]
    if endpoint == "front.hospital_sign":
        acts = [f"?act={path}&form={'f' * 32}" for path, act in ACTIONS.items() if act.signed_as]
        return ["", *(f"{act}{second}" for act in acts for second in ("", "&second=yes"))]
    if endpoint == "labelling.sheet":
        return [f"?sheet={quote(name)}" for name in load_sheets(Settings().labels_folder)]
    if endpoint.endswith(("label_as", "badge_as")):
        return ["?dpi=203", "", "?dpi=7"] if thorough else ["?dpi=203"]
    if endpoint == "filling.preparations":
        return ["", *(f"?order={n}" for n in numbers if kind_of(n) is Kind.ORDER)]
    return [""]


LISTS: Mapping[str, list[str]] = _lists()


def rules_of(twin: Twin) -> list[Rule]:
    """The GET routes, the exempt ones left out."""
    rules = twin.app.url_map.iter_rules()
    asked = [r for r in rules if "GET" in (r.methods or ()) and r.endpoint not in NOT_ASKED]
    return sorted(asked, key=lambda r: (r.endpoint == "front.hospital_back", r.rule))  # who left


def permission_of(twin: Twin, rule: Rule) -> Permission | None:
    """What a route asks for; None where it is open to all."""
    return getattr(twin.app.view_functions[rule.endpoint], "may", None)


def may_open(twin: Twin, rule: Rule, login: str) -> bool:
    """Whether this person's role opens the route."""
    may = permission_of(twin, rule)
    return may is None or (login != NOBODY and may in PERMISSIONS[CAST[login][1]])


# Asked at the thorough look only: descriptions of the program and of the protocol.
THE_SAME_AT_ANY_TIME = {
    "/login", "/health", "/protocol/", "/reference/", "/reference/openapi.json",
    "/hospital/login", "/hospital/sign", "/hospital/link", "/hospital/back",
}  # fmt: skip

# Which kind a path asks for; of a path with another word every kind is tried every time.
# The ward prints wristbands alone.
FITTING = {
    "badges": Kind.BADGE, "bags": Kind.BAG, "batches": Kind.RUN, "cords": Kind.CORD, "deviations": Kind.DEVIATION,
    "donors": Kind.DONOR,
    "equipment": Kind.EQUIPMENT, "flasks": Kind.FLASK, "freezer": Kind.PLACE, "freezing": Kind.LOT, "harvests": Kind.HARVEST,
    "infusions": Kind.INFUSION, "lots": Kind.LOT, "materials": Kind.MATERIAL,
    "orders": Kind.ORDER, "participants": Kind.PARTICIPANT, "samples": Kind.SAMPLE,
    "sessions": Kind.SESSION, "trace": Kind.BAG, "trial/labels": Kind.PARTICIPANT,
    "vials": Kind.VIAL,
}  # fmt: skip


@dataclass
class Survey:
    """Who asks: every number on every route once, else the fitting ones on one's own routes."""

    logins: tuple[str, ...]
    whole: frozenset[Kind]
    thorough_at: str = ""
    only_at: tuple[str, ...] = ()  # chapters at which to look; every one if not said
    every_number: tuple[str, ...] | None = None  # for whom; everybody if not said
    in_turn: int = 0  # how many of them look at each rest, one after the other; all if not said
    rests: dict[str, int] = field(default_factory=dict)
    real: set[str] = field(default_factory=set)

    def look(self, twin: Twin, numbers: frozenset[str], chapter: str) -> dict[str, Answer]:
        """Every answer to everybody, by who asked what."""
        if self.only_at and chapter not in self.only_at:
            return {}
        thorough = chapter == self.thorough_at
        some = thinned(numbers, self.whole)
        some = some if thorough else [n for n in some if n == UNKNOWN or kind_of(n) in self.whole]
        answers: dict[str, Answer] = {}
        for login in self._lookers(chapter):
            nothing_at: set[str] = set()
            for rule in rules_of(twin):
                for paths in self._paths(twin, rule, login, some, thorough=thorough):
                    if self._is_known_not_to_be_there(paths[0], nothing_at, thorough=thorough):
                        continue
                    for path in paths:
                        answers[f"{login or 'nobody'} GET {path}"] = answer = twin.get(login, path)
                        if login and answer.status in {200, 303} and _is_real(rule, answer, some):
                            self.real.add(rule.rule)
                        if answer.status == 404 and rule.arguments:
                            nothing_at.add(path.partition("?")[0])
                            break  # nothing of this number: in no other resolution either
        return answers

    @staticmethod
    def _is_known_not_to_be_there(path: str, nothing_at: set[str], *, thorough: bool) -> bool:
        """Whether a page or a file need not be asked for: what it would be of is not there.

        When thorough one file of what is not there is asked for all the same, and every page.
        """
        stem, dot, _ = path.rpartition(".")
        if dot and stem in nothing_at:
            asked = any(f"{stem}.{form}" in nothing_at for form in ("pdf", "png", "zpl"))
            return asked or not thorough
        return not thorough and f"/api{path}" in nothing_at

    def _lookers(self, chapter: str) -> tuple[str, ...]:
        rest = self.rests.setdefault(chapter, len(self.rests))
        first = rest * self.in_turn % len(self.logins)
        return (self.logins * 2)[first : first + (self.in_turn or len(self.logins))]

    def _paths(
        self, twin: Twin, rule: Rule, login: str, numbers: list[str], *, thorough: bool
    ) -> list[list[str]]:
        """The ways to ask a route, together for each number."""
        mine = may_open(twin, rule, login)
        if not thorough and (not mine or rule.rule in THE_SAME_AT_ANY_TIME):
            return []
        if not thorough and rule.endpoint in {"front.find", "front.echo"}:
            return []  # they tell what lists, work list and pages tell, which are asked
        if not thorough and rule.endpoint == "front.scan" and login != self.logins[0]:
            return []  # a number leads everybody of a side to the same page
        stem = rule.rule.split("/<")[0].removeprefix("/api").removeprefix("/")
        fits = FITTING.get(stem) or FITTING.get(stem.rpartition("/")[2])
        every = self.every_number is None or login in self.every_number
        if fits:  # of what does not fit here, one of each kind is asked for, and that once
            others = {kind_of(n): n for n in numbers} if thorough and every else {}
            numbers = [n for n in numbers if kind_of(n) is fits or n in {UNKNOWN, *others.values()}]
        elif not thorough or not every:
            numbers = a_few(numbers)
        values = FILLERS[tuple(sorted(rule.arguments))](twin, numbers)
        if not mine:
            values = values[:2]  # the gate is before the view: the number plays no part
        urls = twin.app.url_map.bind("localhost")
        queries = _queries(rule, numbers, thorough=thorough)
        return [[urls.build(rule.endpoint, value) + query for query in queries] for value in values]

    def never_seen(self, twin: Twin) -> list[str]:
        """Routes that somebody here may open and that never answered with real content."""
        return [
            rule.rule
            for rule in rules_of(twin)
            if rule.rule not in self.real
            and any(may_open(twin, rule, login) for login in self.logins if login)
        ]


def _is_real(rule: Rule, answer: Answer, numbers: list[str]) -> bool:
    if answer.body.startswith((b"%PDF", b"\x89PNG", b"PK", b"\xff\xd8")):
        return True
    if rule.rule in WITHOUT_NUMBERS:
        return WITHOUT_NUMBERS[rule.rule] in answer.text
    main = answer.text.rpartition("<main")[2]
    return any(number in main for number in numbers)


def knock(twin: Twin, logins: tuple[str, ...]) -> dict[str, Answer]:
    """Every POST route with nothing in it, by everybody, over the API and from a form."""
    answers = {}
    rules = sorted(r.rule for r in twin.app.url_map.iter_rules() if "POST" in (r.methods or ()))
    for login in logins:
        for path in rules:
            if path.startswith("/api/"):
                answers[f"{login} POST {path}"] = twin.api(login, path.removeprefix("/api/"))
                form = path.removeprefix("/api/")
                answers[f"{login} POST /do/{form}"] = twin.form(login, form)
    return answers
