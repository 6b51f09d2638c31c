"""Worlds for this folder."""

from tests.support.scene_fixtures import received

__all__ = ["received"]
