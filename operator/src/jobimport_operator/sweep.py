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
from jobimport_operator.ports import Imports, UnreadableImportError
from jobimport_operator.reconcile import Queues

GONE_GRACE_SECONDS: Final = 10.0
"""How long the run of an import that is gone may take to end by itself, once cancelled."""
PRESENCE_SECONDS: Final = 30.0
RESYNC_SECONDS: Final = 300.0
EVERYWHERE_SECONDS: Final = 20.0
"""How often pools are looked at in which nothing is known to run."""

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
        self._seen: set[RunId] = set()
        """Runs that the queues know, in the round that goes on."""
        self._presence_at = self._resync_at = clock()
        self._everywhere_at: float | None = None
        self._with_runs: set[PoolKey] = set()
        """Pools whose queue had a run when it was last looked at."""
        self._expected: set[PoolKey] = set()

    async def step(self) -> None:
        """Look at every pool once."""
        for pool in sorted(self._to_be_looked_at()):
            await self._check_epoch(pool)
            await self._check_runs(pool)
        self._strays = {run: since for run, since in self._strays.items() if run in self._seen}
        self._seen = set()
        now = self._clock()
        if now >= self._resync_at + RESYNC_SECONDS:
            self._resync_at = self._presence_at = now
            await self._resync()
        elif now >= self._presence_at + PRESENCE_SECONDS:
            self._presence_at = now
            await self._check_presence()

    def look_everywhere(self) -> None:
        """Have the next step look at all pools: an import is gone, whose run may be in any."""
        self._everywhere_at = None

    def expect(self, pool: PoolKey) -> None:
        """Have the next step look at a pool: a run came into it, whose import may be gone by then
        without anybody having been told.
        """
        self._expected.add(pool)

    def _to_be_looked_at(self) -> set[PoolKey]:
        now, pools = self._clock(), self._pools()
        if self._everywhere_at is None or now >= self._everywhere_at + EVERYWHERE_SECONDS:
            self._everywhere_at = now
            return pools
        return pools & (self._index.pools_in_work() | self._with_runs | self._expected)

    def forget(self, pool: PoolKey) -> None:
        """Forget a pool that is gone."""
        self._epochs.pop(pool, None)
        self._with_runs.discard(pool)
        self._expected.discard(pool)

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
        self._expected.discard(pool)
        runs = await queue.run_ids()
        self._seen.update(runs)
        if runs:
            self._with_runs.add(pool)
        else:
            self._with_runs.discard(pool)
        for run in runs:
            if self._index.is_current(run):
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
        try:
            live = await self._imports.get(view.import_key)
        except UnreadableImportError as error:
            log.warning("run %s is left alone: %s", view.id, error)
            return True
        current = live.status.current_run if live is not None else None
        return (
            live is not None
            and live.uid == view.import_uid
            and (current is not None and current.id == view.id)
        )

    async def _check_presence(self) -> None:
        """Notice imports with a run that are gone, where no event told of it."""
        for imp in self._index.running():
            await self._look_for(imp)

    async def _look_for(self, imp: ImportObject) -> None:
        """Notice that an import is gone; one that can't be read must not hide the others."""
        try:
            live = await self._imports.get(imp.key)
        except UnreadableImportError as error:
            log.warning("%s", error)
            return
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
                await self._look_for(imp)
