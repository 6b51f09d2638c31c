"""A place for backups, a keeper of its key, and what restores from it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyrage
import pytest

from lims.backup.restoring import Reader
from lims.backup.store import Store
from lims.backup.taking import Taken, take
from tests.support.worlds import World


@dataclass
class Vault:
    """Where a world's backups lie."""

    world: World
    folder: Path
    identity: pyrage.x25519.Identity

    @property
    def store(self) -> Store:
        return Store.at(str(self.folder))

    @property
    def reader(self) -> Reader:
        return Reader(self.store, self.identity, self.world.site.key.public_key())

    def take(self) -> Taken:
        return take(self.world.site, self.store, {})

    def everything(self) -> bytes:
        """Every byte that lies there."""
        return b"".join(one.read_bytes() for one in self.folder.rglob("*") if one.is_file())


def vault_of(world: World, folder: Path) -> Vault:
    identity = pyrage.x25519.Identity.generate()
    recipients = (str(identity.to_public()),)
    world.site.settings = replace(world.site.settings, backup_recipients=recipients)
    return Vault(world, folder, identity)


@pytest.fixture
def vault(world: World, tmp_path: Path) -> Vault:
    return vault_of(world, tmp_path / "backups")
