"""What to do for one import: a pure function of all that is known about it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from jobimport.ids import ImportKey, PoolKey, RunId
from jobimport.queue.tasks import ANOTHER_RELEASE, RunState, RunView
from jobimport.resource.defaults import source_name
from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import (
    Cancellation,
    CancelReason,
    CurrentRun,
    JobImportStatus,
    RunReason,
    WorkersStatus,
)
from jobimport.validation import Problem
from jobimport_operator import events
from jobimport_operator.acceptance import Refusal, refusal
from jobimport_operator.actions import (
    Action,
    CancelRun,
    ForgetRun,
    LookAgainAt,
    PauseRun,
    RecordEvent,
    ResumeRun,
    WriteStatus,
)
from jobimport_operator.causes import (
    due_cause,
    handled,
    open_requests,
    something_failed,
    spec_changed,
)
from jobimport_operator.describe import described
from jobimport_operator.outcome import lost_outcome, outcome_of, with_outcome
from jobimport_operator.ports import Trouble
from jobimport_operator.reasons import Reason
from jobimport_operator.starting import new_run, start_action
from jobimport_operator.timetable import Timetable, served, timetable

_CHECK_ON_A_RUN: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known about an import beside itself.

    `run` is the run that its status names, as the queue knows it; None when the queue does not.
    `rival` is an older import with the same source name. `pools` are the pools that there are.
    `workers` is the state of its pool. The last two are defaults that the spec may override.
    """

    run: RunView | None
    problems: tuple[Problem, ...]
    rival: ImportKey | None
    pools: frozenset[str]
    workers: WorkersStatus | None
    concurrency: int
    max_crashes: int
    trouble: Trouble | None = None
    """What keeps all workers of its pool down."""
    queue_problem: str | None = None
    """Why the queue can't be read; `run` is then not known, and nothing can be done about runs."""


@dataclass
class _Draft:
    """The decision in the making: the status as it is to be, and what follows once it is so."""

    now: datetime
    imp: ImportObject
    around: Surroundings
    refused: Refusal | None
    table: Timetable | None
    status: JobImportStatus
    effects: list[Action] = field(default_factory=list[Action])
    looks: list[datetime] = field(default_factory=list[datetime])

    @property
    def suspended(self) -> bool:
        if self.imp.spec is not None:
            return self.imp.spec.suspend
        return self.imp.raw_spec.get("suspend") is True

    def set(self, **fields: Any) -> None:
        self.status = self.status.model_copy(update=fields)

    def pool(self, current: CurrentRun) -> PoolKey:
        return PoolKey(self.imp.namespace, current.pool)


def decide(now: datetime, imp: ImportObject, around: Surroundings) -> list[Action]:
    """What to do for one import, given all that is known about it now.

    Pure: the same arguments always give the same actions, and carrying an action out twice is
    harmless. A changed status comes first, and commits what follows it.
    """
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    refused = refusal(imp, around.problems, around.rival, around.pools)
    table = timetable(now, imp, imp.spec) if imp.spec is not None and refused is None else None
    draft = _Draft(now, imp, around, refused, table, imp.status)
    if around.queue_problem is not None and imp.status.current_run is not None:
        return _concluded(draft)
    if refused is None:
        draft.set(source_name=source_name(imp))
    replaces = _take_outcome(draft)
    _take_requests_without_a_run(draft)
    _keep_up(draft)
    _start_next(draft, replaces=replaces)
    _set_times(draft)
    return _concluded(draft)


def _concluded(draft: _Draft) -> list[Action]:
    """Say in the conditions how things are, and list the actions: first of all the status."""
    imp, around = draft.imp, draft.around
    draft.status = described(
        draft.now,
        imp,
        draft.status,
        draft.refused,
        around.workers,
        suspended=draft.suspended,
        held=_held(draft),
    )
    told = events.of_conditions(imp.status, draft.status)
    draft.effects.extend(RecordEvent(event) for event in told)
    actions: list[Action] = []
    if draft.status != imp.status:
        actions.append(WriteStatus(draft.status))
    actions.extend(draft.effects)
    if draft.looks:
        actions.append(LookAgainAt(min(draft.looks)))
    return actions


def _held(draft: _Draft) -> Trouble | None:
    """What keeps the current run from going on, if anything does."""
    current, view = draft.status.current_run, draft.around.run
    if current is None:
        return None
    if draft.around.queue_problem is not None:
        return Trouble(Reason.QUEUE_UNAVAILABLE, draft.around.queue_problem)
    if view is not None and view.id == current.id and view.blocked is not None:
        another = ANOTHER_RELEASE in view.blocked
        reason = Reason.ANOTHER_RELEASE if another else Reason.CREDENTIALS_MISSING
        return Trouble(reason, f"Run {current.id} waits: {view.blocked}.")
    return draft.around.trouble


