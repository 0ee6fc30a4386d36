"""Making a run: its place in the status, and what the queue gets of it."""

from datetime import datetime

from jobimport.ids import PoolKey, RunId, TaskId, run_id
from jobimport.presets import effective_spec
from jobimport.queue.tasks import RunStart, Task, TaskKind
from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import CurrentRun, JobImportStatus, RunReason
from jobimport.snapshot import RunSnapshot
from jobimport_operator.actions import StartRun
from jobimport_operator.causes import Cause, spec_hash


def new_run(
    now: datetime, imp: ImportObject, spec: JobImportSpec, cause: Cause, status: JobImportStatus
) -> CurrentRun:
    """Name the run that a cause makes. Its sequence number is above that of the run before."""
    previous = status.last_run.sequence if status.last_run else 0
    return CurrentRun(
        id=run_id(imp.name, imp.uid, cause.identity),
        sequence=max(previous + 1, int(now.timestamp() * 1000)),
        reason=cause.reason,
        partition=cause.partition,
        scheduled_for=cause.scheduled_for,
        started_at=now,
        generation=imp.generation,
        spec_hash=spec_hash(imp),
        pool=spec.pool,
    )


def start_action(
    imp: ImportObject,
    spec: JobImportSpec,
    status: JobImportStatus,
    current: CurrentRun,
    *,
    concurrency: int,
    max_crashes: int,
) -> StartRun:
    """Describe the current run to the queue; from the status alone, so that a run that Redis has
    lost is described as it was.
    """
    slots = spec.concurrency or concurrency
    retried = status.last_run.id if status.last_run else None
    snapshot = RunSnapshot(
        namespace=imp.namespace,
        name=imp.name,
        uid=imp.uid,
        generation=current.generation,
        run=current.id,
        sequence=current.sequence,
        reason=current.reason,
        source_name=status.source_name or "",
        spec=effective_spec(spec).model_copy(update={"concurrency": slots}),
        approve_close=current.reason == RunReason.CLOSE_APPROVED,
        retry_of=retried if current.reason == RunReason.RETRY_REQUESTED else None,
        retry_partition=current.partition,
    )
    run = RunStart(
        id=RunId(current.id),
        import_key=imp.key,
        import_uid=imp.uid,
        sequence=current.sequence,
        generation=current.generation,
        reason=current.reason,
        concurrency=slots,
        max_crashes=max_crashes,
        snapshot=snapshot.to_json(),
    )
    plan = Task(id=TaskId(f"{current.id}/plan"), kind=TaskKind.PLAN)
    return StartRun(PoolKey(imp.namespace, current.pool), run, (plan,))
