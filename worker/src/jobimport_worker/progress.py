"""How far pages in work have come, and who hears of it."""

from collections.abc import Sequence
from typing import Any, Protocol

from jobimport.ids import ImportKey, TaskId
from jobimport.queue.tasks import Counts, Lease, RunView
from jobimport.resource.status import Progress


class PartialCounts:
    """What the pages in work have come to so far; sent along when their leases are renewed."""

    def __init__(self) -> None:
        self._counts: dict[TaskId, Counts] = {}

    def set(self, task: TaskId, counts: Counts) -> None:
        """Note what a page has so far."""
        self._counts[task] = counts

    def forget(self, task: TaskId) -> None:
        """Forget a page that is no longer in work."""
        self._counts.pop(task, None)

    def of(self, leases: Sequence[Lease]) -> dict[TaskId, Counts]:
        """What the leases' pages have so far."""
        return {
            lease.task.id: self._counts[lease.task.id]
            for lease in leases
            if lease.task.id in self._counts
        }


class ProgressTarget(Protocol):
    """Where the progress of a run is shown beside the queue."""

    async def report(self, key: ImportKey, progress: dict[str, Any]) -> None:
        """Show `status.progress` of an import. What cannot be shown is logged, never raised."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class NoTarget:
    """Progress is shown nowhere beside the queue (a laptop, where readers ask the queue)."""

    async def report(self, key: ImportKey, progress: dict[str, Any]) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


def progress_of(view: RunView) -> dict[str, Any]:
    """A run as `status.progress`: an unknown total is absent, not 0 (P9)."""
    counts = view.counts
    return Progress(
        run_id=view.id,
        pages_done=view.pages_done,
        pages_total=view.pages_total,
        records=counts.records,
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        retries=view.retries,
    ).to_manifest()
