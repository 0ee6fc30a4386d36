"""Cancelling of tasks that outlives libraries which forget it or make an error of it."""

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


def end_if_cancelled() -> None:
    """End the current task if it was cancelled: to be called where its errors are caught."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _wait_for(fut: Awaitable[_T], timeout: float | None) -> _T:  # noqa: ASYNC109
    """Wait for something, as asyncio.wait_for does from Python 3.12 on.

    TimeoutError after `timeout` seconds; None: no limit.
    """
    if timeout is not None and timeout <= 0:
        future = asyncio.ensure_future(fut)
        if future.done():
            return future.result()
        future.cancel()
        await asyncio.wait({future})
        if future.cancelled():
            raise TimeoutError
        return future.result()
    async with asyncio.timeout(timeout):
        return await fut


def mend_wait_for() -> None:
    """Replace asyncio.wait_for where it can lose a cancellation: before Python 3.12.

    There it makes a task of what it waits for, and when both that task has ended and its caller is
    cancelled, the caller goes on as if nobody had asked it to stop
    (https://github.com/python/cpython/issues/86296). redis-py and pymongo send every command
    through it, so a worker, a loop or a deadline around them could go on for ever. It is also the
    quicker one: no task for each command.
    """
    if sys.version_info < (3, 12):
        asyncio.wait_for = _wait_for
