"""What the API gives: camelCase JSON, unknown numbers as null."""

from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from jobimport.queue.tasks import PoolView, RunView
from jobimport.resource.object import ImportObject
from jobimport.resource.status import Condition, LastRun, WorkersStatus

Item = TypeVar("Item")


class ApiModel(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return self.model_dump(mode="json", by_alias=True)


class Page(ApiModel, Generic[Item]):
    """A page of a list."""

    items: list[Item] = Field(description="The page's items.")
    next_cursor: str | None = Field(default=None, description="Cursor of the next page.")
    total: int | None = Field(default=None, description="Items in all, where that is known.")


class RunProgress(ApiModel):
    """How far a run is."""

    run_id: str = Field(description="The run.")
    state: str = Field(description="running, paused, cancelled or finished.")
    pages_done: int = Field(description="Pages done.")
    pages_total: int | None = Field(description="Pages in all; null while that is unknown.")
    pages_failed: int = Field(description="Pages that failed for good.")
    records: int = Field(description="Records seen.")
    inserted: int = Field(description="New postings.")
    updated: int = Field(description="Changed postings.")
    unchanged: int = Field(description="Postings that were as before.")
    rejected: int = Field(description="Records in quarantine.")
    retries: int = Field(description="Tries after the first.")
    crashes: int = Field(description="Workers lost on the way.")
    waiting_retry: int = Field(description="Pages that wait for their next try.")
    next_retry_at: datetime | None = Field(description="When the next of them is due.")
    last_error: str | None = Field(description="The newest error.")

    @classmethod
    def of(cls, view: RunView) -> Self:
        """Of a run as the queue has it."""
        due = view.next_retry_at_ms
        return cls(
            run_id=view.id,
            state=view.state,
            pages_done=view.pages_done,
            pages_total=view.pages_total,
            pages_failed=view.pages_failed,
            records=view.counts.records,
            inserted=view.counts.inserted,
            updated=view.counts.updated,
            unchanged=view.counts.unchanged,
            rejected=view.counts.rejected,
            retries=view.retries,
            crashes=view.crashes,
            waiting_retry=view.waiting_retry,
            next_retry_at=datetime.fromtimestamp(due / 1000, UTC) if due else None,
            last_error=view.last_error,
        )


class CurrentRunInfo(ApiModel):
    """The run in progress."""

    id: str = Field(description="The run.")
    reason: str = Field(description="Why it was made.")
    started_at: datetime = Field(description="When it was started.")
    progress: RunProgress | None = Field(description="How far it is; null where not known.")


class ImportSummary(ApiModel):
    """An import, as a list shows it."""

    namespace: str
    name: str
    uid: str
    schedule: str | None = Field(description="When it runs; null: on change and request.")
    time_zone: str | None
    suspended: bool
    ready: str = Field(description="True, False or Unknown.")
    reason: str = Field(description="Why, in one word.")
    message: str = Field(description="Why, in a sentence.")
    reconciling: bool
    stalled: bool
    source_name: str | None
    pool: str
    next_run_time: datetime | None
    current_run: CurrentRunInfo | None
    last_run: LastRun | None
    open_postings: int | None = Field(description="Open postings; null where not known yet.")
    created_at: datetime

    @classmethod
    def of(cls, imp: ImportObject, view: RunView | None) -> Self:
        """Of an import and, where there is one, its run in the queue."""
        conditions = {each.type: each for each in imp.status.conditions}
        ready, stalled = conditions.get("Ready"), conditions.get("Stalled")
        shown = stalled or ready
        current, last = imp.status.current_run, imp.status.last_run
        return cls(
            namespace=imp.namespace,
            name=imp.name,
            uid=imp.uid,
            schedule=imp.spec.schedule if imp.spec else None,
            time_zone=imp.spec.time_zone if imp.spec else None,
            suspended=bool(imp.spec and imp.spec.suspend),
            ready=ready.status if ready else "Unknown",
            reason=shown.reason if shown else "NotSeenYet",
            message=shown.message if shown else (imp.spec_problem or "Not looked at yet."),
            reconciling="Reconciling" in conditions,
            stalled=stalled is not None,
            source_name=imp.status.source_name,
            pool=imp.pool.pool,
            next_run_time=imp.status.next_run_time,
            current_run=CurrentRunInfo(
                id=current.id,
                reason=current.reason,
                started_at=current.started_at,
                progress=RunProgress.of(view) if view and view.id == current.id else None,
            )
            if current
            else None,
            last_run=last,
            open_postings=last.open if last else None,
            created_at=imp.created_at,
        )


class ImportDetail(ImportSummary):
    """An import, whole."""

    spec: dict[str, Any] = Field(description="As written.")
    effective_spec: dict[str, Any] | None = Field(
        description="With its preset merged in; null where that cannot be done."
    )
    conditions: list[Condition]
    workers: WorkersStatus | None
    generation: int
    observed_generation: int | None
    annotations: dict[str, str]


class RunSummary(ApiModel):
    """A run, as a list shows it."""

    id: str
    sequence: int
    reason: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    verdict: str | None
    message: str
    pages: int
    records: int
    inserted: int
    updated: int
    unchanged: int
    closed: int
    reopened: int
    rejected: int
    failed_pages: int
    retries: int


class ErrorGroup(ApiModel):
    """Errors that are alike."""

    message: str
    count: int
    example: str = Field(description="Page that it happened to.")


class RunDetail(RunSummary):
    """A run, whole."""

    progress: RunProgress | None
    partitions: list[dict[str, Any]]
    coverage: dict[str, Any]
    errors: list[ErrorGroup]


class PageInfo(ApiModel):
    """A page of a run."""

    id: str
    partition: str
    number: int
    state: str
    attempt: int
    http_status: int | None
    url: str | None
    records: int
    rejected: int
    error: str | None
    at: datetime


class RejectInfo(ApiModel):
    """A record in quarantine."""

    id: str
    run: str
    external_id: str | None
    reason: str
    message: str
    raw: str
    at: datetime


class RejectGroup(ApiModel):
    """Rejects for the same reason."""

    reason: str
    count: int


class RejectPage(Page[RejectInfo]):
    """A page of rejects, and how many there are for which reason."""

    groups: list[RejectGroup] = Field(description="All of the import's rejects, by reason.")


class WorkerInfo(ApiModel):
    """A worker."""

    id: str
    busy: int
    slots: int
    draining: bool
    heartbeat_age_ms: int


class PoolLoad(ApiModel):
    """A pool's load."""

    load: int = Field(
        ge=0, description="Tasks ready, in work, and due for a retry within 5 seconds."
    )


class PoolInfo(ApiModel):
    """A pool."""

    namespace: str
    pool: str
    ready: int
    leased: int
    retry: int
    due_soon: int
    backlog: int
    oldest_ready_age_ms: int
    workers: list[WorkerInfo]
    desired: int | None
    reason: str | None

    @classmethod
    def of(cls, view: PoolView, status: WorkersStatus | None) -> Self:
        """Of a pool as the queue has it, and what the operator last said of it."""
        return cls(
            namespace=view.pool.namespace,
            pool=view.pool.pool,
            ready=view.ready,
            leased=view.leased,
            retry=view.retry,
            due_soon=view.due_soon,
            backlog=view.backlog,
            oldest_ready_age_ms=view.oldest_ready_age_ms,
            workers=[
                WorkerInfo(
                    id=each.id,
                    busy=each.busy,
                    slots=each.slots,
                    draining=each.draining,
                    heartbeat_age_ms=each.heartbeat_age_ms,
                )
                for each in view.workers
            ],
            desired=status.desired if status else None,
            reason=status.reason if status else None,
        )


class Accepted(ApiModel):
    """A request that will be acted on."""

    token: str = Field(description="Value of the annotation; status says when it was handled.")


class Info(ApiModel):
    """What this gateway is."""

    version: str
    epoch: str = Field(description="Changes with each start: live messages begin anew.")
    auth_mode: str
    mode: str = Field(description="kubernetes or local.")
