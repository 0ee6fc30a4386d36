"""The operator as a whole: what runs side by side, and what wakes what."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import redis.asyncio

from jobimport.cancelling import end_if_cancelled
from jobimport.health import Probe
from jobimport.ids import ImportKey, PoolKey
from jobimport.logs import log_context
from jobimport.queue.events import known_pools
from jobimport.resource.object import ImportObject
from jobimport.telemetry.metrics.operator import RECONCILES
from jobimport_operator.autoscaler import Autoscaler
from jobimport_operator.follow import Follower
from jobimport_operator.health import (
    READING_SECONDS,
    Health,
    describe_error,
    first_answer,
    keep_going,
)
from jobimport_operator.index import Index
from jobimport_operator.ports import Claims, Imports, Pools, SoleInstallation, StatusConflictError
from jobimport_operator.reconcile import Queues, Reconciler
from jobimport_operator.rules import Rules
from jobimport_operator.scaling import Limits
from jobimport_operator.sweep import Sweeper
from jobimport_operator.workqueue import DueTimes, WorkQueue

RECONCILERS: Final = 8
SCALE_SECONDS: Final = 2.0
CLAIM_SECONDS: Final = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Orders:
    """What the settings say of the whole: pools and their limits, defaults, and how often."""

    limits: Mapping[str, Limits]
    concurrency: int
    max_crashes: int
    sweep_seconds: float
    namespaces: frozenset[str] = field(default_factory=frozenset[str])
    """The namespaces that are this operator's; empty: all."""
    scaled_elsewhere: bool = False
    """Whether the pools' sizes are left to something else, such as KEDA."""


