"""The memory of a worker, shared by the pages that it works on at a time.

A page takes its share before it reads on, and gives it back when what it read is written. Where all
is taken, a page waits; one of those that wait may go beyond the bound, so that none waits for ever.
So memory is bounded by the room and one more record, whatever the sources send and however many
pages are worked on at a time.
"""

import asyncio
import time
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from jobimport_worker.errors import NoTurn, Transient

ROOM: Final = 48 * 1024 * 1024
"""Weight of what all pages of a worker hold; of text the copies are some four times as large."""

_PIECE: Final = 48
"""What each piece of a record weighs beside its text: the object that it becomes."""

_BESIDE_PIECES: Final = bytes(set(range(0x100)) - set(b"[{,<"))
"""All bytes that begin no piece of a record. Dropping them takes a third of counting the others."""

_LONGEST_WAIT_SECONDS = 90.0
_PATIENCE_SECONDS = 60.0
_AGAIN = timedelta(seconds=5)


def weight_of(chunk: bytes) -> int:
    """What a piece of a response may come to in memory when it is decoded."""
    return len(chunk) + _PIECE * len(chunk.translate(None, _BESIDE_PIECES))


class Memory:
    """What the pages of one worker may hold together."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._used = 0
        self._beyond: Share | None = None
        self._waiting = 0
        self._freed = asyncio.Event()

    @property
    def used(self) -> int:
        """The weight that is taken."""
        return self._used

    def share(self) -> "Share":
        """The share of one page; a context that gives it back."""
        return Share(self)

    async def take(self, share: "Share", weight: int) -> None:
        """Take more for a page, and wait for it.

        NoTurn where it takes too long; Transient for a page that others wait for, and that has long
        given nothing back: its source sends a large record slowly.
        """
        if self._waiting and share.held and time.monotonic() - share.since > _PATIENCE_SECONDS:
            raise Transient(
                f"the source is too slow with a large record: other pages of the worker wait for"
                f" the memory that it has held for {_PATIENCE_SECONDS:.0f} s"
            )
        if not self._fits(share, weight):
            await self._wait(share, weight)
        self._used += weight
        if self._used > self._room:
            self._beyond = share

    def give(self, share: "Share", weight: int) -> None:
        """Give back what a page holds no more."""
        self._used -= weight
        if self._used <= self._room or (self._beyond is share and share.held == 0):
            self._beyond = None
        self._freed.set()

    def _fits(self, share: "Share", weight: int) -> bool:
        return self._used + weight <= self._room or self._beyond in (None, share)

    async def _wait(self, share: "Share", weight: int) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                while not self._fits(share, weight):
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            raise NoTurn("the worker's memory is taken by other pages", _AGAIN) from None
        finally:
            self._waiting -= 1
            share.since = time.monotonic()


class Share:
    """What one page holds."""

    def __init__(self, memory: Memory) -> None:
        self.held = 0
        self.since = time.monotonic()
        """When it last gave something back, or had to wait itself."""
        self._memory = memory
        self._read = 0

    async def read(self, chunk: bytes) -> None:
        """Take what a piece of the response may come to; the errors of `Memory.take`."""
        weight = weight_of(chunk)
        await self._memory.take(self, weight)
        self.held += weight
        self._read += weight

    def decoded(self) -> int:
        """The weight of what was read since the last call: the records that were decoded of it."""
        weight, self._read = self._read, 0
        return weight

    def give(self, weight: int) -> None:
        """Give back what is written."""
        weight = min(weight, self.held)
        self.held -= weight
        self.since = time.monotonic()
        self._memory.give(self, weight)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give(self.held)
