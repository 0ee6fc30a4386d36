"""Finds what no event tells of: lost queue data, runs of imports that are gone, missed changes."""

import logging
import time
from collections.abc import Callable
from typing import Final

from jobimport.ids import ImportKey, PoolKey, RunId
from jobimport.queue.tasks import RunState, RunView
from jobimport.resource.object import ImportObject
from jobimport.telemetry.metrics.pools import LOST
from jobimport_operator.index import Index
from jobimport_operator.ports import Imports
from jobimport_operator.reconcile import Queues

GONE_GRACE_SECONDS: Final = 10.0
"""How long the run of an import that is gone may take to end by itself, once cancelled."""
PRESENCE_SECONDS: Final = 30.0
RESYNC_SECONDS: Final = 300.0

log = logging.getLogger(__name__)


class Sweeper:
    """Compares what the queues hold with what the imports say, every few seconds."""

    def __init__(
        self,
        *,
        imports: Imports,
        queues: Queues,
        index: Index,
        pools: Callable[[], set[PoolKey]],
        add: Callable[[ImportKey], None],
        take_in: Callable[[ImportKey, ImportObject | None], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._imports = imports
        self._queues = queues
        self._index = index
        self._pools = pools
        self._add = add
        self._take_in = take_in
        self._clock = clock
        self._epochs: dict[PoolKey, str] = {}
        self._strays: dict[RunId, float] = {}
        self._presence_at = self._resync_at = clock()

    async def step(self) -> None:
        """Look at every pool once."""
        for pool in sorted(self._pools()):
            await self._check_epoch(pool)
            await self._check_runs(pool)
        now = self._clock()
        if now >= self._resync_at + RESYNC_SECONDS:
            self._resync_at = self._presence_at = now
            await self._resync()
        elif now >= self._presence_at + PRESENCE_SECONDS:
            self._presence_at = now
            await self._check_presence()

    async def _check_epoch(self, pool: PoolKey) -> None:
        """Have the runs of a queue that has lost its data put into it again."""
        epoch, _ = await self._queues[pool].ensure_epoch()
        before = self._epochs.get(pool)
        self._epochs[pool] = epoch
        if before is None or before == epoch:
            return
        LOST.labels(pool.namespace, pool.pool).inc()
        log.warning("the queue of pool %s has lost its data; its runs are started again", pool)
        for imp in self._index.running():
            if imp.namespace == pool.namespace:
                self._add(imp.key)

    async def _check_runs(self, pool: PoolKey) -> None:
        """End the runs that no import has as its current one."""
        queue = self._queues[pool]
        current = {
            run.id for imp in self._index.running() if (run := imp.status.current_run) is not None
        }
        for run in await queue.run_ids():
            if run in current:
                self._strays.pop(run, None)
                continue
            view = await queue.run_view(run)
            if view is None or await self._is_current(view):
                continue
            since = self._strays.setdefault(run, self._clock())
            if view.state == RunState.FINISHED or self._clock() - since >= GONE_GRACE_SECONDS:
                log.info("removing run %s of %s from the queue", run, view.import_key)
                await queue.forget_run(run)
                self._strays.pop(run, None)
            elif view.state != RunState.CANCELLED:
                log.info("cancelling run %s: %s has no such run now", run, view.import_key)
                await queue.cancel(run)

    async def _is_current(self, view: RunView) -> bool:
        """Ask the source of truth: the index may not know yet of a run that has just started."""
        live = await self._imports.get(view.import_key)
        current = live.status.current_run if live is not None else None
        return (
            live is not None
            and live.uid == view.import_uid
            and (current is not None and current.id == view.id)
        )

    async def _check_presence(self) -> None:
        """Notice imports with a run that are gone, where no event told of it."""
        for imp in self._index.running():
            live = await self._imports.get(imp.key)
            if live is None or live.uid != imp.uid:
                self._take_in(imp.key, live)

    async def _resync(self) -> None:
        """Take in all imports anew; what the list lacks may have come since, and is asked for."""
        listed: set[ImportKey] = set()
        async for imp in self._imports.list():
            listed.add(imp.key)
            self._take_in(imp.key, imp)
        for imp in self._index:
            if imp.key not in listed:
                self._take_in(imp.key, await self._imports.get(imp.key))
