"""Brings a database to the newest migration."""

from pathlib import Path

from alembic import command
from alembic.config import Config

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's settings for a database; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade to a revision, then install the triggers."""
    command.upgrade(alembic_config(url), revision)
