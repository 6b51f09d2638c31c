"""The participants of the demonstration: invented, and as unlike each other as real ones."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from lims.trial.rules import Sex

D = Decimal
ANSWERS: Final = {
    "height": "165", "duration": "9", "insulin-stable": "yes",
    "no-excluded-drugs": "yes", "hba1c": "8.6", "c-peptide": "1.6", "willing": "yes",
    "creatinine": "82",
}  # fmt: skip
NO: Final = (
    "ketonuria", "tumour", "infarction", "angina", "vascular", "retinopathy", "hypertension",
    "endocrine", "occupation", "concurrent", "understanding", "drug-abuse", "pregnancy", "allergic",
)  # fmt: skip


@dataclass(frozen=True)
class Volunteer:
    """Somebody who meets every criterion; `insulin` in U/kg a day, `bmi` in kg/m².

    `better` says by how much of the way to the endpoint the first year brings them, whatever they
    were given: the story does not know it.
    """

    initials: str
    sex: Sex = Sex.FEMALE
    born: date = date(1976, 5, 4)
    weight: str = "75.0"
    bmi: str = "27.5"
    hba1c: str = "8.6"
    insulin: str = "0.7"
    c_peptide: str = "1.6"
    creatinine: str = "82"
    duration: str = "9"
    better: str = "0.5"

    @property
    def answers(self) -> dict[str, str]:
        """What this person answers at the screening."""
        metres = (D(self.weight) / D(self.bmi)).sqrt()
        return ANSWERS | dict.fromkeys(NO, "no") | {
            "weight": self.weight,
            "height": f"{metres * 100:.0f}",
            "daily-insulin": f"{self.units:f}",
            "hba1c": self.hba1c,
            "c-peptide": self.c_peptide,
            "creatinine": self.creatinine,
            "duration": self.duration,
        }  # fmt: skip

    @property
    def units(self) -> Decimal:
        """Insulin a day at the beginning."""
        return (D(self.weight) * D(self.insulin)).quantize(D(1))

    def measured(self, week: int) -> tuple[Decimal, Decimal]:
        """HbA1c and daily insulin in a week: most of what changes does so in the first half year."""
        way = D(self.better) * min(D(1), D(week) / 24)
        hba1c = (D(self.hba1c) - way * D("2.4")).quantize(D("0.1"))
        return hba1c, (self.units * (1 - way * D("0.6"))).quantize(D(1))


def _f(initials: str, year: int, *rest: str) -> Volunteer:
    return Volunteer(initials, Sex.FEMALE, _birthday(initials, year), *rest)


def _m(initials: str, year: int, *rest: str) -> Volunteer:
    return Volunteer(initials, Sex.MALE, _birthday(initials, year), *rest)


def _birthday(initials: str, year: int) -> date:
    """A day of the year that follows from the initials: no two alike."""
    first, second = ord(initials[0]), ord(initials[-1])
    return date(year, first % 12 + 1, (second * 7 + first) % 28 + 1)


VOLUNTEERS: Final = (
    _m("ZW", 1968, "72.5", "25.4", "8.4", "0.62", "1.4", "88", "11", "0.9"),
    _f("LF", 1974, "61.6", "24.6", "9.1", "0.81", "1.2", "64", "14", "0.2"),
    _m("CJ", 1963, "88.4", "29.3", "7.9", "0.55", "2.1", "97", "8", "0.6"),
    _f("HX", 1979, "75.0", "28.8", "10.2", "0.93", "1.1", "58", "6", "1.1"),
    _f("YM", 1971, "66.3", "26.1", "8.8", "0.70", "1.7", "71", "12", "0.1"),
    _m("GP", 1982, "97.7", "31.5", "9.6", "0.66", "2.4", "103", "5", "0.7"),
    _m("SQ", 1965, "79.2", "27.0", "7.6", "0.58", "1.9", "92", "17", "0.3"),
    _f("WN", 1977, "61.8", "25.2", "8.2", "0.75", "1.3", "60", "9", "0.4"),
    _m("DL", 1969, "83.1", "28.1", "8.9", "0.64", "1.8", "90", "13"),
    _f("RH", 1973, "58.7", "24.1", "7.8", "0.52", "1.5", "55", "7"),
    _f("KX", 1966, "70.4", "29.0", "9.4", "0.85", "1.2", "68", "19"),
    _m("MT", 1980, "92.6", "30.2", "8.1", "0.60", "2.6", "99", "4"),
    _m("QY", 1972, "76.8", "26.6", "8.7", "0.73", "1.6", "84", "10"),
    _f("TJ", 1964, "64.9", "27.4", "9.9", "0.91", "1.1", "73", "18"),
    _f("BL", 1978, "80.3", "32.0", "8.0", "0.57", "2.2", "62", "6"),
    _m("XC", 1970, "69.5", "24.9", "7.4", "0.51", "1.9", "86", "8"),
    _m("FZ", 1967, "101.2", "33.4", "9.2", "0.68", "2.8", "108", "15"),
    _f("NY", 1981, "63.0", "25.8", "8.5", "0.78", "1.4", "57", "5"),
    _f("PG", 1975, "72.1", "28.4", "10.6", "0.96", "1.0", "66", "16"),
    _m("JS", 1962, "85.7", "27.9", "7.7", "0.54", "2.0", "95", "20"),
    _m("AH", 1976, "78.4", "26.3", "8.3", "0.65", "1.7", "81", "9"),
    _f("VW", 1983, "59.9", "24.4", "9.0", "0.83", "1.3", "54", "4"),
    _f("EQ", 1968, "68.2", "27.8", "8.6", "0.71", "1.6", "70", "12"),
    _m("OT", 1974, "90.5", "29.8", "9.7", "0.67", "2.3", "101", "11"),
)


def volunteer(place: int) -> Volunteer:
    """The next one; after the last they begin again with a digit behind the initials."""
    again, n = divmod(place, len(VOLUNTEERS))
    found = VOLUNTEERS[n]
    fields = vars(found) | {"initials": f"{found.initials}{again + 1}" if again else found.initials}
    return Volunteer(**fields)
