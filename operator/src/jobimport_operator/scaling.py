"""How many workers a pool should have: a pure function of its load, limits and recent past."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Load:
    """What a pool has to do now, in tasks: ready, in work, and retries that are due soon.

    `busy_workers` counts the workers that hold at least one task, `live_workers` those that were
    heard of lately.
    """

    ready: int
    in_work: int
    due_soon: int
    busy_workers: int
    live_workers: int = 0

    @property
    def tasks(self) -> int:
        """All tasks that a worker could have in its hands now or in a moment."""
        return self.ready + self.in_work + self.due_soon


@dataclass(frozen=True, slots=True)
class Limits:
    """What a pool may grow and shrink to, and how long a lower load must last before it does."""

    minimum: int
    maximum: int
    tasks_per_worker: int
    scale_down_after: timedelta


@dataclass(frozen=True, slots=True)
class Wanted:
    """One past answer: how many workers the load alone asked for at a time."""

    at: datetime
    workers: int


@dataclass(frozen=True, slots=True)
class Desired:
    """The answer: the number of workers, why, and the past to pass in next time.

    `asked` is what the load alone asks for, whatever the limits and the past are.
    """

    workers: int
    reason: str
    history: tuple[Wanted, ...]
    asked: int = 0


def desired_workers(
    load: Load | None,
    limits: Limits,
    current: int,
    history: Sequence[Wanted],
    now: datetime,
    *,
    ready: int | None = None,
) -> Desired:
    """Say how many workers a pool that has `current` should have.

    Up at once; down only to the most that was wanted during `limits.scale_down_after`, and never
    below the busy workers. Without a reading of the load (None) the number is held. So it is while
    a worker that is busy may be one that is not `ready` (None: all are): Kubernetes ends unready
    pods first, whatever they cost.
    """
    if load is None:
        reason = f"Held at {_workers(current)}: the queue's load could not be read."
        return Desired(current, reason, tuple(history))
    asked = math.ceil(load.tasks / limits.tasks_per_worker)
    wanted = max(limits.minimum, min(limits.maximum, asked))
    since = now - limits.scale_down_after
    recent = (*(w for w in history if w.at > since), Wanted(now, wanted))
    text = _describe(load)
    if wanted >= current:
        return Desired(wanted, _grown(wanted, asked, text, limits), _thinned(recent), asked)
    if ready is not None and load.busy_workers and load.live_workers > ready:
        reason = (
            f"{_workers(current)} kept, {wanted} would do ({text}): a worker that is not ready may"
            " have a page in work, and would be ended first."
        )
        return Desired(current, reason, _thinned(recent), asked)
    floor = min(current, max(w.workers for w in recent))
    workers = max(floor, min(current, load.busy_workers))
    reason = _shrunk(workers, wanted, current, text, limits)
    return Desired(workers, reason, _thinned(recent), asked)


def external_reason(load: Load | None) -> str:
    """Say who scales a pool that something else scales, and what its load is."""
    now = "its load could not be read" if load is None else _describe(load)
    return f"Scaled by another autoscaler (AUTOSCALER_MODE=External), such as KEDA; {now}."


def _thinned(recent: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """Drop what a later and higher answer covers: the past stays as short as its own steps."""
    kept: list[Wanted] = []
    for entry in reversed(recent):
        if not kept or entry.workers > kept[-1].workers:
            kept.append(entry)
    return tuple(reversed(kept))


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def _describe(load: Load) -> str:
    if load.tasks == 0:
        return "nothing to do"
    parts = [
        f"{count} {name}"
        for count, name in (
            (load.ready, "ready"),
            (load.in_work, "in work"),
            (load.due_soon, "due for a retry soon"),
        )
        if count
    ]
    return f"tasks: {', '.join(parts)}"


def _grown(wanted: int, asked: int, text: str, limits: Limits) -> str:
    base = f"{_workers(wanted)} for {text}, {limits.tasks_per_worker} tasks to a worker"
    if load_exceeds := asked > limits.maximum:
        base += f"; {asked} would be wanted, but the pool's maximum is {limits.maximum}"
    elif asked < limits.minimum:
        base = f"{_workers(wanted)}, the pool's minimum; {text}"
    elif asked == 0:
        base = f"No workers: {text}"
    return f"{base}." if not load_exceeds else f"{base} (raise it in the pool's settings)."


def _shrunk(workers: int, wanted: int, current: int, text: str, limits: Limits) -> str:
    seconds = int(limits.scale_down_after.total_seconds())
    if workers == current:
        return (
            f"{_workers(current)} kept, {wanted} would do ({text}): busy workers are never"
            f" stopped, and idle ones only after {seconds} s of lower load."
        )
    return f"From {_workers(current)} down to {workers}: {text} for {seconds} s."
