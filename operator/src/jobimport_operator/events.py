"""The events that a decision makes: what happened to an import or a pool, in a sentence."""

from datetime import datetime
from typing import Final

from jobimport.resource.status import Condition, CurrentRun, JobImportStatus, LastRun
from jobimport_operator.causes import failed_partitions
from jobimport_operator.describe import READY, STALLED, condition
from jobimport_operator.ports import Event, EventType, Trouble
from jobimport_operator.reasons import Reason
from jobimport_operator.scaling import Limits


def nothing_to_retry(last: LastRun | None, partition: str | None) -> Event:
    """Tell that a retry was requested of what did not fail."""
    failed = failed_partitions(last) if last is not None else []
    if partition is None or not failed:
        note = "A retry was requested, but nothing of the last run failed: request a run instead."
    else:
        note = (
            f"A retry of partition {partition!r} was requested, but nothing of it failed in the"
            f" last run; partitions that did: {', '.join(failed[:10])}."
        )
    return Event(EventType.NORMAL, Reason.NOTHING_TO_RETRY, "Retry", note)


def run_started(current: CurrentRun) -> Event:
    """Tell that a run was started, and why."""
    note = f"Run {current.id} started."
    if current.partition is not None:
        note = f"Run {current.id} started; it walks again what failed of {current.partition!r}."
    if current.scheduled_for is not None:
        note = f"Run {current.id} started; it was scheduled for {current.scheduled_for:%FT%TZ}."
    return Event(EventType.NORMAL, str(current.reason), "StartRun", note)


def run_cancelled(current: CurrentRun, message: str) -> Event:
    """Tell that a run fetches nothing more, and why."""
    return Event(
        EventType.NORMAL, Reason.RUN_CANCELLED, "CancelRun", f"Run {current.id}: {message}"
    )


def run_ended(last: LastRun) -> Event:
    """Tell what a run came to."""
    kind = EventType.NORMAL if last.verdict.successful else EventType.WARNING
    text = last.message or f"{last.verdict}."
    return Event(kind, f"Run{last.verdict}", "FinishRun", f"Run {last.id}: {text}")


def schedule_missed(when: datetime) -> Event:
    """Tell that a scheduled run was left out."""
    return Event(
        EventType.WARNING,
        Reason.MISSED_SCHEDULE,
        "PassOver",
        f"The run scheduled for {when:%FT%TZ} was left out: startingDeadlineSeconds had passed.",
    )


def of_conditions(before: JobImportStatus, after: JobImportStatus) -> list[Event]:
    """Tell of an import that can't be worked on any more, or can again."""
    was, now = condition(before, STALLED), condition(after, STALLED)
    if now is not None and (was is None or (was.reason, was.message) != (now.reason, now.message)):
        return [Event(EventType.WARNING, now.reason, "Stall", now.message)]
    if was is not None and now is None:
        note = "The spec is accepted again."
        return [Event(EventType.NORMAL, Reason.ACCEPTED, "Accept", note)]
    return _of_readiness(condition(before, READY), condition(after, READY))


def _of_readiness(was: Condition | None, now: Condition | None) -> list[Event]:
    """Tell of something that holds a run up, and that it goes on again."""
    unready = was is not None and was.status == "False"
    if now is None or (now.status == "True" and not unready):
        return []
    if now.status == "True":
        return [Event(EventType.NORMAL, Reason.GOES_ON, "Resume", "Nothing holds it up any more.")]
    if was is not None and (was.status, was.reason, was.message) == (
        now.status,
        now.reason,
        now.message,
    ):
        return []
    return [Event(EventType.WARNING, now.reason, "Wait", now.message)]


LOAD_UNREADABLE: Final = Event(
    EventType.WARNING,
    Reason.LOAD_UNREADABLE,
    "Hold",
    "The number of workers is held: the queue's load can't be read. Check that Redis runs, and the"
    " operator's /readyz.",
)
LOAD_READABLE: Final = Event(
    EventType.NORMAL,
    Reason.LOAD_READABLE,
    "Resume",
    "The queue's load can be read again: the number of workers follows it.",
)
WORKERS_COME_UP: Final = Event(
    EventType.NORMAL,
    Reason.WORKERS_COME_UP,
    "Resume",
    "Nothing keeps workers from coming up any more.",
)


def pool_resized(before: int, after: int, limits: Limits, *, asked: int) -> Event:
    """Tell of a pool's new size. Without counts of tasks, so that the same step is the same event.

    `asked` is how many workers the load alone asks for.
    """
    change = f"From {before} to {after} {'worker' if after == 1 else 'workers'}"
    if after < before:
        why = "nothing to do" if asked == 0 else "less to do"
        seconds = int(limits.scale_down_after.total_seconds())
        note = f"{change}: {why} for {seconds} s, and these were idle."
        return Event(EventType.NORMAL, Reason.LOAD_FELL, "ScaleDown", note)
    if asked < after:
        why = "the pool's minimum"
    elif asked > after:
        why = "more would be wanted, but this is the pool's maximum"
    else:
        why = f"so many are wanted at {limits.tasks_per_worker} tasks to a worker"
    return Event(EventType.NORMAL, Reason.LOAD_GREW, "ScaleUp", f"{change}: {why}.")


def pool_troubled(trouble: Trouble) -> Event:
    """Tell what keeps workers from coming up."""
    return Event(EventType.WARNING, trouble.reason, "StartWorkers", trouble.message)
