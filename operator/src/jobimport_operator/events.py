"""The events that a decision makes: what happened to an import, in a sentence."""

from datetime import datetime

from jobimport.resource.status import Condition, CurrentRun, JobImportStatus, LastRun
from jobimport_operator.causes import failed_partitions
from jobimport_operator.describe import READY, STALLED, condition
from jobimport_operator.ports import EventType, ImportEvent


def nothing_to_retry(last: LastRun | None, partition: str | None) -> ImportEvent:
    """Tell that a retry was requested of what did not fail."""
    failed = failed_partitions(last) if last is not None else []
    if partition is None or not failed:
        note = "A retry was requested, but nothing of the last run failed: request a run instead."
    else:
        note = (
            f"A retry of partition {partition!r} was requested, but nothing of it failed in the"
            f" last run; partitions that did: {', '.join(failed[:10])}."
        )
    return ImportEvent(EventType.NORMAL, "NothingToRetry", "Retry", note)


def run_started(current: CurrentRun) -> ImportEvent:
    """Tell that a run was started, and why."""
    note = f"Run {current.id} started."
    if current.partition is not None:
        note = f"Run {current.id} started; it walks again what failed of {current.partition!r}."
    if current.scheduled_for is not None:
        note = f"Run {current.id} started; it was scheduled for {current.scheduled_for:%FT%TZ}."
    return ImportEvent(EventType.NORMAL, str(current.reason), "StartRun", note)


def run_cancelled(current: CurrentRun, message: str) -> ImportEvent:
    """Tell that a run fetches nothing more, and why."""
    return ImportEvent(
        EventType.NORMAL, "RunCancelled", "CancelRun", f"Run {current.id}: {message}"
    )


def run_ended(last: LastRun) -> ImportEvent:
    """Tell what a run came to."""
    kind = EventType.NORMAL if last.verdict.successful else EventType.WARNING
    text = last.message or f"{last.verdict}."
    return ImportEvent(kind, f"Run{last.verdict}", "FinishRun", f"Run {last.id}: {text}")


def schedule_missed(when: datetime) -> ImportEvent:
    """Tell that a scheduled run was left out."""
    return ImportEvent(
        EventType.WARNING,
        "MissedSchedule",
        "PassOver",
        f"The run scheduled for {when:%FT%TZ} was left out: startingDeadlineSeconds had passed.",
    )


def of_conditions(before: JobImportStatus, after: JobImportStatus) -> list[ImportEvent]:
    """Tell of an import that can't be worked on any more, or can again."""
    was, now = condition(before, STALLED), condition(after, STALLED)
    if now is not None and (was is None or (was.reason, was.message) != (now.reason, now.message)):
        return [ImportEvent(EventType.WARNING, now.reason, "Stall", now.message)]
    if was is not None and now is None:
        note = "The spec is accepted again."
        return [ImportEvent(EventType.NORMAL, "Accepted", "Accept", note)]
    return _of_readiness(condition(before, READY), condition(after, READY))


def _of_readiness(was: Condition | None, now: Condition | None) -> list[ImportEvent]:
    """Tell of something that holds a run up, and that it goes on again."""
    unready = was is not None and was.status == "False"
    if now is None or (now.status == "True" and not unready):
        return []
    if now.status == "True":
        return [ImportEvent(EventType.NORMAL, "GoesOn", "Resume", "Nothing holds it up any more.")]
    if was is not None and (was.status, was.reason, was.message) == (
        now.status,
        now.reason,
        now.message,
    ):
        return []
    return [ImportEvent(EventType.WARNING, now.reason, "Wait", now.message)]
