"""Which requests go wrong, and how: the same ones at every run of the same board."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What a request meets instead of its answer."""

    THROTTLED = "429"
    UNAVAILABLE = "503"
    RESET = "reset"


@dataclass(slots=True)
class FaultPlan:
    """Shares, in percent, of the URLs whose first request meets a fault.

    Only the first `repeats` requests of a URL are hit, so that a patient importer gets all.
    """

    throttled: int = 0
    unavailable: int = 0
    reset: int = 0
    repeats: int = 1
    retry_after_seconds: int = 1
    seed: str = "jobimport"
    only: str = ""
    """Part of the URLs that may be hit; empty: all."""
    _seen: dict[str, int] = field(default_factory=dict[str, int], init=False)

    def next_fault(self, url: str) -> Fault | None:
        """Say what the next request of this URL meets; None: it is answered."""
        count = self._seen[url] = self._seen.get(url, 0) + 1
        if count > self.repeats or self.only not in url:
            return None
        digest = hashlib.blake2b(f"{self.seed}{url}".encode(), digest_size=4).digest()
        draw = int.from_bytes(digest) % 100
        if draw < self.throttled:
            return Fault.THROTTLED
        if draw < self.throttled + self.unavailable:
            return Fault.UNAVAILABLE
        if draw < self.throttled + self.unavailable + self.reset:
            return Fault.RESET
        return None

    def begin_again(self) -> None:
        """Forget which URLs were asked for: the next request of each counts as its first."""
        self._seen.clear()
