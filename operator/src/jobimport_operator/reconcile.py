"""One step for one import: read the world, decide, carry it out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import redis.asyncio
from redis.exceptions import RedisError

from jobimport.health import does_not_answer
from jobimport.ids import ImportKey, PoolKey, RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunView
from jobimport.resource.object import ImportObject
from jobimport.resource.status import JobImportStatus
from jobimport.telemetry.metrics.operator import STATUS_WRITES
from jobimport_operator.actions import (
    Action,
    CancelRun,
    ForgetRun,
    LookAgainAt,
    PauseRun,
    RecordEvent,
    ResumeRun,
    StartRun,
    WriteStatus,
)
from jobimport_operator.decide import decide
from jobimport_operator.health import READING_SECONDS
from jobimport_operator.index import Index
from jobimport_operator.measures import tell_of_change
from jobimport_operator.ports import Claims, Imports, StatusConflictError
from jobimport_operator.rules import Rules

_AWAY_AFTER: Final = timedelta(seconds=5)
"""How long the queue is away before it is said: a restart of Redis is no news."""

log = logging.getLogger(__name__)


class Queues:
    """The queue of each pool, on one connection pool."""

    def __init__(self, connection: redis.asyncio.Redis) -> None:
        self._connection = connection
        self._queues: dict[PoolKey, Queue] = {}

    def __getitem__(self, pool: PoolKey) -> Queue:
        return self._queues.setdefault(pool, Queue(self._connection, pool))

    def forget(self, pool: PoolKey) -> None:
        """Forget a pool that is gone."""
        self._queues.pop(pool, None)


class Reconciler:
    """Makes the world agree with what `decide` says, for one import at a time.

    Level-based: what happened before is of no interest, only what is. A step may be repeated,
    come late, or be cut off anywhere; the next one goes on from what is there.
    """

    def __init__(
        self,
        *,
        imports: Imports,
        queues: Queues,
        index: Index,
        rules: Rules,
        clock: Callable[[], datetime],
        look_again: Callable[[ImportKey, datetime | None], None],
        woken: Callable[[PoolKey], None],
        claims: Claims,
    ) -> None:
        self._imports = imports
        self._queues = queues
        self._index = index
        self._rules = rules
        self._clock = clock
        self._look_again = look_again
        self._woken = woken
        self._claims = claims
        self._away_since: dict[ImportKey, datetime] = {}

    async def reconcile(self, key: ImportKey) -> None:
        """Take one import one step further; StatusConflictError when what is known of it is old."""
        imp = self._index.get(key)
        if imp is None or imp.deleting:
            self._away_since.pop(key, None)
            self._look_again(key, None)
            return
        if await self._claims.owner(imp.namespace) is not None:
            self._look_again(key, None)
            return
        try:
            run = await self._run_view(imp)
        except (RedisError, OSError) as error:
            await self._say_queue_is_away(imp, error)
            raise
        self._away_since.pop(imp.key, None)
        surroundings = self._rules.surroundings(imp, self._index, run)
        try:
            await self._carry_out(imp, decide(self._clock(), imp, surroundings))
        except StatusConflictError:
            # What was decided on is out of date: take in what is, so that the repetition differs.
            self._index.put(key, await self._imports.get(key))
            raise

    async def _say_queue_is_away(self, imp: ImportObject, error: Exception) -> None:
        """Say in the status that the queue can't be read, once that has lasted for a while."""
        now = self._clock()
        if now - self._away_since.setdefault(imp.key, now) < _AWAY_AFTER:
            return
        problem = str(does_not_answer("redis", error))
        surroundings = self._rules.surroundings(imp, self._index, None, problem)
        await self._carry_out(imp, decide(now, imp, surroundings))

    async def _run_view(self, imp: ImportObject) -> RunView | None:
        run = imp.status.current_run
        if run is None:
            return None
        async with asyncio.timeout(READING_SECONDS):
            return await self._queues[PoolKey(imp.namespace, run.pool)].run_view(RunId(run.id))

    async def _carry_out(self, imp: ImportObject, actions: Sequence[Action]) -> None:
        wrote = False
        due: datetime | None = None
        for action in actions:
            match action:
                case WriteStatus(status):
                    before, imp = imp.status, await self._write(imp, status)
                    tell_of_change(imp, before)
                    wrote = True
                case StartRun():
                    if not wrote:
                        await self._confirm(imp, action)
                    await self._start(imp, action)
                case CancelRun(pool, run):
                    log.info("%s: cancelling run %s", imp.key, run)
                    await self._queues[pool].cancel(run)
                case PauseRun(pool, run):
                    await self._queues[pool].pause(run)
                case ResumeRun(pool, run):
                    await self._queues[pool].resume(run)
                case ForgetRun(pool, run):
                    await self._queues[pool].forget_run(run)
                case RecordEvent(event):
                    await self._imports.record_event(imp, event)
                case LookAgainAt(when):
                    due = when
        self._look_again(imp.key, due)

    async def _write(self, imp: ImportObject, status: JobImportStatus) -> ImportObject:
        try:
            written = await self._imports.write_status(imp, status)
        except StatusConflictError:
            STATUS_WRITES.labels("conflict").inc()
            raise
        STATUS_WRITES.labels("written").inc()
        self._index.put(written.key, written)
        return written

    async def _start(self, imp: ImportObject, action: StartRun) -> None:
        queue = self._queues[action.pool]
        if await queue.start_run(action.run, action.tasks):
            log.info("%s: run %s started (%s)", imp.key, action.run.id, action.run.reason)
        self._woken(action.pool)

    async def _confirm(self, imp: ImportObject, action: StartRun) -> None:
        """See to it that a run that ended a moment ago isn't started again from old knowledge."""
        live = await self._imports.get(imp.key)
        current = live.status.current_run if live is not None and live.uid == imp.uid else None
        if current is None or current.id != action.run.id:
            raise StatusConflictError(
                f"{imp.key}: run {action.run.id} isn't the current one any more"
            )
