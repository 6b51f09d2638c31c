"""Consent, donor eligibility and cord receipt: pure judgements (21 CFR 1271.50, .80, .85)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from lims.core.reasons import Reason, when
from lims.core.texts import named, say
from lims.protocol.criteria import eligibility_reasons
from lims.protocol.questions import Criterion
from lims.protocol.sections import ConsentForm
from lims.supplies.rules import LotStanding


class DonorStanding(StrEnum):
    """Whether what descends from a donor may leave quarantine."""

    PENDING = "pending"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"  # her consent: nothing more is made or given


class WithdrawalScope(StrEnum):
    """What a mother withdraws."""

    RECONTACT = "recontact"  # she is not asked for blood again
    RESEARCH = "research"  # what is left is used for nothing else
    USE = "use"  # nothing more is made or given
    DESTRUCTION = "destruction"  # the same, and what is left is destroyed


class SpecimenOf(StrEnum):
    """Whose blood was drawn."""

    MOTHER = "mother"
    CORD = "cord"


class Finding(StrEnum):
    """What a laboratory says of a marker."""

    NOT_REACTIVE = "not_reactive"
    REACTIVE = "reactive"
    INCONCLUSIVE = "inconclusive"


class CordStanding(StrEnum):
    """What became of a cord."""

    RECEIVED = "received"
    ACCEPTED = "accepted"  # by QA: cells may be isolated from it
    USED = "used"
    REJECTED = "rejected"


ONE_DONATION = timedelta(days=1)  # cords collected within it are of one birth
STOPPING = frozenset({WithdrawalScope.USE, WithdrawalScope.DESTRUCTION})
LANGUAGES_OF_FORMS = frozenset({"en", "zh"})


def consent_reasons(forms: Sequence[ConsentForm], version: str, given_on: date) -> list[Reason]:
    """Why a consent on this form, given on this day, is none."""
    form = next((form for form in forms if form.version == version), None)
    if form is None:
        known = ", ".join(form.version for form in forms) or "–"
        return [Reason("no-such-consent-form", version=version, known=known)]
    ended = form.valid_until is not None and given_on > form.valid_until
    span = {"version": version, "since": form.valid_from, "until": form.valid_until or "…"}
    return list(when(given_on < form.valid_from or ended, Reason("consent-form-not-valid", **span)))


def withdrawal_reasons(
    standing: DonorStanding, before: Sequence[WithdrawalScope], scope: WithdrawalScope
) -> list[Reason]:
    """Why there is nothing more to withdraw."""
    more = scope is WithdrawalScope.DESTRUCTION and scope not in before
    over = standing is DonorStanding.WITHDRAWN and not more
    return list(when(scope in before or over, Reason("withdrawn-already")))


@dataclass(frozen=True)
class MarkerFacts:
    """One marker's result."""

    marker: str
    specimen_of: SpecimenOf
    specimen_at: datetime
    finding: Finding
    reviewed_by: str | None


@dataclass(frozen=True)
class DonorEvidence:
    """All that the decision on a donor rests on."""

    consent_at: datetime
    withdrawn: bool
    recovered_at: datetime | None
    questions: Sequence[Criterion]
    answers: Mapping[str, str]  # all that she ever said, the newest to each question
    answered: Collection[str]  # the questions that were asked for this donation
    history_clear: bool | None  # as it was last found
    is_asked: bool  # for this donation
    results: Sequence[MarkerFacts]
    required: Sequence[str]
    window_days: int


def eligibility_blockers(donor: DonorEvidence) -> list[Reason]:
    """Every reason why this donor may not be declared eligible."""
    recovered = donor.recovered_at
    return [
        *when(donor.withdrawn, Reason("consent-withdrawn")),
        *when(recovered is None, Reason("no-cord")),
        *when(
            recovered is not None and donor.consent_at > recovered,
            Reason("consent-late.consent"),
        ),
        *when(not donor.is_asked, Reason("no-history")),
        *when(donor.is_asked, *_unanswered(donor)),
        *_lacking(donor),
        *excluding(donor),
    ]


