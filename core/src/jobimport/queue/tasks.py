"""What goes into the queue and comes out of it: tasks, leases, results and views."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId, WorkerId


class TaskKind(StrEnum):
    """What a task does."""

    PLAN = "plan"
    PAGE = "page"
    PREVIEW = "preview"
    """One page, with nothing written; a one-off task."""
    REPLAY = "replay"
    """Rejects mapped anew, without fetching; a one-off task."""
    FINALIZE = "finalize"


ONE_OFF_KINDS = frozenset({TaskKind.PREVIEW, TaskKind.REPLAY})
"""Tasks that belong to no run; see jobimport.queue.oneoffs."""


ANOTHER_RELEASE: Final = "begun by another release of JobImport"
"""Stands in what blocks a run that the pool's workers cannot read, as opposed to credentials."""


class RunState(StrEnum):
    """Where a run stands in the queue."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    """No page is claimed any more; the finalize task still runs, and then the run is finished."""
    FINISHED = "finished"


class TaskState(StrEnum):
    """Where a task stands in the queue."""

    BACKLOG = "backlog"
    READY = "ready"
    LEASED = "leased"
    RETRY = "retry"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    """Never done, because the run was cancelled."""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of a run. `payload` is JSON for the worker; the queue does not look into it."""

    id: TaskId
    kind: TaskKind
    partition: PartitionKey | None = None
    payload: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's time-limited right to a task.

    `token` fences: it grows with every claim in the pool, also over a loss of all of Redis' data
    (it is never below the microseconds since 1970 of Redis' clock), so that the later of two
    claims is always known. `attempt` counts from 1; `crashes` says how often a worker died of it.
    `run` is empty for a one-off task.
    """

    pool: PoolKey
    run: RunId
    task: Task
    token: int
    attempt: int
    crashes: int
    worker: WorkerId
    expires_at_ms: int


@dataclass(slots=True)
class Counts:
    """What a page came to. An attempt counts its own; the queue sets them once per task, and never
    adds up increments.
    """

    records: int = 0
    filtered: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    reopened: int = 0
    rejected: int = 0

    def to_document(self) -> dict[str, int]:
        """As MongoDB keeps it; `Counts(**document)` reads it again."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunStart:
    """All that the queue keeps of a run from its start. `snapshot` is the JSON of the RunSnapshot
    (see jobimport.snapshot) that the workers read.
    """

    id: RunId
    import_key: ImportKey
    import_uid: str
    sequence: int
    generation: int
    reason: str
    concurrency: int
    max_crashes: int
    snapshot: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: the leases, and how long to wait when there is nothing more.

    `next_due_ms` is in milliseconds from now; None when nothing is due at a known time.
    `cursor` goes back into `Queue.wait`, so that nothing readied in between is missed.
    """

    leases: list[Lease]
    next_due_ms: int | None
    cursor: tuple[str, str]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as the queue knows it now. `pages_total` is None while a walk's length is unknown."""

    id: RunId
    import_key: ImportKey
    import_uid: str
    sequence: int
    generation: int
    reason: str
    state: RunState
    pages_done: int
    pages_total: int | None
    pages_failed: int
    retries: int
    crashes: int
    counts: Counts
    backlog: int
    active: int
    """Tasks in the ready queue or in work."""
    waiting_retry: int
    next_retry_at_ms: int | None
    last_error: str | None
    started_at_ms: int
    finished_at_ms: int | None
    planned: bool
    """Whether the plan is done, so that the partitions are known."""
    outcome: dict[str, Any] | None
    """The JSON that the finalize task left: a `jobimport.resource.status.LastRun`; None before."""
    blocked: str | None = None
    """What its pages wait for, in words: a key of a Secret, or workers of another release; None
    where they wait for nothing that is known.
    """


class RenewAnswer(StrEnum):
    """What became of a lease that was to be renewed."""

    HELD = "held"
    LOST = "lost"
    CANCELLED = "cancelled"
    """The lease is held, but the task's run was cancelled: leave off and give it back."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as the queue knows it."""

    id: TaskId
    kind: TaskKind
    partition: PartitionKey | None
    state: TaskState
    attempts: int
    crashes: int
    error: str | None
    worker: WorkerId | None


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker as the queue knows it."""

    id: WorkerId
    slots: int
    busy: int
    draining: bool
    heartbeat_age_ms: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool's load. `due_soon` counts the retries due within the asked-for horizon."""

    pool: PoolKey
    epoch: str
    ready: int
    leased: int
    retry: int
    due_soon: int
    backlog: int
    runs: list[RunId]
    workers: list[WorkerView]
    oldest_ready_age_ms: int
