"""Pools and their queues, as the operator reads them every two seconds."""

from dataclasses import dataclass
from typing import Final

from jobimport.ids import PoolKey
from jobimport.queue.tasks import PoolView
from jobimport.telemetry.metrics.registry import counter, gauge

_PART: Final = "operator"
_POOL: Final = ("namespace", "pool")

TASKS: Final = gauge(
    _PART,
    "jobimport_queue_tasks",
    "Tasks of a pool by state: ready, in_work, retry (of which due_soon within 5 s) and backlog.",
    (*_POOL, "state"),
)
OLDEST: Final = gauge(
    _PART,
    "jobimport_queue_oldest_ready_seconds",
    "Age of the oldest task that no worker has taken yet; what a user feels as waiting.",
    _POOL,
)
RUNS: Final = gauge(_PART, "jobimport_queue_runs", "Runs that the queue holds.", _POOL)
READABLE: Final = gauge(
    _PART,
    "jobimport_queue_readable",
    "1 while the pool's load can be read, else 0: the size of the pool is then held.",
    _POOL,
)
LOST: Final = counter(
    _PART,
    "jobimport_queue_losses_total",
    "Times that Redis had lost a pool's data and its runs were started again.",
    _POOL,
)
WORKERS: Final = gauge(
    _PART,
    "jobimport_pool_workers",
    "Workers of a pool by state: desired, ready and busy (with a task).",
    (*_POOL, "state"),
)
LIMIT: Final = gauge(
    _PART, "jobimport_pool_workers_max", "The most workers that the pool may have.", _POOL
)
SCALINGS: Final = counter(
    _PART,
    "jobimport_pool_scalings_total",
    "Changes of a pool's size by the autoscaler, up or down.",
    (*_POOL, "direction"),
)
BLOCKED: Final = gauge(
    _PART,
    "jobimport_pool_blocked",
    "1 while something keeps workers from coming up (reason: ImagePullFailed, QuotaExceeded, …).",
    (*_POOL, "reason"),
)


@dataclass(frozen=True, slots=True)
class PoolSize:
    """A pool's workers. None where it is not known."""

    desired: int
    ready: int
    busy: int | None
    most: int


def show_load(pool: PoolKey, view: PoolView | None) -> None:
    """Show what a pool has to do; None: it can't be read, and the last reading is left out."""
    names = (pool.namespace, pool.pool)
    READABLE.labels(*names).set(view is not None)
    if view is None:
        return
    OLDEST.labels(*names).set(view.oldest_ready_age_ms / 1000)
    RUNS.labels(*names).set(len(view.runs))
    for state, count in (
        ("ready", view.ready),
        ("in_work", view.leased),
        ("retry", view.retry),
        ("due_soon", view.due_soon),
        ("backlog", view.backlog),
    ):
        TASKS.labels(*names, state).set(count)


def show_size(pool: PoolKey, size: PoolSize) -> None:
    """Show a pool's workers."""
    names = (pool.namespace, pool.pool)
    WORKERS.labels(*names, "desired").set(size.desired)
    WORKERS.labels(*names, "ready").set(size.ready)
    LIMIT.labels(*names).set(size.most)
    if size.busy is not None:
        WORKERS.labels(*names, "busy").set(size.busy)


def show_blocked(pool: PoolKey, reason: str | None) -> None:
    """Show what keeps a pool's workers from coming up; None: nothing."""
    names = {"namespace": pool.namespace, "pool": pool.pool}
    BLOCKED.remove_by_labels(names)
    if reason is not None:
        BLOCKED.labels(**names, reason=reason).set(1)


def forget_pool(pool: PoolKey) -> None:
    """Drop the series of a pool that is gone."""
    names = {"namespace": pool.namespace, "pool": pool.pool}
    for each in (TASKS, OLDEST, RUNS, READABLE, LOST, WORKERS, LIMIT, SCALINGS, BLOCKED):
        each.remove_by_labels(names)
