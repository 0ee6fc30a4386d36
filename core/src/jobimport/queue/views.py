"""From Redis' replies to the queue's types."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any

import orjson

from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.tasks import (
    Claim,
    Counts,
    Lease,
    PoolView,
    RunState,
    RunView,
    Task,
    TaskKind,
    TaskState,
    TaskView,
    WorkerView,
)

COUNT_NAMES = tuple(each.name for each in fields(Counts))


def text(value: Any) -> str:
    """A reply's bytes as text."""
    return value.decode() if isinstance(value, bytes) else str(value)


def task_row(task: Task) -> list[str]:
    """A task as the scripts take it: id, kind, partition, payload."""
    return [task.id, task.kind, task.partition or "", orjson.dumps(task.payload).decode()]


def counts_row(counts: Counts) -> str:
    """Counts as the scripts take them: a JSON list in the order of the fields."""
    return orjson.dumps(astuple(counts)).decode()


def read_claim(reply: Sequence[Any], pool: PoolKey, worker: WorkerId, lease_ms: int) -> Claim:
    """The reply of claim.lua."""
    now, next_due, ready, wake, rows = reply
    expires = int(now) + lease_ms
    leases = [_lease([text(cell) for cell in row], pool, worker, expires) for row in rows]
    due = int(next_due)
    return Claim(leases, due if due >= 0 else None, (text(ready), text(wake)))


def _lease(row: list[str], pool: PoolKey, worker: WorkerId, expires: int) -> Lease:
    task_id, run, kind, partition, payload, token, attempt, crashes = row
    task = Task(
        TaskId(task_id),
        TaskKind(kind),
        PartitionKey(partition) if partition else None,
        orjson.loads(payload),
    )
    return Lease(pool, RunId(run), task, int(token), int(attempt), int(crashes), worker, expires)


def read_run(run: RunId, reply: bytes | str) -> RunView:
    """A reply of run_views.lua: the tasks that are done, and what those in work have so far."""
    found: dict[str, Any] = orjson.loads(reply)
    partials: list[list[int]] = [orjson.loads(each) for each in found.get("partials", ())]

    def whole(name: str) -> int:
        return int(found.get(name) or 0)

    sums = [
        whole(name) + sum(partial[index] for partial in partials)
        for index, name in enumerate(COUNT_NAMES)
    ]
    planned = whole("planned") == 1
    open_ended = whole("open") > 0 or not planned
    waiting = whole("waiting")
    return RunView(
        id=run,
        import_key=ImportKey.parse(found["import"]),
        import_uid=found["uid"],
        sequence=whole("sequence"),
        generation=whole("generation"),
        reason=found["reason"],
        state=RunState(found["state"]),
        pages_done=whole("pages_done"),
        pages_total=None if open_ended else whole("pages_known"),
        pages_failed=whole("pages_failed"),
        retries=whole("retries"),
        crashes=whole("crashes"),
        counts=Counts(*sums),
        backlog=whole("backlog"),
        active=whole("active"),
        waiting_retry=waiting,
        next_retry_at_ms=whole("next_retry_at") if waiting else None,
        last_error=found["last_error"] or None,
        blocked=found["blocked"] or None,
        started_at_ms=whole("started_at"),
        finished_at_ms=whole("finished_at") or None,
        planned=planned,
        outcome=orjson.loads(found["outcome"]) if found["outcome"] else None,
    )


def read_pool(pool: PoolKey, reply: Sequence[Any]) -> PoolView:
    """The reply of pool_view.lua."""
    epoch, ready, leased, retry, due_soon, backlog, age, runs, workers = reply
    return PoolView(
        pool=pool,
        epoch=text(epoch),
        ready=int(ready),
        leased=int(leased),
        retry=int(retry),
        due_soon=int(due_soon),
        backlog=int(backlog),
        runs=sorted(RunId(text(run)) for run in runs),
        workers=[_worker(row) for row in workers],
        oldest_ready_age_ms=int(age),
    )


def _worker(row: Sequence[Any]) -> WorkerView:
    worker, described, age, busy, draining = row
    details = orjson.loads(described)
    return WorkerView(
        id=WorkerId(text(worker)),
        slots=details["slots"],
        busy=int(busy),
        draining=bool(int(draining)),
        heartbeat_age_ms=int(age),
        version=details.get("version", ""),
    )


def read_task(row: Sequence[Any]) -> TaskView:
    """One task of the reply of task_views.lua."""
    task, kind, partition, state, attempts, crashes, error, worker = (text(cell) for cell in row)
    return TaskView(
        TaskId(task),
        TaskKind(kind),
        PartitionKey(partition) if partition else None,
        TaskState(state),
        int(attempts),
        int(crashes),
        error or None,
        WorkerId(worker) if worker else None,
    )
