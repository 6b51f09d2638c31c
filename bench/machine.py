"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from lims.core.db import make_engine

PACKAGES = ("flask", "gunicorn", "marshmallow", "psycopg", "sqlalchemy", "werkzeug")
ROOT = Path(__file__).resolve().parent.parent


def _words_after(path: str, start: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(start):
            return line.split(":", 1)[1].strip()
    return "?"


def commit() -> str:
    """The commit measured, with a mark when the program had changes beside it."""
    told = [
        subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout
        for words in (
            ["rev-parse", "--short=12", "HEAD"],
            ["status", "--porcelain", "--", "lims", "migrations", "wsgi.py"],
        )
    ]
    return (told[0].strip() or "?") + (" and changes" if told[1] else "")


def _sqlite(folder: Path) -> str:
    """The version that the program itself uses: the wheel's, not Python's."""
    with make_engine(f"sqlite:///{folder}/empty.sqlite").connect() as connection:
        return str(connection.exec_driver_sql("SELECT sqlite_version()").scalar())


def filesystem(folder: Path) -> str:
    """The file system under the database: a commit to memory is no commit."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    inside = [m for m in mounts if folder.is_relative_to(m[0])]
    return max(inside, key=lambda mount: len(mount[0]))[1]


def machine(folder: Path) -> dict[str, object]:
    """Date, machine and versions."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "cpu": _words_after("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": _words_after("/proc/meminfo", "MemTotal"),
        "load_before": os.getloadavg(),
        "filesystem": filesystem(folder),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": _sqlite(folder),
        "packages": {name: version(name) for name in PACKAGES},
    }
