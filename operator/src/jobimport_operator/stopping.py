"""SIGTERM and SIGINT as the end of a piece of work."""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


def end_within(seconds: float, status: int) -> None:
    """End the process after a while if it has not ended by then: all that matters is done, and
    what is left is a library's task that does not heed its cancelling.
    """
    timer = threading.Timer(seconds, os._exit, (status,))
    timer.daemon = True
    timer.start()


async def until_stopped(work: Coroutine[Any, Any, None]) -> bool:
    """Run `work` until it ends (True), or until SIGTERM or SIGINT cancels it (False).

    As a container's first process it would not heed SIGTERM at all without a handler.
    """
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
        return False
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError):
                loop.remove_signal_handler(number)
    return True
