"""Imports as the API gives them."""

from datetime import UTC, datetime
from typing import Any, Self

from pydantic import Field

from jobimport.queue.tasks import RunView
from jobimport.resource import names
from jobimport.resource.object import ImportObject
from jobimport.resource.status import Condition, LastRun, WorkersStatus
from jobimport_api.imports.attention import attention_of
from jobimport_api.model import ApiModel
from jobimport_api.runs.schemas import Partition, RunProgress


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
    owner: str | None = Field(
        description="Whose it is: the annotation jobimport.dev/owner, else who last requested it."
    )
    attention: str | None = Field(description="Why it needs somebody; null: it does not.")
    fresh_at: datetime | None = Field(description="When the last run that succeeded ended.")
    trend: list[int] | None = Field(
        default=None,
        description="Open postings after each of the last 20 runs at most, the oldest first; null"
        " where it was not looked up: in live messages, and while MongoDB cannot be reached.",
    )
    unknown: list[str] = Field(
        default_factory=list[str], description="What cannot be known right now, and why."
    )

    @classmethod
    def of(cls, imp: ImportObject, view: RunView | None) -> Self:
        """Of an import and, where there is one, its run in the queue."""
        conditions = {each.type: each for each in imp.status.conditions}
        ready, stalled = conditions.get("Ready"), conditions.get("Stalled")
        shown = stalled or ready
        last, succeeded = imp.status.last_run, imp.status.last_successful_run
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
            current_run=_current(imp, view),
            last_run=last,
            open_postings=last.open if last else None,
            created_at=imp.created_at,
            owner=owner_of(imp),
            attention=attention_of(imp, datetime.now(UTC)).sentence,
            fresh_at=succeeded.finished_at if succeeded else None,
        )


def owner_of(imp: ImportObject) -> str | None:
    """Whose an import is: as its annotation says, else who last requested something of it."""
    return imp.annotations.get(names.OWNER) or imp.annotations.get(names.REQUESTED_BY)


def _current(imp: ImportObject, view: RunView | None) -> CurrentRunInfo | None:
    current = imp.status.current_run
    if current is None:
        return None
    return CurrentRunInfo(
        id=current.id,
        reason=current.reason,
        started_at=current.started_at,
        progress=RunProgress.of(view) if view and view.id == current.id else None,
    )


class Permissions(ApiModel):
    """What the viewer may do with an import. Every action needs patch."""

    patch: bool = Field(description="Run, retry, cancel, suspend, approve closing, replay, edit.")
    delete: bool = Field(description="Delete.")


class RequestTokens(ApiModel):
    """A request by annotation."""

    requested: str | None = Field(description="Token of the newest request; null: none.")
    handled: str | None = Field(description="Token that was last acted on.")
    pending: bool = Field(description="Whether the newest request was not acted on yet.")


class Requests(ApiModel):
    """The requests by annotation."""

    run: RequestTokens
    retry: RequestTokens
    cancel: RequestTokens
    approve_close: RequestTokens

    @classmethod
    def of(cls, imp: ImportObject) -> Self:
        """Of an import."""

        def tokens(annotation: str, handled: str | None) -> RequestTokens:
            asked = imp.annotations.get(annotation)
            return RequestTokens(
                requested=asked, handled=handled, pending=bool(asked) and asked != handled
            )

        status = imp.status
        return cls(
            run=tokens(names.RUN_REQUESTED, status.last_handled_run_request),
            retry=tokens(names.RETRY_REQUESTED, status.last_handled_retry_request),
            cancel=tokens(names.CANCEL_REQUESTED, status.last_handled_cancel_request),
            approve_close=tokens(
                names.APPROVE_CLOSE_REQUESTED, status.last_handled_approve_close_request
            ),
        )


class FieldCoverage(ApiModel):
    """How a field was filled in a run."""

    filled: int = Field(description="Postings in which it has a value.")
    errors: int = Field(description="Records whose value could not be read.")
    mapped: int = Field(description="Records that were mapped.")
    distinct: int | None = Field(default=None, description="Different values; null: not counted.")


class Coverage(ApiModel):
    """How the fields were filled in a run that mapped anything, and in the one before it."""

    run: str = Field(description="The run.")
    fields: dict[str, FieldCoverage]
    previous: dict[str, FieldCoverage] | None = Field(description="Of the run before; null: none.")


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
    permissions: Permissions | None = Field(
        default=None, description="What you may do; null in live messages."
    )
    requests: Requests
    partitions: list[Partition] = Field(description="Of the last run.")
    coverage: Coverage | None = Field(description="Null: no run has mapped anything, or unknown.")
    rejects: int | None = Field(description="Records in quarantine; null where unknown.")


class EventInfo(ApiModel):
    """A Kubernetes Event about an import."""

    at: datetime
    type: str = Field(description="Normal or Warning.")
    reason: str
    message: str
    count: int
    action: str
