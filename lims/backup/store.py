"""Where backups lie: a folder, or a bucket that speaks S3; each thing is written once and whole."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import from_url


def _through(there: Path) -> None:
    """Through to the disk: what has a name must have its bytes after a power cut too."""
    handle = os.open(there, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class StoreError(RuntimeError):
    """The place of the backups cannot be reached, read or written."""


@dataclass(frozen=True)
class Store:
    """A place for backups. Keys of an S3 bucket come from the environment (AWS_…)."""

    place: Any
    folder: Path | None = None  # where it is one

    @classmethod
    def at(cls, target: str) -> "Store":
        """The place that a person names: a folder, or an address as s3://bucket/folder."""
        try:
            if "://" in target:
                return cls(from_url(target))
            folder = Path(target).resolve()
            folder.mkdir(parents=True, exist_ok=True)
            return cls(from_url(folder.as_uri()), folder)
        except (BaseError, OSError) as error:
            raise StoreError(str(error)) from error

    def put(self, name: str, data: bytes) -> bool:
        """Write a thing; whether it was new. What is there is never written over."""
        try:
            obstore.put(self.place, name, data, mode="create")
            if self.folder is not None:
                for there in (self.folder / name, (self.folder / name).parent):
                    _through(there)
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as error:
            raise StoreError(str(error)) from error
        return True

    def get(self, name: str) -> bytes:
        """Read a thing whole."""
        try:
            return bytes(obstore.get(self.place, name).bytes())
        except (BaseError, FileNotFoundError) as error:
            raise StoreError(str(error)) from error

    def names(self, folder: str, before: datetime | None = None) -> Iterator[str]:
        """The names of all things in a folder of the place; or of those that are older."""
        try:
            for some in obstore.list(self.place, prefix=folder):
                for one in some:
                    if before is None or one["last_modified"] < before:
                        yield one["path"].rpartition("/")[2]
        except BaseError as error:
            raise StoreError(str(error)) from error

    def take_away(self, names: list[str]) -> None:
        """Remove what no backup that is kept needs."""
        try:
            if names:
                obstore.delete(self.place, names)
        except (BaseError, FileNotFoundError) as error:
            raise StoreError(str(error)) from error
