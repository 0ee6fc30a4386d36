"""Spans by OpenTelemetry, exported by OTLP over HTTP. Loaded only where traces are on."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final

from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

from jobimport.logs import redacted
from jobimport.telemetry.traces import Attributes

_CLOSE_MS: Final = 5_000
_RUN: Final[ContextVar[str | None]] = ContextVar("run whose root span is made", default=None)


def trace_id_of(run: str) -> int:
    """The 128 bits that name a run's trace."""
    return int.from_bytes(hashlib.sha256(f"trace {run}".encode()).digest()[:16]) or 1


def root_id_of(run: str) -> int:
    """The 64 bits that name the span of the run as a whole."""
    return int.from_bytes(hashlib.sha256(f"root {run}".encode()).digest()[:8]) or 1


class _Ids(RandomIdGenerator):
    """Random, but for the root span of a run."""

    def generate_trace_id(self) -> int:
        run = _RUN.get()
        return super().generate_trace_id() if run is None else trace_id_of(run)

    def generate_span_id(self) -> int:
        run = _RUN.get()
        return super().generate_span_id() if run is None else root_id_of(run)


class ExportedSpans:
    """Makes spans and hands them to the exporter, which sends them from a thread of its own."""

    def __init__(self, provider: TracerProvider, version: str) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("jobimport", version)

    @contextmanager
    def of_run(self, run: str, name: str, attributes: Attributes) -> Generator[None]:
        """A span that is a child of the run as a whole."""
        span = self._tracer.start_span(
            name, self._context_of(run), attributes={**attributes, "jobimport.run": run}
        )
        with _open(span):
            yield

    @contextmanager
    def inner(self, name: str, attributes: Attributes) -> Generator[None]:
        """A span below the open one; where none is open, none: it would belong to no run."""
        if not get_current_span().get_span_context().is_valid:
            yield
            return
        with _open(self._tracer.start_span(name, attributes=attributes)):
            yield

    def note(self, attributes: Attributes) -> None:
        """Say more about the open span."""
        get_current_span().set_attributes(attributes)

    def record_run(
        self,
        run: str,
        started: datetime,
        finished: datetime,
        attributes: Attributes,
        problem: str | None,
    ) -> None:
        """Record the root span of a run."""
        reset = _RUN.set(run)
        try:
            span = self._tracer.start_span(
                "run",
                Context(),
                attributes={**attributes, "jobimport.run": run},
                start_time=_nanoseconds(started),
            )
        finally:
            _RUN.reset(reset)
        if problem is not None:
            span.set_status(Status(StatusCode.ERROR, redacted(problem)))
        span.end(_nanoseconds(finished))

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        self._provider.force_flush(_CLOSE_MS)
        self._provider.shutdown()

    def _context_of(self, run: str) -> Context:
        """The run's root as a parent that another process has; sampled if it is sampled there."""
        trace = trace_id_of(run)
        sampled = self._provider.sampler.should_sample(None, trace, "run").decision.is_sampled()
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        parent = SpanContext(trace, root_id_of(run), is_remote=True, trace_flags=flags)
        return set_span_in_context(NonRecordingSpan(parent), Context())


def exporting(part: str, version: str) -> ExportedSpans:
    """Export by what OpenTelemetry's variables say, as the service `jobimport-<part>`."""
    resource = Resource.create({"service.name": f"jobimport-{part}", "service.version": version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False, id_generator=_Ids())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return ExportedSpans(provider, version)


@contextmanager
def _open(span: Span) -> Generator[None]:
    """Have a span be the current one; what is raised is told by its type and redacted text alone,
    since the texts of its causes may hold what must not be shown.
    """
    token = attach(set_span_in_context(span))
    try:
        yield
    except Exception as error:
        text = redacted(f"{type(error).__name__}: {error}")
        span.set_status(Status(StatusCode.ERROR, text))
        raise
    finally:
        detach(token)
        span.end()


def _nanoseconds(when: datetime) -> int:
    return int(when.timestamp() * 1_000_000) * 1000
