"""What the operator can do for an import. Carrying an action out twice is harmless."""

from dataclasses import dataclass
from datetime import datetime

from jobimport.ids import PoolKey, RunId
from jobimport.queue.tasks import RunStart, Task
from jobimport.resource.status import JobImportStatus
from jobimport_operator.ports import Event


@dataclass(frozen=True, slots=True)
class WriteStatus:
    """Write the status. Always the first action: when it meets a conflict, the others are void.

    It commits what the others carry out: a run that starts is in `currentRun` before the queue
    knows it, and an outcome is in `lastRun` before the queue forgets it.
    """

    status: JobImportStatus


@dataclass(frozen=True, slots=True)
class StartRun:
    """Put the run that the status names into its pool's queue."""

    pool: PoolKey
    run: RunStart
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class CancelRun:
    """Have no further page of the run fetched; its finalize task ends it."""

    pool: PoolKey
    run: RunId


@dataclass(frozen=True, slots=True)
class PauseRun:
    """Have no further page of the run claimed until it is resumed."""

    pool: PoolKey
    run: RunId


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Let a paused run go on."""

    pool: PoolKey
    run: RunId


@dataclass(frozen=True, slots=True)
class ForgetRun:
    """Remove all that the queue keeps of a run whose outcome is in the status."""

    pool: PoolKey
    run: RunId


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Show an event at the import."""

    event: Event


@dataclass(frozen=True, slots=True)
class LookAgainAt:
    """Reconcile the import at this time even if nothing changes before."""

    when: datetime


Action = (
    WriteStatus
    | StartRun
    | CancelRun
    | PauseRun
    | ResumeRun
    | ForgetRun
    | RecordEvent
    | LookAgainAt
)
