"""Runs as the API gives them."""

from datetime import UTC, datetime
from typing import Any, Self

from pydantic import Field

from jobimport.queue.tasks import RunView
from jobimport.resource.status import PartitionOutcome
from jobimport.store.collections import Document
from jobimport_api.model import ApiModel


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


class Partition(ApiModel):
    """What a run found of a partition."""

    key: str
    verdict: str
    message: str = Field(description="Why, in a sentence.")
    records: int | None = Field(description="Different records seen; null: not known.")
    advertised: int | None = Field(description="Records that the source says it has; null: none.")
    failed_pages: int | None
    closed: int | None
    held: int | None = Field(description="Postings that the guard kept from being closed.")

    @classmethod
    def of(cls, document: Document) -> Self:
        """Of a partition as MongoDB has it."""
        return cls(
            key=str(document["key"]),
            verdict=str(document["verdict"]),
            message=str(document.get("message") or ""),
            records=document.get("records"),
            advertised=document.get("advertised"),
            failed_pages=document.get("failedPages"),
            closed=document.get("closed"),
            held=document.get("held"),
        )

    @classmethod
    def from_outcome(cls, outcome: PartitionOutcome) -> Self:
        """Of a partition as the import's status has it: without numbers."""
        return cls(
            key=outcome.key,
            verdict=outcome.verdict,
            message=outcome.message,
            records=None,
            advertised=None,
            failed_pages=None,
            closed=None,
            held=None,
        )


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
    open: int | None = Field(description="Open postings after the run; null before its end.")


class ErrorGroup(ApiModel):
    """Errors that are alike."""

    message: str
    count: int
    example: str = Field(description="Page that it happened to last.")
    partition: str
    last_at: datetime = Field(description="When it happened last.")
    curl: str | None = Field(
        description="Command that asks the source the same; $NAMES stand for credentials."
    )


class RunDetail(RunSummary):
    """A run, whole."""

    progress: RunProgress | None = Field(description="Null where the queue has no such run.")
    partitions: list[Partition]
    coverage: dict[str, Any]
    errors: list[ErrorGroup]
    retry_of: str | None = Field(description="Run whose failed pages alone are walked again.")
    retry_partition: str | None = Field(
        default=None, description="Partition to which the retry is confined; null: to none."
    )
    unknown: list[str] = Field(
        default_factory=list[str], description="What cannot be known right now, and why."
    )


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


class RunEventInfo(ApiModel):
    """A line of a run's log."""

    id: str = Field(description="Grows with time: pass the newest as `after`.")
    at: datetime
    type: str = Field(
        description="run.started, run.paused, run.resumed, run.cancelled, run.finished, task.retry,"
        " task.failed, task.recovered, page.done or page.failed."
    )
    text: str = Field(description="What happened, in a sentence.")
    data: dict[str, Any]


class RunEvents(ApiModel):
    """Lines of a run's log, the oldest first."""

    items: list[RunEventInfo]
    more: bool = Field(description="Whether there are more: ask again after the last id.")
