"""What a finished run leaves in the status."""

from datetime import UTC, datetime

from pydantic import ValidationError

from jobimport.queue.tasks import RunView
from jobimport.resource.status import (
    CurrentRun,
    JobImportStatus,
    LastRun,
    LastSuccessfulRun,
    Verdict,
)


def with_outcome(status: JobImportStatus, current: CurrentRun, last: LastRun) -> JobImportStatus:
    """Move the current run to the last one."""
    successful = status.last_successful_run
    if last.verdict.successful:
        successful = LastSuccessfulRun(id=last.id, finished_at=last.finished_at)
    return status.model_copy(
        update={
            "current_run": None,
            "last_run": last.model_copy(
                update={
                    "id": current.id,
                    "sequence": current.sequence,
                    "reason": current.reason,
                    "generation": current.generation,
                    "spec_hash": current.spec_hash,
                    "started_at": current.started_at,
                }
            ),
            "last_successful_run": successful,
        }
    )


def outcome_of(now: datetime, current: CurrentRun, view: RunView) -> LastRun:
    """Read what the finalize task left; a run that left nothing readable has Failed."""
    finished = (
        now
        if view.finished_at_ms is None
        else datetime.fromtimestamp(view.finished_at_ms / 1000, UTC)
    )
    if view.outcome is None:
        return lost_outcome(finished, current, "The run ended without an outcome; see its pages.")
    try:
        last = LastRun.model_validate(view.outcome)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, e["loc"])) for e in error.errors()[:3])
        return lost_outcome(
            finished, current, f"The worker's outcome can't be read ({fields}): update the workers."
        )
    if current.cancellation is not None:
        return last.model_copy(
            update={"message": f"{current.cancellation.message} {last.message or ''}".strip()}
        )
    return last


def lost_outcome(now: datetime, current: CurrentRun, message: str) -> LastRun:
    """Make the outcome of a run of which nothing more is known than that it ended."""
    return LastRun(
        id=current.id,
        sequence=current.sequence,
        generation=current.generation,
        reason=current.reason,
        started_at=current.started_at,
        finished_at=now,
        verdict=Verdict.FAILED,
        message=message,
    )
