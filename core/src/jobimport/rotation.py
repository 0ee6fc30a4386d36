"""A changed Secret reaches a part that runs: it ends, and its container starts with the new one.

Kubernetes gives a container its environment at its start only, and keeps a mounted Secret up to
date. So the Secret with the stores' URLs is mounted too, and compared with what the part was given.
"""

import logging
import os
import signal
from pathlib import Path

from jobimport.settings import RedisSettings, StoreSettings

log = logging.getLogger(__name__)


class MountedUrls:
    """The stores' URLs as the mounted Secret has them, beside those that the part was given."""

    def __init__(self, settings: RedisSettings) -> None:
        self._folder = Path(settings.stores_dir) if settings.stores_dir else None
        self._given = {"REDIS_URL": settings.redis_url.get_secret_value()}
        if isinstance(settings, StoreSettings):
            self._given["MONGODB_URL"] = settings.mongodb_url.get_secret_value()
        self._first = {name: self._read(name) for name in self._given}

    def changed(self) -> list[str]:
        """Name the URLs that have become others since the start.

        A mount that was out of date at the start, and now shows what was given, has not changed.
        """
        found = {name: self._read(name) for name in self._given}
        return [
            name
            for name, value in found.items()
            if value not in (None, self._first[name], self._given[name].strip())
        ]

    def _read(self, name: str) -> str | None:
        if self._folder is None:
            return None
        try:
            return (self._folder / name).read_text().strip()
        except OSError:
            return None


def end_if_changed(urls: MountedUrls) -> bool:
    """Have this process end as by SIGTERM where a URL has changed; says whether it does."""
    changed = urls.changed()
    if not changed:
        return False
    log.warning("%s of the Secret changed: ending, to be started with it", " and ".join(changed))
    os.kill(os.getpid(), signal.SIGTERM)
    return True
