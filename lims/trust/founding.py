"""What an installation rests on from its first moment: that the database knows its keys."""

from dataclasses import dataclass

from sqlalchemy import select

from lims.trust.actions import action
from lims.trust.context import Work
from lims.trust.identity.roles import Permission
from lims.trust.keys import KEYS, KnownKey, fingerprint


@dataclass(frozen=True)
class KnowKeys:
    """The keys in the folder."""


@dataclass(frozen=True)
class KeysKnown:
    """How many were new."""

    count: int


@action(may=Permission.PROGRAM, served=False)
def know_keys(work: Work, wanted: KnowKeys) -> KeysKnown:
    """Remember by which keys this database's records were made; start-up asks for the same."""
    known = set(work.session.scalars(select(KnownKey.name)))
    new = [name for name in KEYS if name not in known]
    for name in new:
        own = fingerprint(work.settings.key_folder, name)
        work.add(KnownKey(name=name, fingerprint=own, since=work.now))
    return KeysKnown(len(new))
