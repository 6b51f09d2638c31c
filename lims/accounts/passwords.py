"""One's own password: long, not guessed from lists or from who one is, and not one of the last."""

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from lims.accounts import rules
from lims.core.db import Base
from lims.core.errors import Refused
from lims.core.reasons import Reason, when
from lims.core.texts import say
from lims.trust.context import Work
from lims.trust.identity.people import Person, fits_hash, hasher

NOT_AGAIN: Final = 5  # of one's last passwords
LONGEST_JUDGED: Final = 72  # signs: what is longer is strong by its beginning, or too much to judge


class PasswordBefore(Base):
    """A password that somebody had, as a digest: it is not chosen again soon."""

    __tablename__ = "password_before"
    stream = ("person", "login")
    secrets = frozenset({"hash"})
    insert_only = True

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("person.login"), index=True)
    hash: Mapped[str] = mapped_column(comment="Argon2id")
    until: Mapped[datetime]


def choose(work: Work, row: Person, password: str) -> None:
    """Let somebody have this password of their own from now on."""
    light, earlier = work.settings.light_passwords, select(PasswordBefore.hash)
    mine = earlier.where(PasswordBefore.login == row.login).order_by(PasswordBefore.id.desc())
    hashes = [row.password_hash, *work.session.scalars(mine.limit(NOT_AGAIN - 1))]
    reasons = [
        *rules.password_reasons(password, is_guessed=_is_guessed(password, row)),
        *when(any(fits_hash(h, password, light=light) for h in hashes), Reason("same-password")),
    ]
    if reasons:
        raise Refused(say("this-password-is-not-set"), reasons)
    work.add(PasswordBefore(login=row.login, hash=row.password_hash, until=work.now))
    row.password_hash = hasher(light=light).hash(password)


# What anybody would try first here (ASVS 6.1.2).
WORDS_OF_THE_HOUSE: Final = (
    "funis", "lims", "laboratory", "hospital", "beijing", "stemcell", "stemcells", "umbilical",
    "ucmsc", "diabetes", "placebo", "vehicle", "infusion", "wristband", "nct02302599",
)  # fmt: skip


def _is_guessed(password: str, row: Person) -> bool:
    """Whether lists of words, keys, dates and what is known of person and house lead to it soon."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- half a megabyte of lists, seldom wanted

    names = [row.name, *row.name.split(), "".join(row.name.split())]
    known = [row.login, *names, row.staff_number, *WORDS_OF_THE_HOUSE]
    return bool(zxcvbn(password[:LONGEST_JUDGED], user_inputs=known)["score"] < 3)
