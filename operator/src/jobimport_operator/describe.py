"""What the status says about an import: conditions that a person and kstatus can act on."""

from datetime import datetime
from typing import Final, Literal

from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import Condition, JobImportStatus, LastRun, Verdict, WorkersStatus
from jobimport_operator.acceptance import Refusal
from jobimport_operator.causes import open_requests, spec_changed
from jobimport_operator.ports import Trouble
from jobimport_operator.reasons import Reason

READY: Final = "Ready"
LAST_RUN_SUCCEEDED: Final = "LastRunSucceeded"
RECONCILING: Final = "Reconciling"
STALLED: Final = "Stalled"

_Truth = Literal["True", "False"]


def described(
    now: datetime,
    imp: ImportObject,
    status: JobImportStatus,
    refused: Refusal | None,
    workers: WorkersStatus | None,
    *,
    suspended: bool,
    held: Trouble | None = None,
) -> JobImportStatus:
    """Return the status with its conditions, for the present generation.

    A failed run does not make an import unready: Ready is about whether it can be worked on. So it
    is unready while something that a person has to mend holds its run up (`held`). The
    workers are shown while there is a run for them; without one they would soon be out of date.
    """
    found: list[Condition] = []

    def add(
        kind: str, truth: _Truth, reason: Reason | Verdict, message: str, generation: int
    ) -> None:
        before = condition(status, kind)
        since = before.last_transition_time if before and before.status == truth else now
        found.append(
            Condition(
                type=kind,
                status=truth,
                reason=str(reason),
                message=message,
                last_transition_time=since,
                observed_generation=generation,
            )
        )

    if refused is not None:
        add(READY, "False", refused.reason, refused.message, imp.generation)
        add(STALLED, "True", refused.reason, refused.message, imp.generation)
    elif held is not None and not suspended:
        add(READY, "False", held.reason, held.message, imp.generation)
        add(RECONCILING, "True", held.reason, held.message, imp.generation)
    elif imp.spec is not None:
        reason, message = _ready(imp, imp.spec, status, suspended=suspended)
        add(READY, "True", reason, message, imp.generation)
        if not suspended and (taking_up := _taking_up(imp, imp.spec, status)) is not None:
            add(RECONCILING, "True", *taking_up, imp.generation)
    if (last := status.last_run) is not None:
        truth: _Truth = "True" if last.verdict.successful else "False"
        generation = last.generation or imp.generation
        add(LAST_RUN_SUCCEEDED, truth, last.verdict, _result(last), generation)
    shown = None if status.current_run is None else workers or status.workers
    return status.model_copy(
        update={
            "observed_generation": imp.generation,
            "conditions": sorted(found, key=lambda each: _ORDER.index(each.type)),
            "workers": shown,
        }
    )


def condition(status: JobImportStatus, kind: str) -> Condition | None:
    """Return a condition of the status; None when it isn't there."""
    return next((each for each in status.conditions if each.type == kind), None)


_ORDER: Final = (READY, LAST_RUN_SUCCEEDED, RECONCILING, STALLED)


def _ready(
    imp: ImportObject, spec: JobImportSpec, status: JobImportStatus, *, suspended: bool
) -> tuple[Reason, str]:
    if suspended:
        waits = " A requested run waits for that." if open_requests(imp, status).any_run else ""
        paused = " The current run is paused." if status.current_run else ""
        return Reason.SUSPENDED, f"No run starts until spec.suspend is false.{paused}{waits}"
    if spec.schedule is None:
        text = "Accepted: it runs once per change of the spec, and on request."
    else:
        zone = spec.time_zone or "Etc/UTC"
        text = f"Accepted: it runs by its schedule, {spec.schedule} ({zone}), and on request."
    return Reason.ACCEPTED, text


def _taking_up(
    imp: ImportObject, spec: JobImportSpec, status: JobImportStatus
) -> tuple[Reason, str] | None:
    """Say what is still to be done until the present spec is in effect; None: nothing."""
    run = status.current_run
    if run is None:
        return None
    if spec_changed(imp, run.generation, run.spec_hash):
        return (
            Reason.OLDER_RUN_IN_PROGRESS,
            f"Run {run.id} is still of generation {run.generation}; the next one is of generation"
            f" {imp.generation}.",
        )
    if spec.schedule is None and run.generation == imp.generation:
        return Reason.RUN_IN_PROGRESS, f"Run {run.id} imports by this spec."
    return None


def _result(last: LastRun) -> str:
    return last.message or f"Run {last.id} ended: {last.verdict}."
