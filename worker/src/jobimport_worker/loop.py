"""The worker's loop: claim, work, renew, and give back what cannot be finished."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.exceptions import RedisError

from jobimport.ids import RunId, TaskId, WorkerId
from jobimport.logs import log_context
from jobimport.queue.oneoffs import is_one_off
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Claim, Lease, RenewAnswer, WorkerView
from jobimport.settings import WorkerSettings
from jobimport.store.collections import Database
from jobimport.store.patience import patience
from jobimport.telemetry.metrics.worker import IN_WORK, SLOTS, TASK_SECONDS, TASKS
from jobimport.telemetry.traces import run_span
from jobimport_worker.attempts import Attempts
from jobimport_worker.context import RunContext, RunContexts, UnreadableSnapshot
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.memory import Memory
from jobimport_worker.oneoffs import OneOffs
from jobimport_worker.outages import patience_of
from jobimport_worker.progress import PartialCounts, ProgressTarget, progress_of
from jobimport_worker.reading import PageWork

log = logging.getLogger(__name__)

_WAIT_MS = 2_000
_HEARTBEAT_SECONDS = 3
_RENEW_SECONDS = 1.0
_REPORT_MS = 1_000
_OTHERS_MS = 5_000
"""How long a task that only workers of another release can do waits for one of them."""
_PAUSE_AFTER_ERROR_SECONDS = 0.5


@dataclass(slots=True)
class _Work:
    """A task in work."""

    lease: Lease
    job: asyncio.Task[None]


class Worker:
    """Works on the tasks of one pool until it is told to stop."""

    def __init__(
        self,
        settings: WorkerSettings,
        worker: WorkerId,
        queue: Queue,
        database: Database,
        fetcher: Fetcher,
        target: ProgressTarget,
        version: str,
    ) -> None:
        self._settings = settings
        self._id = worker
        self._queue = queue
        self._target = target
        self._version = version
        self._contexts = RunContexts(queue, database)
        self._partial = PartialCounts()
        pages = PageWork(queue, database, fetcher, settings.batch_size, self._partial, Memory())
        self._attempts = Attempts(settings, pages, self._contexts)
        self._one_offs = OneOffs(queue, fetcher, database)
        self._patience = patience_of(settings)
        self._lease_ms = int(settings.lease_seconds * 1000)
        self._working: dict[TaskId, _Work] = {}
        self._stopping = asyncio.Event()
        self._free = asyncio.Event()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the pages in work are finished or given back."""
        self._stopping.set()

    async def stopped(self) -> None:
        """Wait until it is told to stop."""
        await self._stopping.wait()

    async def run(self) -> None:
        """Work until `stop`."""
        async with asyncio.TaskGroup() as group:
            keepers = [
                group.create_task(
                    self._forever(self._renew, min(self._lease_ms / 3000, _RENEW_SECONDS))
                ),
                group.create_task(self._forever(self._beat, _HEARTBEAT_SECONDS)),
            ]
            claiming = group.create_task(self._claim_all())
            await self._stopping.wait()
            claiming.cancel()
            await asyncio.gather(claiming, return_exceptions=True)
            await self._wind_down()
            for keeper in keepers:
                keeper.cancel()
        await self._quietly(self._queue.retire(self._id))

    async def _claim_all(self) -> None:
        while True:
            try:
                claim = await self._claim()
            except (RedisError, OSError) as error:
                log.warning("Redis cannot be reached: %s", error)
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
                continue
            if claim is not None and not claim.leases:
                await self._wait(claim)

    async def _claim(self) -> Claim | None:
        """Claim up to the free slots; waits for one where there is none."""
        free = self._settings.worker_concurrency - len(self._working)
        if free <= 0:
            self._free.clear()
            await self._free.wait()
            return None
        asked = asyncio.create_task(self._queue.claim(self._id, free, self._lease_ms))
        try:
            claim = await asyncio.shield(asked)
        except asyncio.CancelledError:
            # Redis may have carried it out already: the tasks would be held until their leases end
            await self._quietly(self._give_back_all(asked))
            raise
        for lease in claim.leases:
            job = asyncio.create_task(self._work(lease), name=lease.task.id)
            self._working[lease.task.id] = _Work(lease, job)
        IN_WORK.set(len(self._working))
        return claim

    async def _give_back_all(self, asked: asyncio.Task[Claim]) -> None:
        for lease in (await asked).leases:
            await self._queue.give_back(lease)

    async def _wait(self, claim: Claim) -> None:
        """Wait in Redis for something to claim."""
        try:
            await self._queue.wait(claim, _WAIT_MS)
        except (RedisError, OSError) as error:
            log.warning("Redis cannot be reached: %s", error)
            await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)

    async def _work(self, lease: Lease) -> None:
        """Work on one task; whatever happens, the worker lives on."""
        task, begun = lease.task, time.monotonic()
        try:
            if is_one_off(lease):
                with log_context(task=task.id):
                    await self._one_offs.work(lease)
                TASKS.labels(task.kind.value, "done").inc()
                return
            with log_context(run=lease.run, task=task.id), patience(self._patience):
                await self._work_in_context(lease)
        except asyncio.CancelledError:
            raise
        except Exception:
            TASKS.labels(task.kind, "error").inc()
            log.exception("task %s ended in an error of ours", task.id)
        finally:
            self._working.pop(task.id, None)
            self._partial.forget(task.id)
            self._free.set()
            IN_WORK.set(len(self._working))
            TASK_SECONDS.labels(task.kind).observe(time.monotonic() - begun)

    async def _work_in_context(self, lease: Lease) -> None:
        task = lease.task
        try:
            context = await self._contexts.get(lease.run)
        except UnreadableSnapshot as problem:
            log.warning("task %s: %s", task.id, problem)
            await self._queue.wait_blocked(lease, _OTHERS_MS, str(problem))
            return
        if context is None:
            log.info("task %s belongs to a run that is gone", task.id)
            return
        with (
            log_context(**{"import": str(context.key)}),
            run_span(
                lease.run,
                task.kind.value,
                task=task.id,
                attempt=lease.attempt,
                partition=task.partition or "",
                worker=self._id,
                **{"import": str(context.key)},
            ),
        ):
            held = await self._attempts.attempt(lease, context)
        if held:
            await self._report(lease.run, context)
        else:
            TASKS.labels(task.kind, "lost").inc()
            log.info("task %s belongs to another worker by now", task.id)

    async def _report(self, run: RunId, context: RunContext) -> None:
        if await self._queue.may_report(run, _REPORT_MS):
            view = await self._queue.run_view(run)
            if view is not None:
                await self._target.report(context.key, progress_of(view))

    async def _renew(self) -> None:
        """Keep the leases; work whose lease is lost or whose run was cancelled is left off."""
        leases = [work.lease for work in self._working.values()]
        if not leases:
            return
        answers = await self._queue.renew(leases, self._lease_ms, self._partial.of(leases))
        for lease in leases:
            answer = answers[lease.task.id]
            work = self._working.get(lease.task.id)
            if answer is RenewAnswer.HELD or work is None or work.lease.token != lease.token:
                continue
            log.info("task %s is %s", lease.task.id, answer)
            work.job.cancel()
            if answer is RenewAnswer.CANCELLED:
                await self._queue.give_back(lease)

    async def _beat(self) -> None:
        slots = self._settings.worker_concurrency
        SLOTS.set(slots)
        view = WorkerView(self._id, slots, len(self._working), False, 0, self._version)
        await self._queue.heartbeat(view)

    async def _forever(self, step: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await self._quietly(step())
            await asyncio.sleep(seconds)

    @staticmethod
    async def _quietly(step: Awaitable[None]) -> None:
        try:
            await step
        except (RedisError, OSError) as error:
            log.warning("Redis cannot be reached: %s", error)

    async def _wind_down(self) -> None:
        """Let pages in work end within the grace period, and give the others back."""
        jobs = [work.job for work in self._working.values()]
        if jobs:
            log.info("stopping: %d tasks in work", len(jobs))
            await asyncio.wait(jobs, timeout=self._settings.shutdown_grace_seconds)
        for work in list(self._working.values()):
            work.job.cancel()
            await asyncio.gather(work.job, return_exceptions=True)
            await self._quietly(_give_back(self._queue, work.lease))


async def _give_back(queue: Queue, lease: Lease) -> None:
    await queue.give_back(lease)
