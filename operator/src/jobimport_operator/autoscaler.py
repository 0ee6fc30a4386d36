"""Keeps the size of each pool at what its load asks for."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from redis.exceptions import RedisError

from jobimport.ids import PoolKey, WorkerId
from jobimport.queue.tasks import PoolView
from jobimport.resource.status import WorkersStatus
from jobimport.telemetry.metrics.pools import (
    SCALINGS,
    PoolSize,
    forget_pool,
    show_blocked,
    show_load,
    show_size,
)
from jobimport_operator import events
from jobimport_operator.draining import (
    ALIVE_MS,
    BUSY_COST,
    busy_workers,
    drained,
    pod_costs,
    spared,
)
from jobimport_operator.health import READING_SECONDS, describe_error
from jobimport_operator.ports import PoolObservation, Pools, Trouble
from jobimport_operator.reconcile import Queues
from jobimport_operator.scaling import (
    Desired,
    Limits,
    Load,
    Wanted,
    desired_workers,
    external_reason,
)

DUE_SOON_MS: Final = 5_000
_ENSURE_EVERY: Final = timedelta(minutes=1)
_LOOK_EVERY: Final = timedelta(seconds=30)
_READ_EVERY: Final = timedelta(seconds=10)
_LOOK_AT_EMPTY_EVERY: Final = timedelta(minutes=2)
_PUBLISH_EVERY: Final = timedelta(seconds=10)

log = logging.getLogger(__name__)


@dataclass
class _Memory:
    """What is remembered of a pool from step to step; to lose it does no harm."""

    history: tuple[Wanted, ...] | None = None
    ensured_at: datetime | None = None
    published_at: datetime | None = None
    idle_since: datetime | None = None
    """When the pool was last seen at its minimum with nothing to do."""
    asleep: bool = False
    """Whether it then had no worker: there is nothing in it that could go wrong."""
    empty_at: datetime | None = None
    """When its queue was last seen without any run or task: what comes next is told of."""
    marked: frozenset[WorkerId] | None = None
    """Victims whose pods were last made cheap to delete; None: unknown, as after a restart."""
    costs: Mapping[WorkerId, int] | None = None
    """What the pods' deletion was last said to cost, where another scales the pool."""
    unreadable: bool = False
    trouble: Trouble | None = None
    """What was last told of: that the load can't be read, and what keeps workers down."""


