"""The status of a JobImport: an interface as much as the spec is."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from jobimport.resource.model import StatusModel

NEVER_OBSERVED: Final = -1
PARTITIONS_SHOWN: Final = 50


class Verdict(StrEnum):
    """What a run can claim about completeness. Only COMPLETE ones may close postings."""

    COMPLETE = "Complete"
    UNCHANGED = "Unchanged"
    EMPTY = "Empty"
    INCREMENTAL = "Incremental"
    TRUNCATED = "Truncated"
    PARTIAL = "Partial"
    HELD = "Held"
    FAILED = "Failed"

    @property
    def successful(self) -> bool:
        """Whether the run did what it was asked to, as far as its source allows."""
        return self in _SUCCESSFUL


_SUCCESSFUL = frozenset(
    {Verdict.COMPLETE, Verdict.UNCHANGED, Verdict.EMPTY, Verdict.INCREMENTAL, Verdict.TRUNCATED}
)


class RunReason(StrEnum):
    """Why a run was made."""

    SCHEDULED = "Scheduled"
    SPEC_CHANGED = "SpecChanged"
    REQUESTED = "Requested"
    RETRY_REQUESTED = "RetryRequested"
    CLOSE_APPROVED = "CloseApproved"


class Condition(StatusModel):
    """One condition, as metav1.Condition."""

    type: str = Field(description="Name of the condition.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    reason: str = Field(description="Why, in one word.")
    message: str = Field(description="Why, in a sentence.")
    last_transition_time: datetime = Field(description="When the status last changed.")
    observed_generation: int | None = Field(
        default=None, description="Generation of the spec that it is about."
    )


class CancelReason(StrEnum):
    """Why a run was cancelled."""

    REQUESTED = "Requested"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    REPLACED = "Replaced"


class Cancellation(StatusModel):
    """That a run is to end early. Kept here, so that it outlives a loss of the queue."""

    reason: CancelReason = Field(description="Why, in one word.")
    message: str = Field(description="Why, in a sentence.")


class CurrentRun(StatusModel):
    """The run in progress; absent when there is none."""

    id: str = Field(description="Name of the run.")
    sequence: int = Field(description="Grows with every run.")
    reason: str = Field(description="Why it was made.")
    partition: str | None = Field(
        default=None, description="Partition that alone it walks again; absent: all it has to."
    )
    scheduled_for: datetime | None = Field(
        default=None, description="Due time that it was made for."
    )
    started_at: datetime = Field(description="When it was started.")
    generation: int = Field(description="Generation of the spec that it runs.")
    spec_hash: str = Field(
        default="", description="Fingerprint of the part of the spec that a run works by."
    )
    pool: str = Field(default="default", description="Pool whose queue it is in.")
    resumed_at: datetime | None = Field(
        default=None,
        description="When it last went on after a pause; activeDeadlineSeconds count from here.",
    )
    cancellation: Cancellation | None = Field(
        default=None, description="Why it is being cancelled; absent when it is not."
    )


class Progress(StatusModel):
    """How far the current run is; void when runId is not the current run's."""

    run_id: str = Field(description="Run that it is about.")
    pages_done: int = Field(default=0, description="Pages fetched, mapped and written.")
    pages_total: int | None = Field(
        default=None, description="Pages in all; absent while that is unknown."
    )
    records: int = Field(default=0, description="Records seen.")
    inserted: int = Field(default=0, description="New postings.")
    updated: int = Field(default=0, description="Changed postings.")
    unchanged: int = Field(default=0, description="Postings that were as before.")
    rejected: int = Field(default=0, description="Records in quarantine.")
    retries: int = Field(default=0, description="Tries after the first.")


class PartitionOutcome(StatusModel):
    """What a run can claim about one partition."""

    key: str = Field(description="Name of the partition.")
    verdict: Verdict = Field(description="What can be claimed about it.")
    message: str = Field(default="", description="Why, in a sentence.")


