"""What makes a run due: a request, a changed spec or the schedule."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jobimport.ids import PartitionKey
from jobimport.resource import names
from jobimport.resource.object import ImportObject
from jobimport.resource.requests import retried_partition
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import PARTITIONS_SHOWN, JobImportStatus, LastRun, RunReason
from jobimport_operator.timetable import Timetable

_NOT_OF_A_RUN: Final = frozenset(
    {
        "schedule",
        "timeZone",
        "startingDeadlineSeconds",
        "jitterSeconds",
        "suspend",
        "onSpecChange",
        "activeDeadlineSeconds",
        "historyLimit",
    }
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run is due. `identity` is what the run's id is made of, beside the import's UID;
    `partition` is the one to which a retry is confined.
    """

    reason: RunReason
    identity: str
    scheduled_for: datetime | None = None
    partition: PartitionKey | None = None


def spec_hash(imp: ImportObject) -> str:
    """Fingerprint the part of the spec that a run works by.

    Suspending an import or moving its schedule leaves it alone, and so causes no run by itself.
    """
    part = {name: value for name, value in imp.raw_spec.items() if name not in _NOT_OF_A_RUN}
    text = json.dumps(part, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def spec_changed(imp: ImportObject, generation: int | None, of_hash: str | None) -> bool:
    """Whether the spec is another one than a run of this generation and fingerprint had.

    Both must differ: a new default in the CRD changes the spec of no generation.
    """
    return generation != imp.generation and of_hash != spec_hash(imp)


@dataclass(frozen=True, slots=True)
class Requests:
    """The tokens of requests by annotation that were not acted on yet (None: nothing new)."""

    run: str | None
    retry: str | None
    cancel: str | None
    approve_close: str | None

    @property
    def any_run(self) -> bool:
        """Whether one of them asks for a run."""
        return bool(self.run or self.retry or self.approve_close)

    @property
    def retry_partition(self) -> PartitionKey | None:
        """The partition that a retry is asked for; None: all that failed."""
        return retried_partition(self.retry) if self.retry else None


def open_requests(imp: ImportObject, status: JobImportStatus) -> Requests:
    """Compare the annotations with what the status says was acted on."""

    def new(annotation: str, handled: str | None) -> str | None:
        token = imp.annotations.get(annotation)
        return token if token and token != handled else None

    return Requests(
        run=new(names.RUN_REQUESTED, status.last_handled_run_request),
        retry=new(names.RETRY_REQUESTED, status.last_handled_retry_request),
        cancel=new(names.CANCEL_REQUESTED, status.last_handled_cancel_request),
        approve_close=new(names.APPROVE_CLOSE_REQUESTED, status.last_handled_approve_close_request),
    )


def due_cause(
    imp: ImportObject,
    spec: JobImportSpec,
    status: JobImportStatus,
    table: Timetable | None,
    *,
    replaces: bool,
) -> Cause | None:
    """Say why a run is due now; None when none is. `replaces`: the last one made way for it.

    A run of the whole source also serves every other request that waits, so that the order here
    only decides by which name the run goes. A retry serves nothing but itself, and comes last.
    """
    requests = open_requests(imp, status)
    # A token may be used again later; the run before tells the two apart.
    after = f"after {status.last_run.sequence if status.last_run else 0}"
    if requests.approve_close:
        return Cause(RunReason.CLOSE_APPROVED, f"close {requests.approve_close} {after}")
    if requests.run:
        return Cause(RunReason.REQUESTED, f"run {requests.run} {after}")
    if replaces or (spec.schedule is None and _spec_is_new(imp, status)):
        return Cause(RunReason.SPEC_CHANGED, f"generation {imp.generation} {after}")
    if table is not None and table.due is not None:
        identity = f"schedule {table.due.isoformat()} {after}"
        return Cause(RunReason.SCHEDULED, identity, table.due)
    partition = requests.retry_partition
    if requests.retry and something_failed(status, partition):
        identity = f"retry {requests.retry} {after}"
        return Cause(RunReason.RETRY_REQUESTED, identity, partition=partition)
    return None


def something_failed(status: JobImportStatus, partition: PartitionKey | None = None) -> bool:
    """Whether the last run left something that a retry, of all or of a partition, could do."""
    last = status.last_run
    if last is None or not (last.failed_pages or not last.verdict.successful):
        return False
    return partition is None or partition in failed_partitions(last) or _more_failed(last)


def failed_partitions(last: LastRun) -> list[str]:
    """The partitions that did not succeed, as far as the status shows them."""
    return [each.key for each in last.partitions if not each.verdict.successful]


def _more_failed(last: LastRun) -> bool:
    """Whether partitions may have failed that the status has no room for."""
    return len(failed_partitions(last)) >= PARTITIONS_SHOWN


def handled(imp: ImportObject, status: JobImportStatus, cause: Cause) -> JobImportStatus:
    """Mark the requests that a run of this cause serves as acted on."""
    requests = open_requests(imp, status)
    retry = requests.retry or status.last_handled_retry_request
    if cause.reason == RunReason.RETRY_REQUESTED:
        return status.model_copy(update={"last_handled_retry_request": retry})
    return status.model_copy(
        update={
            "last_handled_retry_request": retry,
            "last_handled_run_request": requests.run or status.last_handled_run_request,
            "last_handled_approve_close_request": requests.approve_close
            or status.last_handled_approve_close_request,
        }
    )


def _spec_is_new(imp: ImportObject, status: JobImportStatus) -> bool:
    last = status.last_run
    return last is None or spec_changed(imp, last.generation, last.spec_hash)
