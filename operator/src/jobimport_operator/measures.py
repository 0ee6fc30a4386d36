"""Imports and runs as metrics and traces show them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from jobimport.resource.object import ImportObject
from jobimport.resource.status import CurrentRun, JobImportStatus, LastRun
from jobimport.schedule import jitter
from jobimport.telemetry.metrics.operator import LATENESS, RUNS_STARTED, Counted, count_run
from jobimport.telemetry.metrics.registry import NAMESPACES
from jobimport.telemetry.traces import record_run
from jobimport_operator.describe import STALLED, condition


def counted(now: datetime, imports: Iterable[ImportObject]) -> Counted:
    """Count imports by namespace and state, and by verdict; the oldest success of each namespace.

    An import that never succeeded is as old as its creation.
    """
    states: Counter[tuple[str, str]] = Counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    oldest: dict[str, float] = {}
    for imp in imports:
        namespace, status = NAMESPACES.of(imp.namespace), imp.status
        state = state_of(imp)
        states[namespace, state] += 1
        if status.current_run is not None:
            states[namespace, "running"] += 1
        if status.last_run is not None:
            verdicts[namespace, status.last_run.verdict.value] += 1
        if state != "suspended" and imp.spec is not None and imp.spec.schedule is not None:
            success = status.last_successful_run
            since = success.finished_at if success else imp.created_at
            age = max((now - since).total_seconds(), 0)
            oldest[namespace] = max(age, oldest.get(namespace, 0))
    return Counted(states, verdicts, oldest)


def state_of(imp: ImportObject) -> str:
    """Whether an import is ready, suspended or stalled."""
    if condition(imp.status, STALLED) is not None:
        return "stalled"
    return "suspended" if imp.raw_spec.get("suspend") is True else "ready"


def tell_of_change(imp: ImportObject, before: JobImportStatus) -> None:
    """Count what a write of the status has committed: a run's outcome, and a run's start.

    `imp` has the status as it is now.
    """
    last, current = imp.status.last_run, imp.status.current_run
    if last is not None and (before.last_run is None or before.last_run.id != last.id):
        count_run(imp.namespace, last)
        _end_trace(imp, last)
    if current is not None and (before.current_run is None or before.current_run.id != current.id):
        RUNS_STARTED.labels(NAMESPACES.of(imp.namespace), current.reason).inc()
        _show_lateness(imp, current)


def _show_lateness(imp: ImportObject, current: CurrentRun) -> None:
    if current.scheduled_for is None or imp.spec is None:
        return
    due = current.scheduled_for + jitter(imp.uid, imp.spec.jitter_seconds)
    LATENESS.observe(max((current.started_at - due).total_seconds(), 0))


def _end_trace(imp: ImportObject, last: LastRun) -> None:
    record_run(
        last.id,
        last.started_at,
        last.finished_at,
        None if last.verdict.successful else f"{last.verdict}: {last.message}",
        reason=last.reason,
        verdict=last.verdict.value,
        pages=last.pages,
        records=last.records,
        generation=last.generation,
        **{"import": str(imp.key)},
    )
