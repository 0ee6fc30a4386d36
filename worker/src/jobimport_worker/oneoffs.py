"""Tasks that belong to no run: what somebody asked, answered in one go."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from jobimport.mapping import MappingError
from jobimport.preview import PreviewRequest
from jobimport.queue.oneoffs import answer, asked_for
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Lease, TaskKind
from jobimport.replay import ReplayRequest
from jobimport.resource.spec import JobImportSpec
from jobimport.store.collections import Database
from jobimport_worker.errors import NoTurn, SourceError, Terminal, Throttled
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.preview import context_of, preview_page
from jobimport_worker.replay import replay_rejects

log = logging.getLogger(__name__)

Answering = Callable[[Lease], Awaitable[dict[str, Any]]]
"""Does what a task asks for; raises SourceError and the errors of the stores."""

_FORESEEN = (SourceError, PyMongoError, ValidationError, MappingError)
_TRIES = 3
_DELAY = timedelta(seconds=0.5)
_LONGEST_PAUSE = timedelta(seconds=20)


class OneOffs:
    """Answers one-off tasks. Somebody waits for each: what does not work soon is said, not tried
    for long.
    """

    def __init__(self, queue: Queue, fetcher: Fetcher, database: Database) -> None:
        self._queue = queue
        self._fetcher = fetcher
        self._database = database
        self._kinds: dict[TaskKind, Answering] = {
            TaskKind.PREVIEW: self._preview,
            TaskKind.REPLAY: self._replay,
        }

    async def work(self, lease: Lease) -> bool:
        """Answer a task; False where the lease was lost meanwhile."""
        try:
            answering = self._kinds.get(lease.task.kind)
            if answering is None:
                raise Terminal(f"this worker does not know tasks of the kind {lease.task.kind}")
            result = await answering(lease)
            return await answer(self._queue, lease, result)
        except RedisError:
            raise
        except _FORESEEN as error:
            after = _after(error, lease)
            if after.delay is None:
                return await self._queue.fail(lease, after.reason)
            delay_ms = int(after.delay.total_seconds() * 1000)
            if after.is_turn:
                return await self._queue.wait_turn(lease, delay_ms, after.reason)
            return await self._queue.retry_later(lease, delay_ms, after.reason, uses_attempt=True)
        except Exception as error:
            log.exception("task %s failed in our own code", lease.task.id)
            reason = f"an error of JobImport itself: {type(error).__name__}; see the worker's log"
            return await self._queue.fail(lease, reason)

    async def _preview(self, lease: Lease) -> dict[str, Any]:
        asked = PreviewRequest.model_validate(lease.task.payload)
        context = context_of(JobImportSpec.model_validate(asked.spec), asked_for(lease))
        return (await preview_page(self._fetcher, context, asked.limit)).to_json()

    async def _replay(self, lease: Lease) -> dict[str, Any]:
        asked = ReplayRequest.model_validate(lease.task.payload)
        context = context_of(JobImportSpec.model_validate(asked.spec), asked_for(lease))
        now = datetime.now(UTC)
        result = await replay_rejects(self._database, context, lease.token, asked, now)
        return result.to_answer().to_json()


@dataclass(frozen=True, slots=True)
class _After:
    """What follows from an error: another try after `delay`, or with None the end."""

    reason: str
    delay: timedelta | None = None
    is_turn: bool = False


def _after(error: Exception, lease: Lease) -> _After:
    """What an error means for a task that somebody waits for."""
    if isinstance(error, NoTurn):
        return _After(str(error), error.wait if error.wait <= _LONGEST_PAUSE else None, True)
    if isinstance(error, Terminal):
        return _After(str(error))
    if isinstance(error, ValidationError | MappingError):
        return _After(f"the spec cannot be used: {error}")
    reason, delay = str(error), _DELAY * lease.attempt
    if isinstance(error, PyMongoError):
        reason = f"MongoDB cannot be reached or refused a write ({type(error).__name__})"
    if isinstance(error, Throttled):
        delay = error.retry_after
    if lease.attempt >= _TRIES:
        return _After(f"{reason} (attempt {lease.attempt} of {_TRIES})")
    return _After(reason, delay if delay <= _LONGEST_PAUSE else None)
