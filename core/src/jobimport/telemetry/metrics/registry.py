"""The registry of a process, and how metrics are defined: each described once, for the docs too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
OTHER: Final = "other"
"""The label value that stands for all that a bounded label has no room for."""

REGISTRY: Final = CollectorRegistry()
SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Buckets for what takes from milliseconds to minutes."""
SHORT_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Buckets for what should take milliseconds."""

disable_created_metrics()
ProcessCollector(registry=REGISTRY)


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as the docs list it. `kind` is counter, gauge or histogram."""

    part: str
    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


DESCRIBED: Final[list[Described]] = []


def describe(part: str, name: str, kind: str, labels: Sequence[str], text: str) -> None:
    """List a metric in the docs, under the part that serves it."""
    DESCRIBED.append(Described(part, name, kind, tuple(labels), text))


def counter(part: str, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
    """Define a counter; its name ends in _total."""
    describe(part, name, "counter", labels, text)
    return Counter(name.removesuffix("_total"), text, labels, registry=REGISTRY)


def gauge(part: str, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
    """Define a gauge."""
    describe(part, name, "gauge", labels, text)
    return Gauge(name, text, labels, registry=REGISTRY)


def histogram(
    part: str,
    name: str,
    text: str,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = SECONDS,
) -> Histogram:
    """Define a histogram; its name ends in its unit."""
    describe(part, name, "histogram", labels, text)
    return Histogram(name, text, labels, buckets=buckets, registry=REGISTRY)


BUILD_INFO: Final = gauge(
    "all parts", "jobimport_build_info", "Always 1; says what runs.", ("part", "version")
)


class BoundedLabel:
    """Keeps the number of a label's values bounded: the first `most` go by name, all others as
    `other`. What a source or a user may name freely must not make a series each.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def of(self, value: str) -> str:
        """The value, or `other` where there are too many already."""
        if value in self._known:
            return value
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(value)
        return value


NAMESPACES: Final = BoundedLabel(200)
"""The namespaces that have series of their own."""


def exposition() -> bytes:
    """All metrics of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)
