"""A queue of import keys: each key at most once in it, and never in two hands at a time."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Final

from jobimport.ids import ImportKey
from jobimport.telemetry.metrics.operator import DEPTH, WAITED

FIRST_BACKOFF_SECONDS: Final = 0.2
MAX_BACKOFF_SECONDS: Final = 20.0
_SPARE: Final = 64


class WorkQueue:
    """Keys that wait to be reconciled.

    A key that is added while it is being worked on is handed out again after that, so that no
    change is missed. A key that failed comes back after a delay that doubles with each failure.
    """

    def __init__(self) -> None:
        self._ready: asyncio.Queue[ImportKey] = asyncio.Queue()
        self._waiting: dict[ImportKey, float] = {}
        self._in_work: set[ImportKey] = set()
        self._again: set[ImportKey] = set()
        self._failures: dict[ImportKey, int] = {}
        self._handles: dict[ImportKey, asyncio.TimerHandle] = {}

    def add(self, key: ImportKey) -> None:
        """Have `key` reconciled as soon as a hand is free."""
        if key in self._in_work:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting[key] = time.monotonic()
            self._ready.put_nowait(key)
            DEPTH.set(len(self))

    async def take(self) -> ImportKey:
        """Wait for the next key; the caller ends its work with `done` or `failed`."""
        key = await self._ready.get()
        WAITED.observe(time.monotonic() - self._waiting.pop(key))
        self._in_work.add(key)
        return key

    def done(self, key: ImportKey) -> None:
        """End the work on `key`, and forget its earlier failures."""
        self._failures.pop(key, None)
        handle = self._handles.pop(key, None)
        if handle is not None:
            handle.cancel()
        self._release(key)

    def failed(self, key: ImportKey) -> float:
        """End the work on `key` without success; returns the seconds after which it comes back."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures, 20), MAX_BACKOFF_SECONDS)
        self._again.discard(key)
        self._release(key)
        previous = self._handles.pop(key, None)
        if previous is not None:
            previous.cancel()
        self._handles[key] = asyncio.get_running_loop().call_later(delay, self._come_back, key)
        return delay

    def retry_now(self) -> None:
        """Have all keys that failed come back at once: what they failed of is over."""
        for key, handle in list(self._handles.items()):
            handle.cancel()
            self._come_back(key)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_work)

    def _come_back(self, key: ImportKey) -> None:
        self._handles.pop(key, None)
        self.add(key)

    def _release(self, key: ImportKey) -> None:
        self._in_work.discard(key)
        DEPTH.set(len(self))
        if key in self._again:
            self._again.discard(key)
            self.add(key)


class DueTimes:
    """One heap of the times at which keys are due again; the earliest time of a key counts.

    Times are seconds of the clock that is passed in (the wall clock: a schedule follows it).
    """

    def __init__(self, clock: Callable[[], float], add: Callable[[ImportKey], None]) -> None:
        self._clock = clock
        self._add = add
        self._heap: list[tuple[float, int, ImportKey]] = []
        self._due: dict[ImportKey, float] = {}
        self._order = itertools.count()
        self._changed = asyncio.Event()

    def set(self, key: ImportKey, when: float | None) -> None:
        """Have `key` added to the work queue at `when`, instead of at any time set before."""
        if when is None:
            self._due.pop(key, None)
            return
        if self._due.get(key) == when:
            return
        self._due[key] = when
        if len(self._heap) > 2 * len(self._due) + _SPARE:
            self._forget_old_times()
        heapq.heappush(self._heap, (when, next(self._order), key))
        if self._heap[0][0] == when:
            self._changed.set()

    def _forget_old_times(self) -> None:
        """Drop times that were set anew since: one that is far off would stay until it comes."""
        self._heap = [(when, next(self._order), key) for key, when in self._due.items()]
        heapq.heapify(self._heap)

    def __len__(self) -> int:
        """How many times are kept: a few more than there are keys."""
        return len(self._heap)

    async def run(self, *, longest_sleep: float = 15.0) -> None:
        """Add keys as they fall due, for ever. Wakes now and then, as the wall clock may be set."""
        while True:
            wait = min(self.release_due(), longest_sleep)
            self._changed.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def release_due(self) -> float:
        """Add all that is due now; returns the seconds until the next one is (inf: none)."""
        while self._heap:
            when, _, key = self._heap[0]
            if self._due.get(key) != when:
                heapq.heappop(self._heap)
                continue
            remaining = when - self._clock()
            if remaining > 0:
                return remaining
            heapq.heappop(self._heap)
            del self._due[key]
            self._add(key)
        return float("inf")
