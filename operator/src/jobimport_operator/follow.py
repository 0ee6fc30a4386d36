"""Follows the queue's events, so that an outcome is in the status a moment after it is known."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import redis.asyncio

from jobimport.ids import ImportKey, PoolKey
from jobimport.queue.events import read_events

_LOOK_BACK: Final = timedelta(minutes=1)
_BLOCK_MS: Final = 1000
_OF_THE_STATUS: Final = frozenset(
    {
        "run.finished",
        "run.cancelled",
        "run.paused",
        "run.resumed",
        "run.blocked",
        "run.unblocked",
    }
)
_OF_THE_LOAD: Final = frozenset(
    {
        "run.started",
        "run.resumed",
        "run.finished",
        "task.retry",
        "task.recovered",
        "task.asked",
        "task.answered",
    }
)


class Follower:
    """Turns events into keys to reconcile and pools to scale. To miss one does no harm."""

    def __init__(
        self,
        connection: redis.asyncio.Redis,
        pools: Callable[[], set[PoolKey]],
        add: Callable[[ImportKey], None],
        woken: Callable[[PoolKey], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._connection = connection
        self._pools = pools
        self._add = add
        self._woken = woken
        self._clock = clock
        self._after: dict[PoolKey, str] = {}

    async def step(self) -> None:
        """Wait for events, a second at most, and pass them on."""
        pools = self._pools()
        if not pools:
            await asyncio.sleep(_BLOCK_MS / 1000)
            return
        start = int((self._clock() - _LOOK_BACK).timestamp() * 1000)
        after = {pool: self._after.get(pool, f"{start}-0") for pool in sorted(pools)}
        for event in await read_events(self._connection, sorted(pools), after, _BLOCK_MS):
            after[event.pool] = event.id
            if event.type in _OF_THE_STATUS:
                self._add(event.import_key)
            if event.type in _OF_THE_LOAD:
                self._woken(event.pool)
        self._after = after
