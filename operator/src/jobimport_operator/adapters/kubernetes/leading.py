"""Work only while a Lease is held, and end the process when it is lost."""

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from jobimport_operator.adapters.kubernetes.lease import Lease, LeaseLostError

LOST: Final = 1
_CHECK_SECONDS: Final = 0.25

log = logging.getLogger(__name__)


async def lead(lease: Lease, work: Callable[[], Awaitable[None]]) -> None:
    """Wait for the Lease, then work until cancelled, and release it once all work has ended.

    When the Lease is lost the process ends at once with status 1: nothing of it may go on.
    """
    try:
        await lease.acquire()
        await _kept(lease, work)
    finally:
        await lease.release()


async def _kept(lease: Lease, work: Callable[[], Awaitable[None]]) -> None:
    done = threading.Event()
    threading.Thread(target=_end_when_expired, args=(lease, done), daemon=True).start()
    keeper = asyncio.create_task(_keep(lease))
    try:
        await work()
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        done.set()


async def _keep(lease: Lease) -> None:
    try:
        await lease.keep()
    except LeaseLostError as error:
        log.critical("the lease is lost: %s; ending at once", error)
        os._exit(LOST)


def _end_when_expired(lease: Lease, done: threading.Event) -> None:
    """End the process also when its event loop stands still."""
    while not done.wait(_CHECK_SECONDS):
        if lease.expired():
            # Not by the log, whose lock the thread that stands still may hold.
            os.write(2, b"the lease was not renewed in time; ending at once\n")
            os._exit(LOST)
