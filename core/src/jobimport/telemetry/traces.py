"""Traces, one a run: off until OTEL_EXPORTER_OTLP_ENDPOINT says where they go to.

The identity of a run's trace is made from the run's id. So every part knows it, whoever works on
the run and whatever Redis has lost, and nothing of it has to be stored or sent along.
"""

import importlib
import logging
import os
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Final, Protocol

Value = str | int | float | bool
Attributes = Mapping[str, Value]

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

log = logging.getLogger(__name__)


class Spans(Protocol):
    """What is done with spans while traces are on; `jobimport.telemetry.spans` has it."""

    def of_run(self, run: str, name: str, attributes: Attributes) -> AbstractContextManager[None]:
        """A span that is a child of the run as a whole."""
        ...

    def inner(self, name: str, attributes: Attributes) -> AbstractContextManager[None]:
        """A span below the open one."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Say more about the open span."""
        ...

    def record_run(
        self,
        run: str,
        started: datetime,
        finished: datetime,
        attributes: Attributes,
        problem: str | None,
    ) -> None:
        """Record the span of a run as a whole."""
        ...

    def close(self) -> None:
        """Send what is left, and end."""
        ...


_on: Final[list[Spans]] = []


def tracing_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment says where traces go to, and does not forbid them."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return any(environment.get(name) for name in _ENDPOINTS)


@contextmanager
def tracing(part: str, version: str) -> Generator[None]:
    """Export traces while the context lasts, where the environment wants it; flushes at the end.

    All of OpenTelemetry's own variables hold: headers, sampler, resource attributes, batch sizes.
    """
    if not tracing_wanted():
        yield
        return
    # Loading OpenTelemetry takes a while and some 20 MB: only who has traces pays for it.
    spans: Spans = importlib.import_module("jobimport.telemetry.spans").exporting(part, version)
    _on.append(spans)
    log.info("traces are exported by OTLP over HTTP")
    try:
        yield
    finally:
        _on.remove(spans)
        spans.close()


@contextmanager
def run_span(run: str, name: str, **attributes: Value) -> Generator[None]:
    """A span of a run's trace while the context lasts: a child of the run as a whole."""
    if not _on:
        yield
        return
    with _on[0].of_run(run, name, _named(attributes)):
        yield


@contextmanager
def inner_span(name: str, **attributes: Value) -> Generator[None]:
    """A span below the one that is open here, if any is."""
    if not _on:
        yield
        return
    with _on[0].inner(name, _named(attributes)):
        yield


def note(**attributes: Value) -> None:
    """Say more about the span that is open here."""
    if _on:
        _on[0].note(_named(attributes))


def record_run(
    run: str, started: datetime, finished: datetime, problem: str | None, **attributes: Value
) -> None:
    """Record the run as a whole, once it is over; its children may be in the trace long since.

    `problem` says why it did not succeed. Said twice, it is the same span twice.
    """
    if _on:
        _on[0].record_run(run, started, finished, _named(attributes), problem)


def _named(attributes: Attributes) -> Attributes:
    return {f"jobimport.{name}": value for name, value in attributes.items()}
