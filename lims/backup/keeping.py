"""Which backups are kept: all of the last days, and the newest of each month, for thirty years."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lims.backup.store import Store
from lims.backup.taking import BACKUPS, NEEDS, PIECES


def moment_of(name: str) -> datetime:
    """When a backup was taken, by its name."""
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def not_kept(names: Sequence[str], now: datetime, days: int) -> list[str]:
    """The backups that neither the last `days` nor their month needs; never the newest of all."""
    newest_of_month = {name[:6]: name for name in sorted(names)}
    recent = {name for name in names if now - moment_of(name) <= timedelta(days=days)}
    return sorted(set(names) - recent - set(newest_of_month.values()))


def prune(store: Store, now: datetime, days: int) -> tuple[int, int]:
    """Remove what is not kept, and the pieces that nothing else needs; how many of each.

    Pieces of the last day stay: a backup that is under way has not written its list yet.
    """
    names = list(store.names(BACKUPS))
    gone = not_kept(names, now, days)
    store.take_away([f"{BACKUPS}/{name}" for name in gone])
    store.take_away([f"{NEEDS}/{name}" for name in gone])
    needed: set[str] = set()
    for name in store.names(NEEDS):
        needed.update(store.get(f"{NEEDS}/{name}").decode().split("\n"))
    left = sorted(set(store.names(PIECES, before=now - timedelta(days=1))) - needed)
    store.take_away([f"{PIECES}/{name}" for name in left])
    return len(gone), len(left)
