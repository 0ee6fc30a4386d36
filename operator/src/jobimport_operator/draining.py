"""Which workers a smaller pool ends: idle ones, marked so that they take nothing more."""

from typing import Final

from jobimport.ids import WorkerId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import PoolView

DRAIN_MS: Final = 60_000
"""How long a drained worker claims nothing; it has been ended by then, or is wanted again."""
ALIVE_MS: Final = 20_000
IDLE_COST: Final = -1000
BUSY_COST: Final = 0
"""What a pod without the annotation costs: a worker that was never idle needs none."""


async def drained(queue: Queue, view: PoolView, surplus: int) -> list[WorkerId]:
    """Mark up to `surplus` idle workers, so that they claim nothing more; returns the marked.

    A worker that is marked already may be on its way out for an earlier step: to count it again
    would have a busy one ended in its place. If it isn't, its mark runs out.
    """
    victims: list[WorkerId] = []
    for worker in sorted(view.workers, key=lambda w: w.id, reverse=True):
        if worker.busy or worker.draining or worker.heartbeat_age_ms >= ALIVE_MS:
            continue
        if len(victims) >= surplus:
            break
        if await queue.drain(worker.id, DRAIN_MS):
            victims.append(worker.id)
    return victims


def spared(view: PoolView, size: int) -> list[WorkerId]:
    """Name the marked workers that are wanted again: in a rollout, say, another pod went in their
    place, and they would claim nothing until their mark runs out.

    None while more workers live than the pool's `size`: a marked one may be just on its way out.
    """
    alive = [worker for worker in view.workers if worker.heartbeat_age_ms < ALIVE_MS]
    return [] if len(alive) > size else [worker.id for worker in alive if worker.draining]


def pod_costs(view: PoolView) -> dict[WorkerId, int]:
    """Say what the end of each live worker costs: idle ones are cheap, one with tasks is not."""
    return {
        worker.id: BUSY_COST if worker.busy else IDLE_COST
        for worker in view.workers
        if worker.heartbeat_age_ms < ALIVE_MS
    }


def busy_workers(view: PoolView | None) -> int | None:
    """Count the live workers with a task; None without a reading."""
    if view is None:
        return None
    return sum(w.busy > 0 and w.heartbeat_age_ms < ALIVE_MS for w in view.workers)