def excluding(donor: DonorEvidence) -> list[Reason]:
    """What forbids the use of this donor's cells, whatever else is still lacking."""
    wrong = eligibility_reasons(donor.questions, donor.answers)
    reactive = [r.marker for r in donor.results if r.finding is Finding.REACTIVE]
    return [
        *(reason for reason in wrong if not reason.code.startswith("missing-")),
        *when(donor.history_clear is False, Reason("history")),
        *(
            Reason("reactive", marker=marker)
            for marker in dict.fromkeys(reactive)
            if marker in donor.required
        ),
    ]


def _unanswered(donor: DonorEvidence) -> list[Reason]:
    asked = {code: said for code, said in donor.answers.items() if code in donor.answered}
    wrong = eligibility_reasons(donor.questions, asked)
    return [reason for reason in wrong if reason.code.startswith("missing-")]


def _lacking(donor: DonorEvidence) -> list[Reason]:
    """Panel completeness: each marker from the mother's blood, in its time, told and reviewed."""
    found = []
    for marker in donor.required:
        of_mother = [
            r for r in donor.results if r.marker == marker and r.specimen_of is SpecimenOf.MOTHER
        ]
        timely = [r for r in of_mother if _in_window(donor, r)]
        told = [r for r in timely if r.finding is not Finding.INCONCLUSIVE]
        found += [
            *when(not told, Reason("marker-missing", marker=marker)),
            *when(
                of_mother and not timely,
                Reason("specimen-time", marker=marker, window_days=donor.window_days),
            ),
            *when(timely and not told, Reason("marker-inconclusive", marker=marker)),
            *when(
                any(r.reviewed_by is None for r in told),
                Reason("marker-not-reviewed", marker=marker),
            ),
        ]
    return found


def _in_window(donor: DonorEvidence, result: MarkerFacts) -> bool:
    """Within ±7 days of recovery, inclusive to the second (21 CFR 1271.80(b))."""
    if donor.recovered_at is None:
        return True
    return abs(result.specimen_at - donor.recovered_at) <= timedelta(days=donor.window_days)


def review_reasons(entered_by: Sequence[str], unproved: Sequence[str], who: str) -> list[Reason]:
    """Why this person may not review these results; `unproved` are markers without a report."""
    return [
        *when(not entered_by, Reason("nothing-to-review")),
        *when(who in entered_by, Reason("your-own-result")),
        *(Reason("no-report", marker=marker) for marker in dict.fromkeys(unproved)),
    ]


def repeat_due(
    recovered_at: datetime | None, after_days: int, drawn: Sequence[datetime], window_days: int
) -> datetime | None:
    """When her markers are to be repeated; None where they are not, or were.

    A specimen counts that was drawn no earlier than so many days before it is due.
    """
    if recovered_at is None or not after_days:
        return None
    due = recovered_at + timedelta(days=after_days)
    done = any(moment >= due - timedelta(days=window_days) for moment in drawn)
    return None if done else due


@dataclass(frozen=True)
class Upstream:
    """What a thing descends from that could forbid its use: (number, name, standing)."""

    lots: Sequence[tuple[str, str, LotStanding]]
    donors: Sequence[tuple[str, DonorStanding]]
    uncleared_cords: Sequence[str]


def upstream_reasons(found: Upstream, *, settled: bool) -> list[Reason]:
    """Every lot, donor or donation upstream that forbids the use of a thing.

    `settled` asks for a decision of QA's on donor and donation; without it a pending one may be
    worked on in quarantine.
    """
    bad = {LotStanding.HOLD, LotStanding.RECALLED, LotStanding.REJECTED}
    wrong = {
        DonorStanding.INELIGIBLE,
        DonorStanding.WITHDRAWN,
        *([DonorStanding.PENDING] if settled else []),
    }
    return [
        *(
            Reason(
                f"ancestor-{standing}",
                say("name-lot-is-in-standing", name=name, lot=lot, standing=named(standing)),
            )
            for lot, name, standing in found.lots
            if standing in bad
        ),
        *(
            Reason(
                f"donor-{standing}",
                say("donor-donor-is-standing", donor=donor, standing=named(standing)),
            )
            for donor, standing in found.donors
            if standing in wrong
        ),
        *(Reason("donation-pending", cord=cord) for cord in found.uncleared_cords if settled),
    ]
