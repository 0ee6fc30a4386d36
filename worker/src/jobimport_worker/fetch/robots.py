"""robots.txt (RFC 9309), for sources whose pages are crawled."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlsplit

from protego import Protego

from jobimport_worker.errors import Terminal, Transient
from jobimport_worker.fetch.turns import Manners

AGENT = "JobImport"
"""The name that robots.txt knows us by; the User-Agent begins with it."""

_KEPT_SECONDS = 3600.0
_MOST_HOSTS = 500
_LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What one host's robots.txt says; `rules` None: all is allowed."""

    MOST_BYTES: ClassVar[int] = 512 * 1024
    """How much of it is read."""

    rules: Protego | None = None
    crawl_delay_seconds: float = 0.0

    @classmethod
    def parse(cls, text: bytes) -> "RobotsFile":
        """Read a robots.txt; lines that are none are passed over."""
        rules = Protego.parse(text.decode("utf-8", "replace").lstrip("\ufeff"))
        delay = rules.crawl_delay(AGENT) or 0.0
        return cls(rules, min(max(delay, 0.0), _LONGEST_DELAY))

    def allows(self, url: str) -> bool:
        """Whether a page may be fetched."""
        return self.rules is None or self.rules.can_fetch(url, AGENT)


class Robots:
    """The robots.txt of each host that is crawled, fetched once an hour by each worker."""

    def __init__(self, fetch: Callable[[str, Manners], Awaitable[RobotsFile]]) -> None:
        self._fetch = fetch
        self._known: OrderedDict[str, tuple[float, RobotsFile]] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def check(self, url: str, manners: Manners) -> Manners:
        """The manners to fetch a page with; Terminal where robots.txt disallows it.

        Transient where the file cannot be read: until it can, nothing is crawled.
        """
        if manners.politeness.robots_txt == "Ignore":
            return manners
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return manners  # refused by whoever sends it
        file = await self._file(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", manners)
        if not file.allows(url):
            raise Terminal(
                f"the robots.txt of {parts.hostname} disallows {parts.path or '/'} for {AGENT};"
                " for a site of your own set spec.source.politeness.robotsTxt to Ignore"
            )
        return replace(manners, crawl_delay_seconds=file.crawl_delay_seconds)

    async def _file(self, origin: str, manners: Manners) -> RobotsFile:
        known = self._fresh(origin)
        if known is not None:
            return known
        lock = self._locks.setdefault(origin, asyncio.Lock())
        try:
            async with lock:
                known = self._fresh(origin)
                if known is None:
                    known = await self._fetched(origin, manners)
                    self._known[origin] = (time.monotonic() + _KEPT_SECONDS, known)
                    while len(self._known) > _MOST_HOSTS:
                        self._known.popitem(last=False)
                return known
        finally:
            if not lock.locked():
                self._locks.pop(origin, None)

    def _fresh(self, origin: str) -> RobotsFile | None:
        until, file = self._known.get(origin, (0.0, None))
        return file if time.monotonic() < until else None

    async def _fetched(self, origin: str, manners: Manners) -> RobotsFile:
        try:
            return await self._fetch(f"{origin}/robots.txt", manners)
        except Terminal:  # there is none, which allows all (RFC 9309, 2.3.1.3)
            return RobotsFile()
        except Transient as error:
            raise Transient(
                f"robots.txt cannot be read, so nothing is crawled yet: {error}"
            ) from error
