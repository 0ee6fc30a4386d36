"""What a spec allows itself at one host, and how the host is named."""

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from jobimport.resource.fetching import Politeness

_MOST_REMEMBERED = 1_000
"""Requests that a period remembers; a larger budget is kept as so many in a part of its period."""

_PLAIN = re.compile(r"[^a-z0-9.:_-]")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests in each period, in microseconds, and requests under way; 0: no limit."""

    requests: int = 0
    period_us: int = 0
    in_flight: int = 0

    @classmethod
    def of(cls, politeness: Politeness) -> Self:
        """The limits of a spec. 30,000 in 60 s become 1,000 in 2 s, which is never more."""
        in_flight = politeness.max_in_flight or 0
        if politeness.requests is None:
            return cls(in_flight=in_flight)
        parts = -(-politeness.requests // _MOST_REMEMBERED)
        period = -(-politeness.period_seconds * 1_000_000 // parts)
        return cls(politeness.requests // parts, period, in_flight)

    def with_gap(self, seconds: float) -> Self:
        """These limits, and at most one request in so many seconds where that is stricter."""
        gap = int(seconds * 1_000_000)
        if gap <= 0 or (self.requests and self.period_us / self.requests >= gap):
            return self
        return replace(self, requests=1, period_us=gap)

    def to_argument(self) -> str:
        """As the script reads it; empty where there is no limit."""
        if not (self.requests or self.in_flight):
            return ""
        return f"{self.requests} {self.period_us} {self.in_flight}"


def host_of(url: str) -> str:
    """The host of a URL as its budget is named: lower case, with the port unless it is the usual.

    What no host's name holds becomes `_`, since the name stands within a Redis hash tag.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")[:253]
    port = parts.port
    named = host if port in (None, _PORTS.get(parts.scheme)) else f"{host}:{port}"
    return _PLAIN.sub("_", named.lower())
