"""One attempt at a task of a run, and what its end asks of the queue."""

import logging
import random
import time

from pymongo.errors import DocumentTooLarge, PyMongoError
from redis.exceptions import RedisError

from jobimport.queue.tasks import Lease, TaskKind
from jobimport.resource.spec import Retry
from jobimport.settings import WorkerSettings
from jobimport.store.postings import WriteRefused
from jobimport.store.runs import save_problem
from jobimport.telemetry.metrics.worker import TASKS
from jobimport.telemetry.traces import note
from jobimport_worker.context import RunContext, RunContexts
from jobimport_worker.errors import (
    Misconfigured,
    NoTurn,
    SourceError,
    Terminal,
    Throttled,
    Transient,
)
from jobimport_worker.finalize import work_on_finalize
from jobimport_worker.page import work_on_page
from jobimport_worker.pages import save_failed_page
from jobimport_worker.plan import work_on_plan
from jobimport_worker.reading import PageWork

log = logging.getLogger(__name__)

_STORE_RETRY_MS = 2_000
_MENDED_MS = 5_000


class Attempts:
    """Does tasks, and turns each error into a step of the queue by its class."""

    def __init__(self, settings: WorkerSettings, pages: PageWork, contexts: RunContexts) -> None:
        self._settings = settings
        self._pages = pages
        self._queue = pages.queue
        self._database = pages.database
        self._contexts = contexts

    async def attempt(self, lease: Lease, context: RunContext) -> bool:
        """One attempt, its errors turned into steps of the queue; False for a stale lease."""
        try:
            held = await self._do(lease, context)
            if held:
                _ended(lease, "done")
            return held
        except Throttled as pause:
            delay = int(pause.retry_after.total_seconds() * 1000)
            log.info("task %s waits: %s", lease.task.id, pause)
            _ended(lease, "throttled", str(pause))
            return await self._queue.retry_later(lease, delay, str(pause), uses_attempt=False)
        except NoTurn as turn:
            delay = int(turn.wait.total_seconds() * 1000)
            _ended(lease, "turn", str(turn))
            return await self._queue.wait_turn(lease, delay, str(turn))
        except Transient as error:
            return await self._again_or_fail(lease, context, str(error))
        except Misconfigured as error:
            return await self._wait_for_somebody(lease, context, str(error))
        except Terminal as error:
            return await self._fail(lease, context, str(error))
        except SourceError as error:
            return await self._again_or_fail(lease, context, str(error))
        except (WriteRefused, PyMongoError) as error:
            return await self._wait_for_store(lease, context, error)
        except RedisError:
            raise
        except Exception as error:
            log.exception("task %s failed in our own code", lease.task.id)
            reason = f"an error of JobImport itself: {type(error).__name__}; see the worker's log"
            return await self._again_or_fail(lease, context, reason)

    async def _do(self, lease: Lease, context: RunContext) -> bool:
        if lease.task.kind is TaskKind.PAGE:
            return await work_on_page(self._pages, context, lease)
        if lease.task.kind is TaskKind.PLAN:
            return await work_on_plan(
                self._queue, self._database, self._pages.fetcher, context, lease
            )
        if lease.task.kind is TaskKind.FINALIZE:
            finished = await work_on_finalize(self._queue, self._database, context, lease)
            self._contexts.forget(lease.run)
            return finished
        raise Terminal(f"this worker does not know tasks of the kind {lease.task.kind}")

    async def _again_or_fail(self, lease: Lease, context: RunContext, reason: str) -> bool:
        retry = context.spec.retry
        most = retry.max_attempts or self._settings.retry_max_attempts
        if lease.attempt >= most:
            return await self._fail(lease, context, f"{reason} (attempt {lease.attempt} of {most})")
        delay = retry_delay_ms(retry, self._settings, lease.attempt, random.random())
        log.info("task %s again in %d ms: %s", lease.task.id, delay, reason)
        _ended(lease, "retried", reason)
        return await self._queue.retry_later(lease, delay, reason, uses_attempt=True)

    async def _wait_for_somebody(self, lease: Lease, context: RunContext, reason: str) -> bool:
        """Try again every few seconds, so that the run goes on by itself when it was mended."""
        view = await self._queue.run_view(lease.run)
        age = time.time() - view.started_at_ms / 1000 if view else 0
        if age >= self._settings.credentials_wait_seconds:
            return await self._fail(lease, context, reason)
        log.warning("task %s waits: %s", lease.task.id, reason)
        _ended(lease, "retried", reason)
        return await self._queue.wait_blocked(lease, _MENDED_MS, reason)

    async def _wait_for_store(self, lease: Lease, context: RunContext, error: Exception) -> bool:
        """Try again as long as MongoDB is away; a document that it never takes ends the task."""
        if isinstance(error, WriteRefused | DocumentTooLarge):
            return await self._again_or_fail(lease, context, str(error))
        log.warning("task %s: MongoDB: %s", lease.task.id, type(error).__name__)
        reason = f"MongoDB cannot be reached or refused a write ({type(error).__name__})"
        _ended(lease, "retried", reason)
        return await self._queue.retry_later(lease, _STORE_RETRY_MS, reason, uses_attempt=False)

    async def _fail(self, lease: Lease, context: RunContext, reason: str) -> bool:
        log.warning("task %s failed: %s", lease.task.id, reason)
        _ended(lease, "failed", reason)
        if lease.task.kind is TaskKind.PAGE:
            await save_failed_page(self._database, context, lease, reason)
        elif lease.task.kind is TaskKind.PLAN:
            await save_problem(self._database, lease.run, reason)
        return await self._queue.fail(lease, reason)


def _ended(lease: Lease, outcome: str, problem: str = "") -> None:
    """Count how an attempt ended, and say it in its span."""
    TASKS.labels(lease.task.kind.value, outcome).inc()
    note(outcome=outcome, **{"problem": problem} if problem else {})


def retry_delay_ms(retry: Retry, settings: WorkerSettings, attempt: int, draw: float) -> int:
    """The delay after a failed attempt: exponential, capped, with jitter of up to a half less.

    `attempt` counts from 1; `draw` is in [0, 1).
    """
    first = retry.initial_delay_seconds
    initial = first if first is not None else settings.retry_initial_delay_seconds
    multiplier = retry.multiplier or settings.retry_multiplier
    longest = retry.max_delay_seconds or settings.retry_max_delay_seconds
    delay = min(initial * multiplier ** min(attempt - 1, 60), longest)
    return int(delay * (1 - draw / 2) * 1000)
