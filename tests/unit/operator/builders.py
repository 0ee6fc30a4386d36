"""Builders of imports, runs and surroundings, and a small world that carries actions out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobimport.ids import ImportKey, RunId
from jobimport.queue.tasks import Counts, RunStart, RunState, RunView
from jobimport.resource.object import ImportObject
from jobimport.resource.status import Condition, JobImportStatus
from jobimport_operator.actions import (
    Action,
    CancelRun,
    ForgetRun,
    PauseRun,
    RecordEvent,
    ResumeRun,
    StartRun,
    WriteStatus,
)
from jobimport_operator.decide import Surroundings, decide
from jobimport_operator.ports import Event

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SPEC: dict[str, Any] = {
    "source": {
        "request": {"url": "https://jobs.example.com/list"},
        "format": {"type": "json", "records": "jobs"},
    },
    "mapping": {"externalId": "id", "title": "title"},
}


def an_import(
    *,
    name: str = "acme",
    status: JobImportStatus | None = None,
    annotations: dict[str, str] | None = None,
    generation: int = 1,
    created_at: datetime = NOON,
    **spec: Any,
) -> ImportObject:
    """Make an import; further arguments are fields of its spec, as in YAML."""
    imp = ImportObject.from_manifest(
        {
            "metadata": {
                "namespace": "recruiting",
                "name": name,
                "uid": f"uid-of-{name}",
                "generation": generation,
                "resourceVersion": "1",
                "creationTimestamp": created_at.isoformat(),
                "annotations": annotations or {},
            },
            "spec": {**SPEC, **spec},
        }
    )
    return imp.model_copy(update={"status": status or JobImportStatus()})


def surroundings(run: RunView | None = None, **changes: Any) -> Surroundings:
    """Make the surroundings of an import with which nothing is wrong."""
    around = Surroundings(
        run=run,
        problems=(),
        rival=None,
        pools=frozenset({"default"}),
        workers=None,
        concurrency=4,
        max_crashes=10,
    )
    return replace(around, **changes)


def a_run(start: RunStart, **changes: Any) -> RunView:
    """Make the queue's view of a run that has just started."""
    view = RunView(
        id=start.id,
        import_key=start.import_key,
        import_uid=start.import_uid,
        sequence=start.sequence,
        generation=start.generation,
        reason=start.reason,
        state=RunState.RUNNING,
        planned=False,
        pages_done=0,
        pages_total=None,
        pages_failed=0,
        retries=0,
        crashes=0,
        counts=Counts(),
        backlog=0,
        active=1,
        waiting_retry=0,
        next_retry_at_ms=None,
        last_error=None,
        started_at_ms=0,
        finished_at_ms=None,
        outcome=None,
    )
    return replace(view, **changes)


class World:
    """One import, its clock and its queue; `step` decides and carries out, as the operator does."""

    def __init__(self, imp: ImportObject, now: datetime = NOON, **around: Any) -> None:
        self.imp = imp
        self.now = now
        self.around = around
        self.queue: dict[RunId, RunView] = {}
        self.started: list[RunStart] = []
        self.events: list[Event] = []

    @property
    def status(self) -> JobImportStatus:
        return self.imp.status

    def decide(self) -> list[Action]:
        current = self.status.current_run
        run = self.queue.get(RunId(current.id)) if current else None
        return decide(self.now, self.imp, surroundings(run, **self.around))

    def step(self, *, killed_after: int | None = None) -> list[Action]:
        """Decide and carry out; with `killed_after`, only so many actions."""
        actions = self.decide()
        for action in actions[:killed_after]:
            self._carry_out(action)
        return actions

    def later(self, **time: float) -> list[Action]:
        """Let time pass, and take a step."""
        self.now += timedelta(**time)
        return self.step()

    def edit(self, **spec: Any) -> None:
        """Change fields of the spec; None takes one out. The generation grows."""
        raw = {**self.imp.raw_spec, **spec}
        raw = {name: value for name, value in raw.items() if value is not None}
        edited = ImportObject.from_manifest({"metadata": {"name": "x"}, "spec": raw})
        self.imp = self.imp.model_copy(
            update={
                "raw_spec": raw,
                "spec": edited.spec,
                "spec_problem": edited.spec_problem,
                "generation": self.imp.generation + 1,
            }
        )

    def annotate(self, annotation: str, token: str) -> None:
        annotations = {**self.imp.annotations, annotation: token}
        self.imp = self.imp.model_copy(update={"annotations": annotations})

    def finish_run(self, verdict: str = "Complete", **outcome: Any) -> None:
        """Let the workers end the current run."""
        current = self.status.current_run
        assert current is not None
        run = RunId(current.id)
        self.queue[run] = replace(
            self.queue[run],
            state=RunState.FINISHED,
            finished_at_ms=int(self.now.timestamp() * 1000),
            outcome={
                "id": run,
                "reason": current.reason,
                "startedAt": current.started_at.isoformat(),
                "finishedAt": self.now.isoformat(),
                "verdict": verdict,
                "message": f"It was {verdict}.",
                **outcome,
            },
        )

    def condition(self, kind: str) -> Condition | None:
        return next((each for each in self.status.conditions if each.type == kind), None)

    @property
    def unfinished(self) -> list[RunView]:
        return [run for run in self.queue.values() if run.state != RunState.FINISHED]

    def _carry_out(self, action: Action) -> None:
        match action:
            case WriteStatus(status):
                self.imp = self.imp.model_copy(update={"status": status})
            case StartRun(run=start):
                if start.id not in self.queue:
                    self.queue[start.id] = a_run(start)
                    self.started.append(start)
            case CancelRun(run=run):
                self._set_state(run, RunState.CANCELLED)
            case PauseRun(run=run):
                self._set_state(run, RunState.PAUSED)
            case ResumeRun(run=run):
                self._set_state(run, RunState.RUNNING)
            case ForgetRun(run=run):
                self.queue.pop(run, None)
            case RecordEvent(event):
                self.events.append(event)
            case _:
                pass

    def _set_state(self, run: RunId, state: RunState) -> None:
        view = self.queue.get(run)
        if view is not None and view.state not in {RunState.FINISHED, RunState.CANCELLED}:
            self.queue[run] = replace(view, state=state)


def starts(actions: list[Action]) -> Iterator[StartRun]:
    """Pick the runs that a decision starts."""
    return (action for action in actions if isinstance(action, StartRun))


def a_rival() -> ImportKey:
    """Name an older import."""
    return ImportKey("recruiting", "elder")
