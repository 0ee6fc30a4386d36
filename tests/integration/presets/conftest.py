"""Presets against a source on this machine that answers as the feed does."""

from integration.worker.conftest import Rig, Source, rig, source

__all__ = ["Rig", "Source", "rig", "source"]