class Operator:
    """Runs the loops over one set of imports, pools and queues."""

    def __init__(
        self,
        imports: Imports,
        pools: Pools,
        connection: redis.asyncio.Redis,
        orders: Orders,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        claims: Claims | None = None,
    ) -> None:
        self.health = Health()
        self.index = Index()
        self.problems: list[Probe] = []
        """What else may be wrong, beside standing still: for the readiness probe."""
        self._imports = imports
        self._pool_port = pools
        self._claims = claims or SoleInstallation()
        self.problems.append(self._claims.problem)
        self._connection = connection
        self._orders = orders
        self._work = WorkQueue()
        self._due = DueTimes(time.time, self._work.add)
        self._swept, self._loaded = asyncio.Event(), asyncio.Event()
        self._known: set[PoolKey] = set()
        self._queue_was_down = False
        self._queues = queues = Queues(connection)
        self._autoscaler = Autoscaler(
            queues,
            pools,
            orders.limits,
            clock,
            self._pool_changed,
            scaled_elsewhere=orders.scaled_elsewhere,
        )
        rules = Rules(
            pools=orders.limits.keys(),
            concurrency=orders.concurrency,
            max_crashes=orders.max_crashes,
            workers=self._autoscaler.workers,
            troubles=self._autoscaler.troubles,
        )
        self._reconciler = Reconciler(
            imports=imports,
            queues=queues,
            index=self.index,
            rules=rules,
            clock=clock,
            look_again=self._look_again,
            woken=self._wake_pool,
            claims=self._claims,
        )
        self._sweeper = Sweeper(
            imports=imports,
            queues=queues,
            index=self.index,
            pools=self._pools,
            add=self._work.add,
            take_in=self._take_in,
        )
        self._follower = Follower(connection, self._pools, self._work.add, self._wake_pool, clock)

    async def run(self) -> None:
        """Take in all imports, then keep the world as they say, until cancelled."""
        await first_answer("listing the imports", self._take_in_all)
        await first_answer("claiming the namespaces", self._claim)
        async with asyncio.TaskGroup() as loops:
            loops.create_task(keep_going("watching imports", self._watch, self.health))
            loops.create_task(self._due.run())
            loops.create_task(
                keep_going("claiming", self._claim, self.health, pause_seconds=CLAIM_SECONDS)
            )
            for number in range(RECONCILERS):
                loops.create_task(self._reconcile_for_ever(f"reconciler {number + 1}"))
            loops.create_task(keep_going("following events", self._follower.step, self.health))
            loops.create_task(
                keep_going(
                    "sweeping",
                    self._sweep,
                    self.health,
                    pause_seconds=self._orders.sweep_seconds,
                    woken=self._swept,
                    failed=self._queue_failed,
                )
            )
            loops.create_task(
                keep_going(
                    "scaling",
                    self._scale,
                    self.health,
                    pause_seconds=SCALE_SECONDS,
                    woken=self._loaded,
                )
            )

    async def _take_in_all(self) -> None:
        async for imp in self._imports.list():
            self._take_in(imp.key, imp)

    async def _watch(self) -> None:
        async for key, imp in self._imports.changes():
            self._take_in(key, imp)

    async def _reconcile_for_ever(self, name: str) -> None:
        while True:
            end_if_cancelled()
            self.health.idle(name)
            key = await self._work.take()
            self.health.beat(name)
            begun = time.monotonic()
            with log_context(**{"import": str(key)}):
                result = await self._reconcile(key)
            RECONCILES.labels(result).observe(time.monotonic() - begun)

    async def _reconcile(self, key: ImportKey) -> str:
        """Reconcile one import, and have it come back if that failed; says how it ended."""
        try:
            await self._reconciler.reconcile(key)
        except StatusConflictError as conflict:
            delay = self._work.failed(key)
            log.debug("%s, again in %.1f s", conflict, delay)
            return "conflict"
        except Exception as error:
            # One broken import must not stop the others, whatever is wrong with it.
            delay = self._work.failed(key)
            log.warning("%s: again in %.1f s: %s", key, delay, describe_error(error))
            log.debug("%s failed", key, exc_info=True)
            return "error"
        self._work.done(key)
        return "done"

    async def _sweep(self) -> None:
        async with asyncio.timeout(READING_SECONDS):
            found = await known_pools(self._connection)
        ours = self._orders.namespaces
        before = len(self._known)
        self._known |= {pool for pool in found if not ours or pool.namespace in ours}
        if len(self._known) > before:  # such as one in which nothing but a preview was asked for
            self._loaded.set()
        await self._sweeper.step()
        if self._queue_was_down:
            self._queue_was_down = False
            self._work.retry_now()

        await self._forget_pools()

    async def _forget_pools(self) -> None:
        """Forget pools that no import asks for, and whose namespace or Deployment is gone."""
        for pool in self._known - self.index.pools():
            gone = await self._pool_port.observe(pool) is None
            if gone and await self._queues[pool].forget_pool():
                log.info("pool %s is gone", pool)
                self._known.discard(pool)
                self._autoscaler.forget(pool)
                self._sweeper.forget(pool)
                self._queues.forget(pool)

    async def _claim(self) -> None:
        """Renew the claims; what another installation has given up is ours to act on from now."""
        won = await self._claims.renew({imp.namespace for imp in self.index})
        for imp in self.index:
            if imp.namespace in won:
                self._work.add(imp.key)

    def _queue_failed(self) -> None:
        """Have the imports that wait for a run say so, without anything else having to happen."""
        if self._queue_was_down:
            return
        self._queue_was_down = True
        for imp in self.index.running():
            self._work.add(imp.key)

    async def _scale(self) -> None:
        failure: Exception | None = None
        wanted = self.index.pools()
        for pool in sorted(self._pools()):
            try:
                if await self._claims.owner(pool.namespace) is None:
                    await self._autoscaler.step(pool, wanted=pool in wanted)
            except Exception as error:
                # Another pool may well be scaled: one that can't be must not hold it up.
                log.warning("pool %s: not scaled: %s", pool, describe_error(error))
                log.debug("pool %s: not scaled", pool, exc_info=True)
                end_if_cancelled()
                failure = error
        if failure is not None:
            raise failure

    def _pools(self) -> set[PoolKey]:
        self._known |= self.index.pools()
        return {pool for pool in self._known if not self._claims.known_owner(pool.namespace)}

    def _take_in(self, key: ImportKey, imp: ImportObject | None) -> None:
        """Note how an import is now, and have it reconciled if that concerns the operator."""
        before = self.index.get(key)
        if before is not None and imp is not None and _is_known(imp, before):
            return
        for other in self.index.put(key, imp):
            self._work.add(other)
        if imp is None:
            self._sweeper.look_everywhere()
            self._swept.set()
        if imp is None or before is None or _differ(before, imp):
            self._work.add(key)

    def _look_again(self, key: ImportKey, when: datetime | None) -> None:
        self._due.set(key, None if when is None else when.timestamp())

    def _wake_pool(self, pool: PoolKey) -> None:
        self._known.add(pool)
        self._autoscaler.wake(pool)
        self._sweeper.expect(pool)
        self._loaded.set()

    def _pool_changed(self, pool: PoolKey) -> None:
        for imp in self.index.running():
            if imp.pool == pool:
                self._work.add(imp.key)


def _is_known(imp: ImportObject, known: ImportObject) -> bool:
    """Whether a late message tells of the state, or of one before it, that a write returned."""
    versions = imp.resource_version, known.resource_version
    if imp.uid != known.uid or not all(version.isdecimal() for version in versions):
        return False
    return int(versions[0]) <= int(versions[1])


def _differ(before: ImportObject, now: ImportObject) -> bool:
    """Whether anything but the workers' progress is different."""
    ignored = {"resource_version": ""}
    return before.model_copy(
        update={**ignored, "status": before.status.model_copy(update={"progress": None})}
    ) != now.model_copy(
        update={**ignored, "status": now.status.model_copy(update={"progress": None})}
    )
