"""Pools as the API gives them."""

from typing import Self

from pydantic import Field

from jobimport.queue.tasks import PoolView
from jobimport.resource.status import WorkersStatus
from jobimport.settings import PoolLimits
from jobimport_api.model import ApiModel


class WorkerInfo(ApiModel):
    """A worker."""

    id: str
    busy: int = Field(description="Tasks that it works on.")
    slots: int = Field(description="Tasks that it takes at a time.")
    draining: bool
    heartbeat_age_ms: int
    version: str


class PoolLoad(ApiModel):
    """A pool's load."""

    load: int = Field(
        ge=0, description="Tasks ready, in work, and due for a retry within 5 seconds."
    )


class PoolInfo(ApiModel):
    """A pool."""

    namespace: str
    pool: str
    ready: int = Field(description="Tasks that a worker could begin now.")
    leased: int = Field(description="Tasks in work.")
    retry: int = Field(description="Tasks that wait for their next try.")
    due: int = Field(description="Those of them that are due within 5 seconds.")
    backlog: int = Field(description="Tasks that wait for a place of their run's concurrency.")
    oldest_ready_age_ms: int
    workers: list[WorkerInfo] = Field(description="Those that gave a sign of life.")
    min: int | None = Field(description="Workers at least; null: not known.")
    max: int | None = Field(description="Workers at most; null: not known.")
    desired: int | None = Field(description="Workers that the operator wants.")
    workers_ready: int | None = Field(description="Workers that are ready, as it sees them.")
    busy: int = Field(description="Workers with a task.")
    reason: str | None = Field(description="Why so many, in a sentence.")

    @classmethod
    def of(cls, view: PoolView, status: WorkersStatus | None, limits: PoolLimits | None) -> Self:
        """Of a pool as the queue has it, and what the operator last said of it."""
        workers = [
            WorkerInfo(
                id=each.id,
                busy=each.busy,
                slots=each.slots,
                draining=each.draining,
                heartbeat_age_ms=each.heartbeat_age_ms,
                version=each.version,
            )
            for each in view.workers
        ]
        return cls(
            namespace=view.pool.namespace,
            pool=view.pool.pool,
            ready=view.ready,
            leased=view.leased,
            retry=view.retry,
            due=view.due_soon,
            backlog=view.backlog,
            oldest_ready_age_ms=view.oldest_ready_age_ms,
            workers=workers,
            min=limits.min if limits else None,
            max=limits.max if limits else None,
            desired=status.desired if status else None,
            workers_ready=status.ready if status else None,
            busy=sum(1 for each in workers if each.busy),
            reason=status.reason if status else None,
        )
