"""Worlds for this folder."""

from tests.support.scene_fixtures import received, released

__all__ = ["received", "released"]