class LastRun(StatusModel):
    """The newest run that ended."""

    id: str = Field(description="Name of the run.")
    sequence: int = Field(default=0, description="Grows with every run.")
    generation: int = Field(default=0, description="Generation of the spec that it ran.")
    spec_hash: str = Field(
        default="", description="Fingerprint of the part of the spec that it worked by."
    )
    reason: str = Field(description="Why it was made.")
    started_at: datetime = Field(description="When it was started.")
    finished_at: datetime = Field(description="When it ended.")
    verdict: Verdict = Field(
        description="What can be claimed about completeness: Complete, Unchanged, Empty,"
        " Incremental, Truncated, Partial, Held or Failed. Only Complete ones close postings."
    )
    pages: int = Field(default=0, description="Pages done.")
    records: int = Field(default=0, description="Different records seen.")
    inserted: int = Field(default=0, description="New postings.")
    updated: int = Field(default=0, description="Changed postings.")
    unchanged: int = Field(default=0, description="Postings that were as before.")
    closed: int = Field(default=0, description="Postings closed by the run.")
    reopened: int = Field(default=0, description="Closed postings that came back.")
    rejected: int = Field(default=0, description="Records in quarantine.")
    failed_pages: int = Field(default=0, description="Pages that failed for good.")
    retries: int = Field(default=0, description="Tries after the first.")
    open: int = Field(default=0, description="Open postings of the source after the run.")
    message: str = Field(default="", description="What happened, in a sentence.")
    partitions: Annotated[list[PartitionOutcome], Field(max_length=PARTITIONS_SHOWN)] = Field(
        default_factory=list[PartitionOutcome],
        description="Verdicts of the partitions, 50 at most: those that did not succeed first.",
    )


class LastSuccessfulRun(StatusModel):
    """The newest run that succeeded."""

    id: str = Field(description="Name of the run.")
    finished_at: datetime = Field(description="When it ended.")


class WorkersStatus(StatusModel):
    """The pool that works for the import."""

    deployment: str = Field(description="Deployment of the pool.")
    desired: int | None = Field(default=None, description="Workers wanted.")
    ready: int | None = Field(default=None, description="Workers ready.")
    busy: int | None = Field(default=None, description="Workers with a task.")
    reason: str = Field(default="", description="Why so many, in a sentence.")


class JobImportStatus(StatusModel):
    """What the operator and the workers say about an import."""

    observed_generation: int | None = Field(
        default=None,
        description="Generation of the spec that the status is about; -1 before the first.",
    )
    source_name: str | None = Field(
        default=None, description="The <source> of the postings' _id, pinned at the first run."
    )
    conditions: Annotated[list[Condition], Field(max_length=16)] = Field(
        default_factory=list[Condition],
        description="Ready and LastRunSucceeded; Reconciling and Stalled only while True.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )
    last_handled_run_request: str | None = Field(
        default=None, description="Value of jobimport.dev/run-requested last acted on."
    )
    last_handled_retry_request: str | None = Field(
        default=None, description="Value of jobimport.dev/retry-requested last acted on."
    )
    last_handled_cancel_request: str | None = Field(
        default=None, description="Value of jobimport.dev/cancel-requested last acted on."
    )
    last_handled_approve_close_request: str | None = Field(
        default=None, description="Value of jobimport.dev/approve-close-requested last acted on."
    )
    last_schedule_time: datetime | None = Field(
        default=None, description="Newest due time that was handled."
    )
    next_run_time: datetime | None = Field(default=None, description="When the next run is due.")
    current_run: CurrentRun | None = Field(default=None, description="The run in progress.")
    progress: Progress | None = Field(default=None, description="How far it is, as workers say.")
    last_run: LastRun | None = Field(default=None, description="The newest run that ended.")
    last_successful_run: LastSuccessfulRun | None = Field(
        default=None, description="The newest run that succeeded."
    )
    workers: WorkersStatus | None = Field(default=None, description="The pool that works for it.")

    @field_validator("observed_generation")
    @classmethod
    def _not_seen_yet(cls, value: int | None) -> int | None:
        """Take the default of the CRD, by which kstatus waits for the operator, as none."""
        return None if value == NEVER_OBSERVED else value
