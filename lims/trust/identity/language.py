"""In which language somebody reads."""

from dataclasses import dataclass
from typing import Annotated

from lims.core.entries import About
from lims.core.telling import Told
from lims.core.texts import LANGUAGES, retold, say
from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.people import Person
from lims.trust.identity.roles import Permission


@dataclass(frozen=True)
class ChooseLanguage:
    """A language of pages."""

    language: Annotated[str, About(choices=tuple(LANGUAGES.items()))]


@dataclass(frozen=True)
class Chosen:
    """The language from now on."""

    language: str
    says: Told


@action(may=Permission.OWN_ACCOUNT)
def choose_language(work: Work, wanted: ChooseLanguage) -> Chosen:
    """Read all pages in this language from now on."""
    work.lock(Person, work.actor.login).language = wanted.language
    told = say("language-is-set", language=LANGUAGES[wanted.language])
    return Chosen(wanted.language, str(retold(told, wanted.language)))
