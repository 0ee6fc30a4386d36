"""The operator: imports, runs and their verdicts, reconciling, and what it asks of Kubernetes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jobimport.resource.status import LastRun
from jobimport.telemetry.metrics.registry import (
    NAMESPACES,
    REGISTRY,
    SHORT_SECONDS,
    counter,
    describe,
    gauge,
    histogram,
)

_PART: Final = "operator"
_RUN_SECONDS: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 24 * 3600.0)

RUNS_STARTED: Final = counter(
    _PART, "jobimport_runs_started_total", "Runs started, by cause.", ("namespace", "reason")
)
RUNS: Final = counter(
    _PART, "jobimport_runs_total", "Runs that ended, by verdict.", ("namespace", "verdict")
)
RUN_SECONDS: Final = histogram(
    _PART,
    "jobimport_run_duration_seconds",
    "From the start of a run to its outcome.",
    ("verdict",),
    _RUN_SECONDS,
)
RUN_RECORDS: Final = counter(
    _PART,
    "jobimport_run_records_total",
    "What ended runs came to, read back from MongoDB: inserted, updated, unchanged, closed,"
    " reopened, rejected.",
    ("namespace", "change"),
)
RUN_FAILED_PAGES: Final = counter(
    _PART, "jobimport_run_failed_pages_total", "Pages of ended runs that failed.", ("namespace",)
)
RECONCILES: Final = histogram(
    _PART,
    "jobimport_reconcile_seconds",
    "One reconcile of one import, by result: done, conflict (read again) or error.",
    ("result",),
    SHORT_SECONDS,
)
WAITED: Final = histogram(
    _PART,
    "jobimport_reconcile_wait_seconds",
    "How long an import's key waited in the work queue.",
    (),
    SHORT_SECONDS,
)
DEPTH: Final = gauge(
    _PART, "jobimport_reconcile_queue_depth", "Imports that wait for a reconcile or are in one."
)
LATENESS: Final = histogram(
    _PART,
    "jobimport_schedule_lateness_seconds",
    "From the time that a run was due (with its jitter) to its start.",
)
STATUS_WRITES: Final = counter(
    _PART, "jobimport_status_writes_total", "Writes of a status: written or conflict.", ("result",)
)
EVENTS: Final = counter(
    _PART, "jobimport_kubernetes_events_total", "Events recorded at imports, by type.", ("type",)
)
LEADER: Final = gauge(
    _PART, "jobimport_operator_acting", "1 while this replica is the one that acts, else 0."
)

_IMPORTS: Final = "jobimport_imports"
_IMPORTS_TEXT: Final = (
    "Imports by state: ready, suspended or stalled; running counts again those with a run."
)
_VERDICTS: Final = "jobimport_imports_last_verdict"
_VERDICTS_TEXT: Final = "Imports by the verdict of their last run."
_LATE: Final = "jobimport_imports_oldest_success_seconds"
_LATE_TEXT: Final = (
    "Age of the oldest last success among a namespace's scheduled imports that are not suspended."
)
describe(_PART, _IMPORTS, "gauge", ("namespace", "state"), _IMPORTS_TEXT)
describe(_PART, _VERDICTS, "gauge", ("namespace", "verdict"), _VERDICTS_TEXT)
describe(_PART, _LATE, "gauge", ("namespace",), _LATE_TEXT)


@dataclass(frozen=True, slots=True)
class Counted:
    """The imports counted: by (namespace, state), by (namespace, verdict); ages in seconds."""

    states: Mapping[tuple[str, str], int]
    verdicts: Mapping[tuple[str, str], int]
    oldest_success: Mapping[str, float]


class ImportCounts(Collector):
    """Counts the imports whenever it is asked."""

    def __init__(self, count: Callable[[], Counted]) -> None:
        self._count = count

    def describe(self) -> Iterable[Metric]:
        """Name the metrics without counting."""
        return self._families()

    def collect(self) -> Iterable[Metric]:
        """Count all imports."""
        states, verdicts, ages = self._families()
        found = self._count()
        for family, counts in ((states, found.states), (verdicts, found.verdicts)):
            for names, number in sorted(counts.items()):
                family.add_metric(names, number)
        for namespace, age in sorted(found.oldest_success.items()):
            ages.add_metric((namespace,), age)
        return [states, verdicts, ages]

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily(_IMPORTS, _IMPORTS_TEXT, labels=("namespace", "state")),
            GaugeMetricFamily(_VERDICTS, _VERDICTS_TEXT, labels=("namespace", "verdict")),
            GaugeMetricFamily(_LATE, _LATE_TEXT, labels=("namespace",)),
        )


_shown: Final[list[ImportCounts]] = []


def show_imports(counts: ImportCounts) -> None:
    """Serve counts of the imports from now on, in place of any before."""
    while _shown:
        REGISTRY.unregister(_shown.pop())
    REGISTRY.register(counts)
    _shown.append(counts)


def count_run(namespace: str, last: LastRun) -> None:
    """Count a run that ended."""
    label = NAMESPACES.of(namespace)
    RUNS.labels(label, last.verdict.value).inc()
    seconds = (last.finished_at - last.started_at).total_seconds()
    RUN_SECONDS.labels(last.verdict.value).observe(max(seconds, 0))
    RUN_FAILED_PAGES.labels(label).inc(last.failed_pages)
    for change, number in (
        ("inserted", last.inserted),
        ("updated", last.updated),
        ("unchanged", last.unchanged),
        ("closed", last.closed),
        ("reopened", last.reopened),
        ("rejected", last.rejected),
    ):
        RUN_RECORDS.labels(label, change).inc(number)