class Autoscaler:
    """Reads the load of pools, decides by `desired_workers`, drains and scales."""

    def __init__(
        self,
        queues: Queues,
        pools: Pools,
        limits: Mapping[str, Limits],
        clock: Callable[[], datetime],
        changed: Callable[[PoolKey], None],
        *,
        scaled_elsewhere: bool = False,
    ) -> None:
        self.workers: dict[PoolKey, WorkersStatus] = {}
        """The state of each pool as the imports' status shows it: changed at most every few
        seconds, and when its size does."""
        self.troubles: dict[PoolKey, Trouble] = {}
        """What keeps all workers of a pool down, of the pools where something does."""
        self._queues = queues
        self._pools = pools
        self._limits = limits
        self._clock = clock
        self._changed = changed
        self._scaled_elsewhere = scaled_elsewhere
        self._memory: dict[PoolKey, _Memory] = {}

    async def step(self, pool: PoolKey, *, wanted: bool = True) -> None:
        """Look at one pool, and change its size if that is called for.

        `wanted`: an import asks for the pool, so it is made where there is none. Others are worked
        for where they are: somebody may ask their workers for a preview.
        """
        limits = self._limits.get(pool.pool)
        if limits is None:
            return
        now = self._clock()
        memory = self._memory.setdefault(pool, _Memory())
        if _sleeps(memory, now):
            return
        view = await self._view(pool)
        memory.empty_at = now if view is not None and not (view.runs or view.retry) else None
        show_load(pool, view)
        load = _load(view)
        if _rests(memory, load, now):
            return
        seen = await self._seen(pool, memory, now, wanted=wanted)
        if seen is None:
            memory.idle_since, memory.asleep = now, True
            return
        await self._tell(pool, memory, view, seen)
        if self._scaled_elsewhere:
            reason = await self._leave_to_others(pool, memory, view, load)
            size, least = seen.desired, 0
        else:
            if memory.history is None:
                # A new operator does not know how long the load has been low: it waits and sees.
                memory.history = (Wanted(now, seen.desired),)
            answer = desired_workers(
                load, limits, seen.desired, memory.history, now, ready=seen.ready
            )
            memory.history, reason = answer.history, answer.reason
            size, least = await self._apply(pool, seen, view, answer), limits.minimum
        idle = load is not None and load.tasks == 0 and size == seen.ready == least
        memory.idle_since, memory.asleep = now if idle else None, size == 0
        self._publish(pool=pool, memory=memory, seen=seen, size=size, view=view, reason=reason)

    def wake(self, pool: PoolKey) -> None:
        """Have the pool's queue read at the next step: something came into it."""
        if (memory := self._memory.get(pool)) is not None:
            memory.empty_at = None

    async def _tell(
        self, pool: PoolKey, memory: _Memory, view: PoolView | None, seen: PoolObservation
    ) -> None:
        """Record what holds the pool's size or keeps its workers down, and that it is over."""
        if (view is None) != memory.unreadable:
            memory.unreadable = view is None
            told = events.LOAD_UNREADABLE if view is None else events.LOAD_READABLE
            await self._pools.record_event(pool, told)
        if seen.trouble != memory.trouble:
            memory.trouble = seen.trouble
            trouble = seen.trouble
            told = events.pool_troubled(trouble) if trouble else events.WORKERS_COME_UP
            await self._pools.record_event(pool, told)

    def forget(self, pool: PoolKey) -> None:
        """Forget a pool that is gone."""
        for known in (self._memory, self.workers, self.troubles):
            known.pop(pool, None)
        forget_pool(pool)

    async def _seen(
        self, pool: PoolKey, memory: _Memory, now: datetime, *, wanted: bool
    ) -> PoolObservation | None:
        """Look at a pool's size; one that is wanted is made, and kept as the settings say."""
        if wanted and (memory.ensured_at is None or now >= memory.ensured_at + _ENSURE_EVERY):
            await self._pools.ensure(pool)
            memory.ensured_at = now
        seen = await self._pools.observe(pool)
        if seen is None and wanted:
            memory.ensured_at = None  # somebody has deleted it: the next step makes it again
        return seen

    async def _leave_to_others(
        self, pool: PoolKey, memory: _Memory, view: PoolView | None, load: Load | None
    ) -> str:
        """Price the pods, so that whoever makes the pool smaller ends idle workers first."""
        if view is not None:
            costs, before = pod_costs(view), memory.costs
            known: Mapping[WorkerId, int] = before or {}
            # A new operator does not know what an earlier one said: it says all of it again.
            usual = BUSY_COST if before is not None else None
            changed = {w: cost for w, cost in costs.items() if known.get(w, usual) != cost}
            await self._pools.price(pool, changed)
            memory.costs = costs
        return external_reason(load)

    async def _view(self, pool: PoolKey) -> PoolView | None:
        try:
            async with asyncio.timeout(READING_SECONDS):
                return await self._queues[pool].pool_view(DUE_SOON_MS)
        except (RedisError, OSError) as error:
            log.warning("pool %s: its load can't be read: %s", pool, describe_error(error))
            return None

    async def _apply(
        self, pool: PoolKey, seen: PoolObservation, view: PoolView | None, answer: Desired
    ) -> int:
        """Change the size; down only by as many workers as could be drained. Returns the size."""
        size = answer.workers
        if view is not None and size >= seen.desired:
            for worker in spared(view, seen.desired):
                await self._queues[pool].undrain(worker)
        if size < seen.desired:
            surplus = seen.desired - size
            victims = await drained(self._queues[pool], view, surplus) if view else []
            if view is None or not victims:
                return seen.desired
            await self._unmark(pool, view, victims)
            await self._pools.drain(pool, victims)
            size = seen.desired - len(victims)
        if size != seen.desired:
            await self._pools.scale(pool, size)
            direction = "up" if size > seen.desired else "down"
            SCALINGS.labels(pool.namespace, pool.pool, direction).inc()
            log.info("pool %s: from %s to %s workers: %s", pool, seen.desired, size, answer.reason)
            told = events.pool_resized(
                seen.desired, size, self._limits[pool.pool], asked=answer.asked
            )
            await self._pools.record_event(pool, told)
        return size

    async def _unmark(self, pool: PoolKey, view: PoolView, victims: list[WorkerId]) -> None:
        """Make workers dear again that were victims once and were not ended then: they may be busy
        by now, and would go in place of the victims of today (P8).
        """
        memory = self._memory.setdefault(pool, _Memory())
        alive = {w.id for w in view.workers if w.heartbeat_age_ms < ALIVE_MS} - set(victims)
        stale = alive if memory.marked is None else alive & memory.marked
        if stale:
            await self._pools.price(pool, dict.fromkeys(sorted(stale), BUSY_COST))
        memory.marked = frozenset(victims)

    def _publish(
        self,
        *,
        pool: PoolKey,
        memory: _Memory,
        seen: PoolObservation,
        size: int,
        view: PoolView | None,
        reason: str,
    ) -> None:
        now, before = self._clock(), self.workers.get(pool)
        most = self._limits[pool.pool].maximum
        show_size(pool, PoolSize(size, seen.ready, busy_workers(view), most))
        status = WorkersStatus(
            deployment=seen.deployment,
            desired=size,
            ready=seen.ready,
            busy=before.busy if view is None and before else busy_workers(view),
            reason=f"{reason} {seen.trouble.message}" if seen.trouble else reason,
        )
        down, troubled = seen.trouble if seen.ready == 0 else None, self.troubles.get(pool)
        if down != troubled:
            show_blocked(pool, down.reason if down else None)
            self.troubles.pop(pool, None)
            if down is not None:
                log.warning("pool %s: no worker comes up: %s", pool, down.message)
                self.troubles[pool] = down
        elif status == before:
            return
        resized = before is None or (before.desired, before.ready) != (size, seen.ready)
        resized = resized or down != troubled
        due = memory.published_at is None or now >= memory.published_at + _PUBLISH_EVERY
        if resized or due:
            self.workers[pool] = status
            memory.published_at = now
            self._changed(pool)


def _rests(memory: _Memory, load: Load | None, now: datetime) -> bool:
    """Whether a pool can be left alone without a look at its size: most are idle at most times."""
    since = memory.idle_since
    empty = memory.asleep and memory.empty_at is not None
    every = _LOOK_AT_EMPTY_EVERY if empty else _LOOK_EVERY
    return load is not None and load.tasks == 0 and since is not None and now - since < every


def _sleeps(memory: _Memory, now: datetime) -> bool:
    """Whether even the queue of a pool can be left alone: it is idle, and its queue was empty."""
    empty = memory.empty_at
    return memory.idle_since is not None and empty is not None and now - empty < _READ_EVERY


def _load(view: PoolView | None) -> Load | None:
    if view is None:
        return None
    return Load(
        ready=view.ready,
        in_work=view.leased,
        due_soon=view.due_soon,
        busy_workers=busy_workers(view) or 0,
        live_workers=sum(w.heartbeat_age_ms < ALIVE_MS for w in view.workers),
    )