def _take_outcome(draft: _Draft) -> bool:
    """Record the outcome of a finished run; returns whether it made way for a changed spec."""
    current, view = draft.status.current_run, draft.around.run
    if current is None:
        return False
    if view is not None and view.state == RunState.FINISHED:
        last = outcome_of(draft.now, current, view)
        draft.effects.append(ForgetRun(draft.pool(current), RunId(current.id)))
    elif view is None and draft.refused is not None:
        last = lost_outcome(
            draft.now,
            current,
            f"The queue has lost the run, and it can't be started again: {draft.refused.message}",
        )
    else:
        return False
    draft.status = with_outcome(draft.status, current, last)
    if draft.status.last_run is not None:
        draft.effects.append(RecordEvent(events.run_ended(draft.status.last_run)))
    cancelled = current.cancellation
    return cancelled is not None and cancelled.reason == CancelReason.REPLACED


def _take_requests_without_a_run(draft: _Draft) -> None:
    """Act on the requests that make no run: to cancel, and to retry where nothing failed."""
    requests = open_requests(draft.imp, draft.status)
    current = draft.status.current_run
    if requests.cancel:
        draft.set(last_handled_cancel_request=requests.cancel)
        if current is not None:
            _cancel(draft, CancelReason.REQUESTED, "Cancelled on request.")
    partition = requests.retry_partition
    if requests.retry and current is None and not something_failed(draft.status, partition):
        draft.set(last_handled_retry_request=requests.retry)
        draft.effects.append(RecordEvent(events.nothing_to_retry(draft.status.last_run, partition)))


def _keep_up(draft: _Draft) -> None:
    """Have the queue agree with the status about the current run."""
    _cancel_what_must_end(draft)
    current, view, spec = draft.status.current_run, draft.around.run, draft.imp.spec
    if current is None:
        return
    draft.looks.append(draft.now + _CHECK_ON_A_RUN)
    pool, run = draft.pool(current), RunId(current.id)
    if view is None and spec is not None:
        _enqueue(draft, spec, current)
    state = view.state if view is not None else RunState.RUNNING
    if current.cancellation is not None:
        if state != RunState.CANCELLED:
            draft.effects.append(CancelRun(pool, run))
    elif draft.suspended and state == RunState.RUNNING:
        draft.effects.append(PauseRun(pool, run))
    elif not draft.suspended and state == RunState.PAUSED:
        draft.set(current_run=current.model_copy(update={"resumed_at": draft.now}))
        draft.effects.append(ResumeRun(pool, run))


def _cancel_what_must_end(draft: _Draft) -> None:
    current, spec = draft.status.current_run, draft.imp.spec
    if current is None or spec is None or current.cancellation is not None:
        return
    if (
        draft.refused is None
        and spec.on_spec_change == "Replace"
        and spec_changed(draft.imp, current.generation, current.spec_hash)
    ):
        _cancel(
            draft,
            CancelReason.REPLACED,
            f"Cancelled for a new spec (generation {draft.imp.generation}; onSpecChange: Replace).",
        )
        return
    limit = spec.active_deadline_seconds
    view = draft.around.run
    paused = draft.suspended or (view is not None and view.state == RunState.PAUSED)
    if limit is None or paused:
        return
    deadline = (current.resumed_at or current.started_at) + timedelta(seconds=limit)
    if draft.now >= deadline:
        message = f"Cancelled: it took longer than activeDeadlineSeconds ({limit} s)."
        _cancel(draft, CancelReason.DEADLINE_EXCEEDED, message)
    else:
        draft.looks.append(deadline)


def _cancel(draft: _Draft, reason: CancelReason, message: str) -> None:
    current = draft.status.current_run
    if current is None or current.cancellation is not None:
        return
    cancellation = Cancellation(reason=reason, message=message)
    draft.set(current_run=current.model_copy(update={"cancellation": cancellation}))
    draft.effects.append(RecordEvent(events.run_cancelled(current, message)))


def _start_next(draft: _Draft, *, replaces: bool) -> None:
    spec, status = draft.imp.spec, draft.status
    if spec is None or status.current_run or draft.refused or draft.suspended:
        return
    cause = due_cause(draft.imp, spec, status, draft.table, replaces=replaces)
    if cause is None:
        return
    draft.status = handled(draft.imp, status, cause)
    current = new_run(draft.now, draft.imp, spec, cause, draft.status)
    draft.set(current_run=current)
    if draft.table is not None and cause.reason != RunReason.RETRY_REQUESTED:
        draft.table = served(draft.table, draft.imp, spec)
    _enqueue(draft, spec, current)
    draft.effects.append(RecordEvent(events.run_started(current)))
    draft.looks.append(draft.now + _CHECK_ON_A_RUN)


def _enqueue(draft: _Draft, spec: JobImportSpec, current: CurrentRun) -> None:
    draft.effects.append(
        start_action(
            draft.imp,
            spec,
            draft.status,
            current,
            concurrency=draft.around.concurrency,
            max_crashes=draft.around.max_crashes,
        )
    )


def _set_times(draft: _Draft) -> None:
    """Say when the next run starts, and what of the schedule is dealt with."""
    spec, table = draft.imp.spec, draft.table
    if table is None:
        draft.set(next_run_time=None)
        if spec is not None and spec.schedule is None:
            draft.set(last_schedule_time=None)
        return
    draft.set(
        last_schedule_time=table.settled,
        next_run_time=None if draft.suspended else table.next_run,
    )
    if draft.suspended:
        return
    if table.passed_over is not None:
        draft.effects.append(RecordEvent(events.schedule_missed(table.passed_over)))
    if draft.status.current_run is None:
        draft.looks.append(table.next_run)
