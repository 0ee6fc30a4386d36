"""The operator on a laptop: a folder of imports, workers as processes."""

import asyncio
import fcntl
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jobimport_operator.adapters.local.imports import FolderImports
from jobimport_operator.adapters.local.pools import LocalPools
from jobimport_operator.loops import Operator
from jobimport_operator.ports import Imports, Pools

log = logging.getLogger(__name__)


class FolderInUseError(Exception):
    """Another operator works with the same state folder: stop it first."""


async def run_local(folder: Path, state: Path, make: Callable[[Imports, Pools], Operator]) -> None:
    """Run until SIGTERM or SIGINT, then end the workers.

    FolderInUseError: another operator has the state folder.
    """
    with _sole_operator(state):
        pools = LocalPools(environment={**os.environ})
        operator = make(FolderImports(folder, state), pools)
        log.info("importing what the YAML files in %s say", folder)
        try:
            await until_stopped(operator.run())
        finally:
            await pools.close()


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends, or until SIGTERM or SIGINT cancels it."""
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
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError):
                loop.remove_signal_handler(number)


@contextmanager
def _sole_operator(state: Path) -> Generator[None]:
    state.mkdir(parents=True, exist_ok=True)
    with (state / ".operator").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(
                f"{state} has an operator already: stop that one, or give another --state"
            ) from None
        yield
